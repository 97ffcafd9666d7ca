"""Mean weights of the bands by corpus, classifier and emotion, and what these weights are worth."""

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
        Rows of the table `bands` by (corpus, classifier): with the weights of this study, and with
        weights as the published code finds them.
    manifests : dict
        Table `manifest` by corpus.
    published, resampling
        As in `agreement_table`.
    """
    read_off = published.set_index(["corpus", "classifier", "emotion", "part"])["weight"]
    rows = []
    for (corpus, classifier), table in bands.items():
        labels = manifests[corpus].set_index("clip_id")
        own, theirs = (
            part[(part["target"] == "true_label") & ~part["refit"]]
            for part in (table, as_published[corpus, classifier])
        )
        theirs = theirs.groupby(["target_emotion", "part"])["weight"].mean()
        for emotion, of_emotion in own.groupby("target_emotion"):
            wide = of_emotion.pivot(index="clip_id", columns="part", values="weight")
            speakers = labels.loc[wide.index, "speaker"].to_numpy(str)
            found = bootstrap.means(wide.to_numpy(float), speakers, resampling)
            limits = of_emotion.drop_duplicates("part").set_index("part")
            for part, estimate in zip(wide.columns, found, strict=True):
                rows.append(
                    {
                        "corpus": corpus,
                        "classifier": classifier,
                        "emotion": emotion,
                        "part": part,
                        "low_hz": limits.loc[part, "low_hz"],
                        "high_hz": limits.loc[part, "high_hz"],
                        "as_published": theirs[emotion, part],
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
    """Table `band_faithfulness`: do the weights say what the classifier needs?

    Parameters
    ----------
    bands, checks : dict
        Rows of the tables `bands` and `band_checks` by (corpus, classifier), of the true class.
    manifests, resampling
        As in `profile_table`.
    """
    rows = []
    for (corpus, classifier), table in checks.items():
        own = table[~table["refit"]].sort_values("clip_id").set_index("clip_id")
        weights = bands[corpus, classifier]
        weights = weights[~weights["refit"] & ~weights["silent"]]
        both = weights.groupby("clip_id")[["weight", "shapley"]]
        measured = pd.DataFrame(
            {
                "correct": (own["emotion"] == own["predicted_emotion"]).astype(float),
                "r2": own["r2"],
                "shapley": both.apply(
                    lambda part: part["weight"].corr(part["shapley"], "spearman")
                ),
                "deletion": own["deletion_random"] - own["deletion"],
                "deletion_rank": own["deletion_rank"],
                "insertion": own["insertion"] - own["insertion_random"],
                "insertion_rank": own["insertion_rank"],
            }
        )
        labels = manifests[corpus].set_index("clip_id")
        speakers = labels.loc[measured.index, "speaker"].to_numpy(str)
        found = bootstrap.means(measured.to_numpy(float), speakers, resampling)
        head = {"corpus": corpus, "classifier": classifier}
        rows += [
            head | {"measure": name} | estimate.columns()
            for name, estimate in zip(measured, found, strict=True)
        ]
    return pd.DataFrame(rows, columns=tables.columns("band_faithfulness"))
