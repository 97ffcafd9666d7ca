"""The cues of each explained clip: in every region, and the salient segments against baselines."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.core.names import BASELINES, COUNTERPARTS, KEY, REGIONS
from sercues.cues.catalogue import CUES
from sercues.stats import bootstrap

LABELS = ["true_emotion", "predicted_emotion", "correct"]
CUE_COLUMNS = [*KEY, "region", "draw", "n_frames", *CUES]


# ---- the table -----------------------------------------------------------------------------------


def clip_cues(cues: pd.DataFrame, explained: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Table `clip_cues`: the cues of every explained clip in every region.

    Parameters
    ----------
    cues, explained, manifest : pandas.DataFrame
        The tables of these names; only `CUE_COLUMNS` of `cues`, and only clip_id and speaker of
        `manifest`, are needed.

    Returns
    -------
    pandas.DataFrame
        One row per explained clip (fold, seed, clip_id, target), region and cue. `value` is the mean
        over draws, in the unit of the cue, missing if the clip lacks the cue; `difference` the salient
        (for `control` the matched salient) segments minus the baseline; `z` the salient segments
        within the speaker, see `within_speaker`.

    Raises
    ------
    ValueError
        A clip of `cues` is not in `explained`.
    InputError
        A clip has no speaker.
    """
    clips = explained.sort_values(KEY, ignore_index=True)[[*KEY, *LABELS]]
    index = pd.MultiIndex.from_frame(clips[KEY])
    measured = pd.MultiIndex.from_frame(cues[KEY].drop_duplicates().sort_values(KEY))
    if strange := measured.difference(index).tolist():
        raise ValueError(f"{len(strange)} clips have cues but were not explained: {strange[:3]}")
    clips = clips.assign(speaker=bootstrap.speakers_of(clips["clip_id"], manifest))

    # sorted, so that sums do not depend on the order of the input
    ordered = cues.sort_values([*KEY, "region", "draw"])
    means = {
        region: ordered[ordered["region"] == region]
        .groupby(KEY)[["n_frames", *CUES]]
        .mean()
        .reindex(index)
        .reset_index(drop=True)
        for region in REGIONS
    }
    values = {region: table[list(CUES)] for region, table in means.items()}
    differences = {
        baseline: values[COUNTERPARTS.get(baseline, "salient")] - values[baseline]
        for baseline in BASELINES
    }
    z = within_speaker(values["salient"], values["full"], clips)

    regions, names = sorted(REGIONS), sorted(CUES)
    each = len(regions) * len(names)
    table = clips.loc[clips.index.repeat(each)].reset_index(drop=True)
    n_frames = np.stack([means[region]["n_frames"] for region in regions], axis=1)
    return table.assign(
        region=np.tile(np.repeat(regions, len(names)), len(clips)),
        cue=np.tile(names, len(clips) * len(regions)),
        n_frames=np.repeat(n_frames.ravel(), len(names)),
        value=_stacked(values, regions, names),
        difference=_stacked(differences, regions, names),
        z=_stacked({"salient": z}, regions, names),
    )


def _stacked(frames: dict[str, pd.DataFrame], regions: list[str], names: list[str]) -> np.ndarray:
    """Cells of the frames by clip, region and cue; NaN for regions without a frame."""
    n_clips = len(next(iter(frames.values())))
    none = np.full((n_clips, len(names)), np.nan)
    cells = [frames[region][names] if region in frames else none for region in regions]
    return np.stack(cells, axis=1).ravel()


def within_speaker(salient: pd.DataFrame, full: pd.DataFrame, clips: pd.DataFrame) -> pd.DataFrame:
    """Cues of the salient segments in standard deviations of the speaker's clips.

    Zero is the mean, one the standard deviation (n − 1) of the full speech of the speaker's explained
    clips, whether their salient segments have the cue or not, so that voices of different pitch or loudness are comparable.

    Parameters
    ----------
    salient, full : pandas.DataFrame
        Cues of the salient segments and of full speech: a row per clip, a column per cue.
    clips : pandas.DataFrame
        Columns clip_id and speaker of the same rows.

    Returns
    -------
    pandas.DataFrame
        Rows and columns of `salient`; NaN if the speaker's clips do not differ.
    """
    # a clip explained by several models counts once
    of_speaker = full.groupby([clips["speaker"], clips["clip_id"]]).mean().groupby("speaker")
    centre, width = (
        moments.reindex(clips["speaker"]).set_axis(clips.index)
        for moments in (of_speaker.mean(), of_speaker.std())
    )
    return (salient - centre) / width.where(width > 0)


# ---- input of the analyses -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ClipCues:
    """Cues of clips, in frames with the same rows and, except `clips`, a column per cue.

    Attributes
    ----------
    clips : pandas.DataFrame
        The clips: fold, seed, clip_id, target, true, predicted, correct and speaker (averaged
        over models: clip_id and speaker), and `matched_share`, the share of the salient frames that
        have controls.
    values : dict
        Cues in each of `REGIONS`, in their units; NaN if a clip lacks the cue.
    differences : dict
        The salient (for `control` the matched salient) segments minus each of `BASELINES`.
    z : pandas.DataFrame
        Cues of the salient segments within the speaker, see `within_speaker`.
    """

    clips: pd.DataFrame
    values: dict[str, pd.DataFrame]
    differences: dict[str, pd.DataFrame]
    z: pd.DataFrame

    @classmethod
    def of(cls, table: pd.DataFrame) -> "ClipCues":
        """From the table `clip_cues`; clips in the order of their key."""
        regions = {region: table[table["region"] == region] for region in REGIONS}
        salient = regions["salient"].drop_duplicates(KEY).sort_values(KEY, ignore_index=True)
        index = pd.MultiIndex.from_frame(salient[KEY])

        def frame(region: str, column: str) -> pd.DataFrame:
            wide = regions[region].pivot(index=KEY, columns="cue", values=column)
            wide = wide.reindex(index=index, columns=pd.Index(list(CUES))).astype(float)
            return wide.reset_index(drop=True)

        paired = (
            regions["salient_matched"]
            .drop_duplicates(KEY)
            .set_index(KEY)["n_frames"]
            .reindex(index)
        )
        frames = salient["n_frames"].astype(float)
        share = paired.fillna(0).to_numpy(float) / frames.where(frames > 0)
        return cls(
            salient[[*KEY, *LABELS, "speaker"]].assign(matched_share=share),
            {region: frame(region, "value") for region in REGIONS},
            {baseline: frame(baseline, "difference") for baseline in BASELINES},
            frame("salient", "z"),
        )

    @classmethod
    def read(cls, path) -> "ClipCues":
        """From a file of the table `clip_cues`.

        Raises
        ------
        InputError
            The file cannot be read as Parquet.
        """
        return cls.of(tables.read(path))

    def where(self, mask: pd.Series) -> "ClipCues":
        """The clips for which `mask`, a truth value per row of `clips`, is true."""
        return self._each(lambda frame: frame[mask], self.clips[mask])

    def per_clip(self) -> "ClipCues":
        """Mean of each clip over the folds and seeds that explained it, in order of clip_id."""
        by = self.clips.groupby(["clip_id", "speaker"])
        number = by.ngroup()
        clips = by["matched_share"].mean().reset_index()
        return self._each(lambda frame: frame.groupby(number).mean(), clips)

    def _each(
        self, change: Callable[[pd.DataFrame], pd.DataFrame], clips: pd.DataFrame
    ) -> "ClipCues":
        """Apply a change to every frame of cues, and replace `clips`."""
        values, differences = (
            {name: change(frame) for name, frame in frames.items()}
            for frames in (self.values, self.differences)
        )
        return replace(self, clips=clips, values=values, differences=differences, z=change(self.z))
