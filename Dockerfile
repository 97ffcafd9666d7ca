# The image was never built; tests/rules/test_dockerfile.py runs its entry point without Docker.
#
# The whole workflow in an image, with the versions of requirements.txt:
#
#   docker build -t salient-cues .
#   mkdir -p data
#   docker run --rm --user "$(id -u)" -v "$PWD/data:/data" salient-cues --cores all --configfile config/demo.yaml
#
# Arguments after the image's name go to Snakemake. All output lands in the mounted folder, and your own corpora and
# configurations are read from there: /data/mine.yaml with `path: /data/CREMA-D`. pip installs the public build of
# torch, on x86 the CUDA one: use `docker run --gpus all` where there is a GPU.
FROM python:3.11-slim

WORKDIR /workflow
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY Snakefile LICENSE ./
COPY config config
COPY envs envs
COPY profiles profiles
COPY workflow workflow

# outputs and Snakemake's records are in the mounted folder, so a second run has nothing to do
RUN for made in results resources logs benchmarks .snakemake; do ln -s /data/$made $made; done

# any user can run it: caches go to /tmp, and a user without a name gets one
ENV HOME=/tmp USER=cues PYTHONDONTWRITEBYTECODE=1 GIT_PYTHON_REFRESH=quiet
USER 1000
VOLUME /data
ENTRYPOINT ["sh", "-ec", "cd /data; mkdir -p results resources logs benchmarks .snakemake; cd /workflow; exec snakemake \"$@\"", "salient-cues"]
