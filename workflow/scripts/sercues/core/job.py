"""What scripts share: the log file with versions, error messages, progress bars, processes."""

import atexit
import errno
import logging
import platform
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from sercues.core.errors import InputError, disk_is_full

log = logging.getLogger("sercues")

RUN = ("corpus", "protocol", "method")  # columns that identify the run of a row

NO_ACCESS = (errno.EACCES, errno.EPERM, errno.EROFS)


def start(smk, *packages: str) -> None:
    """Send log, warnings, progress bars and errors of a `script:` job to its log file.

    Parameters
    ----------
    smk : snakemake.script.Snakemake
        The job, as Snakemake passes it to the script.
    *packages : str
        Distributions to log the versions of, besides numpy and pandas.
    """
    # stays open until the process ends, as a traceback may still be written
    stream = Path(smk.log[0]).open("w", buffering=1, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stderr = stream
    logging.captureWarnings(True)
    logging.basicConfig(
        stream=stream,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        force=True,
    )
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    wildcards = ", ".join(f"{key}={value}" for key, value in sorted(smk.wildcards.items()))
    log.info("rule %s %s", smk.rule, f"({wildcards})" if wildcards else "")
    log.info("Python %s in %s", platform.python_version(), sys.prefix)
    log.info(", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", *packages)))
    _tell_of_missing_gpu(smk)
    folders = [path.parent for path in map(Path, smk.output) if path.parent.is_dir()]
    sys.excepthook = partial(_tell, folders)
    began = time.monotonic()
    atexit.register(lambda: log.info("ended after %.1f s", time.monotonic() - began))


def _tell_of_missing_gpu(smk) -> None:
    """Warn if the job requested a GPU and torch finds none."""
    if not smk.resources.get("gpu"):
        return
    import torch  # slow to import, and absent from the environments of other jobs

    if not torch.cuda.is_available():
        reason = " (this torch is built for the CPU)" if torch.version.cuda is None else ""
        log.warning("asked for a GPU and sees none%s: it computes on the CPU, slower", reason)


def _tell(folders: list[Path], kind, error, trace) -> None:
    """Log one sentence if the user can fix the error, else the traceback.

    `folders` are those that the job writes to.
    """
    if isinstance(error, InputError):
        sentence = str(error)
    elif any(disk_is_full(error, folder) for folder in folders or [Path()]):
        sentence = "The disk is full; free some space and run the same command again."
    elif isinstance(error, OSError) and error.errno in NO_ACCESS and error.filename:
        sentence = (
            f"{error.filename} cannot be opened ({error.strerror}); give access to it and run the "
            "same command again."
        )
    else:
        log.error("%s", "".join(traceback.format_exception(kind, error, trace)))
        return
    log.error("%s", sentence)
    say(sentence)


def say(sentence: str) -> None:
    """Print a sentence on the terminal too, among Snakemake's own lines."""
    print(f"\nsalient-cues: {sentence}\n", file=sys.__stderr__, flush=True)


def count(what: str, before: int, after: int) -> None:
    """Log how many rows there were before and after a step."""
    log.info("%s: %d in, %d out", what, before, after)


def in_processes(
    function, items: list, processes: int, chunk: int = 8, unit: str = "clip"
) -> Iterator:
    """Yield `function` of every item, in order, with a progress bar.

    Parameters
    ----------
    function : callable
        Takes one item; picklable.
    items : list
    processes : int
    chunk : int
        Items sent to a process at a time.
    unit : str
        What an item is called in the bar.
    """
    bar = {"total": len(items), "unit": unit, "mininterval": 5}
    if processes <= 1:
        yield from tqdm(map(function, items), **bar)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from tqdm(pool.map(function, items, chunksize=chunk), **bar)


def runs(smk, *inputs: str):
    """Yield each run (corpus, protocol, method) of a job over several, with its input files.

    Parameters
    ----------
    smk : snakemake.script.Snakemake
        The job; its parameter `runs` lists (corpus, protocol, method).
    *inputs : str
        Names of inputs that have one file per run, in the same order.

    Yields
    ------
    (dict, list of path-like)
        The run, keyed by `RUN`, and its files in the order of `inputs`.
    """
    lists = [getattr(smk.input, name) for name in inputs]
    for run, *paths in zip(smk.params.runs, *lists, strict=True):
        yield dict(zip(RUN, run, strict=True)), paths
