"""``wsnotebook serve``: what it serves, when it says so, and how it ends."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from served import CHAT, command, connect, process_of, serving
from served_chat import Chat

from wsnotebook.layers import use_layer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes know no signals")
NOBODY = "redis://127.0.0.1:1"  # nothing listens there, which matters to connected clients alone
TWO = ("--workers", "2", "--layer", NOBODY)


@pytest.fixture
def layer(redis_url):
    """Let this process take part in what the server shares."""
    use_layer(redis_url)
    yield redis_url
    use_layer(None)


# Serving


async def test_a_channel_in_one_process(tmp_path):
    async with serving(tmp_path, CHAT) as server:
        port = server.url.rpartition(":")[2]
        assert server.listening == f"listening on ws://127.0.0.1:{port} (1 worker)"
        async with connect(server.url + "/rooms/tea") as client:
            assert await process_of(client) == server.pid
            await client.send("hello")
            assert await client.receive() == "hello"


async def test_a_channel_in_several(tmp_path):
    async with serving(tmp_path, CHAT, *TWO) as server:
        port = server.url.rpartition(":")[2]
        assert server.listening == f"listening on ws://127.0.0.1:{port} (2 workers)"


async def test_a_handler_in_one_process(tmp_path):
    async with (
        serving(tmp_path, "served_chat:echo") as server,
        connect(server.url) as client,
    ):
        await client.send("hello")
        assert await client.receive() == "hello"


@pytest.mark.parametrize("options", [(), TWO], ids=["one", "two"])
async def test_a_factory_is_called_where_its_app_is_served(tmp_path, redis_url, options):
    options = [redis_url if one == NOBODY else one for one in options]
    async with (
        serving(tmp_path, "served_chat:make_chat", "--factory", *options) as server,
        connect(server.url + "/rooms/tea") as client,
    ):
        assert (await process_of(client) == server.pid) is (not options)


async def test_a_layer_is_used_by_one_process_too(tmp_path, layer):
    async with (
        serving(tmp_path, CHAT, "--layer", layer) as server,
        connect(server.url + "/rooms/tea") as client,
    ):
        await process_of(client)
        assert len(await Chat.members("tea")) == 1


# The end


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sigterm_ends_it_and_clients_are_told(tmp_path, redis_url, workers):
    options = [CHAT, "--layer", redis_url, "--workers", workers]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        url = (await it.line()).split()[2]
        async with connect(url + "/rooms/tea") as client:
            await process_of(client)
            assert await it.end(signal.SIGTERM) == (0, "", "")
            await client.wait_for_close(1012)


@pytest.mark.parametrize("options", [(), TWO], ids=["one", "two"])
async def test_ctrl_c_ends_it_with_130(tmp_path, options, interrupts_as_python_does):
    async with command(tmp_path, "serve", "--port", "0", CHAT, *options) as it:
        await it.line()
        os.killpg(it.pid, signal.SIGINT)  # as a terminal does it: to all of them
        assert await it.end() == (130, "", "")


async def test_ctrl_c_ends_it_before_it_listens(tmp_path, interrupts_as_python_does):
    options = ["served_chat:make_for_ever", "--factory", *TWO]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        assert [await it.line() for _ in range(2)] == ["making"] * 2
        os.killpg(it.pid, signal.SIGINT)
        assert await it.end() == (130, "", "")


async def test_sigterm_ends_it_before_it_listens(tmp_path):
    async with command(tmp_path, "serve", "--port", "0", "served_chat:never_starts") as it:
        assert await it.line() == "asked to start"
        assert await it.end(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(("workers", "status"), [(1, -signal.SIGTERM), (2, 0)])
async def test_what_does_not_end_is_killed_when_asked_again(tmp_path, workers, status):
    options = ["served_chat:never_ends", "--workers", str(workers)]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        await it.line()
        it.tell(signal.SIGTERM)
        assert [await it.line() for _ in range(workers)] == ["asked to end"] * workers
        assert (await it.end(signal.SIGTERM))[0] == status


async def test_workers_do_not_outlive_the_process_that_keeps_them(tmp_path):
    async with command(tmp_path, "serve", "--port", "0", CHAT, *TWO) as it:
        await it.line()
        os.kill(it.pid, signal.SIGKILL)
        assert await it.line() == ""  # nobody has the other end of the pipe any more


# What the app raises


@pytest.mark.parametrize("options", [(), TWO], ids=["one", "two"])
async def test_a_crash_ends_its_connection_and_is_logged(tmp_path, options):
    options = ["served_chat:crashes", *options]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        url = (await it.line()).split()[2]
        for _ in range(2):
            async with connect(url) as client:
                await client.send("hello")
                await client.wait_for_close()
        status, _, err = await it.end(signal.SIGTERM)
    assert status == 0
    assert err.count("KeyError: 'order'") == 2


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        ((), "wsnotebook: the app raised RuntimeError('no database') in its lifespan\n"),
        (TWO, " ended with status 3 before it listened\n"),
    ],
    ids=["one", "two"],
)
async def test_an_app_whose_start_fails_is_not_served(tmp_path, options, ends):
    options = ["served_chat:fails_to_start", *options]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        status, out, err = await it.end()
    assert (status, out) == (1, "")
    assert err.endswith(ends)
    assert err.startswith("no database\n")


@pytest.mark.parametrize("options", [(), TWO], ids=["one", "two"])
async def test_a_factory_that_raises_is_told_of_once(tmp_path, options):
    options = ["served_chat:make_nothing", "--factory", *options]
    async with command(tmp_path, "serve", "--port", "0", *options) as it:
        assert await it.end() == (
            1,
            "",
            (
                "wsnotebook: 'served_chat:make_nothing', called to make the app, "
                "raised RuntimeError: no database\n"
            ),
        )
