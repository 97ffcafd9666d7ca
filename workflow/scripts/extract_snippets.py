"""WAV snippets of the salient segments, cut from the original files, and their index."""

import os
from pathlib import Path

from sercues.core import job, paths, tables
from sercues.core.names import KEY
from sercues.segments import snippets


def main(smk):
    job.start(smk, "soundfile")
    salient = tables.read(smk.input.segments, filters=[("region", "=", "salient")])
    explained = tables.read(smk.input.explained, [*KEY, "true_emotion", "predicted_emotion"])
    salient = salient.merge(explained, "left", KEY, validate="many_to_one")
    folder = Path(smk.output.folder)
    written = snippets.write_snippets(salient, paths.of_job(smk), folder)
    job.count("salient segments within their clips", len(salient), len(written))
    relative = Path(os.path.relpath(folder, Path(smk.output.index).parent))
    written["path"] = [(relative / name).as_posix() for name in written["file"]]
    tables.write(written[tables.columns("snippets")], smk.output.index, "snippets")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
