"""What every script does first and last: its log, and one sentence for what the user can repair."""

import errno
import sys
from types import SimpleNamespace

import pytest

from sercues.core import job
from sercues.core.errors import InputError

TOLD = {
    "input": (InputError("a.wav is empty; remove it."), "a.wav is empty; remove it."),
    "disk": (OSError(errno.ENOSPC, "No space left"), "The disk is full; free some space"),
    "quota": (OSError(errno.EDQUOT, "Quota"), "The disk is full; free some space"),
    "access": (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x cannot be opened"),
    "read-only": (OSError(errno.EROFS, "Read-only", "/y"), "/y cannot be opened (Read-only)"),
}


def tell(error, tmp_path) -> None:
    try:
        raise error
    except type(error) as caught:
        job._tell([tmp_path], type(caught), caught, caught.__traceback__)


@pytest.mark.parametrize("kind", TOLD)
def test_what_the_user_can_repair_is_one_sentence(kind, tmp_path, capfd, caplog):
    error, sentence = TOLD[kind]
    tell(error, tmp_path)
    assert f"salient-cues: {sentence}" in capfd.readouterr().err
    assert sentence in caplog.text and "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("asked", "seen", "cuda", "told"),
    [(1, False, None, 1), (1, False, "12.9", 1), (1, True, "12.9", 0), (0, False, None, 0)],
)
def test_a_job_that_asked_for_a_gpu_says_when_there_is_none(
    asked, seen, cuda, told, monkeypatch, caplog, job_of
):
    torch = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: seen), version=SimpleNamespace(cuda=cuda)
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    job._tell_of_missing_gpu(job_of("explain_sample", resources={"gpu": asked} if asked else {}))
    assert len(caplog.records) == told


def test_a_job_without_a_gpu_does_not_import_torch(monkeypatch, job_of):
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of it fails
    job._tell_of_missing_gpu(job_of("explain_sample"))


def test_everything_else_has_its_traceback_in_the_log_alone(tmp_path, capfd, caplog):
    tell(ZeroDivisionError("by zero"), tmp_path)
    assert "Traceback" in caplog.text and "test_job.py" in caplog.text
    assert "salient-cues" not in capfd.readouterr().err


@pytest.mark.parametrize("processes", [1, 2])
def test_work_in_processes_comes_in_order(processes):
    assert list(job.in_processes(abs, [-3, 2, -1], processes, chunk=1)) == [3, 2, 1]


def test_entries_have_their_own_files(job_of):
    smk = job_of(
        "tabulate_cues",
        params={"runs": [("a", "p", "m"), ("b", "p", "m")]},
        input={"cues": ["a.parquet", "b.parquet"], "maps": ["1", "2"]},
    )
    found = list(job.runs(smk, "cues", "maps"))
    assert found[1] == ({"corpus": "b", "protocol": "p", "method": "m"}, ["b.parquet", "2"])
