"""Quart's quick start, in process."""

import asyncio

import pytest
from in_process import innermost, refusal

from wsnotebook import AppCrashed, connect

quart = pytest.importorskip("quart", reason="pip install quart")


def app_of(handler, **config):
    """Return a Quart app with a WebSocket at ``/ws``."""
    app = quart.Quart(__name__)
    app.config.update(config)
    app.websocket("/ws")(handler)
    return app


# By default Quart logs what a handler raises and goes on; it is seen all the same.
CONFIGS = [{}, {"TESTING": True}, {"DEBUG": True}, {"PROPAGATE_EXCEPTIONS": True}]


async def test_an_echo():
    async def ws():
        while True:
            await quart.websocket.send("you said " + await quart.websocket.receive())

    async with connect(app_of(ws), "/ws") as client:
        await client.send("hello")
        assert await client.receive() == "you said hello"
        await client.receive_nothing()
    assert client.close_code == 1000


async def test_json_headers_and_query():
    async def ws():
        await quart.websocket.accept(headers={"x-room": "tea"})
        data = await quart.websocket.receive_json()
        await quart.websocket.send_json({**data, **quart.websocket.args.to_dict()})

    async with connect(app_of(ws), "/ws", query={"sugar": 2}) as client:
        assert client.response_headers["x-room"] == "tea"
        await client.send_json({"room": "tea"})
        assert await client.receive_json() == {"room": "tea", "sugar": "2"}
        closure = await client.wait_for_close()
    assert closure.code == 1000


async def test_a_handler_is_cancelled_when_its_client_leaves_and_that_is_no_crash():
    ended = []

    async def ws():
        try:
            await quart.websocket.receive()
            await quart.websocket.receive()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async with connect(app_of(ws), "/ws") as client:
        await client.send("hello")
        await client.settle()
    assert ended == ["cancelled"]


async def test_a_refusal_is_a_response():
    async def ws():
        quart.abort(401)

    error = await refusal(app_of(ws), path="/ws")
    assert error.status == 401
    assert "Unauthorized" in error.reason


async def test_a_path_that_is_not_there():
    async def ws():
        """Never reached."""

    error = await refusal(app_of(ws), path="/nowhere")
    assert error.status == 404


@pytest.mark.parametrize("config", CONFIGS)
async def test_a_crash_before_the_acceptance(config):
    async def ws():
        raise KeyError("boom")

    error = await refusal(app_of(ws, **config), AppCrashed, path="/ws")
    assert isinstance(error.__cause__, KeyError)
    assert innermost(error.__cause__) == "ws"


@pytest.mark.parametrize("config", CONFIGS)
async def test_a_crash(config):
    async def ws():
        await quart.websocket.receive()
        raise KeyError("boom")

    with pytest.raises(AppCrashed) as caught:
        async with connect(app_of(ws, **config), "/ws") as client:
            await client.send("hello")
            await client.wait_for_close()
    assert isinstance(caught.value.__cause__, KeyError)
    assert innermost(caught.value.__cause__) == "ws"
    assert client.timeline.text().count("✗ error") == 1


async def test_an_exception_that_the_app_handles_is_no_crash():
    async def ws():
        await quart.websocket.receive()
        raise KeyError("handled")

    async def handle(error):
        await quart.websocket.send("sorry")

    app = app_of(ws)
    app.register_error_handler(KeyError, handle)
    async with connect(app, "/ws") as client:
        await client.send("hello")
        assert await client.receive() == "sorry"


async def test_its_lifespan_runs():
    log = []

    async def ws():
        await quart.websocket.send(await quart.websocket.receive())

    app = app_of(ws)
    app.before_serving(lambda: log.append("started"))
    app.after_serving(lambda: log.append("stopped"))
    async with connect(app, "/ws") as client:
        await client.send("hello")
        assert await client.receive() == "hello"
    assert log == ["started", "stopped"]


async def test_a_lifespan_that_crashes():
    async def ws():
        """Never reached."""

    async def crash():
        raise KeyError("boom")

    app = app_of(ws)
    app.before_serving(crash)
    error = await refusal(app, AppCrashed, path="/ws")
    assert isinstance(error.__cause__, Exception)
    assert "boom" in str(error)


def test_a_handler_that_sleeps_is_waited_for(virtual_time):
    async def ws():
        while True:
            message = await quart.websocket.receive()
            await asyncio.sleep(0.15)
            await quart.websocket.send(message)

    async def main():
        async with connect(app_of(ws), "/ws") as client:
            await client.send("hello")
            await client.settle()
            return client.messages

    assert virtual_time(main()) == ["hello"]
