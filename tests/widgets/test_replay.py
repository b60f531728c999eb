"""The test that a panel makes of a conversation: it can be read, and it passes where it was had."""

from __future__ import annotations

import ast

import pytest
from in_pytest import run_tests
from panels import click, echoed, send

from wsnotebook import Event, serve
from wsnotebook.apps import GroupChat, echo
from wsnotebook.widgets._replay import Conversation, _without_spaces, replay
from wsnotebook.widgets._replay_call import Call


async def refuse(scope, receive, send):
    await receive()
    await send({"type": "websocket.close"})


async def served_app(scope, receive, send):
    """Upper-case what comes, in process."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"].upper()})


async def talk(panel, *messages: str, mode: str = "Text") -> None:
    await click(panel.connect_button, panel)
    for message in messages:
        await echoed(panel, message, mode=mode)


def body_of(code: str) -> str:
    """Return the test alone, without what it imports."""
    return code[code.index("@pytest") :]


async def replayed(code: str, **names) -> None:
    """Run the test that ``code`` holds, as it stands."""
    namespace = dict(names)
    exec(compile(code, "test_conversation.py", "exec"), namespace)
    await namespace["test_the_conversation"]()


async def test_a_conversation_with_a_server_that_can_be_imported(panel):
    await echoed(panel, "hello")
    await echoed(panel, '{"type": "ECHO", "value": 42}', mode="JSON")
    await echoed(panel, "48 ff", mode="Binary")
    panel.close_code.value, panel.close_reason.value = 4002, "enough"
    await click(panel.close_button, panel)

    code = panel.test_code()
    assert code == (
        '''\
"""A conversation that was had with a ClientPanel."""

import pytest

from wsnotebook import connect, serve
from wsnotebook.apps import echo


@pytest.mark.asyncio
async def test_the_conversation():
    async with serve(echo) as server, connect(server) as client:
        await client.send("hello")
        assert await client.receive() == "hello"
        await client.send_json({"type": "ECHO", "value": 42})
        assert await client.receive_json() == {"type": "ECHO", "value": 42}
        await client.send(b"H\\xff")
        assert await client.receive() == b"H\\xff"
        await client.close(4002, "enough")
'''
    )
    await replayed(code)


async def test_it_runs_as_a_test_of_pytest(panel, pytester):
    await echoed(panel, 'it\'s "tea"\n\u202e')
    await click(panel.close_button, panel)
    result = run_tests(pytester, panel.test_code(), mode="strict")
    result.assert_outcomes(passed=1)


async def test_a_replay_fails_where_the_server_answers_otherwise(panel):
    await echoed(panel, "hello")
    code = panel.test_code().replace('== "hello"', '== "goodbye"')
    with pytest.raises(AssertionError):
        await replayed(code)


async def test_a_conversation_by_url_names_the_url(server, make_panel):
    panel = make_panel(f"{server.url}?token=s3cret", "/chat", query={"room": "tea"})
    await talk(panel, "hello")
    code = panel.test_code()
    assert "s3cret" not in code
    assert f'connect("{server.url}?token=***", "/chat", query={{"room": "tea"}})' in code
    assert "# *** stands for a secret; put a valid one there\n" in code
    await replayed(code)


async def test_what_cannot_be_imported_is_called_target(make_panel):
    async def close_at_tea(connection):
        async for message in connection:
            await connection.send(f"no {message}")
            if message == "tea":
                await connection.close(4001, "out of 'tea'")

    panel = make_panel(close_at_tea, name="alice")
    await talk(panel, "milk", "tea")
    await panel.client.wait_for_close()
    code = panel.test_code()
    assert body_of(code) == (
        """\
@pytest.mark.asyncio
async def test_the_conversation():
    async with connect(target) as client:
        await client.send("milk")
        assert await client.receive() == "no milk"
        await client.send("tea")
        assert await client.receive() == "no tea"
        closure = await client.wait_for_close(4001)
        assert closure.reason == "out of 'tea'"
"""
    )
    assert (
        "# target: import it here; the panel was given "
        "test_what_cannot_be_imported_is_called_target.<locals>.close_at_tea\n"
    ) in code
    await replayed(code, target=close_at_tea)


async def test_a_server_of_what_cannot_be_imported_is_a_target_too(make_panel):
    app = GroupChat()
    async with serve(app) as server:
        panel = make_panel(server)
        await talk(panel, '{"type": "CREATE_GROUP", "value": "tea"}', mode="JSON")
        code = panel.test_code()
        assert "the panel was given a Server of a GroupChat\n" in code
    await replayed(code, target=GroupChat())


async def test_an_app_in_a_module_is_imported(make_panel, monkeypatch):
    import wsnotebook.apps

    monkeypatch.setattr(wsnotebook.apps, "test_me", served_app, raising=False)
    monkeypatch.setattr(served_app, "__module__", "wsnotebook.apps")
    monkeypatch.setattr(served_app, "__qualname__", "test_me")
    panel = make_panel(served_app, "/shout", timeout=float("inf"), subprotocols=("a",))
    await talk(panel, "hello")
    code = panel.test_code()
    assert "from wsnotebook.apps import test_me as app\n" in code
    assert 'connect(app, "/shout", timeout=float("inf"), subprotocols=("a",)) as client' in code
    await replayed(code)


async def test_an_object_is_imported_from_the_module_that_made_it(make_panel, monkeypatch):
    import wsnotebook.apps

    chat = GroupChat()
    monkeypatch.setattr(wsnotebook.apps, "the_chat", chat, raising=False)
    panel = make_panel(chat)
    await talk(panel, '{"type": "CREATE_GROUP", "value": "tea"}', mode="JSON")
    code = panel.test_code()
    assert "from wsnotebook.apps import the_chat\n" in code
    assert "connect(the_chat) as client" in code


async def test_a_refusal_is_expected(make_panel):
    panel = make_panel(refuse)
    await click(panel.connect_button, panel)
    code = panel.test_code()
    assert body_of(code) == (
        """\
@pytest.mark.asyncio
async def test_the_conversation():
    with pytest.raises(Refused):
        async with connect(refuse) as client:
            pass  # it does not open
"""
    )
    assert "from wsnotebook import Refused, connect\n" in code
    await replayed(code)
    with pytest.raises(pytest.fail.Exception):
        await replayed(code.replace("connect(refuse)", "connect(echo)"), echo=echo)


async def test_a_crash_is_expected(make_panel):
    async def crash(connection):
        await connection.send(await connection.recv())
        raise ValueError("no tea")

    panel = make_panel(crash)
    await talk(panel, "tea")
    await panel.client.wait_until("closed")
    code = panel.test_code()
    assert "    with pytest.raises(AppCrashed):\n        async with connect(target)" in code
    await replayed(code, target=crash)


async def test_a_peer_that_vanished_is_waited_for(make_panel):
    async def vanish(connection):
        await connection.recv()
        connection.transport.abort()

    panel = make_panel(vanish)
    await click(panel.connect_button, panel)
    await send(panel, "go")
    await panel.client.wait_until("closed")
    code = panel.test_code()
    assert code.endswith("        await client.wait_for_close()\n")
    await replayed(code, target=vanish)


async def test_a_second_connection_has_a_test_of_its_own(panel):
    await echoed(panel, "first")
    await click(panel.close_button, panel)
    await talk(panel, "second")
    assert "first" not in panel.test_code()
    assert "client.close(" not in panel.test_code()
    await replayed(panel.test_code())


async def test_a_close_by_a_cell_is_a_close_by_the_client(panel):
    await panel.client.close(1001)
    assert panel.test_code().endswith("        await client.close(1001)\n")
    await replayed(panel.test_code())


async def test_pings_are_sent_again_and_long_answers_are_not_spelled_out(panel):
    await panel.client.ping()
    await echoed(panel, "x" * 5000)
    code = panel.test_code()
    assert "        await client.ping()\n" in code
    assert code.endswith(
        f"""\
        message = await client.receive()
        assert len(message) == 5000
        assert message.startswith("{"x" * 40}")
"""
    )
    await replayed(code)


async def test_a_token_in_the_first_message_is_not_sent_twice(make_panel):
    panel = make_panel(echo, token="s3cret", via="message")
    await click(panel.connect_button, panel)
    await panel.client.wait_for_message_count(1)
    await echoed(panel, "hello")

    code = panel.test_code()

    assert 'via="message"' in code
    assert code.count("client.send(") == 1
    assert "s3cret" not in code


async def test_a_token_is_a_constant_to_fill_in(make_panel):
    async def tell(connection):
        await connection.send(connection.request.headers["Authorization"])
        await connection.send(b"token: s3cret")
        async for message in connection:
            await connection.send(message)

    panel = make_panel(
        tell,
        token="s3cret",
        headers={"X-Trace": "s3cret", "Cookie": "a=b"},
        cookies={"session": "open sesame"},
    )
    await talk(panel)
    await panel.client.wait_for_message_count(2)
    await send(panel, '{"who": "s3cret"}', mode="JSON")
    await panel.client.wait_for_message_count(3)
    code = panel.test_code()
    assert "s3cret" not in code
    assert "sesame" not in code
    assert 'TOKEN = "***"  # the panel was given a token; put a valid one here\n' in code
    assert "token=TOKEN" in code
    assert 'headers={"X-Trace": "***", "Cookie": "***"}' in code
    assert 'cookies={"session": "***"}' in code
    assert '"Bearer ***".replace("***", TOKEN)' in code
    await replayed(code.replace('TOKEN = "***"', 'TOKEN = "s3cret"'), target=tell)


async def test_a_value_that_is_no_literal_is_left_to_the_reader(make_panel):
    class Odd(dict):
        pass

    panel = make_panel(echo, headers=Odd({"a": "b"}))
    code = panel.test_code()
    assert "# headers=... was given to the panel; add it here\n" in code
    assert "connect(echo)" in code


@pytest.mark.parametrize(
    "message",
    [
        "[NaN]",
        '{"a":1,"a":2}',
        "[1.10]",
        '"text"',
        "7",
        "[" * 2000,
        f"[{'1' * 5000}]",
        '["\\u00e9"]',
    ],
)
async def test_what_send_json_would_send_otherwise_is_sent_as_text(panel, message):
    await echoed(panel, message)
    assert "send_json" not in panel.test_code()
    await replayed(panel.test_code())


@pytest.mark.parametrize(
    ("text", "compact"),
    [
        ('{ "a b" : [1, 2] }', '{"a b":[1,2]}'),
        ('["say \\" x", 1]', '["say \\" x",1]'),
        ('["back \\\\", 1]', '["back \\\\",1]'),
    ],
)
def test_spaces_between_the_tokens_do_not_count(text, compact):
    assert _without_spaces(text) == compact


async def test_no_payload_breaks_out_of_its_literal(panel):
    for hostile in ('"""\nimport os', "'''\"\\", "\u2028\x00\ud7ff", '")\nraise SystemExit'):
        await echoed(panel, hostile)
    code = panel.test_code()
    ast.parse(code)
    await replayed(code)


@pytest.mark.parametrize(
    ("code", "reason", "closed_here", "lines"),
    [
        (1006, "", True, ["await client.close()"]),
        (1005, "", True, ["await client.close()"]),
        (
            1005,
            "",
            False,
            ["closure = await client.wait_for_close(1005)", 'assert closure.reason == ""'],
        ),
        (4000, "bad ***", False, ["await client.wait_for_close(4000)"]),
    ],
)
def test_how_a_close_is_had_again(code, reason, closed_here, lines):
    events = (
        Event(0.0, "a", "open", None, "/"),
        Event(0.0, "a", "close", None, None, None, code, reason),
    )
    call = Call("ws://127.0.0.1", None, {"token": "s3cret"})
    written = replay(Conversation(call, events, closed_here)).splitlines()
    assert [line.strip() for line in written[-len(lines) :]] == lines
