"""ChatPanel without a browser: who is there, who hears what, and what is left at the end."""

from __future__ import annotations

import asyncio
import gc
import json
import re

import ipywidgets
import pytest
from panels import click, text

from wsnotebook import SetupError, serve
from wsnotebook.apps import GroupChat, echo
from wsnotebook.messages import Message
from wsnotebook.widgets import ChatPanel, ClientPanel

QUICK = {
    "open tea": {"type": "CREATE_GROUP", "value": "tea"},
    "join tea": {"type": "JOIN_GROUP", "value": "tea"},
    "say hello": {
        "type": "MESSAGE_GROUP",
        "value": {"groupName": "tea", "groupMessage": "hello"},
    },
}
NAMES = ["alice", "bob", "carol"]


@pytest.fixture
async def make_chat():
    """Return a maker of chats, which ends them all after the test."""
    chats = []

    def make(*args, **options):
        chats.append(ChatPanel(*args, **options))
        return chats[-1]

    yield make
    for chat in chats:
        await chat.aclose()
        chat.close()


@pytest.fixture
def tea_room():
    return GroupChat()


@pytest.fixture
async def chat(tea_room, make_chat):
    """Return a chat of three, all of them connected."""
    chat = make_chat(tea_room, NAMES, quick=QUICK)
    await click(chat.connect_button, chat)
    return chat


async def quick(chat, name: str, words: str, answer: str) -> None:
    await click(chat.quick_buttons[name][words], chat)
    await chat.clients[name].wait_for_message(answer)
    await chat.wait_idle()


async def meet(chat) -> None:
    """Let alice and bob meet at the tea, and alice say hello."""
    await quick(chat, "alice", "open tea", "GROUP_CREATED: tea")
    await quick(chat, "bob", "join tea", "GROUP_JOINED: tea")
    await quick(chat, "alice", "say hello", "hello")
    await chat.clients["bob"].wait_for_message("hello")
    await chat.wait_idle()


def disabled(chat) -> tuple[bool, bool]:
    """Return whether Connect all and Close all are disabled."""
    return chat.connect_button.disabled, chat.close_button.disabled


# Who is there


async def test_the_parts_are_reached_by_name(make_chat):
    chat = make_chat(echo, NAMES)
    assert list(chat.panels) == list(chat.clients) == list(chat) == NAMES
    assert all(isinstance(chat[name], ClientPanel) for name in NAMES)
    assert chat["bob"] is chat.panels["bob"]
    assert chat.clients["bob"] is chat["bob"].client
    assert chat.clients["bob"].name == "bob"


async def test_an_unknown_name_is_a_key_error_that_tells_the_known_ones(make_chat):
    chat = make_chat(echo, NAMES)
    with pytest.raises(KeyError) as caught:
        chat["dave"]
    assert caught.value.args == ("nobody is called 'dave'; there are alice, bob, carol",)


async def test_repr_and_the_words_above_follow_who_is_there(make_chat):
    chat = make_chat(GroupChat(), NAMES)
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 0 open>"
    assert text(chat.who) == "0 of 3 open"

    await click(chat.connect_button, chat)
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 3 open>"
    assert text(chat.who) == "3 of 3 open: alice, bob, carol"

    await click(chat["bob"].close_button, chat["bob"])
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 2 open>"
    assert text(chat.who) == "2 of 3 open: alice, carol"

    await click(chat.close_button, chat)
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 0 open>"
    assert text(chat.who) == "0 of 3 open"


async def test_only_the_buttons_that_can_work_are_enabled(chat):
    assert disabled(chat) == (True, False)
    await click(chat["bob"].close_button, chat["bob"])
    assert disabled(chat) == (False, False)
    await click(chat.close_button, chat)
    assert disabled(chat) == (False, True)


async def test_connect_all_lets_them_in_in_order_and_leaves_in_who_is_in(make_chat):
    chat = make_chat(GroupChat(), NAMES)
    await click(chat["carol"].connect_button, chat)
    carol = chat.clients["carol"]
    await click(chat.connect_button, chat)
    await click(chat.connect_button, chat)
    assert [event.client for event in chat.timeline] == ["carol", "alice", "bob"]
    assert chat.clients["carol"] is carol


async def test_close_all_sends_the_code_of_each_panel(chat):
    chat["bob"].close_code.value = 4002
    await click(chat.close_button, chat)
    assert {name: client.close_code for name, client in chat.clients.items()} == {
        "alice": 1000,
        "bob": 4002,
        "carol": 1000,
    }


async def test_close_all_keeps_those_out_who_were_about_to_come_in(make_chat):
    asked = asyncio.Event()

    async def answer_nothing(reader, writer):
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer_nothing, "127.0.0.1", 0) as silent:
        chat = make_chat(f"ws://127.0.0.1:{silent.sockets[0].getsockname()[1]}", ["alice", "bob"])
        chat.connect_button.click()
        await asked.wait()
        await click(chat.close_button, chat)

    assert text(chat["alice"].state) == "alice did not open"
    assert text(chat["bob"].state) == "bob not connected"
    assert disabled(chat) == (False, True)


# The conversation


async def test_two_meet_by_clicks_and_the_third_hears_nothing(chat):
    sent = {words: json.dumps(value, separators=(",", ":")) for words, value in QUICK.items()}
    await meet(chat)
    assert chat.clients["bob"].messages == ["GROUP_JOINED: tea", "hello"]
    assert chat.clients["carol"].messages == []
    await chat.clients["carol"].receive_nothing()
    assert chat.timeline.text(width=200).splitlines() == [
        "alice  ● open /",
        "bob    ● open /",
        "carol  ● open /",
        f"alice  → '{sent['open tea']}'",
        "alice  ← 'GROUP_CREATED: tea'",
        f"bob    → '{sent['join tea']}'",
        "bob    ← 'GROUP_JOINED: tea'",
        f"alice  → '{sent['say hello']}'",
        "alice  ← 'hello'",
        "bob    ← 'hello'",
    ]
    assert "<title>Timeline of alice, bob, carol: 10 events</title>" in chat.view.picture.value


async def test_what_a_quick_button_sent_stands_in_the_composer(chat):
    await quick(chat, "alice", "open tea", "GROUP_CREATED: tea")
    assert chat["alice"].composer.value == '{"type":"CREATE_GROUP","value":"tea"}'
    assert chat["alice"].mode.value == "JSON"
    assert chat["bob"].composer.value == ""


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("hello", "hello"),
        ("", ""),
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"hi"), b"hi"),
        (["a", None], '["a",null]'),
        (42, "42"),
    ],
)
async def test_a_quick_message_is_sent_as_what_it_is(make_chat, message, sent):
    chat = make_chat(echo, ["alice"], quick={"it": message})
    await click(chat.connect_button, chat)
    await quick(chat, "alice", "it", sent)
    assert chat.clients["alice"].sent == [sent]


async def test_a_quick_message_may_be_a_message(make_chat):
    class Hello(Message):
        to: str

    chat = make_chat(echo, ["alice"], quick={"it": Hello(to="bob")})
    await click(chat.connect_button, chat)
    await quick(chat, "alice", "it", '{"to":"bob"}')
    assert chat["alice"].mode.value == "JSON"


async def test_a_quick_button_before_connecting_says_so_in_its_panel(make_chat):
    chat = make_chat(echo, ["alice"], quick={"it": "hello"})
    await click(chat.quick_buttons["alice"]["it"], chat)
    assert text(chat["alice"].problem).startswith("SetupError: alice is not open yet")


async def app(scope, receive, send):
    """Count, in what all connections share, and tell each of its number."""
    if scope["type"] == "websocket":
        app.count += 1
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": str(app.count)})
        await receive()


app.count = 0


async def test_in_process_all_clients_reach_the_same_app(make_chat):
    app.count = 0
    chat = make_chat(app, NAMES)
    await click(chat.connect_button, chat)
    got = [await client.receive() for client in chat.clients.values()]
    assert got == ["1", "2", "3"]


async def test_path_and_options_reach_every_client(make_chat):
    async def tell(connection):
        await connection.send(connection.request.path)
        await connection.wait_closed()

    async with serve(tell) as server:
        for target in (server, server.url, tell):
            chat = make_chat(target, ["alice", "bob"], "/tea", query={"sugar": "no"})
            await click(chat.connect_button, chat)
            for client in chat.clients.values():
                assert await client.receive() == "/tea?sugar=no"


async def test_a_chat_outlives_its_server(make_chat):
    async with serve(GroupChat()) as server:
        chat = make_chat(server, NAMES)
        await click(chat.connect_button, chat)
    for client in chat.clients.values():
        await client.wait_until("closed")
    await chat.wait_idle()
    assert text(chat.who) == "0 of 3 open"
    await click(chat.connect_button, chat)
    problem = "SetupError: <Server: stopped>; start it with 'async with' or 'await'"
    assert [text(panel.problem) for panel in chat.panels.values()] == [problem] * 3

    async with server:
        await click(chat.connect_button, chat)
        assert text(chat.who) == "3 of 3 open: alice, bob, carol"
        assert [text(panel.problem) for panel in chat.panels.values()] == [""] * 3


# Running the cell again


async def test_the_same_chat_again_replaces_the_one_before(tea_room, chat, make_chat):
    clients = chat.clients
    again = make_chat(tea_room, iter(NAMES), quick=QUICK)
    for client in clients.values():
        await client.wait_for_close(1000)
    assert chat.comm is None
    await click(again.connect_button, again)
    assert repr(again) == "<ChatPanel of alice, bob, carol: 3 open>"


async def test_a_chat_that_differs_leaves_the_others_alone(tea_room, chat, make_chat):
    for args, options in (
        ((GroupChat(), NAMES), {}),
        ((tea_room, NAMES[:2]), {}),
        ((tea_room, NAMES, "/other"), {}),
        ((tea_room, NAMES), {"query": {"room": "2"}}),
    ):
        make_chat(*args, **options)
    await chat.wait_idle()
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 3 open>"


# What goes wrong


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ([], "nobody to chat: pass at least one name, as in ['alice', 'bob']"),
        ("alice", "names must be a list of names, such as ['alice', 'bob'], not 'alice'"),
        (b"alice", "names must be a list of names, such as ['alice', 'bob'], not b'alice'"),
        (3, "names must be a list of names, such as ['alice', 'bob'], not 3"),
        (["alice", 42], "a name must be a str, not 42 (in ['alice', 42])"),
        (["alice", ""], "a name must not be empty (in ['alice', ''])"),
        (
            ["bob", "alice", "bob"],
            "names must differ, but 'bob' is given 2 times: tell them apart, as in 'bob-2'",
        ),
    ],
)
async def test_names_that_cannot_work_are_refused_with_their_value(names, error):
    with pytest.raises((TypeError, ValueError)) as caught:
        ChatPanel(echo, names)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("quick", "error"),
    [
        (
            ["hello"],
            (
                "quick must be a dict of the words on each button and its message, "
                "such as {'greet': 'hello'}, not ['hello']"
            ),
        ),
        ({"": "hello"}, "the words on a quick button must be a str with words, not ''"),
        (
            {"greet": "\ud800"},
            (
                "quick['greet']: cannot send '\\ud800' as text: lone surrogate at character 0; "
                "a text message is UTF-8 (RFC 6455 section 5.6), send bytes instead"
            ),
        ),
        (
            {"greet": {1}},
            "quick['greet']: cannot send {1} as JSON: Object of type set is not JSON serializable",
        ),
    ],
)
async def test_a_quick_message_that_cannot_be_sent_is_refused(quick, error):
    with pytest.raises((TypeError, ValueError)) as caught:
        ChatPanel(echo, NAMES, quick=quick)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        ((42, NAMES), {}, r"cannot connect to 42: "),
        ((echo, NAMES), {"timeout": -1}, r"timeout must be 0 or more seconds"),
        ((echo, NAMES), {"rows": 0}, r"rows must be 1 or more events, not 0"),
        (
            (echo, NAMES),
            {"name": "x"},
            r"every client has its name from names: leave out name='x'",
        ),
    ],
)
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
async def test_a_wrong_argument_is_refused_and_nothing_is_left(args, options, error):
    with pytest.raises((TypeError, ValueError), match=f"^{error}"):
        ChatPanel(*args, **options)
    gc.collect()  # an unfinished widget closes when it is collected


def test_a_chat_needs_a_running_loop():
    with pytest.raises(SetupError) as caught:
        ChatPanel(echo, NAMES)
    assert str(caught.value) == (
        "a ChatPanel needs a running event loop: "
        "make it in a notebook cell or inside an async function"
    )


async def test_one_who_cannot_come_in_does_not_keep_out_the_others(make_chat):
    target = GroupChat()
    chat = make_chat(target, NAMES)
    await chat.clients["alice"].open()
    await chat.clients["alice"].close()
    await click(chat.connect_button, chat)
    assert "opened before" in text(chat["alice"].problem)
    assert text(chat.who) == "2 of 3 open: bob, carol"


class BrokenButton:
    disabled = False

    def click(self):
        raise RuntimeError("no <b>tea</b>")


@pytest.mark.parametrize("part", ["close_button", "send_button"])
async def test_whatever_a_button_of_the_chat_raises_is_shown_until_the_next(
    chat, monkeypatch, part
):
    with monkeypatch.context() as patch:
        patch.setattr(chat["alice"], part, BrokenButton())
        quick = chat.quick_buttons["alice"]["open tea"]
        await click(chat.close_button if part == "close_button" else quick, chat)
    assert text(chat.problem) == "RuntimeError: no <b>tea</b>"
    assert "<b>" not in chat.problem.value
    assert 'role="alert"' in chat.problem.value

    await click(chat.close_button, chat)
    assert text(chat.problem) == ""
    assert text(chat.who) == "0 of 3 open"


async def test_hostile_names_and_words_are_text(make_chat):
    hostile = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\ud800\u202e\x00"]
    chat = make_chat(echo, hostile, quick=dict.fromkeys(hostile, "\x00\u202e"))
    await click(chat.connect_button, chat)
    shown = ", ".join([*hostile[:2], "\\ud800\\u202e\\x00"])
    assert text(chat.who) == f"3 of 3 open: {shown}"
    assert set(re.findall(r"<(\w+)", chat.who.value)) == {"span", "bdi"}
    assert repr(chat) == f"<ChatPanel of {shown}: 3 open>"
    button = list(chat.quick_buttons[hostile[2]].values())[2]
    assert button.description == "\\ud800\\u202e\\x00"
    assert button.tooltip == "\\ud800\\u202e\\x00 sends \\x00\\u202e"


# Threads


async def test_clicks_from_another_thread_act_on_the_loop_of_the_chat(make_chat):
    chat = make_chat(echo, ["alice", "bob"], quick={"greet": "hello"})

    async def elsewhere():
        chat.connect_button.click()
        await chat.wait_idle()
        chat.quick_buttons["bob"]["greet"].click()
        await chat.wait_idle()

    await asyncio.to_thread(asyncio.run, elsewhere())
    assert await chat.clients["bob"].wait_for_message("hello") == "hello"
    await asyncio.to_thread(asyncio.run, chat.aclose())
    assert text(chat.who) == "0 of 2 open"
    assert text(chat.problem) == ""


# Its end


async def test_aclose_closes_everybody_and_leaves_the_picture(make_chat):
    target = GroupChat()
    chat = make_chat(target, NAMES, quick=QUICK)
    await click(chat.connect_button, chat)
    await meet(chat)
    await chat.aclose()
    await chat.aclose()
    assert [client.close_code for client in chat.clients.values()] == [1000] * 3
    assert target.groups == {}
    assert disabled(chat) == (True, True)
    assert "carol  ○ closed 1000 (OK)" in chat.view.picture.value
    await click(chat.connect_button, chat)
    assert text(chat.who) == "0 of 3 open"


async def test_one_who_does_not_leave_properly_keeps_nobody_else(chat, monkeypatch):
    async def fail():
        raise RuntimeError("stuck")

    with monkeypatch.context() as patch:
        patch.setattr(chat["alice"], "aclose", fail)
        with pytest.raises(RuntimeError, match=r"^stuck$"):
            await chat.aclose()
    assert repr(chat) == "<ChatPanel of alice, bob, carol: 1 open>"


async def test_aclose_during_connect_all_lets_nobody_in_any_more(make_chat):
    chat = make_chat(GroupChat(), NAMES)
    chat.connect_button.click()
    await chat.aclose()
    await chat.wait_idle()
    assert text(chat.who) == "0 of 3 open"


@pytest.mark.parametrize("how", ["aclose", "close"])
async def test_its_end_leaves_no_task_and_no_observer(how):
    tasks = asyncio.all_tasks()
    chat = ChatPanel(GroupChat(), NAMES, quick=QUICK)
    await click(chat.connect_button, chat)
    await meet(chat)
    if how == "aclose":
        await chat.aclose()
    else:
        chat.close()
        for client in chat.clients.values():
            await client.wait_for_close(1000)
        await chat.wait_idle()
    assert asyncio.all_tasks() == tasks
    for panel in chat.panels.values():
        assert not panel.timeline._subscribers
        for part, trait in (
            (panel.state, "value"),
            (panel.connect_button, "disabled"),
            (panel.close_button, "disabled"),
        ):
            assert not part._trait_notifiers[trait]["change"]
    chat.close()


async def test_aclose_after_close_waits_until_everybody_has_left():
    chat = ChatPanel(GroupChat(), NAMES)
    await click(chat.connect_button, chat)
    chat.close()
    await chat.aclose()
    assert [client.close_code for client in chat.clients.values()] == [1000] * 3


async def test_closing_the_widget_leaves_no_part_behind():
    chat = ChatPanel(echo, NAMES, quick=QUICK)
    parts, new = [chat], [chat]
    while new:
        new = [child for part in new for child in getattr(part, "children", ())]
        parts += new
    chat.close()
    chat.close()
    assert len(parts) > 60
    assert [part for part in parts if part.comm is not None] == []
    await chat.wait_idle()


async def test_its_names_hide_nothing_of_ipywidgets_but_close(make_chat):
    class Plain(ipywidgets.VBox):
        pass

    plain, chat = Plain(), make_chat(echo, NAMES)
    own = {*vars(chat), *vars(ChatPanel)} - {*vars(plain), *vars(Plain), "__init__", "__repr__"}
    assert {name for name in own if hasattr(plain, name)} == {"close"}


async def test_every_button_says_what_it_does(chat):
    buttons = [chat.connect_button, chat.close_button]
    assert [button.tooltip for button in buttons] == [
        "Connect everybody who is not connected",
        "Close all connections",
    ]
    assert chat.quick_buttons["bob"]["join tea"].tooltip == (
        'bob sends {"type":"JOIN_GROUP","value":"tea"}'
    )
