"""Which jobs stand beside those of `methods`: maps of a sample, and one more network."""

import re

DEMO = ("--configfile", "config/demo.yaml", "--dry-run")


def counts(checkout, *arguments):
    """Jobs per rule of a dry run."""
    result = checkout.run(*DEMO, *arguments)
    assert result.returncode == 0, result.stdout[-4000:]
    table = result.stdout.split("Job stats:")[1].split("total")[0]
    return {rule: int(number) for rule, number in re.findall(r"^(\w+) +(\d+)$", table, re.M)}


def test_what_is_compared_takes_the_way_of_methods_but_for_snippets_and_figures(checkout):
    jobs = counts(checkout)
    assert jobs["explain_sample"] == 5 + 2 and jobs["train_second_seed"] == 1
    for rule in ("extract_segments", "extract_cues", "score_plausibility"):
        assert jobs[rule] == 2 + 5, rule
    # all methods together, as some share maps
    assert jobs["compare_explanations"] == jobs["test_faithfulness"] == 1
    assert jobs["merge_saliency"] == jobs["extract_snippets"] == jobs["plot_examples"] == 2


def test_full_maps_and_configured_seeds_serve_where_there_are_such(checkout):
    jobs = counts(checkout, "--config", "methods=[occlusion,gradcam]", "seeds=[1,2]")
    # of union and intersection a part is missing
    assert jobs["explain_sample"] == 2 + 2 and jobs["merge_saliency"] == 2
    assert jobs["train_classifier"] == 4 and "train_second_seed" not in jobs
