"""Clips with the weights of their bands, and what is heard with the best bands only, or without them."""

from pathlib import Path

import numpy as np
import pandas as pd

from sercues.audio import signal, spectrograms
from sercues.core import job, tables
from sercues.core.paths import clip_paths
from sercues.emolime.bands import cut
from sercues.emolime.sounds import KEY, examples, versions
from sercues.figures import style
from sercues.figures.bands import Clip, clips


def main(smk):
    job.start(smk, "matplotlib", "seaborn", "soundfile")
    params = smk.params
    bands, checks = tables.read(smk.input.bands), tables.read(smk.input.checks)
    paths = clip_paths(tables.read(smk.input.manifest), params.root)
    front_end = spectrograms.FrontEnd(dict(params.front_end))
    found, rows = [], []
    folder = Path(smk.output.folder)
    folder.mkdir(parents=True, exist_ok=True)
    shown = examples(checks, params.clips)
    if not isinstance(params.clips, int) and len(shown) < len(params.clips):
        absent = sorted(set(params.clips) - set(shown["clip_id"]))
        job.log.warning("without an explanation, so not shown: %s", ", ".join(absent))
    for check in shown.to_dict("records"):
        heard = front_end.excerpt(*signal.read(paths[check["clip_id"]]))
        own = bands[(bands[KEY] == [check[name] for name in KEY]).all(axis=1)]
        found.append(Clip(heard.samples, heard.rate, own, pd.Series(check)))
        parts = cut(heard.samples, heard.rate, dict(params.bands))
        weights = own.sort_values("part")["weight"].to_numpy(float)
        for kind, samples in versions(parts, weights).items():
            name = f"{check['clip_id']}_{kind}.wav"
            signal.write(samples.astype(np.float32), heard.rate, folder / name)
            rows.append({**{key: check[key] for key in KEY}, "kind": kind, "file": name})
    title = f"{params.corpus} · {params.protocol} · {params.classifier}"
    style.save(clips(found, title, params.bands["score"]), smk.output.figure)
    sounds = pd.DataFrame(rows, columns=tables.columns("band_sounds"))
    tables.write(sounds, smk.output.index, "band_sounds")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
