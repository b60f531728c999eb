"""What a target is, decided by its signature and never by names."""

from __future__ import annotations

import dataclasses
import functools
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest

from wsnotebook.apps import GroupChat, echo
from wsnotebook.transports.targets import kind_of, without_class


async def app(scope, receive, send): ...
async def handler(connection): ...
def plain_app(scope, receive, send): ...
def plain_handler(connection): ...
async def renamed_app(a, b, c, /): ...
async def renamed_handler(scope, /): ...
async def handler_with_default(connection, path="/"): ...
async def handler_with_option(connection, *, greeting="hello"): ...
async def app_with_option(scope, receive, send, *, debug=False): ...
async def handler_with_extras(connection, **extras): ...


def wrapped(function):
    @functools.wraps(function)
    async def call(*args, **kwargs):
        return await function(*args, **kwargs)

    return call


def unwrapped(function):
    async def call(*args, **kwargs):
        return await function(*args, **kwargs)

    return call


def adapted(function):
    """Wrap an ASGI app so that it is called as a handler, keeping its name and docs."""

    @functools.wraps(function)
    async def call(connection):
        return await function(connection, connection.recv, connection.send)

    return call


class CallableApp:
    async def __call__(self, scope, receive, send): ...


class CallableHandler:
    async def __call__(self, connection): ...


@dataclasses.dataclass
class UnhashableHandler:
    greeting: str = "hello"

    async def __call__(self, connection): ...


class SlottedHandler:
    __slots__ = ()

    async def __call__(self, connection): ...


class Methods:
    async def app(self, scope, receive, send): ...
    async def handler(self, connection): ...

    @classmethod
    async def class_handler(cls, connection): ...
    @staticmethod
    async def static_app(scope, receive, send): ...


class Unreadable:
    __signature__ = 3

    def __call__(self, connection): ...


class Consumer:
    """As Channels' consumers: the class makes an app of itself."""

    @classmethod
    def as_asgi(cls):
        return app


def framework(name):
    if name == "starlette":
        from starlette.applications import Starlette

        return Starlette()
    if name == "endpoint":
        from starlette.endpoints import WebSocketEndpoint

        return type("Chat", (WebSocketEndpoint,), {})
    if name == "fastapi":
        from fastapi import FastAPI

        return FastAPI()
    from litestar import Litestar

    return Litestar(openapi_config=None)


ASGI = {
    "function": app,
    "sync function": plain_app,
    "other names": renamed_app,
    "keyword-only option": app_with_option,
    "lambda": lambda scope, receive, send: None,
    "bound method": Methods().app,
    "static method": Methods.static_app,
    "callable object": CallableApp(),
    "partial of one argument more": functools.partial(lambda state, s, r, w: None, {}),
    "partial of an option": functools.partial(app_with_option, debug=True),
    "decorated with wraps": wrapped(app),
    "decorated twice": wrapped(wrapped(app)),
    "decorated bound method": wrapped(Methods().app),
    "cached": functools.lru_cache(plain_app),
    "mock of an app": create_autospec(plain_app),
    "class of three arguments": type("Endpoint", (), {"__init__": lambda self, s, r, w: None}),
}
HANDLERS = {
    "function": handler,
    "sync function": plain_handler,
    "other names": renamed_handler,
    "default": handler_with_default,
    "keyword-only option": handler_with_option,
    "extra keywords": handler_with_extras,
    "lambda": lambda connection: None,
    "bound method": Methods().handler,
    "class method": Methods.class_handler,
    "callable object": CallableHandler(),
    "object that cannot be hashed": UnhashableHandler(),
    "object that cannot be referred to weakly": SlottedHandler(),
    "partial of one argument more": functools.partial(lambda room, c: None, "tea"),
    "partial of an app": functools.partial(app, {}, None),
    "decorated with wraps": wrapped(handler),
    "an app adapted to a handler": adapted(app),
    "echo": echo,
    "GroupChat()": GroupChat(),
}
EITHER = {
    "decorated without wraps": unwrapped(app),
    "handler decorated without wraps": unwrapped(handler),
    "Mock()": Mock(),
    "MagicMock()": MagicMock(),
    "AsyncMock()": AsyncMock(),
    "any number of arguments": lambda *args: None,
    "three arguments, two of them optional": lambda connection, path="/", room=None: None,
    "print": print,
}
NEITHER = {
    "no argument": lambda: None,
    "two arguments": lambda receive, send: None,
    "four arguments": lambda a, b, c, d: None,
    "a keyword that must be given": lambda scope, receive, send, *, debug: None,
    "partial with one too many": functools.partial(app, {}),
    "a signature that cannot be read": Unreadable(),
    "a class without arguments": CallableApp,
    "decorated so that it takes nothing": functools.wraps(handler)(lambda: None),
}


def each(table):
    return pytest.mark.parametrize("target", table.values(), ids=table.keys())


def refusal(target):
    with pytest.raises(TypeError) as caught:
        kind_of(target)
    start = f"cannot tell what {target!r} is: an ASGI app takes (scope, receive, send), "
    start += "a handler takes (connection), and this "
    end = "; say which with ASGITransport(app) or MemoryTransport(handler)"
    text = str(caught.value)
    assert text.startswith(start)
    assert text.endswith(end)
    return text.removeprefix(start).removesuffix(end)


@each(ASGI)
def test_three_positionals_are_an_asgi_app(target):
    assert kind_of(target) == "asgi"


@pytest.mark.parametrize("name", ["starlette", "fastapi", "litestar", "endpoint"])
def test_what_the_frameworks_make_is_an_asgi_app(name):
    assert kind_of(framework(name)) == "asgi"


@each(HANDLERS)
def test_one_positional_is_a_handler(target):
    assert kind_of(target) == "handler"


@each(EITHER)
def test_what_takes_both_is_refused(target):
    assert refusal(target) == "could be called either way"


@each(NEITHER)
def test_what_takes_neither_is_refused(target):
    assert refusal(target) == "takes neither"


@pytest.mark.parametrize("target", [None, "ws://127.0.0.1", 3, object()])
def test_what_cannot_be_called_is_refused(target):
    assert refusal(target) == "is not callable"


@pytest.mark.parametrize("target", [type("Old", (), {"__init__": lambda self, scope: None})])
def test_a_class_that_takes_one_argument_is_no_handler(target):
    assert refusal(target) == "is a class, which makes an object of it"


def test_a_class_with_as_asgi_stands_for_the_app_it_makes():
    assert without_class(Consumer) is app
    assert kind_of(without_class(Consumer)) == "asgi"


@pytest.mark.parametrize(
    "target",
    [
        app,
        handler,
        CallableApp(),
        CallableApp,
        Consumer(),
        None,
        Mock(),
        type("X", (), {"as_asgi": 1}),
    ],
)
def test_anything_else_stands_for_itself(target):
    assert without_class(target) is target


@pytest.mark.parametrize("target", [app, handler, UnhashableHandler(), Methods().app])
def test_asking_again_gives_the_same_answer(target):
    assert kind_of(target) == kind_of(target)
