"""``wsnotebook asyncapi``: the document of an app's Channels, and the page."""

from __future__ import annotations

import json

import pytest
from described import problems

from wsnotebook import cli
from wsnotebook.apps import RoomChannel
from wsnotebook.asyncapi import document, page

MODULE = """
    from wsnotebook.apps import RoomChannel as Rooms

    print("imported")


    def make():
        return Rooms
"""


@pytest.fixture
def rooms(project):
    project.write("rooms.py", MODULE)
    return project


def written(capsys, *arguments: str) -> str:
    assert cli.main(["asyncapi", *arguments]) == 0
    return capsys.readouterr().out


def test_the_document_and_nothing_but_the_document(rooms, capsys):
    found = json.loads(written(capsys, "rooms:Rooms"))
    assert found == document(RoomChannel, title="rooms", version="1")
    assert problems(found) == []


def test_what_it_is_called_and_where_it_is(rooms, capsys):
    options = ["--title", "Tea rooms", "--api-version", "2", "--server", "wss://tea.example"]
    assert json.loads(written(capsys, "rooms:make", "--factory", *options)) == document(
        RoomChannel, title="Tea rooms", version="2", servers="wss://tea.example"
    )


def test_into_a_file(rooms, capsys):
    assert written(capsys, "rooms:Rooms", "--out", "rooms.json") == ""
    text = (rooms.folder / "rooms.json").read_text("utf-8")
    assert json.loads(text) == document(RoomChannel, title="rooms", version="1")
    assert text.endswith("}\n")


def test_the_page(rooms, capsys):
    assert written(capsys, "rooms:Rooms", "--page") == page(
        document(RoomChannel, title="rooms", version="1")
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["shop:app"],
            "no Channel to describe in <app>: give a Channel class or an app of some",
        ),
        (
            ["shop:RoomChannel", "--server", "tea.example"],
            "'tea.example' is not a WebSocket URL: it must start with ws:// or wss://",
        ),
        (
            ["shop:RoomChannel", "--out", "no/such/file"],
            (
                "cannot write to 'no/such/file': No such file or directory; name another file: "
                "--out FILE"
            ),
        ),
    ],
)
def test_what_cannot_be_described_or_written_is_told_with_status_2(shop, capsys, arguments, said):
    with (shop.folder / "shop.py").open("a") as module:
        module.write(
            "from wsnotebook.apps import RoomChannel\n"
            "class Named(Starlette):\n    def __repr__(self):\n        return '<app>'\n"
            "app.__class__ = Named\n"
        )
    assert cli.main(["asyncapi", *arguments]) == 2
    assert capsys.readouterr() == ("", f"wsnotebook: {said}\n")
