"""Spectrograms of example clips with the weights of their bands."""

import pandas as pd

from sercues.audio import signal, spectrograms
from sercues.core import job, paths, tables
from sercues.emolime import sounds
from sercues.figures import style
from sercues.figures.bands import Clip, clips


def main(smk):
    job.start(smk, "matplotlib", "seaborn", "soundfile")
    params, names = smk.params, smk.wildcards
    bands, checks = tables.read(smk.input.bands), tables.read(smk.input.checks)
    files = paths.of_job(smk)
    front_end = spectrograms.FrontEnd(dict(params.front_end))
    shown = []
    for check in sounds.examples(checks, params.clips).to_dict("records"):
        excerpt = front_end.excerpt(*signal.read(files[check["clip_id"]]))
        weights = sounds.rows_of(bands, check)
        shown.append(Clip(excerpt.samples, excerpt.rate, weights, pd.Series(check)))
    title = " · ".join((names.corpus, names.protocol, names.classifier))
    style.save(clips(shown, title, params.bands["score"]), smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
