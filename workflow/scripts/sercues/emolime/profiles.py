"""Mean weights of the bands by corpus, classifier and emotion, and their faithfulness."""

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Resampling


def profile_table(
    bands: dict[tuple[str, str], pd.DataFrame],
    as_published: dict[tuple[str, str], pd.DataFrame],
    manifests: dict[str, pd.DataFrame],
    published: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `band_profiles`: mean weights by corpus, classifier, emotion and band.

    Parameters
    ----------
    bands, as_published : dict
        Rows of the table `bands` by (corpus, classifier), with the weights of this study and with
        weights from the published algorithm.
    manifests : dict
        Table `manifest` by corpus.
    published, resampling
        As in `agreement_table`.
    """
    read_off = published.set_index(["corpus", "classifier", "emotion", "part"])["weight"]
    rows = []
    for (corpus, classifier), table in bands.items():
        labels = manifests[corpus].set_index("clip_id")
        ours, reference = (
            weights[(weights["target"] == "true_label") & ~weights["refit"]]
            for weights in (table, as_published[corpus, classifier])
        )
        reference = reference.groupby(["target_emotion", "part"])["weight"].mean()
        for emotion, of_emotion in ours.groupby("target_emotion"):
            wide = of_emotion.pivot(index="clip_id", columns="part", values="weight")
            speakers = labels.loc[wide.index, "speaker"].to_numpy(str)
            estimates = bootstrap.means(wide.to_numpy(float), speakers, resampling)
            limits = of_emotion.drop_duplicates("part").set_index("part")
            for part, estimate in zip(wide.columns, estimates, strict=True):
                rows.append(
                    {
                        "corpus": corpus,
                        "classifier": classifier,
                        "emotion": emotion,
                        "part": part,
                        "low_hz": limits.loc[part, "low_hz"],
                        "high_hz": limits.loc[part, "high_hz"],
                        "as_published": reference[emotion, part],
                        "published": read_off.get((corpus, classifier, emotion, part), np.nan),
                        **estimate.columns(),
                    }
                )
    return pd.DataFrame(rows, columns=tables.columns("band_profiles"))


def faithfulness_table(
    bands: dict[tuple[str, str], pd.DataFrame],
    checks: dict[tuple[str, str], pd.DataFrame],
    manifests: dict[str, pd.DataFrame],
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `band_faithfulness`: do the weights show what the classifier needs?

    Parameters
    ----------
    bands, checks : dict
        Rows of the tables `bands` and `band_checks` by (corpus, classifier), of the true class.
    manifests, resampling
        As in `profile_table`.
    """
    rows = []
    for (corpus, classifier), table in checks.items():
        of_models = table[~table["refit"]].sort_values("clip_id").set_index("clip_id")
        weights = bands[corpus, classifier]
        weights = weights[~weights["refit"] & ~weights["silent"]]
        both = weights.groupby("clip_id")[["weight", "shapley"]]
        measured = pd.DataFrame(
            {
                "correct": (of_models["emotion"] == of_models["predicted_emotion"]).astype(float),
                "r2": of_models["r2"],
                "shapley": both.apply(
                    lambda clip: clip["weight"].corr(clip["shapley"], "spearman")
                ),
                "deletion": of_models["deletion_random"] - of_models["deletion"],
                "deletion_rank": of_models["deletion_rank"],
                "insertion": of_models["insertion"] - of_models["insertion_random"],
                "insertion_rank": of_models["insertion_rank"],
            }
        )
        labels = manifests[corpus].set_index("clip_id")
        speakers = labels.loc[measured.index, "speaker"].to_numpy(str)
        estimates = bootstrap.means(measured.to_numpy(float), speakers, resampling)
        key = {"corpus": corpus, "classifier": classifier}
        rows += [
            key | {"measure": name} | estimate.columns()
            for name, estimate in zip(measured, estimates, strict=True)
        ]
    return pd.DataFrame(rows, columns=tables.columns("band_faithfulness"))
