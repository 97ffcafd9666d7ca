"""What the paper's Tables 2 and 3 and its claims say on our clips.

First one value per clip and cue (`clip_cues`), then the tables over clips (`cue_table`) and the
verdicts on the paper's claims (`accuracy_claims`, `cue_claims`). How they are laid out for readers
is in `layouts`.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sercues import inference, statistics, tables
from sercues.cues import CUES
from sercues.errors import InputError
from sercues.statistics import MIN_SPEAKERS, Estimate

KEY = ["fold", "seed", "clip_id", "target_kind"]
CUE_COLUMNS = [*KEY, "region", "draw", *CUES]
BASELINES = ("full", "random", "matched", "energy")
SUFFIXES = {"salient": "", "z": "_z"} | {name: f"_delta_{name}" for name in BASELINES}
TABLES = {"2": True, "3": False}  # number in the paper: are its clips correctly classified?

HOLDS, DOES_NOT, UNDECIDED = "holds", "does not", "undecided"
CLAIM_KEYS = {
    "accuracy_crema_d": ["statement", "published", "corpus", "value", "tolerance"],
    "angry_highest_loudness": ["statement", "published"],
    "angry_highest_shimmer": ["statement", "published"],
    "sad_lowest_loudness": ["statement", "published"],
    "sad_lowest_shimmer": ["statement", "published"],
    "misclassified_sad_as_loud_as_angry": ["statement", "published"],
    "misclassified_sad_as_loud_as_angry_by_predicted": ["statement", "published"],
    "salient_differs_from_random": ["statement", "published"],
}
NO_INTERVAL = f"no interval: a mean over fewer than {MIN_SPEAKERS} speakers"


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
        (salient minus full speech), `<cue>_delta_random` and `<cue>_delta_matched` (salient minus
        the mean over the draws) and `<cue>_delta_energy` (salient minus the loudest windows), in
        the unit of the cue; and `<cue>_z`, the salient segments within the speaker, see `within_speaker`. A cue
        that a clip does not have is NaN.

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
    means = {
        name: regions.get(name, nothing).groupby(KEY)[names].mean()
        for name in ("salient", *BASELINES)
    }

    salient = means["salient"]
    columns = [salient]
    for baseline in BASELINES:
        difference = salient - means[baseline].reindex(salient.index)
        columns.append(difference.add_suffix(SUFFIXES[baseline]))
    values = pd.concat(columns, axis=1)

    clips = explained.sort_values(KEY).set_index(KEY)[["true", "predicted", "correct"]]
    if strange := values.index.difference(clips.index).tolist():
        raise ValueError(f"{len(strange)} clips have cues but were not explained: {strange[:3]}")
    clips = clips.join(values).reset_index()
    clips = clips.assign(speaker=statistics.speakers_of(clips["clip_id"], manifest))
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
    columns = [cue + suffix for cue in CUES for suffix in SUFFIXES.values()]
    return clips.groupby(["clip_id", "speaker"], as_index=False)[columns].mean()


# ---- tables over clips ---------------------------------------------------------------------------


def cue_table(
    cues: pd.DataFrame,
    explained: pd.DataFrame,
    manifest: pd.DataFrame,
    *,
    corpus: str,
    protocol: str,
    method: str,
    emotions: Sequence[str],
    correct: bool,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Table 2 (`correct`) or Table 3 (not `correct`) of one corpus, protocol and method.

    Parameters
    ----------
    cues, explained, manifest : pandas.DataFrame
        As in `clip_cues`.
    corpus, protocol, method : str
        Written in every row.
    emotions : sequence of str
        Rows of the table, in this order; an emotion without clips has rows with `n_clips` 0.
    correct : bool
        Correctly classified clips, grouped by their emotion; or misclassified clips, grouped by
        the true and again by the predicted emotion.
    draws, seed : int
        Bootstrap over speakers.

    Returns
    -------
    pandas.DataFrame
        Rows of the table `table`. Each clip counts once: the average over the seeds that
        explained it. `n_clips` and `n_speakers` belong to the mean in the salient segments. The
        family of a q are all Δf of the same corpus, protocol, method, explained class and
        grouping: emotions × cues × baselines.
    """
    clips = clip_cues(cues, explained, manifest)
    clips = clips[clips["correct"] == correct]
    rows = []
    for target_kind in sorted(explained["target_kind"].unique()) or ["predicted"]:
        for grouped_by in ["true"] if correct else ["true", "predicted"]:
            family = []
            for emotion in emotions:
                chosen = (clips["target_kind"] == target_kind) & (clips[grouped_by] == emotion)
                head = {
                    "corpus": corpus,
                    "protocol": protocol,
                    "method": method,
                    "target_kind": target_kind,
                    "emotion": emotion,
                    "grouped_by": grouped_by,
                }
                group = per_clip(clips[chosen])
                family += [head | cell for cell in _cells_of(group, draws, seed)]
            rows += _with_q(family)
    return pd.DataFrame(rows, columns=tables.columns("table"))


def _cells_of(group: pd.DataFrame, draws: int, seed: int) -> Iterator[dict]:
    """One dictionary per cue: numbers of clips and speakers, mean and differences with their p."""
    columns = [cue + suffix for cue in CUES for suffix in SUFFIXES.values()]
    values, speakers = group[columns].to_numpy(), group["speaker"]
    found = statistics.means(values, speakers, draws, seed)
    estimates = dict(zip(columns, found, strict=True))
    p = dict(zip(columns, inference.sign_flip(values, speakers, draws, seed), strict=True))
    for cue in CUES:
        salient = estimates[cue]
        cell = {
            "cue": cue,
            "n_clips": salient.n_clips,
            "n_speakers": salient.n_speakers,
            "mean": salient.value,
            "ci_low": salient.low,
            "ci_high": salient.high,
            "z": estimates[cue + SUFFIXES["z"]].value,
            "z_low": estimates[cue + SUFFIXES["z"]].low,
            "z_high": estimates[cue + SUFFIXES["z"]].high,
        }
        for baseline in BASELINES:
            name = cue + SUFFIXES[baseline]
            cell[f"delta_{baseline}"] = estimates[name].value
            cell[f"delta_{baseline}_low"] = estimates[name].low
            cell[f"delta_{baseline}_high"] = estimates[name].high
            cell[f"delta_{baseline}_p"] = p[name]
        yield cell


def _with_q(family: list[dict]) -> list[dict]:
    """The rows of one family of tests with the q of every p."""
    p = np.array([[row[f"delta_{name}_p"] for name in BASELINES] for row in family], dtype=float)
    q = inference.false_discovery_rate(p.ravel()).reshape(p.shape)
    names = [f"delta_{name}_q" for name in BASELINES]
    return [
        row | dict(zip(names, cells, strict=True)) for row, cells in zip(family, q, strict=True)
    ]


# ---- claims --------------------------------------------------------------------------------------


def read_statements(path) -> dict:
    """The paper's claims in words, as ``config/claims.yaml`` has them, by name of the claim.

    Raises
    ------
    InputError
        The file is no YAML, or a claim or one of its keys is missing.
    """
    try:
        statements = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it.") from error
    for claim, keys in CLAIM_KEYS.items():
        entry = statements.get(claim) if isinstance(statements, dict) else None
        for key in keys:
            if not isinstance(entry, dict) or key not in entry:
                raise InputError(f"{path} lacks the key '{key}' of the claim '{claim}'; add it.")
    return statements


def accuracy_claims(accuracy: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """Verdicts on the published accuracy, per protocol of the corpus it was published for.

    Holds where the interval of the accuracy over all folds lies within the published value ±
    tolerance, does not where it lies wholly outside, else undecided. Other corpora have no row.

    Parameters
    ----------
    accuracy : pandas.DataFrame
        Rows of the table `accuracy`, of any number of corpora and protocols.
    statements : dict
        From `read_statements`.
    """
    claim = "accuracy_crema_d"
    entry = statements[claim]
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    rows = []
    for protocol, part in pooled[pooled["corpus"] == entry["corpus"]].groupby("protocol"):
        row, uar = (part[part["measure"] == name].iloc[0] for name in ("accuracy", "uar"))
        found = Estimate(row.value, row.ci_low, row.ci_high, row.n_clips, row.n_speakers)
        difference = found._replace(
            value=found.value - entry["value"],
            low=found.low - entry["value"],
            high=found.high - entry["value"],
        )
        measured = (
            f"accuracy {_words(found)}, UAR {_number(uar.value)}; "
            f"within ± {entry['tolerance']:g} counts as near"
        )
        verdict = equivalence_verdict(difference, entry["tolerance"])
        where = {"corpus": entry["corpus"], "protocol": protocol, "method": "–", "cue": "–"}
        rows.append(_claim(claim, statements, where, measured, difference, verdict))
    return pd.DataFrame(rows, columns=tables.columns("claims"))


def cue_claims(
    clips: pd.DataFrame,
    statements: dict,
    *,
    corpus: str,
    protocol: str,
    method: str,
    emotions: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Verdicts on what the paper says of the cues, for one corpus, protocol and method.

    The rules rest on 95 % intervals from a bootstrap over speakers. Without an interval (fewer
    than `MIN_SPEAKERS` speakers) a claim is undecided and `measured` says why.

    * highest, lowest: the emotion against each other one among correct clips. Holds where all
      intervals lie on the claimed side of zero, does not where one lies on the other side, else
      undecided. The effect is the smallest of the differences, positive in the claimed direction.
    * sad as loud as angry: equivalence. Holds where the interval of sad minus angry, among
      misclassified clips, lies within ± half of angry minus sad among correct clips, does not
      where it lies wholly outside, else undecided; undecided, too, where angry is not louder than
      sad among correct clips.
    * salient differs from random: holds where the interval of the paired difference, over all
      explained clips, excludes zero, else undecided, for a difference that was not seen is no
      proof of sameness.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `clip_cues`; only maps of the predicted class enter.
    statements : dict
        From `read_statements`.
    corpus, protocol, method : str
        Written in every row.
    emotions : sequence of str
        The emotions that are compared.
    draws, seed : int
        Bootstrap over speakers.
    """
    clips = clips[clips["target_kind"] == "predicted"]
    correct, wrong = clips[clips["correct"]], clips[~clips["correct"]]
    where = {"corpus": corpus, "protocol": protocol, "method": method}
    rows = []

    def add(claim: str, cue: str, measured: str, effect: Estimate, verdict: str) -> None:
        rows.append(_claim(claim, statements, where | {"cue": cue}, measured, effect, verdict))

    for emotion, direction, cue in (
        ("angry", "highest", "loudness"),
        ("angry", "highest", "shimmer"),
        ("sad", "lowest", "loudness"),
        ("sad", "lowest", "shimmer"),
    ):
        others = [other for other in emotions if other != emotion]
        found = _extreme(correct, emotion, others, direction, cue, draws, seed)
        add(f"{emotion}_{direction}_{cue}", cue, *found)
    for label, ending in (("true", ""), ("predicted", "_by_predicted")):
        claim = f"misclassified_sad_as_loud_as_angry{ending}"
        add(claim, "loudness", *_comparable(correct, wrong, label, "loudness", draws, seed))
    everything = per_clip(clips)
    columns = [cue + SUFFIXES["random"] for cue in CUES]
    found = statistics.means(everything[columns].to_numpy(), everything["speaker"], draws, seed)
    for cue, effect in zip(CUES, found, strict=True):
        measured = f"salient minus random {_words(effect)}"
        add("salient_differs_from_random", cue, measured, effect, difference_verdict(effect))
    return pd.DataFrame(rows, columns=tables.columns("claims"))


def _extreme(
    correct: pd.DataFrame,
    emotion: str,
    others: Sequence[str],
    direction: str,
    cue: str,
    draws: int,
    seed: int,
) -> tuple[str, Estimate, str]:
    """Words, smallest difference and verdict: is `cue` of `emotion` the highest (lowest)?"""
    pairs = [(emotion, o) if direction == "highest" else (o, emotion) for o in others]
    differences = {pair: _difference(correct, "true", *pair, cue, draws, seed) for pair in pairs}
    measured = {pair: found for pair, found in differences.items() if math.isfinite(found.value)}
    if not measured:
        nothing = Estimate(np.nan, np.nan, np.nan, 0, 0)
        return f"no correct clips of {emotion} and another emotion", nothing, UNDECIDED
    first, second = smallest = min(measured, key=lambda pair: measured[pair].value)
    above = sum(difference.low > 0 for difference in measured.values())
    words = (
        f"{first} minus {second} {_words(measured[smallest])}, the smallest of {len(measured)} "
        f"differences; {above} of {len(measured)} intervals lie above zero"
    )
    if absent := [pair for pair in pairs if pair not in measured]:
        words += f"; {len(absent)} not measured, for there are no such clips"
    return words, measured[smallest], extreme_verdict(list(differences.values()))


def _comparable(
    correct: pd.DataFrame, wrong: pd.DataFrame, label: str, cue: str, draws: int, seed: int
) -> tuple[str, Estimate, str]:
    """Words, difference and verdict: is `cue` of misclassified sad about that of angry?"""
    difference = _difference(wrong, label, "sad", "angry", cue, draws, seed)
    reference = _difference(correct, "true", "angry", "sad", cue, draws, seed)
    measured = f"sad minus angry {_words(difference)}"
    if not math.isfinite(reference.value):
        return f"{measured}; no correct clips to set a bound by", difference, UNDECIDED
    if reference.value <= 0:
        reason = f"angry minus sad is {_number(reference.value)} among correct clips, so no bound"
        return f"{measured}; {reason}", difference, UNDECIDED
    bound = reference.value / 2
    measured += f"; bound ± {_number(bound)}, half of angry minus sad among correct clips"
    return measured, difference, equivalence_verdict(difference, bound)


def _difference(
    clips: pd.DataFrame, label: str, first: str, second: str, cue: str, draws: int, seed: int
) -> Estimate:
    """Mean of `cue` over clips labelled `first` minus its mean over those labelled `second`."""
    groups = [per_clip(clips[clips[label] == emotion]) for emotion in (first, second)]
    data = [part for group in groups for part in (group[[cue]].to_numpy(), group["speaker"])]
    return statistics.mean_differences(*data, draws, seed)[0]


def extreme_verdict(differences: Sequence[Estimate]) -> str:
    """Holds if all intervals lie above zero, does not if one lies below, else undecided."""
    if any(difference.high < 0 for difference in differences):
        return DOES_NOT
    return HOLDS if all(difference.low > 0 for difference in differences) else UNDECIDED


def equivalence_verdict(difference: Estimate, bound: float) -> str:
    """Holds if the interval lies within ± `bound`, does not if outside, else undecided."""
    if difference.low >= -bound and difference.high <= bound:
        return HOLDS
    outside = difference.low > bound or difference.high < -bound
    return DOES_NOT if outside else UNDECIDED


def difference_verdict(difference: Estimate) -> str:
    """Holds if the interval excludes zero, else undecided."""
    return HOLDS if difference.low > 0 or difference.high < 0 else UNDECIDED


def _claim(
    claim: str, statements: dict, where: dict, measured: str, effect: Estimate, verdict: str
) -> dict:
    """One row of the table `claims`."""
    return where | {
        "claim": claim,
        "statement": statements[claim]["statement"],
        "published": str(statements[claim]["published"]),
        "measured": measured,
        "effect": effect.value,
        "ci_low": effect.low,
        "ci_high": effect.high,
        "n_clips": effect.n_clips,
        "n_speakers": effect.n_speakers,
        "verdict": verdict,
    }


def _words(estimate: Estimate) -> str:
    """Value, interval or the reason why there is none, clips and speakers, in words."""
    if not estimate.n_clips or not math.isfinite(estimate.value):
        return "not measured, for there are no such clips"
    if math.isfinite(estimate.low):
        ends = f"[{_number(estimate.low)}, {_number(estimate.high)}]"
    else:
        ends = f"({NO_INTERVAL})"
    return (
        f"{_number(estimate.value)} {ends}, {estimate.n_clips} clips, "
        f"{estimate.n_speakers} speakers"
    )


def _number(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}".replace("-", "−")
