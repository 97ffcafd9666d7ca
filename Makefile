# `make demo` and `make test` first install the exact versions of requirements.txt into .venv.
PYTHON ?= python3
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake

.PHONY: demo test test-long test-slurm coverage calibration docs check format clean

demo: .venv/installed
	$(SNAKEMAKE) --cores all --configfile config/demo.yaml \
	  --report results/report.html --report-after-run
	@echo
	@echo "Table 2   results/tables/table2.md   (also .csv .parquet .html .tex)"
	@echo "Table 3   results/tables/table3.md"
	@echo "Claims    results/tables/claims.md    (also .html, results/claims.csv)"
	@echo "Accuracy  results/tables/accuracy.md"
	@echo "Planted   results/tables/localisation.md   (do the methods find the planted interval?)"
	@echo "Report    results/report.html"

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

test-long: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "long and not slurm"

# tests on a Slurm that they start and stop on this machine; as root on Debian it is installed first, and where there
# is none the tests are skipped, with the reason
test-slurm: .venv/installed-dev
	@command -v slurmctld >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null; } || true
	$(BIN)/python -m pytest -m slurm

# coverage of the library by the fast unit and rule tests; the last line is the total
coverage: .venv/installed-dev
	$(BIN)/python -m coverage run --source=workflow/scripts/sercues \
	  -m pytest -q -m "not long" tests/unit tests/rules
	$(BIN)/python -m coverage report --skip-covered

# docs/calibration.md: size, coverage and power on simulated corpora; OPTIONS="--only ledger --share 0.1" prints a part
calibration: .venv/installed-dev
	PYTHONPATH=workflow/scripts:tests/helpers:tests/calibration $(BIN)/python tests/calibration/report.py $(OPTIONS) \
	  > docs/calibration.tmp && mv docs/calibration.tmp docs/calibration.md

# the reference pages, generated from the schemas
docs: .venv/installed-dev
	$(BIN)/python docs/reference.py

check: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(SNAKEMAKE) --lint

format: .venv/installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile workflow/rules

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with: make demo PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv
