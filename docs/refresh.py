"""Print the figures of a page of the documentation anew.

    python docs/refresh.py docs/reproduction.md --folder RUN [--only WORD]

Runs the commands that stand in the page, in the folder of a run (or of the repository), and puts what they
print in the place of what stands there: after `$ command` in a code block, and between `<!-- output -->`
and `<!-- end -->`, whose command is the code before them. Nothing else of the page is touched. `--only`
takes the commands that contain a word.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"<!-- output -->\n.*?<!-- end -->", re.DOTALL)
CODE = re.compile(r"^```\w*\n(?P<block>.*?)\n```$|`(?P<inline>[^`\n]+)`", re.MULTILINE | re.DOTALL)


def command_of(lines: list[str]) -> int:
    """How many of the lines the command takes: until its quotes are closed."""
    for count in range(1, len(lines) + 1):
        try:
            shlex.split("\n".join(lines[:count]), comments=False)
        except ValueError:
            continue
        return count
    raise ValueError(f"a quote is left open in: {lines[0]}")


def printed(command: str, folder: Path) -> str:
    """What a command prints in `folder`; its errors go to the screen.

    Raises
    ------
    SystemExit
        It failed.
    """
    print(f"$ {command}", file=sys.stderr)
    # so that `python` is this one
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The command above ended with status {done.returncode}.")
    return done.stdout


def refreshed(text: str, run, only: str = "") -> str:
    """The page with new output; `run` gives what a command prints.

    Parameters
    ----------
    text : str
        The page, in Markdown.
    run : callable
        From a command to what it prints.
    only : str
        Commands without it keep what stands there.
    """

    def of_block(match):
        lines = match[1].rstrip("\n").split("\n")
        parts, rest = [], lines
        while rest:
            taken = command_of(rest)
            after = next(
                (i for i in range(taken, len(rest)) if rest[i].startswith("$ ")), len(rest)
            )
            command = "\n".join(rest[:taken])
            parts.append(command)
            if only in command:
                parts += run(command.removeprefix("$ ")).rstrip("\n").split("\n")
            else:
                parts += rest[taken:after]
            rest = rest[after:]
        return "```\n" + "\n".join(parts) + "\n```"

    def of_output(match):
        *_, code = CODE.finditer(match.string, 0, match.start())
        command = code["block"] or code["inline"]
        if only not in command:
            return match[0]
        return f"<!-- output -->\n\n{run(command).strip()}\n\n<!-- end -->"

    return OUTPUT.sub(of_output, BLOCK.sub(of_block, text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(), help="where the commands run (here)")
    parser.add_argument("--only", default="", help="only commands that contain this word")
    options = parser.parse_args()
    text = options.page.read_text(encoding="utf-8")
    text = refreshed(text, lambda command: printed(command, options.folder), options.only)
    options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
