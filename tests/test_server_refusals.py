"""A served app that refuses handshakes: what its clients see, and that it is no error."""

from __future__ import annotations

import logging

import pytest

from wsnotebook import Channel, Refused, connect, serve


class Closed(Channel):
    """A house that is closed."""

    async def authenticate(self):
        raise Refused(401, reason="come back tomorrow")


async def never_answers(scope, receive, send):
    assert scope["type"] == "websocket"


async def test_a_refusal_is_no_error_in_the_log(caplog):
    async with serve(Closed) as server:
        for target in (server, server.url):
            with pytest.raises(Refused) as caught:
                await connect(target)
            assert (caught.value.status, caught.value.reason) == (401, "come back tomorrow")
    assert server.crashes == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_an_app_that_does_not_answer_is_told_of_in_the_log(caplog):
    async with serve(never_answers) as server:
        with pytest.raises(Refused) as caught:
            await connect(server.url)
    assert caught.value.status == 500
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.name, record.levelname) == ("wsnotebook.server.uvicorn", "ERROR")
