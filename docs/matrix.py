"""Print which claims hold on which corpus, as a Markdown table.

    python docs/matrix.py [LEDGER]

LEDGER is a run's ledger of claims (CSV) or its printed page (Markdown). Without it, the run in this
folder is taken, `results/claims.csv`, and where there is none, `docs/reproduction/claims.md`. Defects
of the published code are left out.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = ROOT / "config" / "claims.yaml"
LEDGER = Path("results/claims.csv")
PAGE = ROOT / "docs" / "reproduction" / "claims.md"

# a claim in a few words; the ledger has the whole sentence
LABELS = {
    "accuracy_crema_d": "About 63 % of CREMA-D's clips are classified correctly",
    "angry_highest_loudness": "Angry is loudest in the salient segments",
    "angry_highest_shimmer": "Angry varies most in amplitude (shimmer)",
    "sad_lowest_loudness": "Sad is softest in the salient segments",
    "sad_lowest_shimmer": "Sad varies least in amplitude (shimmer)",
    "angry_highest_loudness_among_all": "Angry is loudest among all emotions of the corpus",
    "angry_highest_shimmer_among_all": "Angry varies most in amplitude among all of them",
    "sad_lowest_loudness_among_all": "Sad is softest among all of them",
    "sad_lowest_shimmer_among_all": "Sad varies least in amplitude among all of them",
    "misclassified_sad_as_loud_as_angry": "Misclassified sad clips are as loud as angry ones",
    "misclassified_sad_as_loud_as_angry_by_predicted": "The same, grouped by predicted emotion",
    "salient_differs_from_rest": "Salient segments differ from the other windows",
    "salient_differs_from_random": "Salient segments differ from random ones",
    "salient_differs_from_control": "… from matched controls",
    "salient_differs_from_loudest": "… from the loudest windows",
    "salient_adds_beyond_level": "… from all three: saliency adds to level and voicing",
    "salient_neither_blind_nor_loudest": "Loudness and voicing: neither random nor loudest",
    "implausible_cues_detect_errors": "Cues of misclassified clips are less plausible",
    "implausible_cues_add_to_confidence": "Implausible cues add to confidence in detecting errors",
    "bands_alike_across_classifiers": "EmoLIME: classifiers agree more than corpora",
    "bands_alike_beyond_chance_clips": "EmoLIME: the corpus matters more than the classifier",
}
CORPORA = {"crema_d": "CREMA-D", "tess": "TESS", "emodb": "Emo-DB", "all": "all corpora"}
VERDICTS = {"holds": "holds", "does not": "fails", "undecided": "undecided"}
NOT_ASKED = "not asked"
COLUMNS = ["claim", "statement", "published", "corpus", "protocol", "verdict"]


def read_page(text: str, claims: dict[str, dict]) -> pd.DataFrame:
    """The ledger's rows from its printed page: one per corpus, protocol, method and cue.

    Parameters
    ----------
    text : str
        The page, in Markdown: a heading, what was published and a table for each claim.
    claims : dict of str to dict
        Claims by name, as in config/claims.yaml. A heading that is not among the statements is its own
        name.
    """
    names = {claim["statement"]: name for name, claim in claims.items()}
    rows, statement, published = [], "", ""
    for line in text.splitlines():
        if line.startswith("### "):
            statement = line.removeprefix("### ").strip()
        elif line.startswith("Published: "):
            published = line.removeprefix("Published: ").strip().removesuffix(".")
        elif line.startswith("| "):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if cells[0] not in {"corpus", "---"}:
                corpus, protocol = (cell.replace("\\", "") for cell in cells[:2])
                name = names.get(statement, statement)
                rows.append([name, statement, published, corpus, protocol, cells[-1]])
    return pd.DataFrame(rows, columns=COLUMNS)


def cell(verdicts: pd.Series) -> str:
    """One word where all methods and cues agree, counts where they do not."""
    counts = Counter(VERDICTS[verdict] for verdict in verdicts)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{word} {counts[word]}" for word in VERDICTS.values() if counts[word])


def matrix(ledger: pd.DataFrame) -> str:
    """Claims by corpora and protocols, both in the ledger's order."""
    ledger = ledger[ledger.verdict.isin(VERDICTS)]
    runs = list(dict.fromkeys(zip(ledger.corpus, ledger.protocol, strict=True)))
    heads = [f"{CORPORA.get(corpus, corpus)}, {protocol}" for corpus, protocol in runs]
    lines = [f"| {' | '.join(['claim', *heads])} |", f"| {' | '.join(['---'] * (len(runs) + 1))} |"]
    for name, rows in ledger.groupby("claim", sort=False):
        first = rows.iloc[0]
        mark = " †" if first.published == NOT_ASKED else ""
        found = {run: cell(of_run.verdict) for run, of_run in rows.groupby(["corpus", "protocol"])}
        cells = [LABELS.get(name, first.statement) + mark, *(found.get(run, "–") for run in runs)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def read(path: Path) -> pd.DataFrame:
    """The ledger from a table or from its printed page."""
    if path.suffix == ".csv":
        return pd.read_csv(path)
    claims = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return read_page(path.read_text(encoding="utf-8"), claims)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ledger", type=Path, nargs="?", help="claims.csv or claims.md")
    options = parser.parse_args()
    path = options.ledger or (LEDGER if LEDGER.exists() else PAGE)
    print(matrix(read(path)))


if __name__ == "__main__":
    main()
