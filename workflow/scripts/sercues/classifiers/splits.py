"""Splits into training, validation and test clips, and what these parts share."""

import warnings

import pandas as pd
from sklearn.model_selection import ShuffleSplit, StratifiedGroupKFold

from sercues.core import tables
from sercues.core.errors import InputError
from sercues.core.names import MIN_REFIT_SPEAKERS, REFIT_GROUPS

MIN_OTHER_SPEAKERS = 4  # with fewer outside the test fold, validation is not split by speaker
PUBLISHED_SEED = 42  # the random_state of the published split
PUBLISHED_SHARE = 0.1  # its share of test clips
KINDS = {"clip": "clip_id", "speaker": "speaker", "audio": "audio_sha256", "text": "text"}
PAIRS = (("train", "validation"), ("train", "test"), ("validation", "test"))


def split_clips(manifest: pd.DataFrame, split: dict, folds: int, seed: int) -> pd.DataFrame:
    """Assign every usable clip to a part of each fold.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Table `manifest`; excluded clips are left out.
    split : dict
        The protocol's `split` block.
    folds : int
        Number of folds, at most as many as speakers.
    seed : int
        Seed of the assignment of speakers to folds.

    Returns
    -------
    pandas.DataFrame
        Table `splits`. With kind 'speakers' every clip is tested in exactly one fold; with
        'random' validation and test are the same clips, as in the published code.

    Raises
    ------
    InputError
        The corpus has fewer speakers than folds, or a clip has no speaker.
    """
    clips = _usable(manifest, split)
    folds_of = _speaker_folds if split["kind"] == "speakers" else _random_folds
    rows = [
        pd.DataFrame({"clip_id": clips["clip_id"].iloc[chosen], "fold": fold, "part": part})
        for fold, part, chosen in folds_of(clips, folds, split, seed)
    ]
    return pd.concat(rows, ignore_index=True)


def _usable(manifest, split):
    """Clips of the split's emotions that are not excluded, by clip_id."""
    clips = manifest[~manifest["excluded"]].sort_values("clip_id", ignore_index=True)
    if split["emotions"] != "all":
        clips = clips[clips["emotion"].isin(split["emotions"])].reset_index(drop=True)
        if missing := sorted(set(split["emotions"]) - set(clips["emotion"])):
            raise InputError(
                f"no clip of the corpus is {missing[0]}, which split.emotions lists; take it out of the "
                "list, or leave out the corpus."
            )
    return clips


def split_refits(manifest: pd.DataFrame, split: dict, seed: int) -> pd.DataFrame:
    """Splits of fits that share no speaker, so that every clip is unknown to two of them.

    Speakers are cut into `REFIT_GROUPS` groups with a like share of every emotion and, where known,
    sex. A fit is trained and validated on one group; the clips of the others are its test part.

    Parameters
    ----------
    manifest, split, seed
        As in `split_clips`.

    Returns
    -------
    pandas.DataFrame
        Table `splits`, whose folds are the groups. No rows with fewer than `MIN_REFIT_SPEAKERS`
        speakers, with clips without a speaker, or where a group would train on fewer than two clips
        of an emotion. Without a `validation_share` a group is validated on its training clips.

    Raises
    ------
    InputError
        The corpus has no clip of an emotion that `split` lists.
    """
    clips = _usable(manifest, split)
    empty = tables.empty("splits")
    if clips["speaker"].isna().any() or clips["speaker"].nunique() < MIN_REFIT_SPEAKERS:
        return empty
    kinds = clips["emotion"] + " " + clips["sex"].fillna("")
    if kinds.value_counts().max() < REFIT_GROUPS:
        return empty
    splitter = StratifiedGroupKFold(REFIT_GROUPS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # a rare emotion of one sex is not in every group; every emotion has to be, see below
        warnings.simplefilter("ignore", UserWarning)
        groups = [group for _, group in splitter.split(clips, kinds, clips["speaker"])]
    rows = []
    for fold, group in enumerate(groups):
        own, others = clips.iloc[group], clips.drop(index=group)
        if _fewest(own, clips) < 2:
            return empty
        train = validation = own
        if split["validation_share"]:
            kept, held = _hold_out(own, split["validation_share"], seed)
            train, validation = own.iloc[kept], own.iloc[held]
        if _fewest(train, clips) < 2:
            return empty
        for part, members in (("train", train), ("validation", validation), ("test", others)):
            rows.append(pd.DataFrame({"clip_id": members["clip_id"], "fold": fold, "part": part}))
    return pd.concat(rows, ignore_index=True)


def _fewest(part, clips):
    """Clips in `part` of the emotion of `clips` that has fewest there."""
    return part["emotion"].value_counts().reindex(clips["emotion"].unique(), fill_value=0).min()


def _speaker_folds(clips, folds, split, seed):
    n_speakers = clips["speaker"].nunique()
    if clips["speaker"].isna().any():
        clip = clips.loc[clips["speaker"].isna(), "clip_id"].iloc[0]
        raise InputError(
            f"clip '{clip}' has no speaker, whom split.kind 'speakers' needs; name the speaker of "
            "every clip, or use a protocol with split.kind 'random'."
        )
    if n_speakers < max(2, folds):
        raise InputError(
            f"the corpus has {n_speakers} speaker(s), fewer than its {max(2, folds)} folds; set "
            "overrides.all.split.folds to 2 up to the number of speakers, or use a protocol with "
            "split.kind 'random'."
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for fold, (rest, test) in enumerate(_cut(splitter, clips, clips["speaker"])):
        train, validation = rest, test  # without a share, validation on the test clips, a leak
        if split["validation_share"]:
            kept, held = _hold_out(clips.iloc[rest], split["validation_share"], seed)
            train, validation = rest[kept], rest[held]
        yield fold, "train", train
        yield fold, "validation", validation
        yield fold, "test", test


def _hold_out(clips, share, seed):
    """Positions of training and validation clips, split by speaker, else by text, else by clip."""
    groups = clips["clip_id"]
    if clips["speaker"].nunique() >= MIN_OTHER_SPEAKERS:
        groups = clips["speaker"]
    elif clips["text"].notna().all() and clips["text"].nunique() > 1:
        groups = clips["text"]
    most = min(groups.nunique(), clips["emotion"].value_counts().max())
    n_parts = max(2, min(round(1 / share), most))
    splitter = StratifiedGroupKFold(n_parts, shuffle=True, random_state=seed)
    return next(_cut(splitter, clips, groups))


def _cut(splitter: StratifiedGroupKFold, clips, groups):
    """For each part, positions of the other clips and of its own."""
    try:
        yield from splitter.split(clips, clips["emotion"], groups)
    except ValueError as error:
        raise InputError(
            f"{len(clips)} clips of {clips['speaker'].nunique()} speaker(s) cannot be cut into "
            f"{splitter.n_splits} parts with every emotion ({error}); add clips, or lower "
            "overrides.all.split.folds."
        ) from error


def _random_folds(clips, folds, split, seed):
    # the published seed, as the protocol repeats the published split
    splitter = ShuffleSplit(folds, test_size=PUBLISHED_SHARE, random_state=PUBLISHED_SEED)
    for fold, (train, test) in enumerate(splitter.split(clips)):
        yield fold, "train", train
        yield fold, "validation", test
        yield fold, "test", test


def audit(splits: pd.DataFrame, manifest: pd.DataFrame, stop: bool) -> pd.DataFrame:
    """Count the clips, speakers, audio and texts that two parts of a fold share.

    Parameters
    ----------
    splits, manifest : pandas.DataFrame
        The tables.
    stop : bool
        Give shared clips, speakers and audio the verdict 'stops', not 'reported'.

    Returns
    -------
    pandas.DataFrame
        Table `leaks`. Shared texts are always 'reported'; speakers shared by training and
        validation are 'allowed' if there are too few to separate them.
    """
    clips = splits.merge(manifest, on="clip_id")
    rows = []
    for fold, group in clips.groupby("fold"):
        parts = dict(list(group.groupby("part")))
        n_speakers = group.loc[group["part"] != "test", "speaker"].nunique()
        for first, second in PAIRS:
            for kind, column in KINDS.items():
                values = set(parts[second][column].dropna())
                shared = len(values.intersection(parts[first][column].dropna()))
                inevitable = (
                    kind == "speaker" and second == "validation" and n_speakers < MIN_OTHER_SPEAKERS
                )
                verdict = _verdict(kind, shared, inevitable, stop)
                rows.append((fold, first, second, kind, shared, len(values), verdict))
    return pd.DataFrame(rows, columns=tables.columns("leaks"))


def _verdict(kind: str, shared: int, inevitable: bool, stop: bool) -> str:
    if not shared:
        return "none"
    if inevitable:
        return "allowed"
    return "stops" if stop and kind != "text" else "reported"


def stop_on_leak(leaks: pd.DataFrame) -> None:
    """Raise InputError naming the first leak with the verdict 'stops'."""
    stopping = leaks[leaks["verdict"] == "stops"]
    if len(stopping):
        row = stopping.iloc[0]
        raise InputError(
            f"fold {row.fold}: {row.shared} {row.kind}(s) of the {row['second']} part are also in the "
            f"{row['first']} part; mend the corpus, or set split.stop_on_leak to false to report it only."
        )
