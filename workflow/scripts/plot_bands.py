"""Clips with the weights of their bands, and what is heard with the best bands only, or without them."""

from pathlib import Path

import numpy as np
import pandas as pd

from sercues import audio, band_figures, band_sounds, figures, frontend, jobs, locate, parts, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn", "soundfile")
    params = smk.params
    bands, checks = tables.read(smk.input.bands), tables.read(smk.input.checks)
    paths = locate.clip_paths(tables.read(smk.input.manifest), params.root)
    front_end = frontend.FrontEnd(dict(params.front_end))
    found, rows = [], []
    folder = Path(smk.output.folder)
    folder.mkdir(parents=True, exist_ok=True)
    shown = band_sounds.examples(checks, params.clips)
    if not isinstance(params.clips, int) and len(shown) < len(params.clips):
        absent = sorted(set(params.clips) - set(shown["clip_id"]))
        jobs.log.warning("without an explanation, so not shown: %s", ", ".join(absent))
    for check in shown.to_dict("records"):
        heard = front_end.excerpt(*audio.read(paths[check["clip_id"]]))
        own = bands[
            (bands[band_sounds.KEY] == [check[name] for name in band_sounds.KEY]).all(axis=1)
        ]
        found.append(band_figures.Clip(heard.samples, heard.rate, own, pd.Series(check)))
        cut = parts.cut(heard.samples, heard.rate, dict(params.bands))
        weights = own.sort_values("part")["weight"].to_numpy(float)
        for kind, samples in band_sounds.versions(cut, weights).items():
            name = f"{check['clip_id']}_{kind}.wav"
            audio.write(samples.astype(np.float32), heard.rate, folder / name)
            rows.append(
                {**{key: check[key] for key in band_sounds.KEY}, "kind": kind, "file": name}
            )
    title = f"{params.corpus} · {params.protocol} · {params.classifier}"
    figures.save(band_figures.clips(found, title, params.bands["quantity"]), smk.output.figure)
    sounds = pd.DataFrame(rows, columns=tables.columns("band_sounds"))
    tables.write(sounds, smk.output.index, "band_sounds")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
