"""Which exceptions only say that the client is gone."""

from __future__ import annotations

import subprocess
import sys

import litestar.exceptions
import pytest
import starlette.websockets
import uvicorn.protocols.utils
import websockets.exceptions

from wsnotebook.transports.disconnects import ClientDisconnected, is_disconnect

GONE = {
    "starlette": starlette.websockets.WebSocketDisconnect(1001),
    "litestar": litestar.exceptions.WebSocketDisconnect(detail="gone"),
    "websockets, cleanly": websockets.exceptions.ConnectionClosedOK(None, None),
    "websockets": websockets.exceptions.ConnectionClosedError(None, None),
    "uvicorn": uvicorn.protocols.utils.ClientDisconnected(),
    "ours": ClientDisconnected("the client is gone"),
}
CRASHES = {
    "a crash": ValueError("boom"),
    "another OSError": ConnectionResetError(),
    "a refusal of litestar": litestar.exceptions.WebSocketException(detail="no"),
    "a violation": RuntimeError('Cannot call "send" once a close message has been sent.'),
    "an assertion of pytest": pytest.fail.Exception("no"),
}


def each(table):
    return pytest.mark.parametrize("exc", table.values(), ids=table.keys())


def test_channels_way_to_stop_a_consumer_is_a_disconnect():
    channels = pytest.importorskip("channels.exceptions", reason="pip install 'wsnotebook[test]'")
    assert is_disconnect(channels.StopConsumer())


@each(GONE)
def test_it_is_a_disconnect_alone_and_in_groups(exc):
    assert is_disconnect(exc)
    assert is_disconnect(ExceptionGroup("tasks", [exc, ClientDisconnected()]))
    assert is_disconnect(BaseExceptionGroup("outer", [ExceptionGroup("inner", [exc])]))


@each(CRASHES)
def test_anything_else_is_none(exc):
    assert not is_disconnect(exc)
    assert not is_disconnect(BaseExceptionGroup("tasks", [exc]))


@each(CRASHES)
def test_a_crash_beside_a_disconnect_is_none(exc):
    assert not is_disconnect(BaseExceptionGroup("tasks", [ClientDisconnected(), exc]))


def test_ours_is_an_oserror_as_the_specification_asks():
    assert issubclass(ClientDisconnected, OSError)


def test_no_framework_is_loaded_to_tell():
    program = (
        "import sys; from wsnotebook.transports.disconnects import is_disconnect; "
        "assert not is_disconnect(ValueError()); "
        "print(sorted({'starlette', 'litestar', 'channels', 'uvicorn'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout == b"[]\n"


def test_a_module_that_is_only_half_loaded_does_no_harm(monkeypatch):
    monkeypatch.setitem(sys.modules, "channels.exceptions", type(sys)("channels.exceptions"))
    monkeypatch.setitem(sys.modules, "litestar.exceptions", None)
    assert not is_disconnect(ValueError())
    assert is_disconnect(ClientDisconnected())
