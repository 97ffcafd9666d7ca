"""Explanations of many clips by several classifiers, arranged by clip, classifier and part."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Study:
    """Explanations of the true class of many clips by several classifiers.

    Attributes
    ----------
    clips : pandas.DataFrame
        Columns corpus, clip_id, emotion and speaker, unique over corpora.
    classifiers : list of str
    weights : numpy.ndarray, shape (n_clips, n_classifiers, n_parts)
        From the model of the fold that tests the clip.
    refits : numpy.ndarray, shape (n_clips, n_classifiers, 2, n_parts)
        From two fits that share no training speaker and met none of the clip; NaN if there are none.
    fits : numpy.ndarray of int, shape (n_clips, 2)
        Which fits these are: a number for each corpus and group of speakers; -1: none.
    """

    clips: pd.DataFrame
    classifiers: list[str]
    weights: np.ndarray
    refits: np.ndarray
    fits: np.ndarray


def gather(
    bands: dict[tuple[str, str], pd.DataFrame], manifests: dict, low_pass_hz: float
) -> Study:
    """Arrange tables of weights by clip and classifier.

    Parameters
    ----------
    bands : dict
        Rows of the table `bands` by (corpus, classifier); a table without rows is left out.
    manifests : dict
        Table `manifest` by corpus.
    low_pass_hz : float
        Parts above it are empty and left out.
    """
    parts = []
    for (corpus, classifier), table in bands.items():
        true_class = table[(table["target"] == "true_label") & (table["low_hz"] < low_pass_hz)]
        parts.append(true_class.assign(corpus=corpus, classifier=classifier))
    rows = pd.concat(parts, ignore_index=True)
    labels = pd.concat([table.assign(corpus=corpus) for corpus, table in manifests.items()])
    labels = labels.set_index(["corpus", "clip_id"])[["emotion", "speaker"]]
    clips = rows[["corpus", "clip_id"]].drop_duplicates().sort_values(["corpus", "clip_id"])
    clips = clips.join(labels, on=["corpus", "clip_id"]).reset_index(drop=True)
    # speakers of two corpora may have the same name
    clips["speaker"] = clips["corpus"] + " " + clips["speaker"].astype(str)
    classifiers = list(dict.fromkeys(rows["classifier"]))
    numbers = sorted(rows["part"].unique())
    clip = pd.MultiIndex.from_frame(clips[["corpus", "clip_id"]])
    rows["clip"] = clip.get_indexer(pd.MultiIndex.from_frame(rows[["corpus", "clip_id"]]))
    rows["column"] = rows["part"].map({number: i for i, number in enumerate(numbers)})
    rows["row"] = rows["classifier"].map(classifiers.index)
    again = rows["refit"].to_numpy(bool)
    own, refitted = rows[~again], rows[again]
    weights = np.full((len(clips), len(classifiers), len(numbers)), np.nan)
    weights[tuple(own[name] for name in ("clip", "row", "column"))] = own["weight"]
    folds = refitted[["clip", "fold"]].drop_duplicates().sort_values(["clip", "fold"])
    folds["fit"] = folds.groupby("clip").cumcount()
    refitted = refitted.merge(folds, on=["clip", "fold"])
    refits = np.full((len(clips), len(classifiers), 2, len(numbers)), np.nan)
    refits[tuple(refitted[name] for name in ("clip", "row", "fit", "column"))] = refitted["weight"]
    names = [*zip(clips["corpus"].to_numpy()[folds["clip"]], folds["fold"], strict=True)]
    order = {name: number for number, name in enumerate(sorted(set(names)))}
    fits = np.full((len(clips), 2), -1)
    fits[folds["clip"], folds["fit"]] = [order[name] for name in names]
    return Study(clips, classifiers, weights, refits, fits)
