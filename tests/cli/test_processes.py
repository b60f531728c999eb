"""The command as a process: in a pipe, on a terminal, interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

not_on_windows = pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")
GREEN, RESET = "\x1b[32m", "\x1b[0m"
FAST = ("--max-examples", "5", "--seed", "1")


def test_the_exit_statuses(shop):
    assert shop.run("check", "shop:echo", *FAST).returncode == 0
    assert shop.run("check", "shop:app", "--seed", "1").returncode == 1
    assert shop.run("check", "shop:nothing").returncode == 2
    assert shop.run("check", "shop:app", "--nothing").returncode == 2
    assert shop.run("routes", "shop:app").returncode == 0
    assert shop.run("routes", "shop:nothing").returncode == 2


def test_a_pipe_gets_neither_colours_nor_a_bar(shop):
    done = shop.run("check", "shop:app", "--seed", "1")
    assert done.stdout.startswith("route ")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_the_same_seed_gives_the_same_text_in_any_process(shop):
    first, second = [shop.run("check", "shop:app", "--seed", "7").stdout for _ in range(2)]
    assert first == second
    assert "app-crashed" in first


def test_the_program_of_a_failure_shows_it(shop):
    done = shop.run("check", "shop:app", "--seed", "1", "--json", "-")
    failure = json.loads(done.stdout)["routes"][1]["failures"][0]
    program = [sys.executable, "-c", failure["program"]]
    shown = subprocess.run(program, cwd=shop.folder, capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    assert "KeyError: 'order'" in shown.stderr


@not_on_windows
def test_ctrl_c_shows_what_was_found_until_then(project, interrupts_as_python_does):
    project.write(
        "endless.py",
        """
        import sys

        print("imported", file=sys.stderr, flush=True)
        served = 0


        async def app(connection):
            global served
            served += 1
            if served == 10:
                print("served", file=sys.stderr, flush=True)
            async for message in connection:
                pass
        """,
    )
    command = [sys.executable, "-m", "wsnotebook", "check", "endless:app"]
    process = subprocess.Popen(
        [*command, "--max-examples", "1000000"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert [process.stderr.readline() for _ in range(2)] == ["imported\n", "served\n"]
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err) == (130, "")
    assert " examples: it was cancelled\n" in out


# On a terminal


def on_a_terminal(project, *arguments: str, **environment: str) -> str:
    """Return what a terminal of 80 columns gets, its line ends made ours."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "wsnotebook", *arguments],
        cwd=project.folder,
        env=project.environment(**environment),
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    got = b""
    with process, open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123  # a descriptor
        while chunk := read(terminal):
            got += chunk
    return got.decode().replace("\r\n", "\n")


def read(terminal) -> bytes:
    try:
        return terminal.read(4096)
    except OSError:  # so Linux tells that nobody has the other end any more
        return b""


@not_on_windows
def test_a_terminal_gets_a_bar_that_goes_away_and_colours(shop):
    got = on_a_terminal(shop, "check", "shop:echo", *FAST)
    *drawn, report = got.split("\r")
    assert drawn[1].startswith(f"/  [{'-' * 20}]  0 examples, 0 messages, 0 failures")
    assert drawn[-1].strip() == ""
    assert report.startswith("\x1b[2mroute  verdict")
    assert f"{GREEN}passed {RESET}" in report


@not_on_windows
@pytest.mark.parametrize(
    ("options", "environment", "is_colored"),
    [
        (["--no-color"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
    ],
)
def test_colours_can_be_refused(shop, options, environment, is_colored):
    got = on_a_terminal(shop, "check", "shop:echo", *FAST, *options, **environment)
    assert (GREEN in got) is is_colored
    assert "passed" in got


@not_on_windows
def test_verbose_has_lines_in_place_of_the_bar(shop):
    got = on_a_terminal(shop, "check", "shop:echo", *FAST, "--verbose")
    assert got.startswith("/  1/5 examples, ")
    assert "\r" not in got
