"""How a Channel refuses, before it accepts and after: the same in process and on a real socket."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from channel_ways import heard

from wsnotebook import AppCrashed, Channel, Closure, Refused, connect, serve
from wsnotebook.auth import Tickets, check_origin, read_token, verify_token

KEY = "a key of thirty-two bytes, or so"


def shut(**refusal):
    """Return a Channel that lets nobody in."""

    class Shut(Channel):
        subprotocols = ("bearer",)

        async def authenticate(self):
            raise Refused(**refusal)

        async def on_connect(self):
            raise AssertionError

        on_message = on_close = on_connect

    return Shut


@asynccontextmanager
async def in_process(channel):
    yield channel


REACHED = {"in process": in_process, "on a socket": serve}


@pytest.fixture(params=REACHED)
def reached(request):
    return REACHED[request.param]


@pytest.mark.parametrize("reason", ["", "not you", "zu früh ☕"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
async def test_a_status_refuses_before_accepting(reached, status, reason):
    async with reached(shut(status=status, reason=reason)) as target:
        client = connect(target)
        with pytest.raises(Refused) as caught:
            await client
        assert (caught.value.status, caught.value.code) == (status, None)
        assert caught.value.reason == reason
        assert client.messages == []
        assert [event.kind for event in client.timeline] == ["error"]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("reason", ["not you", "zu früh ☕", "x" * 123])
@pytest.mark.parametrize("code", [1008, 3000, 3003, 4001, 4003, 4401, 4999])
async def test_a_code_refuses_after_an_error_message(reached, code, reason, status):
    async with reached(shut(status=status, code=code, reason=reason)) as target:
        async with connect(target, token="t0ken", via="subprotocol") as client:
            assert client.subprotocol == "bearer"
            assert await client.wait_for_close(code) == Closure(code, reason)
            assert heard(client) == [{"type": "error", "message": reason}]


async def test_what_the_client_says_meanwhile_is_not_heard(reached):
    async with reached(shut(code=4401)) as target:
        async with connect(target, token="t0ken", via="message") as client:
            assert await client.wait_for_close() == Closure(4401, "")
            assert heard(client) == [{"type": "error", "message": "not authenticated"}]


@pytest.mark.parametrize(
    "refusal", [{"code": 1005}, {"code": 7}, {"code": 4401, "reason": "é" * 62}]
)
async def test_a_refusal_that_cannot_be_sent_is_a_crash_and_lets_nobody_in(refusal):
    client = connect(shut(**refusal))
    with pytest.raises(AppCrashed) as caught:
        await client
    assert isinstance(caught.value.__cause__, ValueError)
    assert client.messages == []
    async with serve(shut(**refusal)) as server:
        with pytest.raises(Refused, match="500"):
            await connect(server)
        assert [type(crash) for crash in server.crashes] == [ValueError]


async def test_a_401_says_what_it_wants_instead():
    async with serve(shut(status=401)) as server, serve(shut(status=403)) as other:
        with pytest.raises(Refused) as caught:
            await connect(server)
        assert caught.value.__cause__.response.headers["WWW-Authenticate"] == "Bearer"
        with pytest.raises(Refused) as caught:
            await connect(other)
        assert "WWW-Authenticate" not in caught.value.__cause__.response.headers


class AsksForToken(Channel):
    async def authenticate(self):
        code = int(self.params["code"]) or None
        verify_token(read_token(self, via=self.params["in"]), KEY, code=code)


class AsksForTicket(Channel):
    tickets = Tickets()

    async def authenticate(self):
        code = int(self.params["code"]) or None
        self.tickets.redeem(read_token(self, via=self.params["in"]), code=code)


@pytest.mark.parametrize(
    ("channel", "looked_at", "reason"),
    [
        (AsksForToken, "query", "the token is malformed"),
        (AsksForToken, "cookie", "no token was sent"),
        (AsksForTicket, "query", "the ticket is unknown or has expired"),
        (AsksForTicket, "ticket", "no ticket was sent"),
    ],
)
async def test_what_the_helpers_raise_is_what_authenticate_raises(
    reached, channel, looked_at, reason
):
    async with reached(channel) as target:
        asked = {"in": looked_at, "code": 0}
        with pytest.raises(Refused) as caught:
            await connect(target, query=asked, token="guess", via="query")
        assert (caught.value.status, caught.value.reason) == (401, reason)
        asked["code"] = 4401
        async with connect(target, query=asked, token="guess", via="query") as client:
            assert await client.wait_for_close() == Closure(4401, reason)
            assert heard(client) == [{"type": "error", "message": reason}]


async def test_the_origin_is_looked_at_first(reached):
    class Checks(Channel):
        async def authenticate(self):
            check_origin(self, ["https://tea.example"])
            verify_token(read_token(self, via="header"), KEY)

    async with reached(Checks) as target:
        for origin, status in [("https://evil.example", 403), ("https://tea.example", 401)]:
            with pytest.raises(Refused) as caught:
                await connect(target, headers={"Origin": origin})
            assert caught.value.status == status
