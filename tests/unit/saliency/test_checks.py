"""What is no table of maps of the explained network is refused."""

import pytest

from random_networks import explain_files
from sercues.core.errors import InputError
from sercues.saliency import checks

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_table_of_maps_of_another_network_is_refused(results):
    maps = explain_files(results, "crp", results[0].head(2)).assign(canonization_shift=0.01)
    with pytest.raises(InputError, match="batch normalisation"):
        checks.check(maps)
