"""``wsnotebook routes``: what it lists, as lines and as JSON."""

from __future__ import annotations

import json

import pytest

from wsnotebook import cli

MODULE = """
    from functools import partial

    from wsnotebook import Channel, Message

    print("imported")


    class Order(Message):
        action: str = "order"
        item: str


    class Receipt(Message):
        action: str = "receipt"
        total: int


    class Shop(Channel):
        path = "/shop"
        accepts = (Order,)
        sends = (Receipt,)
        subprotocols = ("shop.v1", "shop.v2")


    class Endpoint:
        async def __call__(self, connection):
            pass


    async def serve(word, connection):
        pass


    endpoint = Endpoint()
    partly = partial(serve, "tea")
"""


def listed(capsys, *arguments: str) -> str:
    assert cli.main(["routes", *arguments]) == 0
    return capsys.readouterr().out


def test_a_line_for_each_route_with_what_serves_it(shop, capsys):
    assert listed(capsys, "shop:app") == (
        "/rooms/{room:int}  shop.chat\n/orders            shop.orders\n"
    )


def test_globs_choose(shop, capsys):
    assert listed(capsys, "shop:app", "--include", "/r*") == "/rooms/{room:int}  shop.chat\n"
    assert listed(capsys, "shop:app", "--exclude", "/r*") == "/orders  shop.orders\n"
    shop.settings('app = "shop:app"\nexclude = "/r*"')
    assert listed(capsys) == "/orders  shop.orders\n"


def test_a_factory_is_called(shop, capsys):
    assert listed(capsys, "shop:make_app", "--factory") == "/made  shop.chat\n"


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (
            "chats:Shop",
            (
                "/shop  chats.Shop  accepts chats.Order  sends chats.Receipt  "
                "subprotocols shop.v1, shop.v2\n"
            ),
        ),
        ("chats:endpoint", "/  chats.Endpoint\n"),
        ("chats:partly", "/  chats.serve\n"),
        ("ws://127.0.0.1:8000/rooms/{room:int}?token=geheim", "/rooms/{room:int}\n"),
    ],
)
def test_what_a_route_declares_is_told(project, capsys, target, line):
    project.write("chats.py", MODULE)
    assert listed(capsys, target) == line


def test_types_are_written_as_people_write_them(project, capsys):
    project.write(
        "listeners.py",
        """
        from litestar import Litestar, websocket_listener


        @websocket_listener("/items")
        async def items(data: dict[str, int]) -> str | bytes:
            return ""


        @websocket_listener("/sink")
        async def sink(data: str) -> None:
            pass


        app = Litestar([items, sink])
        """,
    )
    assert listed(capsys, "listeners:app") == (
        "/items  listeners.items  accepts dict[str, int]  sends str, bytes\n"
        "/sink   listeners.sink  accepts str  sends nothing\n"
    )


def test_as_json_and_nothing_but_json(project, capsys):
    project.write("chats.py", MODULE)
    assert json.loads(listed(capsys, "chats:Shop", "--json")) == {
        "version": 1,
        "target": "chats:Shop",
        "routes": [
            {
                "path": "/shop",
                "parameters": [],
                "endpoint": "chats.Shop",
                "accepts": ["chats.Order"],
                "sends": ["chats.Receipt"],
                "subprotocols": ["shop.v1", "shop.v2"],
            }
        ],
    }


def test_in_json_the_kinds_of_parameters_stand_apart(project, capsys):
    url = "ws://127.0.0.1:8000/rooms/{room:int}?token=geheim"
    found = json.loads(listed(capsys, url, "--json"))
    assert found["target"] == "ws://127.0.0.1:8000/rooms/{room:int}?token=***"
    assert found["routes"][0]["path"] == "/rooms/{room}"
    assert found["routes"][0]["parameters"] == [{"name": "room", "kind": "int"}]
    assert found["routes"][0]["endpoint"] is None
    assert found["routes"][0]["accepts"] is None


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        (
            "shop:app",
            ["--include", "/x"],
            (
                "include=('/x',) and exclude=() leave none of the routes /rooms/{room}, /orders; "
                "'*' matches every path"
            ),
        ),
        (
            "shop:empty",
            [],
            (
                "no WebSocket routes found in <empty>: declare one, or name a path, as in "
                "check(app, '/path')"
            ),
        ),
        (
            "shop:number",
            [],
            (
                "cannot look for routes in 5: expected an app of Starlette, FastAPI, Litestar or "
                "Channels, a Channel, a handler, a Server, or a ws:// or wss:// URL"
            ),
        ),
        ("shop:number", ["--factory"], "'shop:number' is 5, which cannot be called to make an app"),
        (
            "shop:broken",
            ["--factory"],
            "'shop:broken', called to make the app, raised RuntimeError: no database",
        ),
        (
            "shop:refused",
            ["--factory"],
            "'shop:refused', called to make the app, raised RuntimeError",
        ),
        (
            "http://127.0.0.1/",
            [],
            "'http://127.0.0.1/' is not a WebSocket URL: it must start with ws:// or wss://",
        ),
    ],
)
def test_without_routes_it_says_so_with_status_2(shop, capsys, target, options, said):
    with (shop.folder / "shop.py").open("a") as module:
        module.write(
            "class Empty(Starlette):\n"
            "    def __repr__(self):\n        return '<empty>'\n"
            "empty = Empty()\n"
            "def broken():\n    raise RuntimeError('no database')\n"
            "def refused():\n    raise RuntimeError\n"
        )
    assert cli.main(["routes", target, *options]) == 2
    assert capsys.readouterr() == ("", f"wsnotebook: {said}\n")
