"""Statements of the claims."""

import pytest

from paths import CLAIMS
from sercues.core import statements
from sercues.core.errors import InputError


def test_a_claim_without_words_is_told_by_name(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(CLAIMS.read_text(encoding="utf-8").replace("tolerance:", "tolerence:"))
    with pytest.raises(InputError, match="'tolerance' of the claim 'accuracy_crema_d'"):
        statements.read(path, ["accuracy_crema_d"])
    path.write_text("[1, 2")
    with pytest.raises(InputError, match=r"claims\.yaml"):
        statements.read(path, ["accuracy_crema_d"])
