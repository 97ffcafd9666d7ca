"""One typical clip per emotion: waveform, spectrogram, saliency map and its salient windows."""

from sercues.audio import signal
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.core.paths import clip_paths
from sercues.figures import examples, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    params, names = smk.params, smk.wildcards
    explained = tables.read(smk.input.explained)
    logits = tables.read(smk.input.saliency, [*KEY, "logit"])
    windows = tables.read(smk.input.segments, filters=[("region", "==", "salient")])
    chosen = examples.choose(explained, logits, windows, params.emotions)
    job.log.info("chosen:\n%s", chosen.to_string(index=False))

    rows = tables.isin("clip_id", chosen["clip_id"])
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"], rows)
    paths = clip_paths(manifest, params.root)
    truth = smk.input.get("truth")
    clips = examples.gather(
        chosen,
        tables.read(smk.input.saliency, filters=rows),
        tables.read(smk.input.spectrograms, filters=rows),
        windows,
        lambda clip_id: signal.read(paths[clip_id]),
        params.front_end,
        params.keep_offset,
        tables.read(truth, filters=rows) if truth else None,
    )
    title = " · ".join((names.corpus, names.protocol, names.method))
    style.save(examples.draw(clips, title), smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
