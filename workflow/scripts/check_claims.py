"""The claims of the paper, what was measured, and whether they hold."""

import pandas as pd

from sercues import evidence, jobs, layouts, tables


def main(smk):
    jobs.start(smk, "scipy")
    statements = evidence.read_statements(smk.input.statements)
    accuracy = pd.concat([tables.read(path) for path in smk.input.accuracy])
    parts = [evidence.accuracy_claims(accuracy, statements)]
    for place, (cues, explained, manifest) in jobs.entries(smk, "cues", "explained", "manifests"):
        clips = evidence.clip_cues(
            tables.read(cues, columns=evidence.CUE_COLUMNS),
            tables.read(explained),
            tables.read(manifest, columns=["clip_id", "speaker"]),
        )
        parts.append(
            evidence.cue_claims(
                clips,
                statements,
                **place,
                emotions=smk.params.emotions,
                draws=smk.params.draws,
                seed=smk.params.seed,
            )
        )
    claims = pd.concat(parts, ignore_index=True)
    for row in claims.itertuples():
        place = (row.corpus, row.protocol, row.method, row.cue)
        jobs.log.info("%s, %s: %s", row.claim, " ".join(place), row.verdict)
    tables.write(claims, smk.output.claims, "claims")
    tables.write_text(layouts.claims_to_markdown(claims), smk.output.markdown)
    tables.write_text(layouts.claims_to_html(claims), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
