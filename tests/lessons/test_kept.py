"""A command that is kept: what it says is heard, and it ends with whoever started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wsnotebook import SetupError
from wsnotebook.lessons import _kept
from wsnotebook.lessons._kept import Kept

# Says hello, and then holds a connection to whoever listens at the port for as long as it lives.
HOLD = """
import socket, sys
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("hello", "there", flush=True)
line.recv(1)
"""


def python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def port_of(listener):
    return str(listener.getsockname()[1])


def test_what_it_says_is_waited_for():
    kept = Kept(python("print('one'); print('two 2')"))
    assert kept.wait_for(r"two (\d)")[1] == "2"
    kept.end()


def test_it_ends_when_it_is_told_to(listener):
    kept = Kept(python(HOLD, port_of(listener)))
    line, _ = listener.accept()
    with line:
        kept.wait_for("hello")
        assert kept.end() != 0
        assert line.recv(1) == b""


def test_ending_it_twice_does_nothing():
    kept = Kept(python("pass"))
    assert kept.end() == kept.end()


def test_it_ends_when_who_started_it_is_killed(listener):
    start = f"""
from wsnotebook.lessons._kept import Kept
Kept({python(HOLD, port_of(listener))!r}).wait_for("hello")
print("started", flush=True)
input()
"""
    pipe = subprocess.PIPE
    with subprocess.Popen(python(start), stdin=pipe, stdout=pipe, text=True) as starter:
        line, _ = listener.accept()
        with line:
            line.settimeout(30)
            assert starter.stdout.readline() == "started\n"
            starter.kill()
            assert line.recv(1) == b""


def test_one_that_does_not_want_to_end_is_killed(listener, tmp_path, monkeypatch):
    text = Path(_kept._KEEPER).read_text("utf-8")
    hasty = tmp_path / "keeper.py"
    hasty.write_text(text.replace("GRACE = 5.0", "GRACE = 0.01"), "utf-8")
    monkeypatch.setattr(_kept, "_KEEPER", str(hasty))
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + HOLD
    kept = Kept(python(stubborn, port_of(listener)))
    line, _ = listener.accept()
    with line:
        kept.wait_for("hello")
        assert kept.end() != 0
        assert line.recv(1) == b""


def test_an_interrupt_of_the_kernel_is_not_for_it():
    kept = Kept(python("import os; print(os.getpgrp())"))
    assert int(kept.wait_for(r"\d+")[0]) != os.getpgrp()
    kept.end()


def test_one_that_does_not_start_is_told_with_what_it_says():
    kept = Kept(python("print('no'); print('way')"))
    with pytest.raises(SetupError) as caught:
        kept.wait_for("ready")
    program = Path(sys.executable).name
    assert str(caught.value) == (
        f"{program} -c print('no'); print('way') does not start; it says:\nno\nway\n"
    )


def test_one_that_says_nothing_is_given_up(listener, monkeypatch):
    monkeypatch.setattr(_kept, "PATIENCE", 0.01)
    kept = Kept(python(HOLD.replace("print", "str"), port_of(listener)))
    with pytest.raises(SetupError, match=r"does not start; it says:\n$"):
        kept.wait_for("hello")


def test_one_that_ends_by_itself_is_waited_for(tmp_path):
    kept = Kept(python("open('done', 'w').close(); print('x' * 10**6)"), folder=str(tmp_path))
    kept.wait_done()
    assert (tmp_path / "done").exists()


def test_one_that_fails_is_told_with_what_it_says():
    kept = Kept(python("import sys; print('alas'); sys.exit(3)"))
    with pytest.raises(SetupError) as caught:
        kept.wait_done()
    program = Path(sys.executable).name
    assert str(caught.value) == (
        f"{program} -c import sys; print('alas'); sys.exit(3) failed; it says:\nalas\n"
    )


def test_it_has_the_environment_that_it_is_given():
    env = {**os.environ, "TEA": "assam"}
    kept = Kept(python("import os; print(os.environ['TEA'])"), env=env)
    assert kept.wait_for(".+")[0] == "assam"
    kept.end()
