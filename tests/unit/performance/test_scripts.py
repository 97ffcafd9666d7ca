"""Every script of performance/ can be run as it is."""

import pytest

from paths import ROOT


@pytest.mark.parametrize("path", sorted((ROOT / "performance").glob("*.py")), ids=str)
def test_scripts_find_the_library_before_they_import_it(path):
    """Run as scripts they have no path to it but the one they set."""
    lines = path.read_text(encoding="utf-8").splitlines()
    imports = [
        n for n, line in enumerate(lines) if line.startswith(("from sercues", "import sercues"))
    ]
    known = [n for n, line in enumerate(lines) if line.startswith("sys.path.insert")]
    assert not imports or (known and max(known) < min(imports))
