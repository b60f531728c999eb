"""``AsyncAPI``: the document and its page, served."""

from __future__ import annotations

import json
import urllib.request
from asyncio import to_thread

import pytest
from described import problems
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from wsnotebook import Refused, SetupError, connect, find_routes, serve
from wsnotebook.apps import RoomChannel, echo
from wsnotebook.asyncapi import AsyncAPI, document, page

ABOUT = {"title": "Rooms", "version": "1"}


async def ask(app, path, *, method="GET", root_path=""):
    """Return status, headers and body of an answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "method": method, "path": path, "root_path": root_path, "headers": []}
    await app(scope, receive, send)
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, body["body"]


async def test_the_document_is_served_as_json():
    status, headers, body = await ask(AsyncAPI(RoomChannel, **ABOUT), "/asyncapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == document(RoomChannel, **ABOUT)
    assert problems(json.loads(body)) == []
    assert headers["content-length"] == str(len(body))


async def test_the_page_is_served_and_may_load_nothing():
    status, headers, body = await ask(AsyncAPI(RoomChannel, **ABOUT), "/asyncapi")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body.decode() == page(document(RoomChannel, **ABOUT))
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
    )
    assert headers["x-content-type-options"] == "nosniff"


async def test_head_has_no_body_and_post_is_not_allowed():
    app = AsyncAPI(RoomChannel, **ABOUT)
    status, headers, body = await ask(app, "/asyncapi", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1000
    status, headers, body = await ask(app, "/asyncapi", method="POST")
    assert (status, headers["allow"], body) == (405, "GET, HEAD", b"read it with GET")


async def test_another_path_is_told_where_it_is():
    status, _, body = await ask(AsyncAPI(RoomChannel, **ABOUT), "/")
    assert (status, body) == (
        404,
        b"no such path; the description is at /asyncapi and /asyncapi.json",
    )


async def test_below_a_mount():
    app = Starlette(routes=[Mount("/about", AsyncAPI(RoomChannel, **ABOUT))])
    assert (await ask(app, "/about/asyncapi.json"))[0] == 200
    assert (await ask(app, "/about/asyncapi"))[0] == 200
    assert (await ask(app, "/about/other"))[0] == 404


async def test_a_client_of_nothing_but_a_description_is_refused():
    with pytest.raises(Refused):
        await connect(AsyncAPI(RoomChannel, **ABOUT), "/asyncapi")


async def test_other_requests_are_the_apps():
    app = AsyncAPI(RoomChannel, **ABOUT, app=RoomChannel)
    async with connect(app, "/rooms/tea") as client:
        assert await client.receive_json() == {"type": "joined", "room": "tea"}
    assert (await ask(app, "/other"))[0] == 426
    assert (await ask(app, "/asyncapi.json"))[0] == 200
    assert [route.path for route in find_routes(app)] == ["/rooms/{room_id}"]


async def test_routes_may_be_added_until_it_is_first_asked_for():
    app = FastAPI()
    description = AsyncAPI(app, **ABOUT)
    with pytest.raises(SetupError):
        description.document  # noqa: B018
    app.mount("/chat", RoomChannel.as_asgi())
    app.mount("/", description)
    _, _, body = await ask(app, "/asyncapi.json")
    channels = json.loads(body)["channels"]
    assert [one["address"] for one in channels.values()] == ["/chat/rooms/{room_id}"]


async def test_on_a_real_socket():
    app = AsyncAPI(RoomChannel, **ABOUT, servers="ws://127.0.0.1:1", app=RoomChannel)
    async with serve(app) as server:
        url = f"http://127.0.0.1:{server.port}/asyncapi.json"
        with await to_thread(urllib.request.urlopen, url) as answer:
            assert json.load(answer)["servers"]["server"]["host"] == "127.0.0.1:1"
        async with connect(server, "/rooms/tea") as client:
            assert await client.receive_json() == {"type": "joined", "room": "tea"}


def test_nothing_to_describe():
    with pytest.raises(TypeError) as caught:
        AsyncAPI(**ABOUT)
    assert str(caught.value) == "AsyncAPI() needs a Channel class, or an app, to describe"
    assert repr(AsyncAPI(echo, **ABOUT)) == f"<AsyncAPI of {echo!r}>"
