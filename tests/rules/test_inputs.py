"""What rules read of each other is Parquet: CSV is for people and other programs."""

import re

from paths import ROOT, SCRIPTS

TEXT = "\n".join(file.read_text() for file in sorted((ROOT / "workflow/rules").glob("*.smk")))


def inputs():
    """(rule, the text of its inputs) of every rule with a script."""
    for text in re.split(r"^(?=rule |use rule )", TEXT, flags=re.M):
        given = re.search(r"^    input:\n((?:        .*\n)+)", text, re.M)
        if given and "    script:" in text:
            yield text.split()[1].rstrip(":"), given[1]


def test_no_job_reads_a_csv_that_another_made():
    found = dict(inputs())
    assert len(found) > 15 and "results/tables/detection.parquet" in found["check_claims"]
    assert [rule for rule, text in found.items() if re.search(r"results/.*\.csv", text)] == []


def test_tables_that_are_read_have_both_files():
    for name in ("methods", "curves", "plausibility", "detection", "agreement", "band_profiles"):
        for ending in ("csv", "parquet"):
            assert TEXT.count(f'="results/tables/{name}.{ending}"') >= 1, (name, ending)
    for ending in ("csv", "parquet"):
        assert f"leaks.{ending}" in TEXT


def test_scripts_read_csv_of_users_and_of_snakemake_only():
    """Lists of this repository are separated by tabs, as are benchmarks."""
    reading = [
        file.relative_to(SCRIPTS).as_posix()
        for file in sorted(SCRIPTS.rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "read_csv(" in line and 'sep="\\t"' not in line
    ]
    assert set(reading) == {
        "sercues/corpora/adapters/crema_d.py",
        "sercues/corpora/adapters/manifest.py",
    }
