"""``wsnotebook serve``: what it refuses, and its help."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from wsnotebook import cli
from wsnotebook.cli import _serve
from wsnotebook.layers import use_layer

USAGE = "usage: wsnotebook serve [-h] [TARGET] [OPTION ...]\nwsnotebook serve: error: "
ALONE = (
    "2 processes would be 2 separate chats: {} has {}; give --layer redis://127.0.0.1:6379, or "
    "leave --workers out"
)


@pytest.fixture(autouse=True)
def no_layer():
    """Let what a test has this process use be forgotten."""
    yield
    use_layer(None)


@pytest.fixture
def chats(project):
    """Return the folder, with a module ``chats``: Channels, alone and mounted."""
    project.write(
        "chats.py",
        """
        from starlette.applications import Starlette
        from starlette.routing import Mount, WebSocketRoute

        from wsnotebook import Channel
        from wsnotebook.layers.memory import MemoryLayer


        class Chat(Channel):
            pass


        class Own(Channel):
            layer = MemoryLayer()


        class Named(Channel):
            layer = "memory://"


        class Shared(Channel):
            layer = "redis://127.0.0.1:1"


        app = Starlette(routes=[WebSocketRoute("/shared", Shared), Mount("/chat", Chat.as_asgi())])


        def make():
            return Chat


        async def echo(connection):
            pass
        """,
    )
    return project


def refused(capsys, *arguments: str) -> str:
    assert cli.main(["serve", "--port", "0", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err.removeprefix("wsnotebook: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("chats:Chat", ALONE.format("Chat", "no layer")),
        ("chats:app", ALONE.format("Chat", "no layer")),
        ("chats:Own", ALONE.format("Own", "a layer of one process")),
        ("chats:Named", ALONE.format("Named", "a layer of one process")),
        (
            "chats:echo",
            (
                "'chats:echo' is a websockets handler, which one process serves: leave --workers "
                "out, or write it as a Channel"
            ),
        ),
        ("chats:Chatt", "'chats' has no attribute 'Chatt'; did you mean 'chats:Chat'?"),
    ],
)
def test_what_several_processes_cannot_serve_is_refused(chats, capsys, target, problem):
    assert refused(capsys, target, "--workers", "2") == problem


def test_what_a_factory_makes_is_looked_at_by_the_workers(chats):
    done = chats.run("serve", "chats:make", "--factory", "--workers", "2", "--port", "0")
    said = f"wsnotebook: {ALONE.format('Chat', 'no layer')}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_in_use_is_refused(chats, capsys, workers):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refused(capsys, "chats:Shared", "--workers", workers, "--port", port)
    why = f"{os.strerror(errno.EADDRINUSE)}; --port 0 takes a free one"
    assert said == f"cannot listen on ws://127.0.0.1:{port}: {why}"


@pytest.mark.parametrize("target", ["chats:echo", "chats:Chat"])
def test_a_host_that_cannot_be_is_refused(chats, capsys, target):
    host = "x" * 64  # a label of a name is no longer than 63
    assert refused(capsys, target, "--host", host).startswith(f"cannot listen on ws://{host}:0: ")


def test_why_a_host_is_not_known_is_said_without_its_address():
    why = "Name or service not known"
    error = socket.gaierror(-2, f"{why} (while attempting to bind on address ('shop', 0))")
    assert _serve._why(error) == _serve._why(socket.gaierror(-2, why)) == why


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--workers", "0"], "--workers must be 1 or more, not 0"),
        (["--port", "65536"], "--port must be from 0 to 65535, not 65536"),
        (["--host", ""], "--host must be an address, such as 127.0.0.1, not ''"),
        (
            ["--workers", "2", "--layer", "memory://"],
            (
                "argument --layer: 'memory://' is a layer of one process, and others hear nothing "
                "of it; give redis://127.0.0.1:6379, say"
            ),
        ),
        (
            ["--layer", "amqp://me:geheim@127.0.0.1"],
            (
                "argument --layer: 'amqp://me:***@127.0.0.1' names no layer; use memory://, "
                "redis://host:port/database, rediss:// or unix://"
            ),
        ),
    ],
)
def test_options_that_cannot_be_are_misuse(chats, misused, arguments, problem):
    assert misused("serve", "chats:Chat", *arguments) == f"{USAGE}{problem}\n"


def test_a_url_is_served_already(project, misused):
    said = "TARGET is a URL, where something is served already: name an app"
    assert misused("serve", "ws://127.0.0.1:8000") == f"{USAGE}{said}\n"


def test_the_address_of_ipv6_stands_in_brackets():
    assert _serve._listening("::1", 8000, 1) == "listening on ws://[::1]:8000 (1 worker)"


def test_help_names_it(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "serve an app, in one process or in several" in capsys.readouterr().out


def test_help_tells_the_exit_statuses(capsys):
    with pytest.raises(SystemExit):
        cli.main(["serve", "--help"])
    assert capsys.readouterr().out.endswith(_serve._EPILOG)
