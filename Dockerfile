# Not built here, for want of Docker. Its entry point was run without it: tests/rules/test_dockerfile.py.
#
# The whole workflow in an image, in the versions of requirements.txt:
#
#   docker build -t salient-cues .
#   mkdir -p data
#   docker run --rm --user "$(id -u)" -v "$PWD/data:/data" salient-cues --cores all --configfile config/demo.yaml
#
# Whatever follows the image's name is Snakemake's. All that is made lands in the mounted folder, and corpora and
# configurations of your own are read from there, as /data/mine.yaml with `path: /data/CREMA-D`. pip takes the
# public build of torch, on x86 the one for CUDA: `docker run --gpus all` where there is a GPU.
FROM python:3.11-slim

WORKDIR /workflow
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY Snakefile LICENSE ./
COPY config config
COPY envs envs
COPY profiles profiles
COPY workflow workflow

# what runs make is in the mounted folder, Snakemake's records too, so that a second run does nothing
RUN for made in results resources logs benchmarks .snakemake; do ln -s /data/$made $made; done

# any user may run it: caches go to /tmp, and a user without a name has one
ENV HOME=/tmp USER=cues PYTHONDONTWRITEBYTECODE=1 GIT_PYTHON_REFRESH=quiet
USER 1000
VOLUME /data
ENTRYPOINT ["sh", "-ec", "cd /data; mkdir -p results resources logs benchmarks .snakemake; cd /workflow; exec snakemake \"$@\"", "salient-cues"]
