"""What the channel apps do besides the scenarios of ``tests/channel/test_apps.py``."""

import pytest

from wsnotebook import Refused, apps, connect
from wsnotebook.apps import AuthenticatedChannel


async def test_who_is_authenticated_may_ask_who_it_is():
    async with connect(AuthenticatedChannel, "/?token=tea-4-ten") as bob:
        assert await bob.receive_json() == {"type": "authenticated", "user": "bob"}
        await bob.send_json({"type": "whoami"})
        assert await bob.receive_json() == {"type": "authenticated", "user": "bob"}


async def test_the_table_of_tokens_can_be_another():
    class Ours(AuthenticatedChannel):
        tokens = {"x": "xaver"}  # noqa: RUF012

    async with connect(Ours, token="x", via="query") as client:
        assert await client.receive_json() == {"type": "authenticated", "user": "xaver"}


async def test_a_token_where_nobody_looks_is_none():
    async with connect(AuthenticatedChannel, token="tea-4-two") as client:
        assert await client.receive_json() == {"type": "error", "message": "invalid token"}
        await client.wait_for_close(4401)


async def test_a_refused_client_was_never_connected():
    class Strict(AuthenticatedChannel):
        async def authenticate(self):
            try:
                await super().authenticate()
            except Refused as refusal:
                raise Refused(status=401) from refusal

    with pytest.raises(Refused) as caught:
        await connect(Strict, "/?token=guess")
    assert str(caught.value) == "the server refused the handshake with HTTP 401"


def test_an_unknown_app_is_an_attribute_error():
    with pytest.raises(AttributeError) as caught:
        apps.nope  # noqa: B018
    assert str(caught.value) == "module 'wsnotebook.apps' has no attribute 'nope'"
