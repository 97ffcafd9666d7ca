"""Where the clips of a manifest lie."""

from pathlib import Path

import pandas as pd


def root_of(path) -> Path:
    """Folder that the manifest's paths are relative to: of a CSV file its folder, else `path`."""
    path = Path(path).expanduser()
    return path.parent if path.is_file() else path


def clip_paths(manifest: pd.DataFrame, root) -> dict[str, str]:
    """File of every usable clip, by clip_id."""
    folder = root_of(root)
    used = manifest[~manifest["excluded"]]
    return {clip.clip_id: str(folder / clip.path) for clip in used.itertuples()}
