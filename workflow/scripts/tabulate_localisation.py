"""Do the methods find where the embedded corpus carries its emotion, and what is heard there?"""

import pandas as pd

from sercues import evidence, jobs, layouts, localisation, recovery, tables


def main(smk):
    jobs.start(smk, "scipy")
    parts, recovered = [], []
    inputs = (smk.input.segments, smk.input.cues, smk.input.explained)
    inputs += (smk.input.truths, smk.input.manifests)
    for entry, *paths in zip(smk.params.entries, *inputs, strict=True):
        segments = tables.read(paths[0], columns=localisation.SEGMENT_COLUMNS)
        cues = tables.read(paths[1], columns=evidence.CUE_COLUMNS)
        explained, truth = tables.read(paths[2]), tables.read(paths[3])
        manifest = tables.read(paths[4], columns=["clip_id", "speaker"])
        settings = dict(zip(("corpus", "protocol", "method"), entry, strict=True))
        settings |= {"draws": smk.params.draws, "seed": smk.params.seed}
        part = localisation.localisation_table(segments, truth, manifest, **settings)
        clips = evidence.clip_cues(cues, explained, manifest)
        found = recovery.recovery_table(clips, truth, emotions=smk.params.emotions, **settings)
        recovered.append(found)
        outcomes = found["outcome"].value_counts().to_dict()
        jobs.log.info("%s, %s, %s: cues by outcome: %s", *entry, outcomes)
        shares = part.set_index("region")["value"].round(3).to_dict()
        jobs.log.info("%s, %s, %s: share on the planted interval: %s", *entry, shares)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    found = pd.concat(recovered, ignore_index=True)
    tables.write(table, smk.output.csv, "localisation")
    tables.write(found, smk.output.recovery, "recovery")
    tables.write_text(layouts.localisation_to_markdown(table, found), smk.output.markdown)
    tables.write_text(layouts.localisation_to_html(table, found), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
