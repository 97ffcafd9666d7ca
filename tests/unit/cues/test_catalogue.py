"""Names and units of cues."""

import subprocess
import sys
from pathlib import Path

from sercues.core import tables
from sercues.cues import catalogue, descriptors, labels


class TestNames:
    def test_every_cue_is_a_column_with_a_unit(self):
        assert [name for name in tables.columns("cues") if name in catalogue.CUES] == list(
            catalogue.CUES
        )
        assert list(labels.LABELS) == list(catalogue.CUES)
        assert all(label.unit and label.text for label in labels.LABELS.values())
        described = set(catalogue.CUES.values()) - {None}
        assert described <= set(descriptors.names())

    def test_names_are_there_without_opensmile_torch_or_soundfile(self):
        code = "import sys; from sercues.cues.catalogue import CUES; print(*sys.modules)"
        scripts = Path(catalogue.__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True
        )
        assert not {"opensmile", "torch", "soundfile"} & set(done.stdout.split())
