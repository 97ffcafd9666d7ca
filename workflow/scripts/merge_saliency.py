"""Saliency maps of all shards in one table, and a summary of their checks."""

from sercues import checks, jobs, tables


def main(smk):
    jobs.start(smk)
    shards = [tables.read(path) for path in smk.input.shards]
    maps = checks.merge(shards)
    jobs.count("shards and maps", len(shards), len(maps))
    checks.check(maps)
    tables.write(maps, smk.output.saliency, "saliency")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
