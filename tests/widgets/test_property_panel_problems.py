"""What a PropertyPanel says when it cannot search: settings, arguments, apps that do not start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager

import pytest
from baskets import Echo, Shout, routed
from panels import click, text
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import Settings, SetupError, serve
from wsnotebook.widgets import PropertyPanel

SEEDED = Settings(seed=1, max_examples=5)

CODES = "test_close_codes must be one or more close codes, such as [1000, 1001]"
WRONG = [
    ("max_examples", 0, "ValueError: max_examples must be an int, 1 or more, not 0"),
    ("max_messages", -3, "ValueError: max_messages must be an int, 1 or more, not -3"),
    ("clients", 11, "ValueError: clients must be an int, 1 to 10, not 11"),
    ("seed", "tea", "TypeError: seed must be an int, 0 or more, not 'tea'"),
    ("seed", "-1", "ValueError: seed must be an int, 0 or more, not -1"),
    ("seed", "1.5", "TypeError: seed must be an int, 0 or more, not '1.5'"),
    (
        "message_timeout",
        0,
        "ValueError: message_timeout must be a finite number of seconds above 0, not 0.0",
    ),
    (
        "connection_timeout",
        float("inf"),
        "ValueError: connection_timeout must be a finite number of seconds above 0, not inf",
    ),
    ("max_message_size", 0, "ValueError: max_message_size must be an int, 1 or more, not 0"),
    (
        "max_seconds",
        "soon",
        "TypeError: max_seconds must be a finite number of seconds above 0, not 'soon'",
    ),
    (
        "max_seconds",
        "nan",
        "ValueError: max_seconds must be a finite number of seconds above 0, not nan",
    ),
    (
        "test_close_codes",
        " , ",
        f"ValueError: {CODES}, not []",
    ),
    (
        "test_close_codes",
        "1000, <b>",
        "TypeError: test_close_codes: close code must be an int, not '<b>'",
    ),
]


@pytest.mark.parametrize(("name", "typed", "words"), WRONG)
async def test_a_setting_that_cannot_be_is_told_and_nothing_starts(name, typed, words):
    async with aclosing(PropertyPanel(Echo, settings=SEEDED)) as panel:
        before, panel.settings[name].value = panel.campaign, typed
        await click(panel.start_button, panel)
        assert (text(panel.state), text(panel.problem)) == ("not started", words)
        assert panel.campaign is before
        assert not panel.start_button.disabled


async def test_what_is_typed_is_searched_with():
    typed = {
        "max_examples": 7,
        "max_messages": 2,
        "clients": 3,
        "seed": " 42 ",
        "message_timeout": 2.5,
        "connection_timeout": 4.0,
        "max_message_size": 100,
        "max_seconds": "60",
        "test_close_codes": "1000, 4001,",
        "validate_subprotocols": False,
    }
    given = SEEDED.replace(auth="bearer:tea-4-two", verbose=True)
    async with aclosing(PropertyPanel(Echo, settings=given)) as panel:
        assert panel.settings.keys() == typed.keys()
        for name, value in typed.items():
            panel.settings[name].value = value
        await click(panel.start_button, panel)
        values = {**typed, "seed": 42, "max_seconds": 60.0, "test_close_codes": (1000, 4001)}
        assert panel.campaign.settings == given.replace(**values)
        assert panel.campaign.settings.token == ("tea-4-two", "header")
        assert panel.report.routes[0].seed == 42


async def test_the_controls_say_first_what_the_settings_are():
    given = Settings(max_examples=3, test_close_codes=[4000], max_seconds=1.5, clients=2)
    async with aclosing(PropertyPanel(Echo, settings=given)) as panel:
        values = {name: one.value for name, one in panel.settings.items()}
        assert values == {
            "max_examples": 3,
            "max_messages": 10,
            "clients": 2,
            "seed": "",
            "message_timeout": 10.0,
            "connection_timeout": 30.0,
            "max_message_size": 65536,
            "max_seconds": "1.5",
            "test_close_codes": "4000",
            "validate_subprotocols": True,
        }


async def test_less_usual_settings_are_folded_away():
    async with aclosing(PropertyPanel(Echo)) as panel:
        _, folded = panel.controls.children
        assert panel.settings["max_seconds"] in folded.children
        assert folded.layout.display == "none"
        panel.controls.more.value = True
        assert folded.layout.display is None


# Apps that cannot be searched


async def test_an_app_without_routes_is_shown_and_read_again_by_start():
    app = Starlette()
    words = f"SetupError: no WebSocket routes found in {app!r}: declare one, or name a path, as in "
    words += "check(app, '/path')"
    async with aclosing(PropertyPanel(app, settings=SEEDED)) as panel:
        assert (text(panel.state), text(panel.problem)) == ("not started", words)
        assert panel.campaign is None
        assert repr(panel) == "<PropertyPanel of no routes: not started>"
        await click(panel.start_button, panel)
        assert text(panel.problem) == words

        app.routes.append(WebSocketRoute("/echo", Echo.as_asgi()))
        await click(panel.start_button, panel)
        assert (text(panel.state), text(panel.problem)) == ("✓ 1 route, passed", "")
        assert panel.routes.value == ("/echo",)


async def test_an_app_that_does_not_start_is_shown():
    @asynccontextmanager
    async def lifespan(_):
        raise error
        yield

    app = Starlette(routes=[WebSocketRoute("/echo", Echo.as_asgi())], lifespan=lifespan)
    async with aclosing(PropertyPanel(app, settings=SEEDED)) as panel:
        error = ValueError("no <b>database</b>")
        await click(panel.start_button, panel)
        assert text(panel.state) == "not searched"
        assert text(panel.progress_words) == "0 examples, 0 messages sent, 0 received"
        assert text(panel.problem) == (
            "SetupError: the app does not start: the app raised "
            "ValueError('no <b>database</b>') in its lifespan"
        )
        assert "<b>database" not in panel.problem.value
        assert not panel.start_button.disabled

        error = SystemExit(3)  # which ends no kernel
        await click(panel.start_button, panel)
        assert (text(panel.state), text(panel.problem)) == (
            "not searched",
            "the app raised SystemExit(3), which ended the search",
        )


async def test_an_app_bound_to_another_loop_is_shown():
    lock = asyncio.Lock()

    async def wait(socket):
        await socket.accept()
        async with lock:
            await socket.receive()

    async with aclosing(
        PropertyPanel(Starlette(routes=[WebSocketRoute("/wait", wait)]), settings=SEEDED)
    ) as panel:
        async with lock:
            waiter = asyncio.ensure_future(lock.acquire())
            await asyncio.sleep(0)  # now the lock belongs to this loop
            panel.start_button.click()
            await panel.wait_idle()
        await waiter
        assert text(panel.state) == "! 1 route, 1 in error"
        assert "/wait: the app is bound to another event loop (" in text(panel.results)
        assert "factory=make_app" in text(panel.results)
        assert panel.progress.bar_style == "warning"


async def test_a_server_on_this_loop_and_a_url_are_searched():
    async with serve(Shout) as server, aclosing(PropertyPanel(server, settings=SEEDED)) as panel:
        assert panel.routes.value == ("/shout",)
        await click(panel.start_button, panel)
        assert text(panel.state).startswith(("✗", "✓"))
        assert panel.report.routes[0].examples >= 5
        async with aclosing(PropertyPanel(f"{server.url}/shout", settings=SEEDED)) as other:
            await click(other.start_button, other)
            assert other.report.routes[0].examples >= 5


async def test_a_factory_a_path_and_a_name_are_passed_on():
    made = []

    def make_app():
        made.append(routed(Echo, Shout))
        return made[-1]

    panel = PropertyPanel(
        None, "/shout", factory=make_app, name="shop:make_app", settings=Settings(seed=1)
    )
    async with aclosing(panel):
        assert panel.routes.value == ("/shout",)
        await click(panel.start_button, panel)
        assert len(made) > panel.report.routes[0].examples
        assert "from shop import make_app" in panel.program.text


async def test_messages_parameters_and_oracles_are_passed_on():
    from hypothesis import strategies as st

    class Room(Echo):
        path = "/rooms/{room}"

    def no_tea(conversation):
        assert "tea" not in conversation.sides[0].received, "tea was served"

    panel = PropertyPanel(
        Room,
        params={"room": "green"},
        messages=st.just("tea"),
        oracles=(oracle for oracle in [no_tea]),  # read once, used in each search
        settings=SEEDED,
    )
    async with aclosing(panel):
        for _ in range(2):
            await click(panel.start_button, panel)
            (failure,) = panel.report.failures
            assert (failure.title, failure.sent) == ("tea was served", "tea")
            assert failure.example.paths == ("/rooms/green",)


# Arguments


async def test_arguments_that_cannot_be_used_are_refused():
    for arguments, words in [
        ({}, "give what to search: check(app), or check(factory=make_app)"),
        (
            {"target": Echo, "factory": Echo},
            "give a target or a factory, not both: check(factory=make_app)",
        ),
        ({"target": Echo, "settings": {}}, "settings must be Settings(...), not {}"),
        ({"target": Echo, "path": 1}, "path must be a str, such as '/ws', not 1"),
    ]:
        with pytest.raises(TypeError) as error:
            PropertyPanel(**arguments)
        assert str(error.value) == words
    with pytest.raises(ValueError) as error:
        PropertyPanel(Echo, "echo")
    assert str(error.value) == "path must begin with '/', as '/ws' does, not 'echo'"


def test_no_loop_is_refused():
    with pytest.raises(SetupError) as error:
        PropertyPanel(Echo)
    assert str(error.value) == (
        "a PropertyPanel needs a running event loop: "
        "make it in a notebook cell or inside an async function"
    )


# The extra


def test_the_other_panels_do_without_hypothesis_and_this_one_says_what_it_needs():
    code = """
import sys
sys.modules["hypothesis"] = None  # as if it were not installed
from wsnotebook import MissingExtra, widgets
assert "PropertyPanel" in dir(widgets)
try:
    widgets.PropertyPanel
except MissingExtra as exc:
    print(exc)
try:
    widgets.Panel
except AttributeError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    missing, unknown = done.stdout.splitlines()
    assert "wsnotebook[properties]" in missing
    assert unknown == "module 'wsnotebook.widgets' has no attribute 'Panel'"
