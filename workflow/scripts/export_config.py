"""The configuration and the complete protocols of this run, as YAML."""

import yaml

from sercues.core import files, job


def main(smk):
    job.start(smk)
    content = {"config": dict(smk.params.config), "protocols": dict(smk.params.protocols)}
    text = yaml.safe_dump(content, sort_keys=True, allow_unicode=True)
    files.write_text(text, smk.output.config)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
