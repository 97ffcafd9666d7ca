"""One value per clip and cue: salient segments, and their differences from the baselines."""

import pandas as pd

from sercues.cues.catalogue import CUES
from sercues.stats import bootstrap

KEY = ["fold", "seed", "clip_id", "target_kind"]
CUE_COLUMNS = [*KEY, "region", "draw", "n_frames", *CUES]
BASELINES = ("full", "random", "matched", "energy")
COMPARED = {"matched": "paired"}  # matched windows are mates of these; elsewhere all salient ones
SUFFIXES = {"salient": "", "z": "_z"} | {name: f"_delta_{name}" for name in BASELINES}
REGIONS = ("salient", "full", "random", "paired", "matched", "energy")
IN = {name: "" if name == "salient" else f"_in_{name}" for name in REGIONS}  # endings of their cues


# ---- one value per clip --------------------------------------------------------------------------


def clip_cues(cues: pd.DataFrame, explained: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Cues of every explained clip: salient region, and its differences from the baselines.

    Parameters
    ----------
    cues, explained, manifest : pandas.DataFrame
        The tables of these names; of `cues` the columns `CUE_COLUMNS` are enough.

    Returns
    -------
    pandas.DataFrame
        One row per explained clip (fold, seed, clip_id, target_kind): `true`, `predicted`,
        `correct`, `speaker`, and for each cue `<cue>` (salient segments), `<cue>_delta_full`
        (salient minus full speech), `<cue>_delta_random` (salient minus the mean over the draws),
        `<cue>_delta_matched` (the same of the salient segments that have mates, NaN without) and
        `<cue>_delta_energy` (salient minus the loudest windows), in the unit of the cue;
        `<cue>_in_<region>`, the cue itself in every other region (mean over its draws); and
        `<cue>_z`, the salient segments within the speaker, see `within_speaker`. A cue that a clip
        does not have is NaN. `paired_share` is the share of the salient frames that have mates.

    Raises
    ------
    ValueError
        A clip of `cues` is not in `explained`.
    InputError
        A clip has no speaker, without whom there is no interval.
    """
    names = list(CUES)
    # a fixed order of rows gives equal sums, and so equal bytes, whatever the order of the input
    ordered = cues.sort_values([*KEY, "region", "draw"])
    regions = {region: rows for region, rows in ordered.groupby("region")}
    nothing = ordered.iloc[:0]
    means = {name: regions.get(name, nothing).groupby(KEY)[names].mean() for name in REGIONS}

    salient = means["salient"]
    columns = [salient]
    for baseline in BASELINES:
        first, second = (
            means[name].reindex(salient.index)
            for name in (COMPARED.get(baseline, "salient"), baseline)
        )
        columns.append((first - second).add_suffix(SUFFIXES[baseline]))
    columns += [
        means[name].reindex(salient.index).add_suffix(IN[name]) for name in REGIONS if IN[name]
    ]
    frames = {
        name: regions.get(name, nothing).set_index(KEY)["n_frames"].reindex(salient.index)
        for name in ("salient", "paired")
    }
    share = frames["paired"].fillna(0) / frames["salient"].where(frames["salient"] > 0)
    columns.append(share.rename("paired_share"))
    values = pd.concat(columns, axis=1)

    clips = explained.sort_values(KEY).set_index(KEY)[["true", "predicted", "correct"]]
    if strange := values.index.difference(clips.index).tolist():
        raise ValueError(f"{len(strange)} clips have cues but were not explained: {strange[:3]}")
    clips = clips.join(values).reset_index()
    clips = clips.assign(speaker=bootstrap.speakers_of(clips["clip_id"], manifest))
    return clips.join(within_speaker(clips).add_suffix(SUFFIXES["z"]))


def within_speaker(clips: pd.DataFrame) -> pd.DataFrame:
    """Cues of the salient segments in standard deviations of the speaker's own clips.

    Zero is the mean, one the standard deviation (n − 1) of the full speech of the speaker's
    explained clips, so that voices of different pitch or loudness can be set side by side.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns clip_id, speaker, and for each cue `<cue>` and `<cue>_delta_full`.

    Returns
    -------
    pandas.DataFrame
        One column per cue, rows as in `clips`; NaN where the speaker's clips do not differ.
    """
    names = list(CUES)
    full = clips[names] - clips[[f"{cue}{SUFFIXES['full']}" for cue in names]].to_numpy()
    # a clip that several models explained is one clip of its speaker
    own = full.groupby([clips["speaker"], clips["clip_id"]]).mean().groupby("speaker")
    centre, width = (
        moments.reindex(clips["speaker"]).set_axis(clips.index)
        for moments in (own.mean(), own.std())
    )
    return (clips[names] - centre) / width.where(width > 0)


def per_clip(clips: pd.DataFrame) -> pd.DataFrame:
    """Average of each clip over the folds and seeds that explained it.

    `clips` is from `clip_cues`; columns clip_id, speaker and all that it holds of the cues.
    """
    endings = dict.fromkeys([*SUFFIXES.values(), *IN.values()])
    columns = [cue + suffix for cue in CUES for suffix in endings] + ["paired_share"]
    return clips.groupby(["clip_id", "speaker"], as_index=False)[columns].mean()
