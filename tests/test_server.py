"""A served handler: where it listens, who is connected, how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import pytest
import trustme
from servers import echo, forever, idle, leftovers
from websockets.asyncio.client import connect as websockets_connect

from wsnotebook import Closure, ConnectFailed, SetupError, connect, serve
from wsnotebook.server import Peer, _engines

NOT_STARTED = "<Server: stopped>; start it with 'async with' or 'await'"


@pytest.fixture
def short_grace(monkeypatch):
    """Let what does not end be cut off soon."""
    monkeypatch.setattr(_engines, "GRACE", 0.01)


async def text_of(kind, awaitable):
    """Return the text of the error of ``kind`` that ``awaitable`` raises."""
    with pytest.raises(kind) as caught:
        await awaitable
    return str(caught.value)


# Listening


async def test_a_server_listens_on_a_free_port_of_this_machine():
    async with serve(echo) as one, serve(echo) as other:
        assert one.url == f"ws://127.0.0.1:{one.port}"
        assert one.port != other.port
        async with connect(one) as client, connect(other.url, "/path") as second:
            await client.send("one")
            await second.send("other")
            assert (await client.receive(), await second.receive()) == ("one", "other")
    assert leftovers() == []


async def test_a_server_can_be_awaited_and_stopped_by_hand():
    server = await serve(echo)
    client = await connect(server)
    await server.stop()
    assert await client.wait_for_close() == Closure(1001, "server stopped", clean=True)
    assert leftovers() == []


async def test_a_server_can_be_started_again_after_it_stopped():
    server = serve(echo)
    for _ in range(2):
        async with server, connect(server) as client:
            await client.send("x")
            assert await client.receive() == "x"


async def test_a_port_that_is_taken_is_an_os_error_until_it_is_free():
    async with serve(echo) as first:
        port = first.port
        second = serve(echo, port=port, name="second")
        with pytest.raises(OSError, match="address already in use"):
            await second.start()
        assert not second.is_serving
    async with second:
        assert second.port == port


async def test_a_running_server_is_not_started_twice():
    async with serve(echo, name="echo") as server:
        told = await text_of(SetupError, server.start())
        assert told == "<Server 'echo': 0 clients> is already started"
        async with connect(server):
            pass


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_server_that_does_not_listen_says_how_to_start_it(stopped):
    server = serve(echo)
    if stopped:
        await server.start()
        await server.stop()
    for name in ("url", "port"):
        with pytest.raises(SetupError) as caught:
            getattr(server, name)
        assert str(caught.value) == NOT_STARTED
    assert await text_of(SetupError, connect(server).open()) == NOT_STARTED
    assert server.clients == ()
    assert repr(server) == "<Server: stopped>"


async def test_a_server_of_the_same_name_replaces_the_old_one():
    old = await serve(echo, name="chat")
    client = await connect(old)
    async with serve(echo, port=old.port, name="chat") as new, serve(echo, name="other") as other:
        assert await client.wait_for_close(1001)
        assert not old.is_serving
        assert other.is_serving
        await old.stop()
        assert new.is_serving
        async with connect(new):
            pass


async def test_what_is_no_app_is_refused():
    with pytest.raises(TypeError) as caught:
        serve(5)
    assert str(caught.value) == (
        "cannot tell what 5 is: an ASGI app takes (scope, receive, send), a handler takes "
        "(connection), and this is not callable; say which with ASGITransport(app) or "
        "MemoryTransport(handler)"
    )


@pytest.mark.parametrize("host", ["", None])
def test_a_host_that_means_every_address_is_refused(host):
    with pytest.raises(ValueError) as caught:
        serve(echo, host)
    assert str(caught.value) == f"host must be an address, such as '127.0.0.1', not {host!r}"


async def test_ipv6():
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6: install one that was built with it")
    try:
        server = await serve(echo, "::1")
    except OSError as exc:
        pytest.skip(f"this machine has no IPv6 loopback ({exc}): ip -6 addr add ::1/128 dev lo")
    assert server.url == f"ws://[::1]:{server.port}"
    async with connect(server), connect(server.url) as client:
        await client.send("x")
        assert await client.receive() == "x"
        assert {peer.address[0] for peer in server.clients} == {"::1"}
    await server.stop()


async def test_tls():
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with serve(echo, ssl=context) as server:
        assert server.url == f"wss://127.0.0.1:{server.port}"
        async with connect(server, ssl=trusting) as client:
            await client.send("x")
            assert await client.receive() == "x"
        assert "does not verify" in await text_of(ConnectFailed, connect(server).open())
    assert leftovers() == []


# Who is connected


async def test_clients_tells_who_is_connected():
    async with serve(echo, name="echo") as server:
        assert server.clients == ()
        async with connect(server, "/rooms/tea?token=hidden") as client:
            address = client._session.connection.local_address
            assert server.clients == (Peer(address, "/rooms/tea"),)
            assert repr(server) == "<Server 'echo': 1 client>"
            async with connect(server):
                assert repr(server) == "<Server 'echo': 2 clients>"
        assert server.clients == ()
        assert repr(server) == "<Server 'echo': 0 clients>"


# Stopping


async def test_stopping_waits_for_no_idle_client_and_tells_each():
    async with serve(idle) as server:
        clients = [await connect(server) for _ in range(25)]
        clients += [await connect(server.url) for _ in range(25)]
        waits = [asyncio.ensure_future(client.receive()) for client in clients]
        await asyncio.sleep(0)
        await server.stop()
        for client, wait in zip(clients, waits, strict=True):
            assert await client.wait_for_close() == Closure(1001, "server stopped", clean=True)
            with pytest.raises(
                Exception, match=r"^the connection closed with 1001 'server stopped'"
            ):
                await wait
    assert leftovers() == []


@pytest.mark.usefixtures("short_grace")
async def test_stopping_cuts_off_a_client_that_does_not_answer():
    async def mute():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    async with serve(idle) as server:
        reader, writer = await mute()
        await server.stop()
        assert await reader.read() == b"\x88\x10\x03\xe9server stopped"
        writer.close()
    assert leftovers() == []


@pytest.mark.usefixtures("short_grace")
async def test_stopping_cuts_off_a_client_that_never_asked_for_a_handshake(caplog):
    async with serve(idle) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with connect(server):
            await server.stop()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
    assert caplog.records == []
    assert leftovers() == []


@pytest.mark.usefixtures("short_grace")
async def test_stopping_cancels_a_handler_that_does_not_end():
    cancelled = []

    async def endless(connection):
        try:
            await forever()
        except asyncio.CancelledError:
            cancelled.append(connection)
            raise

    async with serve(endless) as server, connect(server) as client:
        await server.stop()
        assert len(cancelled) == 1
        assert await client.wait_for_close(1001)
    assert server.crashes == []
    assert leftovers() == []


@pytest.mark.usefixtures("short_grace")
async def test_stopping_leaves_a_handler_that_ignores_its_cancellation(caplog):
    release = asyncio.get_running_loop().create_future()

    async def stubborn(connection):
        while not release.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([release])

    async with serve(stubborn) as server, connect(server.url):
        await server.stop()
        release.set_result(None)
    assert [record.getMessage() for record in caplog.records] == [
        "a handler ignores its cancellation; it is left running"
    ]


async def test_stopping_twice_does_nothing_the_second_time():
    server = await serve(echo)
    await asyncio.gather(server.stop(), server.stop())
    await server.stop()
    assert leftovers() == []


async def test_a_server_that_never_started_can_be_stopped():
    await serve(echo).stop()


async def test_a_server_is_stopped_in_its_own_loop():
    async with serve(echo, name="here") as server:
        for elsewhere in (server.stop, serve(echo, name="here").start):
            told = await asyncio.to_thread(asyncio.run, text_of(SetupError, elsewhere()))
            assert told == "<Server 'here': 0 clients> runs on another event loop; stop it there"
        async with connect(server) as client:
            await client.send("x")
            assert await client.receive() == "x"


async def test_a_client_on_another_loop_reaches_a_server():
    async def elsewhere(server):
        async with connect(server) as client:
            await client.send("x")
            return await client.receive()

    async with serve(echo) as server:
        assert await asyncio.to_thread(asyncio.run, elsewhere(server)) == "x"


async def test_a_client_of_another_library_is_served():
    async with serve(echo) as server, websockets_connect(server.url) as connection:
        await connection.send("x")
        assert await connection.recv() == "x"
