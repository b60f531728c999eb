"""Who hears what opens, and which lines are a user's own."""

from __future__ import annotations

import asyncio
import contextvars
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from in_process import place

import wsnotebook
from wsnotebook import apps, connect, opened, serve
from wsnotebook.opened import is_library, observer, say_opened, user_line

PACKAGE = Path(wsnotebook.__file__).parent


@pytest.mark.parametrize(
    "filename",
    [
        asyncio.__file__,
        pytest.__file__,
        mock.__file__,
        opened.__file__,
        str(PACKAGE / "client" / "_client.py"),
        str(Path(sysconfig.get_path("scripts")) / "pytest"),
        "/usr/lib/python3/dist-packages/yaml/loader.py",
        "/home/ann/.venv/lib/python3.11/site-packages/chat/app.py",
        "<frozen runpy>",
        "<string>",
    ],
    ids=lambda name: Path(name).name,
)
def test_not_the_users_own(filename):
    assert is_library(filename)


@pytest.mark.parametrize(
    "filename",
    [
        __file__,
        str(PACKAGE / "apps" / "echo.py"),
        f"{PACKAGE}-demo/chat.py",
        "/home/ann/chat/app.py",
        "/tmp/ipykernel_7/1234.py",
        "<stdin>",
        "<doctest chat.app[0]>",
    ],
    ids=lambda name: Path(name).name,
)
def test_the_users_own(filename):
    assert not is_library(filename)


# Lines


def line_of(function, source):
    """Return ``file:line`` of the line of ``function`` that holds ``source``."""
    return place(function, source).partition(" in ")[0]


def asks():
    return user_line()


def asks_through_a_library():
    return mock.Mock(side_effect=user_line)()


@pytest.mark.parametrize(
    ("function", "source"), [(asks, "return user_line"), (asks_through_a_library, "return mock")]
)
def test_the_line_is_that_of_the_innermost_caller_which_is_no_library(function, source):
    assert function() == line_of(function, source)


async def test_a_coroutine_is_called_by_whoever_awaits_it():
    async def awaits():
        return await mock.AsyncMock(side_effect=user_line)()

    assert await awaits() == line_of(awaits, "return await")


def test_where_only_libraries_call_there_is_no_line():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(user_line).result() is None


# Saying and hearing


def hearing(function, *args):
    """Return what ``function`` says that it opens."""
    heard = []

    def listen():
        observer.set(heard.append)
        return function(*args)

    contextvars.copy_context().run(listen)
    return heard


def test_the_observer_of_the_context_hears_it():
    thing = object()
    assert hearing(say_opened, thing) == [thing]


def test_in_another_context_nobody_hears_it():
    assert hearing(contextvars.Context().run, say_opened, object()) == []


async def test_a_client_says_that_it_opens_even_if_it_then_fails():
    heard = []
    observer.set(heard.append)
    client = connect(apps.echo)
    assert heard == []
    async with client:
        assert heard == [client._session]
    refused = connect("ws://127.0.0.1:9", open_timeout=0.0)
    with pytest.raises(wsnotebook.WsNotebookError):
        await refused
    assert heard == [client._session, refused._session]


async def test_a_server_says_that_it_opens():
    heard = []
    observer.set(heard.append)
    server = serve(apps.echo)
    assert heard == []
    async with server:
        assert heard == [server]
