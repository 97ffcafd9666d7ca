"""Sounds of example clips: all bands, only the best ones, the others, or weighted."""

from pathlib import Path

import numpy as np
import pandas as pd

from sercues.audio import signal, spectrograms
from sercues.core import job, paths, tables
from sercues.emolime import sounds
from sercues.emolime.bands import cut


def main(smk):
    job.start(smk, "soundfile")
    params = smk.params
    bands, checks = tables.read(smk.input.bands), tables.read(smk.input.checks)
    files = paths.of_job(smk)
    front_end = spectrograms.FrontEnd(dict(params.front_end))
    folder = Path(smk.output.folder)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = sounds.examples(checks, params.clips)
    if not isinstance(params.clips, int) and len(chosen) < len(params.clips):
        absent = sorted(set(params.clips) - set(chosen["clip_id"]))
        job.log.warning("left out because not explained: %s", ", ".join(absent))
    rows = []
    for check in chosen.to_dict("records"):
        excerpt = front_end.excerpt(*signal.read(files[check["clip_id"]]))
        parts = cut(excerpt.samples, excerpt.rate, dict(params.bands))
        weights = sounds.rows_of(bands, check).sort_values("part")["weight"].to_numpy(float)
        for kind, samples in sounds.versions(parts, weights).items():
            name = f"{check['clip_id']}_{kind}.wav"
            signal.write(samples.astype(np.float32), excerpt.rate, folder / name)
            rows.append(
                {**{key: check[key] for key in sounds.BAND_KEY}, "kind": kind, "file": name}
            )
    index = pd.DataFrame(rows, columns=tables.columns("band_sounds"))
    tables.write(index, smk.output.index, "band_sounds")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
