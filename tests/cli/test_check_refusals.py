"""``wsnotebook check``: secrets that it does not show, and what it cannot search."""

from __future__ import annotations

import sys

import pytest

from wsnotebook import cli
from wsnotebook.properties import Campaign


def check(capsys, *arguments: str) -> tuple[int, str, str]:
    """Return the status, and what was written to the two streams."""
    status = cli.main(["check", *arguments])
    return status, *capsys.readouterr()


# Secrets

SECRETIVE = """
    import logging
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute


    async def door(socket):
        token = socket.headers["authorization"]
        assert token == "Bearer geheim"
        await socket.accept()
        await socket.send_text(token)
        async for text in socket.iter_text():
            raise ValueError(f"nobody may know {token}")


    app = Starlette(routes=[WebSocketRoute("/door", door)])
"""


@pytest.mark.parametrize("auth", ["bearer:geheim", "bearer:$DOOR", "$DOOR"])
@pytest.mark.parametrize(
    "options", [[], ["--verbose"], ["--json", "-"], ["--html", "-"], ["--junit", "-"]]
)
def test_a_token_arrives_and_is_shown_nowhere(project, capsys, monkeypatch, auth, options):
    monkeypatch.setenv("DOOR", "geheim")
    project.write("secretive.py", SECRETIVE)
    status, out, err = check(capsys, "secretive:app", "--seed", "1", "--auth", auth, *options)
    assert status == 1
    assert "nobody may know Bearer ***" in out
    assert "geheim" not in out + err


def test_a_token_in_a_url_is_shown_nowhere(project, capsys):
    url = "ws://user:geheim@example.com/?token=geheim"
    assert check(capsys, url) == (
        2,
        "",
        (
            "wsnotebook: 'ws://user:***@example.com/?token=***' is not on this machine: a search "
            "sends hundreds of strange messages; if it is yours to test, say "
            "Settings(allow_remote=True) or --allow-remote\n"
        ),
    )


# What cannot be searched


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["nowhere:app"],
            (
                "cannot import 'nowhere' of 'nowhere:app': there is no such module in FOLDER or on "
                "sys.path; check the name, or start in the folder that has it"
            ),
        ),
        (
            ["broken:app"],
            (
                "cannot import 'broken' of 'broken:app', which raised RuntimeError: no database; "
                "see that 'import broken' works"
            ),
        ),
        (["shop:ap"], "'shop' has no attribute 'ap'; did you mean 'shop:app'?"),
        (
            ["shop:number"],
            (
                "cannot look for routes in 5: expected an app of Starlette, FastAPI, Litestar or "
                "Channels, a Channel, a handler, a Server, or a ws:// or wss:// URL"
            ),
        ),
        (
            ["broken_later:app"],
            "the app does not start: the app raised RuntimeError('no database') in its lifespan",
        ),
        (["shop:number", "--factory"], "'shop:number' is 5, which cannot be called to make an app"),
        (
            ["shop:echo", "--factory"],
            (
                "'shop:echo' is an async function, which makes a coroutine when it is called; "
                "name a plain function that returns the app"
            ),
        ),
        (
            ["broken_later:make", "--factory"],
            "'broken_later:make', called to make the app, raised RuntimeError: no database",
        ),
        (
            ["broken_later:number", "--factory"],
            (
                "'broken_later:number', called to make the app, raised ValueError: invalid literal "
                "for int() with base 10: 'x'"
            ),
        ),
        (
            ["broken_later:needy", "--factory"],
            "needy() missing 1 required positional argument: 'word'",
        ),
        (
            ["shop:app", "--include", "/x"],
            (
                "include=('/x',) and exclude=() leave none of the routes /rooms/{room}, /orders; "
                "'*' matches every path"
            ),
        ),
        (["shop:app", "orders"], "path must begin with '/', as '/ws' does, not 'orders'"),
        (["http://h/"], "'http://h/' is not a WebSocket URL: it must start with ws:// or wss://"),
        (
            ["ws://example.com/"],
            (
                "'ws://example.com/' is not on this machine: a search sends hundreds of strange "
                "messages; if it is yours to test, say Settings(allow_remote=True) or "
                "--allow-remote"
            ),
        ),
        (
            ["shop:app", "--auth", "$NOWHERE"],
            "auth names the environment variable 'NOWHERE', which is not set; set it to the token",
        ),
        (
            ["shop:app", "--oracle", "shop:number"],
            "'shop:number' is 5, no function that could look at a Conversation",
        ),
        (
            ["shop:app", "--oracle", "shop:totl"],
            "'shop' has no attribute 'totl'; check the name after the colon",
        ),
        (
            ["shop:app", "--oracle", "wsnotebook.properties:nothing_before"],
            (
                "'wsnotebook.properties:nothing_before' is a class, and calling it without "
                "arguments raised nothing_before.__init__() missing 1 required positional "
                "argument: 'authenticates'; make an oracle of it in a module, and name that"
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_searched_is_status_2(shop, capsys, monkeypatch, arguments, said):
    monkeypatch.delenv("NOWHERE", raising=False)
    shop.write("broken.py", "raise RuntimeError('no database')")
    shop.write(
        "broken_later.py",
        """
        from contextlib import asynccontextmanager

        from shop import Starlette, WebSocketRoute, chat


        @asynccontextmanager
        async def lifespan(app):
            make()
            yield


        def make():
            raise RuntimeError("no database")


        def number():
            return int("x")


        def needy(word):
            pass


        app = Starlette(routes=[WebSocketRoute("/", chat)], lifespan=lifespan)
        """,
    )
    said = said.replace("FOLDER", repr(str(shop.folder)))
    assert check(capsys, *arguments) == (2, "", f"wsnotebook: {said}\n")


def test_globs_beside_a_path_are_refused(shop, misused):
    assert misused("check", "shop:app", "/orders", "--exclude", "/r*").partition("error: ")[2] == (
        "--include and --exclude choose among routes: leave PATH out\n"
    )


def test_without_hypothesis_the_extra_is_named(shop, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    assert check(capsys, "shop:app") == (
        2,
        "",
        "wsnotebook: hypothesis is not installed; run: pip install 'wsnotebook[properties]'\n",
    )


def test_a_bug_of_ours_is_not_taken_for_one_of_the_factory(shop, capsys, monkeypatch):
    def broken(campaign, *arguments, **options):
        raise RuntimeError("ours")

    monkeypatch.setitem(broken.__globals__, "__name__", "wsnotebook.properties.campaign")
    monkeypatch.setattr(Campaign, "__init__", broken)
    status, out, err = check(capsys, "shop:make_app", "--factory")
    assert (status, out) == (2, "")
    assert err.endswith("\nRuntimeError: ours\n")
