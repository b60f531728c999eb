"""Crashes that a framework handles itself.

With the frameworks themselves: ``test_asgi_litestar`` and ``test_asgi_quart``.
"""

from __future__ import annotations

import sys
from contextvars import copy_context
from types import SimpleNamespace

import pytest
from litestar.exceptions import NotAuthorizedException

from wsnotebook.transports._internals import owner
from wsnotebook.transports.swallowed import listen_to_quart, made_a_close_of


def test_4500_while_an_exception_is_handled_is_that_crash():
    try:
        raise KeyError("boom")
    except KeyError:
        assert isinstance(made_a_close_of(4500), KeyError)


@pytest.mark.parametrize("code", [1000, 1011, 4000, 4501, None, "4500"])
def test_another_code_is_the_apps_own_way_to_handle_it(code):
    try:
        raise KeyError("boom")
    except KeyError:
        assert made_a_close_of(code) is None


def test_4500_out_of_the_blue_is_no_crash():
    assert made_a_close_of(4500) is None


def test_litestars_own_exceptions_are_no_crash():
    try:
        raise NotAuthorizedException
    except NotAuthorizedException:
        assert made_a_close_of(4500) is None


def test_without_litestar_4500_is_a_code_as_any_other(monkeypatch):
    monkeypatch.setitem(sys.modules, "litestar.exceptions", None)
    try:
        raise KeyError("boom")
    except KeyError:
        assert made_a_close_of(4500) is None


class Signal:
    """As blinker's: connecting twice is connecting once."""

    def __init__(self):
        self.receivers = set()

    def connect(self, receiver):
        self.receivers.add(receiver)

    def send(self, app, exception):
        for receiver in self.receivers:
            receiver(app, exception=exception, _async_wrapper=None)


@pytest.fixture
def signal(monkeypatch):
    signal = Signal()
    quart = SimpleNamespace(got_websocket_exception=signal)
    monkeypatch.setitem(sys.modules, "quart.signals", quart)
    listen_to_quart()
    listen_to_quart()
    return signal


def test_quart_tells_the_owner_of_the_task(signal):
    told = []
    context = copy_context()
    context.run(owner.set, SimpleNamespace(crashed=told.append))
    context.run(signal.send, "app", crash := KeyError("boom"))
    assert told == [crash]


def test_what_quart_serves_for_others_is_not_ours(signal):
    signal.send("app", KeyError("boom"))


def test_without_quart_there_is_nothing_to_listen_to(monkeypatch):
    monkeypatch.delitem(sys.modules, "quart.signals", raising=False)
    listen_to_quart()
    assert "quart.signals" not in sys.modules
