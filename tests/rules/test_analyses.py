"""Which jobs a corpus has, by its `analyses`."""

import re

import yaml

SMALL = {"layout": "synthetic", "speakers": 4, "clips_per_emotion": 1}


def planned(checkout, *analyses):
    """(rule, wildcards) of every job of two corpora with these analyses."""
    corpora = [
        {"name": name, **SMALL, "analyses": chosen}
        for name, chosen in zip("ab", analyses, strict=True)
    ]
    config = {"corpora": corpora, "protocols": ["corrected"]}
    (checkout.folder / "two.yaml").write_text(yaml.safe_dump(config))
    result = checkout.run("--configfile", "config/demo.yaml", "two.yaml", "--dry-run")
    assert result.returncode == 0, result.stdout[-4000:]
    blocks = re.split(r"^(?=(?:local)?rule )", result.stdout, flags=re.M)[1:]
    return [(block.split(":")[0].split()[1], block) for block in blocks]


def test_a_corpus_has_the_jobs_of_its_analyses(checkout):
    jobs = planned(checkout, ["saliency"], ["emolime"])
    explained = [text for rule, text in jobs if rule in ("choose_clips", "compute_saliency")]
    bands = [text for rule, text in jobs if rule in ("compute_masked_scores", "explain_bands")]
    assert explained and all("results/a/" in text for text in explained)
    assert bands and all("results/b/" in text for text in bands)
    assert "tabulate_agreement" in dict(jobs)


def test_without_a_corpus_for_it_emolime_has_no_job(checkout):
    rules = dict(planned(checkout, ["saliency"], ["saliency"]))
    assert not rules.keys() & {"explain_bands", "tabulate_agreement", "plot_agreement"}
    assert "check_claims" in rules
