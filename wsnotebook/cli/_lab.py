"""``wsnotebook lab``: the lessons in a folder of one's own, and JupyterLab on them.

What the lessons contain is the business of ``notebooks/``; what JupyterLab does, of JupyterLab.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import runpy
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import MissingExtra, SetupError
from ._output import SubParsers, say, version

__all__ = ["add_lab", "copy_lessons", "find_lessons"]

FIRST_LESSON = "00_start_here.ipynb"
_PACKAGE = Path(__file__).parents[1]
# Where a wheel has the lessons, and where a checkout has them.
_PLACES = (_PACKAGE / "lessons" / "notebooks", _PACKAGE.parent / "notebooks")


def add_lab(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "lab",
        usage="wsnotebook lab [-h] [FOLDER] [-- ARGUMENT ...]",
        help="copy the lessons into a folder and open them in JupyterLab",
        description="Copy the lessons into FOLDER and open them in JupyterLab, on 127.0.0.1. "
        "A file that is there already stays as it is.",
        epilog="What follows -- is for JupyterLab: wsnotebook lab -- --no-browser",
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path("wsnotebook-lessons"),
        help="made if it does not exist; default: %(default)s",
    )
    parser.set_defaults(run=_lab, complain=parser.error, hands_on=True)


def _lab(options: argparse.Namespace) -> int:
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtra("jupyterlab", "lab")
    folder = options.folder.resolve()
    copied, kept = copy_lessons(folder)
    files = "file" if len(copied) == 1 else "files"
    say(f"{folder}: {len(copied) or 'no'} {files} copied", sys.stdout)
    if kept:
        names = ", ".join(kept)
        say(f"kept, different from those of wsnotebook {version()}: {names}", sys.stdout)
        say("delete such a file to have it copied again", sys.stdout)
    _run_jupyterlab(folder, options.handed_on)
    return 0


def find_lessons() -> Path:
    """Return the folder with the lessons, of an installed wheel or of a checkout.

    Raises:
        SetupError: This installation has none.
    """
    for place in _PLACES:
        if (place / FIRST_LESSON).is_file():
            return place
    raise SetupError(f"{_PACKAGE} came without the lessons; install wsnotebook from its wheel")


def copy_lessons(folder: Path) -> tuple[list[str], list[str]]:
    """Copy the lessons into ``folder``, and leave alone what is there already.

    Args:
        folder: Made if it does not exist.

    Returns:
        The names of the files that were copied, and of those that were kept although they differ.

    Raises:
        SetupError: It is a file, or nothing can be written there; what was copied until then stays.
    """
    lessons = find_lessons()
    try:
        if folder.is_file():
            raise SetupError(f"{str(folder)!r} is a file; name a folder: wsnotebook lab FOLDER")
        return _copy_what_is_missing(lessons, folder)
    except OSError as error:
        raise SetupError(
            f"cannot copy the lessons to {error.filename or str(folder)!r}: {error.strerror}; "
            "name another folder: wsnotebook lab FOLDER"
        ) from error


def _copy_what_is_missing(lessons: Path, folder: Path) -> tuple[list[str], list[str]]:
    copied, kept = [], []
    for name in _files(lessons):
        lesson, target = lessons / name, folder / name
        if not target.exists():
            _copy(lesson, target)
            copied.append(name.as_posix())
        elif target.read_bytes() != lesson.read_bytes():
            kept.append(name.as_posix())
    return copied, kept


def _files(lessons: Path) -> Iterator[Path]:
    for path in sorted(lessons.rglob("*")):
        name = path.relative_to(lessons)
        # JupyterLab leaves hidden folders (.ipynb_checkpoints) where it saves a notebook.
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name


def _copy(lesson: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Under its name a file is whole: the next run would keep half a one as the learner's own.
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(lesson, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _run_jupyterlab(folder: Path, arguments: Sequence[str]) -> None:
    """Do as ``python -m jupyterlab`` does, in this process: signals and exit status are its own."""
    sys.argv = [
        "jupyter-lab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        "--ServerApp.answer_yes=True",  # one Ctrl-C ends it; notebooks are saved as one works
        *_as_root(),
        *arguments,
    ]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)


def _as_root() -> list[str]:
    # In a container one is often root, which JupyterLab refuses unless told; it is on loopback.
    return ["--allow-root"] if getattr(os, "geteuid", lambda: None)() == 0 else []
