"""One typical clip per emotion: waveform, spectrogram, saliency map and its salient windows."""

from sercues import audio, examples, figures, jobs, locate, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    params = smk.params
    explained = tables.read(smk.input.explained)
    logits = tables.read(smk.input.saliency, [*figures.KEY, "logit"])
    windows = tables.read(smk.input.segments, filters=[("region", "==", "salient")])
    chosen = examples.choose(explained, logits, windows, params.emotions)
    jobs.log.info("chosen:\n%s", chosen.to_string(index=False))

    rows = tables.among("clip_id", chosen["clip_id"])
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"], rows)
    paths = locate.clip_paths(manifest, params.root)
    truth = smk.input.get("truth")
    clips = examples.gather(
        chosen,
        tables.read(smk.input.saliency, filters=rows),
        tables.read(smk.input.spectrograms, filters=rows),
        windows,
        lambda clip_id: audio.read(paths[clip_id]),
        params.front_end,
        params.keep_offset,
        tables.read(truth, filters=rows) if truth else None,
    )
    title = f"{params.corpus} · {params.protocol} · {params.method}"
    figures.save(examples.draw(clips, title), smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
