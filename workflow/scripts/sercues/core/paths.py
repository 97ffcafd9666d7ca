"""Paths of the clips of a manifest."""

from pathlib import Path

import pandas as pd

from sercues.core import job, tables


def root_of(path) -> Path:
    """Folder that the manifest's paths are relative to: that of a CSV file, else `path` itself."""
    path = Path(path).expanduser()
    return path.parent if path.is_file() else path


def of_job(smk) -> dict[str, str]:
    """File of every usable clip of a job's manifest, by clip_id; logs their number."""
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    paths = clip_paths(manifest, smk.params.root)
    job.count("clips", len(manifest), len(paths))
    return paths


def clip_paths(manifest: pd.DataFrame, root) -> dict[str, str]:
    """File of every usable clip, by clip_id."""
    folder = root_of(root)
    usable = manifest[~manifest["excluded"]]
    return {clip.clip_id: str(folder / clip.path) for clip in usable.itertuples()}
