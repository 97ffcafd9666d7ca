"""Cues of clips: of regions, differences, and within speakers."""

import numpy as np
import pytest

from known_cues import study
from sercues.core.errors import InputError
from sercues.cues.catalogue import CUES
from sercues.cues.clips import IN, REGIONS, clip_cues, per_clip


def test_a_speaker_whose_clips_do_not_differ_has_no_z():
    cues, explained, manifest = study(n_speakers=6, noise=0.0)
    cues.loc[cues.clip_id.str.startswith("003"), list(CUES)] = 1.0
    clips = clip_cues(cues, explained, manifest)
    missing = clips.groupby("speaker").loudness_z.apply(lambda z: z.isna().all())
    assert missing[missing].index.tolist() == ["s003"]


def test_cues_of_every_region_stand_beside_the_differences():
    """Whether the salient segments have the cue or not."""
    cues, explained, manifest = study(seeds=(1, 2))
    cues.loc[(cues["region"] == "salient") & (cues["seed"] == 2), "jitter"] = np.nan
    clips = clip_cues(cues, explained, manifest)
    below = {"full": 0.2, "random": 0.3, "paired": -0.1, "matched": 0.4, "energy": 9.0}
    for region, distance in below.items():
        np.testing.assert_allclose(clips[f"hnr_in_{region}"], clips["hnr"] - distance)
        assert clips[f"jitter_in_{region}"].notna().all()
    one = per_clip(clips)
    np.testing.assert_allclose(one["hnr_in_random"], one["hnr"] - 0.3)
    assert IN["salient"] == "" and set(REGIONS) - {"salient"} == set(below)


def test_a_clip_without_speaker_is_told_by_name():
    cues, explained, manifest = study()
    manifest.loc[manifest.clip_id == "003_sad_True", "speaker"] = None
    with pytest.raises(InputError, match="003_sad_True"):
        clip_cues(cues, explained, manifest)


def test_cues_of_a_clip_that_was_not_explained_are_refused():
    cues, explained, manifest = study()
    with pytest.raises(ValueError, match="not explained"):
        clip_cues(cues, explained.iloc[1:], manifest)
