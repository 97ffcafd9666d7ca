"""The script of the localisation tells a right method from a blind one."""

import numpy as np
import pandas as pd
import pytest

import tabulate_localisation
from made_segments import CORRECTED
from planted_places import TRUTH, maps, segments, spectrograms, voices
from runs import CLIPS
from sercues.cues.catalogue import CUES
from sercues.cues.clips import clip_cues


@pytest.fixture
def entries(manifest, tmp_path):
    """Tables of twenty clips, ten speakers, of a method that is right and one that is blind."""
    rng = np.random.default_rng(0)
    truth = pd.concat([TRUTH[:1].assign(clip_id=clip) for clip in CLIPS])
    parts = {"crp": [], "occlusion": []}
    for clip in CLIPS:
        drawn = [
            ("random", draw, start, start + 0.1)
            for draw, start in enumerate(rng.uniform(0, 1.9, 50))
        ]
        parts["crp"].append(segments([("salient", 0, 1.2, 1.3), *drawn], clip))
        blind = rng.uniform(0, 1.9)
        parts["occlusion"].append(segments([("salient", 0, blind, blind + 0.1), *drawn], clip))
    truth.to_parquet(tmp_path / "truth.parquet")
    manifest.to_parquet(tmp_path / "manifest.parquet")
    # cues of the same clips: without a neutral one there is nothing to recover
    key = {"fold": 0, "seed": 1, "target": "predicted_label"}
    explained = pd.DataFrame({"clip_id": CLIPS}).assign(
        **key, true_emotion="angry", predicted_emotion="angry", correct=True
    )
    cues = [
        key
        | {"clip_id": clip, "region": region, "draw": 0, "n_frames": 9}
        | dict.fromkeys(CUES, 1.0)
        for clip in CLIPS
        for region in ("salient", "full", "random", "salient_matched", "control", "loudest")
    ]
    table = clip_cues(pd.DataFrame(cues), explained, manifest)
    table.to_parquet(tmp_path / "clip_cues.parquet")
    spectrograms(CLIPS).to_parquet(tmp_path / "spectrograms.parquet")
    maps(CLIPS, lambda rng: rng.random((2, 140))).to_parquet(tmp_path / "saliency.parquet")
    voices(CLIPS).to_parquet(tmp_path / "descriptors.parquet")
    for method, found in parts.items():
        pd.concat(found).to_parquet(tmp_path / f"{method}.parquet")
    return tmp_path


def test_a_method_that_is_right_beats_random_and_a_blind_one_does_not(entries, job_of):
    methods = ["crp", "occlusion"]
    tabulate_localisation.main(
        job_of(
            "tabulate_localisation",
            input=dict(
                segments=[entries / f"{method}.parquet" for method in methods],
                clip_cues=[entries / "clip_cues.parquet"] * 2,
                saliency=[entries / "saliency.parquet"] * 2,
                spectrograms=[entries / "spectrograms.parquet"] * 2,
                descriptors=[entries / "descriptors.parquet"] * 2,
                truths=[entries / "truth.parquet"] * 2,
                manifests=[entries / "manifest.parquet"] * 2,
            ),
            output=dict(
                csv=entries / "localisation.csv",
                pointing=entries / "pointing.csv",
                recovery=entries / "recovery.csv",
                markdown=entries / "localisation.md",
                html=entries / "localisation.html",
            ),
            params=dict(
                runs=[("synthetic", "corrected", method) for method in methods],
                emotions=["angry", "neutral"],
                windows={"corrected": CORRECTED},
                draws=1000,
                seed=1,
            ),
        )
    )
    found = pd.read_csv(entries / "localisation.csv").set_index(["method", "region"])
    right, blind = found.loc[("crp", "salient")], found.loc[("occlusion", "salient")]
    assert right["value"] == 1 and right["delta_random_low"] > 0.5
    assert blind["delta_random_low"] < 0 < blind["delta_random_high"]
    assert right["n_speakers"] == 10
    points = pd.read_csv(entries / "pointing.csv").set_index(["method", "measure"])
    # pitch is planted, level is not, and the maps of both methods are blind
    assert points.loc[("highest_pitch", "auc"), "value"] == 1
    assert points.loc[("best_of_emotion", "auc"), "value"] == 1
    assert points.loc[("loudest", "auc"), "value"] == pytest.approx(0.5, abs=0.1)
    assert points.loc[("crp", "auc"), "beyond_high"] < 0
    assert points["beyond"].notna().sum() == 4
    text = (entries / "localisation.md").read_text(encoding="utf-8")
    assert "| synthetic | corrected | crp | salient | 100.0 [100.0, 100.0] |" in text
    assert "<td class='text'>salient</td>" in (entries / "localisation.html").read_text("utf-8")
