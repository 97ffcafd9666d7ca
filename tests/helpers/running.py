"""A run of Snakemake that a test can watch, halt and kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


class Run:
    """A run of Snakemake in a process group of its own."""

    def __init__(self, checkout, printed: Path, *arguments: str):
        self.printed = printed
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "1"]
        with printed.open("w") as stream:
            self.process = subprocess.Popen(
                command,
                cwd=checkout.folder,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, found):
        """What `found` returns once it is true; None where the run ends before."""
        while self.process.poll() is None:
            if value := found():
                return value
            time.sleep(0.01)
        return None

    def halt(self) -> None:
        """Stop the whole group until `go_on`."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a halted group go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self) -> str:
        """SIGKILL to the whole group; returns what was printed."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return self.printed.read_text()
