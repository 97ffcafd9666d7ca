"""A stand-in for the `conda` command and for conda-forge, where neither is to be had. It is not conda.

What it does is what Snakemake asks of conda: `info`, `--version`, `config --get`, `env create`,
`clean` and `source bin/activate`. Real are the solving and the installing of packages (py-rattler, from
a channel in a folder). Not real are

- the channel: its three packages are made here. `python` is a link to the Python that runs the tests,
  `pytorch` links that Python's torch and has conda-forge's names of builds and its need of `__cuda`;
- `pip`: it downloads nothing. It checks that each pin is exactly what the Python that runs the tests
  has, and links that and all it depends on, and nothing else, into the environment.
"""

import asyncio
import io
import json
import os
import sys
import tarfile
from hashlib import sha256
from importlib.metadata import Distribution, version
from pathlib import Path

# the least that Snakemake accepts is 24.7.1
CONDA = "24.7.1"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{PYTHON}/site-packages"
CHANNEL = "conda-forge"
# in PATH before the Python that runs the tests; as conda's own script, it is sourced
ACTIVATE = 'export CONDA_PREFIX="$1" CONDA_SHLVL=1\nexport PATH="$1/bin:$PATH"\n'


class Unavailable(Exception):
    """Why there can be no stand-in here."""


def make(base: Path) -> None:
    """Make the command, and the channel that it installs from, under `base`."""
    (base / "bin").mkdir(parents=True)
    command = base / "bin" / "conda"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{base}" "$@"\n')
    command.chmod(0o755)
    (base / "bin" / "activate").write_text(ACTIVATE)

    from rattler import Subdir
    from rattler.index import index_fs

    here = str(Subdir.current())
    own = Path(sys.base_prefix) / "bin" / f"python{PYTHON}"
    if not own.exists():
        raise Unavailable(f"{own} does not exist")
    folder = base / CHANNEL
    package(
        folder,
        {"name": "python", "version": ".".join(map(str, sys.version_info[:3])), "subdir": here},
        # as in a virtual environment, so that the environment is sys.prefix
        {"pyvenv.cfg": f"home = {own.parent}\ninclude-system-site-packages = false\n"},
        {f"bin/{name}": own for name in ("python", "python3", f"python{PYTHON}")},
    )
    pip = f"import sys\nsys.path.append({str(Path(__file__).parent)!r})\n"
    pip += f"import conda_stand_in\nsys.exit(conda_stand_in.pip(sys.argv[1:], {sites()!r}))\n"
    package(
        folder,
        {"name": "pip", "version": "26.0.1", "subdir": "noarch", "depends": ["python"]},
        {f"{SITE}/pip/__init__.py": "", f"{SITE}/pip/__main__.py": pip},
    )
    torch = {f"{SITE}/{top.name}": top for top in tops(found("torch", sites()))}
    for build, needs in (("cpu_generic", []), ("cuda129_generic", ["__cuda"])):
        about = {"name": "pytorch", "version": version("torch").split("+")[0], "subdir": here}
        about |= {"build": f"{build}_py{PYTHON.replace('.', '')}_h0_0"}
        package(folder, about | {"depends": [f"python {PYTHON}.*", *needs]}, {}, torch)
    asyncio.run(index_fs(folder))


def package(folder: Path, about: dict, files: dict[str, str], links: dict | None = None) -> None:
    """Write a package of texts and links into a channel."""
    about = {"build": "0", "build_number": 0, "depends": []} | about
    links = links or {}
    paths = [
        {"_path": name, "path_type": "hardlink", "size_in_bytes": len(text.encode())}
        | {"sha256": sha256(text.encode()).hexdigest()}
        for name, text in files.items()
    ] + [{"_path": name, "path_type": "softlink"} for name in links]
    texts = files | {
        "info/index.json": json.dumps(about),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
    }
    place = folder / about["subdir"]
    place.mkdir(parents=True, exist_ok=True)
    (folder / "noarch").mkdir(exist_ok=True)
    name = f"{about['name']}-{about['version']}-{about['build']}.tar.bz2"
    with tarfile.open(place / name, "w:bz2") as archive:
        for path, text in texts.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        for path, target in links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, str(target)
            archive.addfile(member)


# ---- the command


def main(base: Path, arguments: list[str]) -> int:
    """What `conda` answers."""
    match arguments:
        case ["info", "--json"]:
            from rattler import Subdir

            print(json.dumps({"conda_prefix": str(base), "platform": str(Subdir.current())}))
        case ["--version"]:
            print(f"conda {CONDA}")
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["clean", "-y", "--tarballs"]:
            for archive in (base / "pkgs").glob("*.tar.bz2"):
                archive.unlink()
        case ["env", "create", "--quiet", "--no-default-packages", "--file", file, "--prefix", to]:
            return asyncio.run(create(base, Path(file), Path(to)))
        case _:
            print(f"the stand-in for conda does not know: {' '.join(arguments)}", file=sys.stderr)
            return 2
    return 0


async def create(base: Path, file: Path, prefix: Path) -> int:
    """Make an environment of a file: solve and install, then have its own pip do the rest."""
    import rattler
    import yaml
    from rattler.exceptions import GatewayError, SolverError

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    unknown = set(content) - {"name", "channels", "dependencies"}
    if unknown:
        print(f"Unknown keys: {sorted(unknown)}")
        return 1
    # conda's own setting `channel_alias`: where channels that have a name only are
    alias = rattler.ChannelConfig(channel_alias=f"file://{base}/", root_dir=str(base))
    channels = [
        rattler.Channel(name, alias) for name in content["channels"] if name != "nodefaults"
    ]
    specs = [line for line in content["dependencies"] if isinstance(line, str)]
    pins = [
        pin for line in content["dependencies"] if isinstance(line, dict) for pin in line["pip"]
    ]
    overrides = rattler.VirtualPackageOverrides.from_env()
    seen = rattler.VirtualPackage.detect(overrides)
    try:
        records = await rattler.solve(channels, specs, virtual_packages=seen)
    except (GatewayError, SolverError) as error:
        print(f"Cannot be solved: {error}")
        return 1
    await rattler.install(records, prefix, cache_dir=base / "pkgs", show_progress=False)
    wanted = prefix / "requirements.txt"
    wanted.write_text("\n".join(pins))
    python = str(prefix / "bin" / "python")
    pip = await asyncio.create_subprocess_exec(
        python, "-m", "pip", "install", "-U", "-r", str(wanted)
    )
    if await pip.wait():
        print("Pip failed")
    return pip.returncode


# ---- pip in an environment


def sites() -> list[str]:
    """Folders of the packages of this Python."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]


def found(name: str, folders: list[str]) -> Distribution | None:
    """What is installed under a name."""
    return next(iter(Distribution.discover(name=name, path=folders)), None)


def tops(distribution: Distribution) -> set[Path]:
    """Files and folders that a distribution puts into the folder of packages."""
    names = {file.parts[0] for file in distribution.files if file.parts[0] not in ("..", "/")}
    return {Path(distribution.locate_file(name)) for name in names - {"__pycache__", "bin"}}


def pip(arguments: list[str], folders: list[str]) -> int:
    """Link what the pins of a file ask for, and all it depends on, out of `folders`."""
    sys.path += folders
    from packaging.requirements import Requirement

    lines = Path(arguments[-1]).read_text(encoding="utf-8").splitlines()
    open_ = [(Requirement(line), "the environment") for line in lines]
    done = set()
    while open_:
        wanted, by = open_.pop()
        own = found(wanted.name, [str(Path(sys.prefix) / SITE)])
        there = own or found(wanted.name, folders)
        if there is None or not wanted.specifier.contains(there.version, prereleases=True):
            has = there.version if there else "none"
            print(f"ERROR: No matching distribution found for {wanted} of {by}; here is {has}")
            return 1
        if (there.name, *wanted.extras) in done:
            continue
        done.add((there.name, *wanted.extras))
        for top in tops(there) if own is None else ():
            place = Path(sys.prefix) / SITE / top.name
            if not place.exists():
                place.symlink_to(top)
        for line in there.requires or []:
            needed = Requirement(line)
            extras = [{"extra": extra} for extra in ("", *wanted.extras)]
            if needed.marker is None or any(map(needed.marker.evaluate, extras)):
                open_.append((needed, there.name))
    return 0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
