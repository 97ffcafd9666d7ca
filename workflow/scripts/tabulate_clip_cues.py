"""One value per explained clip, region and cue, and the salient segments against every baseline."""

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues import clips


def main(smk):
    job.start(smk)
    cues = tables.read(smk.input.cues, columns=clips.CUE_COLUMNS)
    explained = tables.read(smk.input.explained)
    manifest = tables.read(smk.input.manifest, columns=["clip_id", "speaker"])
    table = clips.clip_cues(cues, explained, manifest)
    measured = len(cues[KEY].drop_duplicates())
    job.count("explained clips, with cues", len(explained), measured)
    tables.write(table, smk.output.clip_cues, "clip_cues")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
