"""Where the repository and its scripts are, for every test."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
CLAIMS = ROOT / "config/claims.yaml"
# what a copy of the workflow needs to run
PARTS = ("Snakefile", "config", "envs", "profiles", "workflow")
