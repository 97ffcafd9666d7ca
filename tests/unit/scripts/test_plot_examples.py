"""Scripts of figures draw from tables on disk."""

import pandas as pd
import pytest

import plot_confusion
import plot_deltas
import plot_examples
from drawn_tables import FRONT_END, Study, accuracy, cue_table, predictions
from runs import RUN
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


def test_scripts_draw_from_tables_on_disk(study, tmp_path, job_of):
    cues = study.explained[KEY].assign(region="full", **dict.fromkeys(CUES, 1.0))
    written = {
        "predictions": predictions(),
        "accuracy": accuracy(),
        "table2": cue_table(),
        "table3": cue_table(grouped_by=("true_emotion", "predicted_emotion")),
        "cues": pd.concat([cues, cues.assign(region="random")]),
        "truth": pd.DataFrame([{"clip_id": "0_$x^1<_", "cue": "f0", "start_s": 0.2, "end_s": 0.3}]),
        **{
            name: getattr(study, name)
            for name in ("saliency", "segments", "spectrograms", "explained", "manifest")
        },
    }
    for name, frame in written.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")

    def draw(script, inputs, ending, **params):
        figure = tmp_path / f"{script.__name__}.{ending}"
        paths = {name: tmp_path / f"{name}.parquet" for name in inputs}
        if "cues" in paths:
            paths["cues"] = [paths["cues"]] * 2
        script.main(
            job_of(
                script.__name__,
                input=paths,
                output={"figure": figure},
                params=params,
                wildcards=RUN,
            )
        )
        return figure.read_bytes()

    assert b"<svg" in draw(plot_confusion, ["predictions", "accuracy"], "svg")
    assert b"<svg" in draw(plot_deltas, ["table2", "table3", "cues"], "svg")
    inputs = ["saliency", "segments", "spectrograms", "explained", "manifest"]
    params = {"root": tmp_path, "front_end": FRONT_END, "keep_offset": True}
    plain = draw(plot_examples, inputs, "png", emotions=["angry"], **params)
    with_truth = draw(plot_examples, [*inputs, "truth"], "png", emotions=["angry"], **params)
    assert plain.startswith(b"\x89PNG")
    assert plain != with_truth
    # paths of a corpus that is a CSV file are relative to the folder of the file
    (tmp_path / "clips.csv").touch()
    params["root"] = tmp_path / "clips.csv"
    assert draw(plot_examples, inputs, "png", emotions=["angry"], **params) == plain
    assert draw(plot_examples, inputs, "png", emotions=["fear"], **params).startswith(b"\x89PNG")
