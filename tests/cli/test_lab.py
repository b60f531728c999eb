"""``wsnotebook lab``: what it copies, keeps and starts, and each of its errors.

JupyterLab is not started here, but in test_wheel.py; what would run it notes how it was called.
"""

from __future__ import annotations

import errno
import os
import runpy
import shutil
import sys
from pathlib import Path

import pytest

import wsnotebook
from wsnotebook import cli
from wsnotebook.cli import _lab

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
USAGE = "usage: wsnotebook lab [-h] [FOLDER] [-- ARGUMENT ...]\n"
KEPT = f"kept, different from those of wsnotebook {wsnotebook.__version__}: "
AGAIN = "delete such a file to have it copied again\n"


@pytest.fixture
def started(monkeypatch):
    """Return a list of the command lines that JupyterLab would have been started with."""
    lines = []

    def run_module(name, **options):
        lines.append((name, options, sys.argv))

    monkeypatch.setattr(runpy, "run_module", run_module)
    monkeypatch.setattr(sys, "argv", ["wsnotebook"])
    return lines


@pytest.fixture
def lessons(monkeypatch, tmp_path):
    """Return a folder with a small lesson, which takes the place of the real ones."""
    folder = tmp_path / "installed"
    (folder / "images").mkdir(parents=True)
    (folder / "00_start_here.ipynb").write_text("lesson")
    (folder / "images" / "tea.svg").write_text("tea")
    monkeypatch.setattr(_lab, "_PLACES", (tmp_path / "nowhere", folder))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


# Copying and starting


def test_lab_copies_every_lesson_and_picture(started, tmp_path, capsys):
    folder = tmp_path / "a folder" / "of mine"
    assert cli.main(["lab", str(folder)]) == 0
    assert files(folder) == files(NOTEBOOKS)
    assert capsys.readouterr().out == f"{folder}: {len(files(NOTEBOOKS))} files copied\n"


def test_lab_opens_the_first_lesson_on_loopback(started, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    cli.main(["lab", str(tmp_path)])
    [(name, options, arguments)] = started
    assert (name, options) == ("jupyterlab", {"run_name": "__main__", "alter_sys": True})
    assert arguments == [
        "jupyter-lab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.default_url=/lab/tree/00_start_here.ipynb",
        "--ServerApp.answer_yes=True",
    ]


def test_root_is_let_in(started, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    cli.main(["lab", str(tmp_path)])
    assert started[0][2][-1] == "--allow-root"


def test_what_follows_the_dashes_is_handed_on_as_the_last(started, tmp_path):
    cli.main(["lab", str(tmp_path), "--", "--no-browser", "--", "--port=8890"])
    assert started[0][2][-3:] == ["--no-browser", "--", "--port=8890"]


def test_without_a_folder_one_is_made_where_one_stands(started, lessons, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.main(["lab", "--", "--no-browser"])
    assert files(tmp_path / "wsnotebook-lessons") == files(lessons)
    assert f"--ServerApp.root_dir={tmp_path / 'wsnotebook-lessons'}" in started[0][2]


def test_the_arguments_are_those_of_the_command_line(started, lessons, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["wsnotebook", "lab", str(tmp_path / "mine")])
    assert cli.main() == 0
    assert files(tmp_path / "mine") == files(lessons)


def test_a_second_run_copies_nothing_and_opens(started, lessons, tmp_path, capsys):
    cli.main(["lab", str(tmp_path / "mine")])
    capsys.readouterr()
    assert cli.main(["lab", str(tmp_path / "mine")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'mine'}: no files copied\n"
    assert len(started) == 2


def test_a_changed_file_is_kept_and_named(started, lessons, tmp_path, capsys):
    mine = tmp_path / "mine"
    cli.main(["lab", str(mine)])
    (mine / "00_start_here.ipynb").write_text("my answer")
    (mine / "images" / "tea.svg").write_text("my tea")
    capsys.readouterr()
    assert cli.main(["lab", str(mine)]) == 0
    assert files(mine) == {"00_start_here.ipynb": b"my answer", "images/tea.svg": b"my tea"}
    named = f"{KEPT}00_start_here.ipynb, images/tea.svg\n"
    assert capsys.readouterr().out == f"{mine}: no files copied\n{named}{AGAIN}"
    assert len(started) == 2


def test_a_deleted_file_is_copied_again(started, lessons, tmp_path, capsys):
    mine = tmp_path / "mine"
    cli.main(["lab", str(mine)])
    (mine / "00_start_here.ipynb").unlink()
    capsys.readouterr()
    cli.main(["lab", str(mine)])
    assert files(mine) == files(lessons)
    assert capsys.readouterr().out == f"{mine}: 1 file copied\n"


def test_other_files_in_the_folder_are_left_alone(started, lessons, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    cli.main(["lab", str(tmp_path)])
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_hidden_files_and_folders_are_not_lessons(lessons, tmp_path):
    (lessons / ".ipynb_checkpoints").mkdir()
    (lessons / ".ipynb_checkpoints" / "00_start_here.ipynb").write_text("old")
    (lessons / ".hidden").write_text("")
    cli.copy_lessons(tmp_path / "mine")
    assert set(files(tmp_path / "mine")) == {"00_start_here.ipynb", "images/tea.svg"}


def test_a_copy_can_be_written_to_though_what_is_installed_cannot(lessons, tmp_path):
    (lessons / "00_start_here.ipynb").chmod(0o444)
    cli.copy_lessons(tmp_path / "mine")
    assert (tmp_path / "mine" / "00_start_here.ipynb").stat().st_mode & 0o200


def test_a_checkout_has_its_lessons_beside_the_package():
    assert cli.find_lessons() == NOTEBOOKS


# Errors


def fails(capsys, *arguments: str) -> str:
    """Return what the command says on its way to exit status 1."""
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_file_is_no_folder(started, tmp_path, capsys):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert fails(capsys, "lab", str(file)) == (
        f"wsnotebook: {str(file)!r} is a file; name a folder: wsnotebook lab FOLDER\n"
    )
    assert started == []


def test_a_folder_that_cannot_be_made_is_named(started, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    folder = tmp_path / "notes.txt" / "lessons"
    assert fails(capsys, "lab", str(folder)) == (
        f"wsnotebook: cannot copy the lessons to {str(folder)!r}: Not a directory; "
        "name another folder: wsnotebook lab FOLDER\n"
    )
    assert started == []


def test_a_folder_that_cannot_even_be_looked_for_is_named(started, tmp_path, capsys):
    folder = tmp_path / ("long" * 100)
    assert fails(capsys, "lab", str(folder)) == (
        f"wsnotebook: cannot copy the lessons to {str(folder)!r}: File name too long; "
        "name another folder: wsnotebook lab FOLDER\n"
    )
    assert started == []


def test_a_file_that_cannot_be_written_is_named(started, lessons, tmp_path, capsys, monkeypatch):
    def refused(source, target):
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(shutil, "copyfile", refused)
    part = tmp_path / ".00_start_here.ipynb.part"
    assert fails(capsys, "lab", str(tmp_path)) == (
        f"wsnotebook: cannot copy the lessons to {str(part)!r}: Permission denied; "
        "name another folder: wsnotebook lab FOLDER\n"
    )
    assert started == []


def test_a_full_disk_leaves_no_half_a_lesson(started, lessons, tmp_path, capsys, monkeypatch):
    def half(source, target):
        target.write_text("les")
        raise OSError(errno.ENOSPC, "No space left on device")

    mine = tmp_path / "mine"
    monkeypatch.setattr(shutil, "copyfile", half)
    assert fails(capsys, "lab", str(mine)) == (
        f"wsnotebook: cannot copy the lessons to {str(mine)!r}: No space left on device; "
        "name another folder: wsnotebook lab FOLDER\n"
    )
    assert files(mine) == {}


def test_without_jupyterlab_the_extra_is_named_and_nothing_copied(
    started, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    assert fails(capsys, "lab", str(tmp_path / "mine")) == (
        "wsnotebook: jupyterlab is not installed; run: pip install 'wsnotebook[lab]'\n"
    )
    assert not (tmp_path / "mine").exists()


def test_an_installation_without_the_lessons_says_so(started, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(_lab, "_PLACES", (tmp_path,))
    package = Path(wsnotebook.__file__).parent
    assert fails(capsys, "lab", str(tmp_path / "mine")) == (
        f"wsnotebook: {package} came without the lessons; install wsnotebook from its wheel\n"
    )


def test_an_interrupt_before_jupyterlab_listens_to_it_ends_quietly(
    lessons, tmp_path, capsys, monkeypatch
):
    def interrupted(name, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(runpy, "run_module", interrupted)
    monkeypatch.setattr(sys, "argv", [])
    assert cli.main(["lab", str(tmp_path / "mine")]) == 130
    assert capsys.readouterr().err == ""


def test_the_exit_status_is_that_of_jupyterlab(lessons, tmp_path, monkeypatch):
    def refuses(name, **options):
        sys.exit(3)

    monkeypatch.setattr(runpy, "run_module", refuses)
    monkeypatch.setattr(sys, "argv", [])
    with pytest.raises(SystemExit) as caught:
        cli.main(["lab", str(tmp_path / "mine")])
    assert caught.value.code == 3


# Arguments


def test_an_argument_of_jupyterlab_before_the_dashes_is_refused(started, misused):
    said = misused("lab", "--no-browser", "mine")
    assert said == f"{USAGE}wsnotebook lab: error: unrecognized arguments: --no-browser\n"
    assert started == []
