"""AuthPanel without a browser: click, await ``wait_idle()``, read what it shows."""

from __future__ import annotations

import json

import pytest
from ipywidgets import Widget
from panels import click, text

from wsnotebook import Channel, SetupError, serve
from wsnotebook.apps import Doors
from wsnotebook.auth import VIAS, WAYS, Tickets
from wsnotebook.widgets import AuthPanel

ATTACKS = ("expired", "tampered", "foreign", "replayed", "early")
BY = "refused before it was accepted, with HTTP"
TOLD = 'accepted, told \'{"type":"error","message":"%s"}\', and closed with 4401 \'%s\' (the '
TOLD += "app's own code, after HTTP 401 Unauthorized)."


@pytest.fixture(params=["in process", "on a socket"])
async def house(request):
    if request.param == "in process":
        yield Doors
        return
    async with serve(Doors) as server:
        yield server


@pytest.fixture
async def make_panel():
    """Return a maker of panels for the doors, which ends them all after the test."""
    panels = []

    def make(target=Doors, tokens=None, path="/{via}", **options):
        options = {"tickets": Doors.tickets, "expired": Doors.token_for("ann", now=0)} | options
        tokens = {"ann": Doors.token_for("ann")} if tokens is None else tokens
        panels.append(AuthPanel(target, tokens, path, **options))
        return panels[-1]

    yield make
    for panel in panels:
        await panel.aclose()
        panel.close()


def within(part):
    """Return every widget in a box, however deep."""
    children = getattr(part, "children", ())
    return [inner for child in children for inner in (child, *within(child))]


def shown(panel):
    return {name: text(getattr(panel, name)) for name in ("state", "request", "answer", "problem")}


REQUESTS = {
    "header": "GET /header HTTP/1.1\nAuthorization: Bearer ***",
    "query": "GET /query?token=*** HTTP/1.1",
    "cookie": "GET /cookie HTTP/1.1\nCookie: token=***",
    "subprotocol": "GET /subprotocol HTTP/1.1\nSec-WebSocket-Protocol: bearer, ***",
    "message": "GET /message HTTP/1.1\n\n"
    'then, as the first message: {"type":"authenticate","token":"***"}',
    "ticket": "GET /ticket?ticket=*** HTTP/1.1",
}


@pytest.mark.parametrize("via", VIAS)
async def test_a_good_token_gets_in_by_every_way(house, make_panel, via):
    panel = make_panel(house)
    panel.via.value = via
    await click(panel.connect_button, panel)

    chosen = "\nSec-WebSocket-Protocol: bearer" if via == "subprotocol" else ""
    assert shown(panel) == {
        "state": "ann open",
        "request": f"asked{REQUESTS[via]}",
        "answer": f"answeredHTTP 101 Switching Protocols: accepted{chosen}",
        "problem": "",
    }
    assert panel.client.messages == ['{"type":"authenticated","user":"ann"}']
    assert repr(panel) == "<AuthPanel of ann: open>"
    (view,) = panel.lanes.children
    assert '← \'{"type":"authenticated","user":"ann"}\'' in text(view.picture)

    await click(panel.close_button, panel)
    assert text(panel.state) == "ann closed 1000 (OK)"
    assert text(panel.answer).endswith("\nthen closed with 1000 (OK)")


@pytest.mark.parametrize("via", [via for via in VIAS if WAYS[via].before_accept])
async def test_nobody_is_refused_before_the_server_accepts(house, make_panel, via):
    panel = make_panel(house, via=via)
    panel.who.value = "nobody"
    await click(panel.connect_button, panel)

    reason = "no ticket was sent" if via == "ticket" else "no token was sent"
    assert shown(panel) == {
        "state": "nobody did not open",
        "request": f"askedGET /{via} HTTP/1.1",
        "answer": f"answeredHTTP 401 Unauthorized: '{reason}'\nnever accepted",
        "problem": "",
    }


async def test_something_else_is_typed_taken_and_not_kept_in_the_widget(house, make_panel):
    panel = make_panel(house)
    assert panel.typed.layout.display == "none"
    panel.who.value = "something else"
    assert panel.typed.layout.display is None
    panel.typed.value = Doors.token_for("eve")
    assert (panel.typed.value, panel.typed.placeholder) == ("", "one is kept")

    await click(panel.connect_button, panel)
    assert panel.client.messages == ['{"type":"authenticated","user":"eve"}']

    panel.typed.value = "guess"
    panel.via.value = "message"
    await click(panel.close_button, panel)
    await click(panel.connect_button, panel)
    await panel.client.wait_for_close(4401)
    await panel.wait_idle()
    assert text(panel.answer) == (
        "answeredHTTP 101 Switching Protocols: accepted\nthen closed with 4401 'the token is "
        "malformed' (the app's own code, after HTTP 401 Unauthorized)"
    )


@pytest.mark.parametrize("via", VIAS)
async def test_what_a_way_sends_costs_and_leaks_stands_beside_it(make_panel, via):
    panel = make_panel()
    panel.via.value = via
    way, facts = WAYS[via], text(panel.facts)
    for words in (way.sends, *way.leaks, way.advice, way.server_keeps):
        assert words in facts
    assert ("no page in a browser can" in facts) is not way.in_browsers
    assert ("known before the server accepts" in facts) is way.before_accept
    assert ("1 more round trip" in facts) is bool(way.round_trips)


# Attacks


def said_of(name, via):
    """Return what the panel says of an attack on the doors."""
    changed = "the token was changed, or signed with another key"
    match name:
        case "expired" | "tampered":
            reason = "the token has expired" if name == "expired" else changed
            what = {
                "expired": "A token that has expired",
                "tampered": "A token, one character changed",
            }
            if via == "message":
                return f"{what[name]}, by message: {TOLD % (reason, reason)}"
            if via == "ticket":
                reason = "the ticket is unknown or has expired"
            return f"{what[name]}, by {via}: {BY} 401 Unauthorized: '{reason}'."
        case "foreign":
            reason = "\"the origin 'https://evil.example' is not allowed\""
            return f"A good token from a foreign page, by {via}: {BY} 403 Forbidden: {reason}."
        case "replayed":
            reason = "the ticket was redeemed before"
            return f"A ticket used a second time: {BY} 401 Unauthorized: '{reason}'."
    return f"A message before the token: {TOLD % (('no token was sent',) * 2)}"


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("via", VIAS)
async def test_an_attack_is_told_in_a_sentence(house, make_panel, name, via):
    panel = make_panel(house, via=via)
    button = panel.attack_buttons[name]
    if (name, via) == ("expired", "ticket"):
        assert (button.disabled, button.tooltip) == (
            True,
            "a token is no ticket: choose another way",
        )
        return
    await click(button, panel)
    assert text(panel.verdict) == f"✓ {said_of(name, via)}"
    assert text(panel.problem) == ""


async def test_a_replayed_ticket_shows_both_visitors_in_one_picture(make_panel):
    panel = make_panel()
    await click(panel.attack_buttons["replayed"], panel)
    assert list(dict.fromkeys(event.client for event in panel.timeline)) == ["ann", "mallory"]
    assert "Timeline of ann, mallory" in panel.lanes.children[0].picture.value


async def test_a_foreign_origin_is_among_the_headers_shown(make_panel):
    panel = make_panel(headers={"X-Room": "tea", "Cookie": "s=hidden"}, cookies=None)
    await click(panel.attack_buttons["foreign"], panel)
    assert text(panel.request) == (
        "askedGET /header HTTP/1.1\nX-Room: tea\nCookie: ***\nOrigin: https://evil.example\n"
        "Authorization: Bearer ***"
    )


class Open(Channel):
    """Lets everybody in; what it is to say at once, it says."""

    greeting = ""

    async def on_connect(self):
        if self.greeting:
            await self.send(self.greeting)


class Friendly(Open):
    greeting = "come in"


@pytest.mark.parametrize(
    ("app", "name", "words"),
    [
        (Open, "expired", "✗ A token that has expired, by header: let in."),
        (
            Friendly,
            "foreign",
            "✗ A good token from a foreign page, by header: let in, and told 'come in'.",
        ),
        (Friendly, "early", "✗ A message before the token: let in, and told 'come in'."),
        (
            Open,
            "early",
            "○ A message before the token: accepted, and so far neither answered nor closed.",
        ),
    ],
)
async def test_an_attack_that_succeeds_is_told_as_well(make_panel, app, name, words):
    panel = make_panel(app)
    await click(panel.attack_buttons[name], panel)
    assert text(panel.verdict) == words


async def test_an_attack_that_cannot_be_tried_says_what_is_missing(make_panel):
    panel = make_panel(tickets=None, expired=None)
    for name, words in (
        ("expired", "no expired token is at hand: pass expired= to the panel"),
        ("replayed", "no tickets are given out here: pass tickets= to the panel"),
    ):
        button = panel.attack_buttons[name]
        assert (button.disabled, button.tooltip) == (True, words)
        await click(button, panel)
        assert (text(panel.verdict), text(panel.problem)) == ("", f"SetupError: {words}")


# No token


async def test_no_token_stands_in_any_widget_nor_in_what_a_notebook_saves(house, make_panel):
    class Spy(Tickets):
        def issue(self, subject):
            given.append(Doors.tickets.issue(subject))
            return given[-1]

    ann, expired, typed = Doors.token_for("ann"), Doors.token_for("ann", now=0), "guess-0123456789"
    given = [ann, expired, typed]
    panel = make_panel(house, {"ann": ann}, tickets=Spy(), expired=expired)
    states = []

    def look():
        parts = [panel, *within(panel)]
        states.append(repr([part.get_state() for part in parts]))
        states.extend([repr(panel), repr(panel.timeline), panel.timeline.to_json()])

    panel.typed.value = typed
    for via in VIAS:
        panel.via.value = via
        for who in ("ann", "nobody", "something else"):
            panel.who.value = who
            await click(panel.close_button, panel)
            await click(panel.connect_button, panel)
            look()
        for button in panel.attack_buttons.values():
            await click(button, panel)
            look()
    states.append(json.dumps(Widget.get_manager_state(), default=repr))
    assert len(given) > len(VIAS)
    for secret in given:
        assert not [state for state in states if secret in state]


# Its life


async def test_only_what_can_work_is_enabled(make_panel):
    panel = make_panel()
    assert (panel.connect_button.disabled, panel.close_button.disabled) == (False, True)
    assert (panel.client, len(panel.timeline)) == (None, 0)
    assert (text(panel.state), repr(panel)) == (
        "not connected",
        "<AuthPanel of ann: not connected>",
    )
    await click(panel.connect_button, panel)
    assert (panel.connect_button.disabled, panel.close_button.disabled) == (True, False)
    await click(panel.close_button, panel)
    assert (panel.connect_button.disabled, panel.close_button.disabled) == (False, True)


async def test_a_new_attempt_closes_the_one_before(make_panel):
    panel = make_panel()
    await click(panel.connect_button, panel)
    before = panel.client
    await click(panel.attack_buttons["tampered"], panel)
    assert before.close_code == 1000
    assert panel.client is not before


async def test_clicks_in_a_row_are_tried_one_after_the_other(make_panel):
    panel = make_panel()
    for button in panel.attack_buttons.values():
        button.click()
    await panel.wait_idle()
    assert text(panel.verdict) == f"✓ {said_of('early', 'header')}"
    assert not panel.connect_button.disabled


async def test_no_server_is_a_problem_and_not_an_outcome(make_panel):
    panel = make_panel("ws://127.0.0.1:1/tea", path=None)
    await click(panel.attack_buttons["tampered"], panel)
    assert text(panel.problem).startswith("ConnectFailed: ")
    assert text(panel.verdict) == (
        "○ A token, one character changed, by header: no answer came, so nothing is shown."
    )
    assert text(panel.request).startswith("askedGET /tea HTTP/1.1\n")
    assert text(panel.answer) == "answeredno answer: ConnectFailed"


async def test_a_crash_of_the_app_appears_in_the_panel(make_panel):
    class Broken(Channel):
        async def on_connect(self):
            raise LookupError("the key is lost")

    panel = make_panel(Broken)
    await click(panel.connect_button, panel)
    assert "the key is lost" in text(panel.problem)
    await click(panel.attack_buttons["foreign"], panel)
    assert "the key is lost" in text(panel.problem)


async def test_a_panel_that_has_ended_says_so(make_panel):
    panel = make_panel()
    await click(panel.connect_button, panel)
    await panel.aclose()
    assert panel.client.close_code == 1000
    assert panel.connect_button.disabled
    await click(panel.connect_button, panel)
    assert text(panel.problem) == "SetupError: this panel was closed; make a new one"


async def test_a_panel_taken_off_the_page_closes_its_client():
    panel = AuthPanel(Doors, {"ann": Doors.token_for("ann")}, "/{via}")
    await click(panel.connect_button, panel)
    client = panel.client
    panel.close()
    await client.wait_until("closed")
    assert panel.comm is None


WRONG = {
    "str": (["ann"], {}, TypeError, "tokens must be a dict of names and tokens, not a str"),
    "empty": ([{}], {}, ValueError, "nobody to be: pass at least one token, as in {'ann': token}"),
    "taken": (
        [{"nobody": "x"}],
        {},
        ValueError,
        "a name in tokens must be a str of your own, not 'nobody'",
    ),
    "bytes": ([{"ann": b"x"}], {}, TypeError, "tokens['ann'] must be a str that is not empty"),
    "name": (
        [{"ann": "x"}],
        {"name": "y"},
        TypeError,
        "the panel chooses the name: leave out name=",
    ),
    "via": (
        [{"ann": "x"}],
        {"via": "post"},
        ValueError,
        (
            "via must be one of 'header', 'query', 'cookie', 'subprotocol', 'message', 'ticket', "
            "not 'post'"
        ),
    ),
    "option": (
        [{"ann": "x"}],
        {"timeout": -1},
        ValueError,
        'timeout must be 0 or more seconds (float("inf"): no limit), not -1',
    ),
}


@pytest.mark.parametrize(("arguments", "options", "error", "words"), WRONG.values(), ids=WRONG)
async def test_a_wrong_argument_is_refused_when_the_panel_is_made(arguments, options, error, words):
    with pytest.raises(error) as caught:
        AuthPanel(Doors, *arguments, **options)
    assert str(caught.value) == words


def test_a_panel_needs_a_running_loop():
    with pytest.raises(SetupError) as caught:
        AuthPanel(Doors, {"ann": "x"})
    assert str(caught.value).startswith("a AuthPanel needs a running event loop")
