"""The scripts of performance/ can be imported here."""

import sys

from paths import ROOT

sys.path.insert(0, str(ROOT / "performance"))
