"""Opening that fails: each cause in words, at once, and nothing left open."""

from __future__ import annotations

import asyncio
import errno
import http
import socket
import ssl

import pytest
import trustme
from servers import accept, echo, forever, leftovers, plain_server, tcp_server

from wsnotebook import ConnectFailed, Refused, State, WaitTimeout, connect

GONE = "connection refused; is the server running, and on that port?"


@pytest.fixture
def refused_port():
    """Return a port that is taken and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def authority():
    """Return a certificate authority that nobody trusts unless told to."""
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority):
    """Return the TLS settings of a server on 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def answering(data: bytes, then=None):
    """Return a script that answers whatever is asked with ``data``."""

    async def script(reader, writer):
        await reader.read(1)
        writer.write(data)
        if then is not None:
            await then()
        await reader.read()  # what else was asked: unread data would make a close a reset

    return script


async def failure(url, **settings):
    """Return the text of the ConnectFailed that opening raises, the client left CLOSED."""
    client = connect(url, **settings)
    with pytest.raises(ConnectFailed) as caught:
        await client.open()
    assert client.state is State.CLOSED
    assert (client.close_code, client.close_reason) == (1006, "")
    assert caught.value.__cause__ is not None
    assert isinstance(caught.value, ConnectionError)
    assert str(caught.value) == f"cannot connect to {caught.value.target}: {caught.value.reason}"
    assert str(client.timeline[-1].data) == str(caught.value)
    return str(caught.value)


# Nobody there


async def test_a_refused_port(refused_port):
    url = f"ws://127.0.0.1:{refused_port}"
    assert await failure(url) == f"cannot connect to {url}/: {GONE}"


async def test_a_refused_port_of_a_name_with_several_addresses(refused_port, monkeypatch):
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", refused_port)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", refused_port)),
    ]

    async def getaddrinfo(*_, **__):
        return addresses

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert await failure("ws://two.example") == f"cannot connect to ws://two.example/: {GONE}"


async def test_an_unknown_host(monkeypatch):
    async def getaddrinfo(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert await failure("ws://no.example/chat") == (
        "cannot connect to ws://no.example/chat: unknown host: Name or service not known"
    )


async def test_a_network_without_a_route(monkeypatch):
    async def getaddrinfo(*_, **__):
        raise OSError(errno.EHOSTUNREACH, "Connect call failed ('192.0.2.1', 80)")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert await failure("ws://far.example") == (
        "cannot connect to ws://far.example/: No route to host"
    )


async def test_a_proxy_is_not_asked_for_this_machine(monkeypatch, refused_port):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{refused_port}")
    async with plain_server(echo) as url:
        async with connect(url), connect(url.replace("127.0.0.1", "localhost")):
            pass


# Not a WebSocket server


NOT_WEBSOCKET = "what answered does not speak WebSocket: "
WRONG = "the answer to the handshake is wrong: "
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", NOT_WEBSOCKET + "connection closed while reading HTTP status line"),
        (b"SSH-2.0-OpenSSH_9\r\n", NOT_WEBSOCKET + "invalid HTTP status line: SSH-2.0-OpenSSH_9"),
        (b"HTTP/1.1 101 OK\r\n\r\n", WRONG + "missing Connection header"),
        (
            UPGRADED + b"Sec-WebSocket-Accept: wrong\r\n\r\n",
            WRONG + "invalid Sec-WebSocket-Accept header: wrong",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://h/?token=hidden\r\nContent-Length: 0\r\n\r\n",
            "it redirects to 'http://h/?token=***', which is not a WebSocket URL",
        ),
    ],
)
async def test_an_answer_that_is_no_handshake(answer, reason):
    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with tcp_server(script) as url:
        assert await failure(url) == f"cannot connect to {url}/: {reason}"


async def test_an_answer_that_is_not_http_fails_at_once_although_the_line_stays_open():
    async with tcp_server(answering(b"-ERR unknown command\r\n", forever)) as url:
        assert await failure(url, open_timeout=float("inf")) == (
            f"cannot connect to {url}/: what answered does not speak WebSocket: "
            "unsupported protocol; expected HTTP/1.1: -ERR unknown command"
        )


async def test_a_reset_instead_of_an_answer():
    async def script(reader, writer):
        writer.transport.abort()

    async with tcp_server(script) as url:
        assert await failure(url) == (
            f"cannot connect to {url}/: what answered does not speak WebSocket: "
            "connection closed while reading HTTP status line"
        )


async def test_a_subprotocol_that_was_not_offered():
    async def script(reader, writer):
        await accept(reader, writer, headers="Sec-WebSocket-Protocol: chat\r\n")

    async with tcp_server(script) as url:
        assert await failure(url) == (
            f"cannot connect to {url}/: the answer to the handshake is wrong: "
            "no subprotocols supported"
        )
        assert await failure(url, subprotocols=["news"]) == (
            f"cannot connect to {url}/: the answer to the handshake is wrong: "
            "unsupported subprotocol: chat"
        )


async def test_a_server_that_never_answers_is_given_up_after_open_timeout():
    async with tcp_server(forever) as url:
        client = connect(url, open_timeout=0.01)
        with pytest.raises(WaitTimeout) as caught:
            await client.open()
        assert str(caught.value) == "client-1 did not open within 0.01 s"
        assert client.state is State.CLOSED
        with pytest.raises(WaitTimeout, match=r"^client-1 did not open within 0.01 s$"):
            await client.receive()
    assert leftovers() == []


async def test_a_redirect_to_a_websocket_server_is_followed():
    async with plain_server(echo) as url:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {url}/new\r\nContent-Length: 0\r\n\r\n"

        async def script(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(moved.encode())

        async with tcp_server(script) as old, connect(old) as client:
            await client.send("x")
            assert await client.receive() == "x"


# Refusals


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, "hello", "HTTP 200: 'hello'"),
        (401, "who are you?\n", "HTTP 401: 'who are you?'"),
        (403, "", "HTTP 403"),
        (500, "x" * 161, f"HTTP 500: '{'x' * 160}'... (161 characters)"),
    ],
)
async def test_a_refusal_tells_status_and_body(status, body, told):
    def deny(connection, request):
        return connection.respond(http.HTTPStatus(status), body)

    async with plain_server(echo, process_request=deny) as url:
        client = connect(url)
        with pytest.raises(Refused) as caught:
            await client.open()
        refusal = caught.value
        assert str(refusal) == f"the server refused the handshake with {told}"
        assert (refusal.status, refusal.code, refusal.reason) == (status, None, body.strip())
        assert client.state is State.CLOSED
        for wait in (client.receive(), client.wait_until("open"), client.wait_for_close()):
            with pytest.raises(Refused) as again:
                await wait
            assert str(again.value) == str(refusal)


# TLS


async def test_a_certificate_that_nobody_vouches_for(server_tls):
    async with plain_server(echo, ssl=server_tls) as url:
        told = await failure(url)
    assert told == (
        f"cannot connect to {url}/: the server's certificate does not verify: "
        "unable to get local issuer certificate; pass ssl= a context that trusts it"
    )


async def test_a_certificate_for_another_name(authority, server_tls):
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with plain_server(echo, ssl=server_tls) as listening:
        url = listening.replace("127.0.0.1", "localhost")
        assert await failure(url, ssl=trusting) == (
            f"cannot connect to {url}/: the server's certificate does not verify: "
            "Hostname mismatch, certificate is not valid for 'localhost'.; "
            "pass ssl= a context that trusts it"
        )


async def test_a_trusted_certificate(authority, server_tls):
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with plain_server(echo, ssl=server_tls) as url:
        async with connect(url, ssl=trusting) as client:
            await client.send("over TLS")
            assert await client.receive() == "over TLS"
        assert client.close_code == 1000
    assert leftovers() == []


async def test_tls_to_a_server_without_it():
    async with tcp_server(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as listening:
        url = listening.replace("ws:", "wss:")
        assert await failure(url) == f"cannot connect to {url}/: TLS failed: WRONG_VERSION_NUMBER"


async def test_a_line_that_drops_during_the_tls_handshake():
    async def script(reader, writer):
        await reader.read(1)
        writer.transport.abort()

    async with tcp_server(script) as listening:
        url = listening.replace("ws:", "wss:")
        told = await failure(url)
    # A reset is told as such or as the end of the stream, as it happens.
    assert told in {
        f"cannot connect to {url}/: the connection was dropped",
        f"cannot connect to {url}/: Connection reset by peer",
    }
