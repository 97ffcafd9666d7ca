"""What the papers say, as `config/claims.yaml` states it."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from sercues.core.errors import InputError
from sercues.core.names import WINDOW_BASELINES

# the claim that salient windows differ from those of a baseline
DIFFERENCES = {baseline: f"salient_differs_from_{baseline}" for baseline in WINDOW_BASELINES}
NUMBERS = {  # further keys of a claim
    "accuracy_crema_d": ["corpus", "value", "tolerance"],
    **{claim: ["bound"] for claim in DIFFERENCES.values()},
}


def read(path, claims: Sequence[str]) -> dict:
    """The paper's claims as stated in ``config/claims.yaml``, by name of the claim.

    Parameters
    ----------
    path : path-like
        The file.
    claims : sequence of str
        Required claims.

    Raises
    ------
    InputError
        The file is not YAML, or a claim or one of its keys is missing.
    """
    try:
        statements = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it.") from error
    for claim in claims:
        entry = statements.get(claim) if isinstance(statements, dict) else None
        for key in ["statement", "published", *NUMBERS.get(claim, [])]:
            if not isinstance(entry, dict) or key not in entry:
                raise InputError(f"{path} lacks the key '{key}' of the claim '{claim}'; add it.")
    return statements
