"""A Slurm of one machine for the tests: three daemons of its own, on loopback, ended by their pids."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
NODE = {"CPUs": 8, "RealMemory": 64000}  # more than may be there: requests are counted, not used

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={d_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
# a job that takes more memory than it asked for is killed
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,bf_interval=1
# without accounting, squeue must remember how jobs ended
MinJobAge=3600
ReturnToService=2
# a GPU in name, so that the profile's requests are met
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={CPUs} RealMemory={RealMemory} Gres=gpu:2
PartitionName=test Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):
    """Slurm cannot be had here; the message says why."""


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """munged, slurmctld and slurmd, with their files in `folder`; a context manager."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.variables = {
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]]),
        }
        self.daemons: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Cluster":
        missing = [
            name for name in (*DAEMONS, *CLIENTS) if shutil.which(name, path=_path()) is None
        ]
        if missing:
            raise Unavailable(
                f"no {', '.join(missing)}: install slurmctld slurmd slurm-client munge"
            )
        if os.geteuid() != 0:
            raise Unavailable("the daemons need root")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        """Write the settings, start the daemons one after the other, and wait for each."""
        folder, host = self.folder, socket.gethostname().split(".")[0]
        for part in ("bin", "spool", "state"):
            (folder / part).mkdir()
        # Snakemake's plugin takes SLURM_CONF out of the environment of srun
        srun = folder / "bin" / "srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n',
            encoding="utf-8",
        )
        srun.chmod(0o755)
        text = CONF.format(
            host=host, folder=folder, ctld_port=free_port(), d_port=free_port(), **NODE
        )
        (folder / "slurm.conf").write_text(text, encoding="utf-8")
        (folder / "gres.conf").write_text(
            "AutoDetect=off\nName=gpu File=/dev/null\nName=gpu File=/dev/zero\n", encoding="utf-8"
        )
        key = folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = {
            f"--{name}-file": folder / f"munge.{name}" for name in ("key", "log", "pid", "seed")
        }
        self._daemon(
            "munged",
            "--foreground",
            "--force",
            f"--socket={folder}/munge.socket",
            *[f"{option}={file}" for option, file in files.items()],
        )
        self._until(lambda: (folder / "munge.socket").exists(), "munged made no socket")
        self._daemon("slurmctld", "-D", "-f", folder / "slurm.conf")
        self._until(lambda: self.ask("scontrol", "ping").returncode == 0, "slurmctld is silent")
        self._daemon("slurmd", "-D", "-f", folder / "slurm.conf", "-N", host)
        self._until(lambda: self.ask("sinfo", "-ho", "%T").stdout.strip() == "idle", "no node idle")

    def _daemon(self, name: str, *arguments) -> None:
        """Start a daemon in the foreground, its words in a file of its own."""
        with (self.folder / f"{name}.out").open("w") as words:
            self.daemons[name] = subprocess.Popen(
                [shutil.which(name, path=_path()), *map(str, arguments)],
                env={**os.environ, **self.variables},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def _until(self, done, complaint: str, tries: int = 120) -> None:
        """Wait for `done`, half a minute at most."""
        for _ in range(tries):
            dead = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if dead:
                raise Unavailable(f"{dead[0]} ended: {self._last_words(dead[0])}")
            if done():
                return
            time.sleep(0.25)
        raise Unavailable(f"{complaint}: {self._last_words(list(self.daemons)[-1])}")

    def _last_words(self, name: str) -> str:
        """End of what a daemon said."""
        files = (self.folder / f"{name}.out", self.folder / f"{name}.log")
        return " ".join(file.read_text()[-600:] for file in files if file.exists())

    def ask(self, *command: str) -> subprocess.CompletedProcess:
        """Run a client of Slurm."""
        return subprocess.run(
            command,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def listening(self) -> set[str]:
        """Addresses, as the kernel writes them, at which the daemons listen."""
        inodes = set()
        for daemon in self.daemons.values():
            for handle in Path(f"/proc/{daemon.pid}/fd").iterdir():
                target = str(handle.readlink())
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
        found = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    found.add(words[1].split(":")[0])
        return found

    def __exit__(self, *_) -> None:
        """Cancel what still runs, then end each daemon by its pid, the last first."""
        if "slurmd" in self.daemons:
            for _ in range(60):
                jobs = self.ask("squeue", "-ho", "%i").stdout.split()
                if not jobs:
                    break
                self.ask("scancel", *jobs)
                time.sleep(0.5)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons.clear()


def _end_with_parent() -> None:
    """Have the kernel end this process when the tests are killed and can end nothing themselves."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _path() -> str:
    """Where programs are; daemons are in folders that a user's PATH may lack."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
