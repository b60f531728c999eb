"""The program of a failure: run as it is, it shows the failure; and nothing on the mended app."""

from __future__ import annotations

import ast
import asyncio
import sys
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import ACCEPT, HELLO, REPLY, Case, asgi, outcomes_of, run_python

from wsnotebook import AppCrashed, ASGITransport, Channel, Event, MemoryTransport, serve
from wsnotebook.apps import group_chat
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import Source, source_of
from wsnotebook.properties._writing import written
from wsnotebook.properties.failures import Failure

BACKGROUND = """
tasks = set()

async def later(wrong):
    await asyncio.sleep(5)
    if wrong:
        raise KeyError("late")

def start(wrong):
    tasks.add(task := asyncio.create_task(later(wrong)))
    task.add_done_callback(tasks.discard)
"""
CLOSE = 'await send({"type": "websocket.close", "code": 1011}); return'
LEAK = """
tasks = []

async def tick():
    while True:
        await asyncio.sleep(1)

async def tick_once():
    await asyncio.sleep(1)
"""
HANDLER = """
async def app(connection):
    async for message in connection:
        {body}
"""
BURST = Example(messages=((0, "a"), (0, b"\x00")), pace="burst")
LEAVE = Example(messages=((0, "a"),), pace="leave", close_code=1001)
TWO = Example(paths=("/one", "/two"), messages=((0, "hello"), (1, "bye")))

CASES = {
    "crash": Case("app-crashed", asgi("raise KeyError('text')"), "AppCrashed: the app raised"),
    "crash_in_a_burst": Case(
        "app-crashed",
        asgi("text.upper()"),
        "AppCrashed: the app raised AttributeError",
        asgi("(text or '').upper()"),
        BURST,
    ),
    "crash_of_who_is_left": Case(
        "app-crashed",
        asgi("pass", end="await asyncio.sleep(50); raise KeyError(event['code'])"),
        "AppCrashed: the app raised KeyError(1001)",
        asgi("pass", end="await asyncio.sleep(50)"),
        LEAVE,
    ),
    "crash_in_the_handshake": Case(
        "app-crashed", asgi(accept="raise KeyError('cookie')"), "AppCrashed: the app raised"
    ),
    "crash_of_a_handler": Case(
        "app-crashed",
        HANDLER.format(body="raise KeyError(message)"),
        "AppCrashed: the app raised KeyError('hello')",
        HANDLER.format(body="await connection.send(message)"),
    ),
    "crash_of_the_second": Case(
        "app-crashed",
        asgi("if path == '/two': raise KeyError('two')"),
        "AppCrashed: the app raised KeyError('two')",
        example=TWO,
    ),
    "crash_beside_a_refusal": Case(
        "app-crashed",
        asgi(
            "raise KeyError('one')",
            accept="if path == '/two': await send({'type': 'websocket.close'}); return\n    "
            + ACCEPT,
        ),
        "AppCrashed: the app raised KeyError('one')",
        asgi(
            accept="if path == '/two': await send({'type': 'websocket.close'}); return\n    "
            + ACCEPT,
        ),
        replace(TWO, messages=((0, "hello"),)),
        more={"refused": (1,)},
    ),
    "background": Case(
        "background-crashed",
        asgi("start(True)", top=BACKGROUND),
        "KeyError: 'late'",
        asgi("start(False)", top=BACKGROUND),
        LEAVE,
    ),
    "background_before_it_leaves": Case(
        "background-crashed",
        asgi("start(True)", top=BACKGROUND),
        "AppCrashed: the app raised KeyError('late')",
        asgi("start(False)", top=BACKGROUND),
    ),
    "violation": Case(
        "protocol-violation",
        asgi("await send({'type': 'websocket.send'})"),
        "ProtocolViolation: ",
    ),
    "violation_in_the_handshake": Case(
        "protocol-violation", asgi(accept=REPLY.replace("text}", "''}")), "ProtocolViolation: "
    ),
    "error": Case(
        "server-error",
        asgi(CLOSE),
        "AssertionError: the server closed with 1011 (internal error)",
        asgi("pass"),
        example=replace(BURST, close_code=1011),
    ),
    "error_in_the_handshake": Case(
        "server-error",
        asgi(
            accept="await send({'type': 'websocket.http.response.start', 'status': 500, "
            "'headers': []})\n    await send({'type': 'websocket.http.response.body'}); return"
        ),
        "Refused: the server refused the handshake with HTTP 500",
    ),
    "lost": Case(
        "connection-lost",
        HANDLER.format(body="connection.transport.abort()"),
        "AssertionError: the connection was lost",
        HANDLER.format(body="await connection.send(message)"),
    ),
    "unanswered": Case(
        "handshake-unanswered",
        asgi(accept="await asyncio.Event().wait()"),
        "WaitTimeout: client-1 did not open within 30 s",
        more={"connection_timeout": 30.0},
    ),
    "unanswered_at_all": Case(
        "handshake-unanswered",
        asgi(accept="return"),
        "Refused: the server refused the handshake with HTTP 500: "
        "'the app ended without answering the handshake'",
    ),
    "hang": Case(
        "hang",
        asgi("await asyncio.Event().wait()"),
        "WaitTimeout: the server did not settle within 7 s",
        asgi("await asyncio.sleep(6)"),
        more={"message_timeout": 7.0},
    ),
    "outlives": Case(
        "outlives-client",
        asgi("pass", end="await asyncio.Event().wait()"),
        "TimeoutError: ",
        asgi("await asyncio.sleep(9)", end="await asyncio.sleep(100)"),
    ),
    "both_outlive": Case(
        "outlives-client",
        asgi("pass", end="await asyncio.Event().wait()"),
        "TimeoutError: ",
        asgi("pass", end="await asyncio.sleep(100)"),
        TWO,
    ),
    "outlives_two": Case(
        "outlives-client",
        asgi("pass", end="if path == '/two': await asyncio.Event().wait()"),
        "TimeoutError: ",
        example=replace(TWO, close_code=1001),
    ),
    "leak": Case(
        "leaked-task",
        asgi("tasks.append(asyncio.create_task(tick()))", top=LEAK),
        "AssertionError: left behind: {<Task pending",
        asgi("tasks.append(asyncio.create_task(tick_once()))", top=LEAK),
    ),
    "leak_of_one_that_never_reads": Case(
        "leaked-task",
        asgi(
            accept=ACCEPT + "; tasks.append(asyncio.create_task(tick())); await asyncio.sleep(99)",
            top=LEAK,
        ),
        "AssertionError: left behind: {<Task pending",
        asgi(accept=ACCEPT + "; await asyncio.sleep(99)"),
        more={"settled": False},
    ),
    "leak_of_one_that_cannot_read_binary": Case(
        "leaked-task",
        asgi("tasks.append(asyncio.create_task(tick())); event['text']", top=LEAK),
        "AssertionError: left behind: {<Task pending",
        asgi("event['text']"),
        Example(messages=((0, b""),)),
        more={"events": (Event(0.0, "client-1", "error", data="the app raised KeyError('text')"),)},
    ),
    "subprotocol": Case(
        "wrong-subprotocol",
        asgi(accept=ACCEPT.replace("}", ", 'subprotocol': 'soap'}")),
        "ConnectFailed: cannot connect to ",
        asgi(accept=ACCEPT.replace("}", ", 'subprotocol': 'chat.v2'}")),
        Example(subprotocols=("chat.v1", "chat.v2")),
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    return outcomes_of(CASES, tmp_path_factory.mktemp("programs"))


@pytest.mark.parametrize("name", CASES)
def test_it_shows_the_failure_and_nothing_once_the_app_is_mended(name, outcomes):
    bad, good = outcomes[name]
    assert bad.startswith(CASES[name].ends)
    assert good == ""


def test_it_is_a_script_that_exits_with_the_traceback_of_the_app(tmp_path):
    (tmp_path / "shop.py").write_text(asgi("raise KeyError('text')"))
    (tmp_path / "show.py").write_text(CASES["crash"].failure("shop").program())
    ended = run_python("show.py", folder=tmp_path)
    assert ended.returncode == 1
    assert "raise KeyError('text')\nKeyError: 'text'" in ended.stderr
    (tmp_path / "shop.py").write_text(asgi())
    ended = run_python("show.py", folder=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


# How it reads


def an_event(time, **more):
    return Event(time, "client-1", "message", "received", "x", **more)


AT_ONCE = (an_event(0.0), an_event(0.5))


def failure(code="app-crashed", **more):
    given = {"title": "KeyError('text')", "route": "/ws", "example": HELLO, "seed": 7}
    given |= {"source": source_of(None, None, "shop:app"), "events": AT_ONCE}
    return Failure(code=code, **{**given, **more})


def test_it_reads_as_a_person_would_write_it():
    example = Example(paths=("/rooms/3",), messages=((0, "hello"), (0, b"\x00")), close_code=1001)
    cause = "app-crashed: KeyError at shop.py:31"
    assert (
        failure(example=example, cause=cause).program()
        == """\
# app-crashed: KeyError('text')
# route /ws, seed 7
# cause: KeyError at shop.py:31

from wsnotebook import connect, run

from shop import app


async def main() -> None:
    async with connect(app, "/rooms/3") as client:
        await client.settle()
        await client.send("hello")
        await client.settle()
        await client.send(b"\\x00")
        await client.settle()
        await client.close(1001)


run(main(), virtual_time=True)
"""
    )


def test_several_clients_share_one_app_and_close_in_order():
    example = Example(paths=("/a", "/b"), messages=((1, "hello"),), pace="burst")
    source = source_of(None, object(), "shop:make_app")
    assert (
        failure(example=example, source=source).program()
        == """\
# app-crashed: KeyError('text')
# route /ws, seed 7

import asyncio

from wsnotebook import Client, connect, run

from shop import make_app


async def settle(*clients: Client) -> None:
    for client in clients:
        await client.settle()


async def main() -> None:
    the_app = make_app()
    async with (
        connect(the_app, "/a") as client_1,
        connect(the_app, "/b") as client_2,
    ):
        await settle(client_1, client_2)
        await client_2.send("hello")
        await settle(client_1, client_2)
        await asyncio.gather(client_1.close(1000), client_2.close(1000))


run(main(), virtual_time=True)
"""
    )


def test_who_leaves_does_so_at_once():
    example = Example(messages=((0, "hello"),), pace="leave")
    assert failure(example=example).program().splitlines()[8:12] == [
        "async def main() -> None:",
        "    async with connect(app) as client:",
        '        await client.send("hello")',
        "        await client.close(1000)  # at once",
    ]


def test_long_lines_are_wrapped():
    example = Example(
        paths=("/rooms/" + "x" * 40,), subprotocols=("graphql-transport-ws", "graphql-ws")
    )
    assert failure(example=example, events=(), via="query").program().splitlines()[10:21] == [
        "async def main() -> None:",
        "    async with connect(",
        "        app,",
        f'        "/rooms/{"x" * 40}",',
        '        subprotocols=["graphql-transport-ws", "graphql-ws"],',
        '        token=os.environ["WSNOTEBOOK_TOKEN"],',
        '        via="query",',
        "        timeout=10,",
        "        open_timeout=30,",
        "        close_timeout=120,",
        "    ) as client:",
    ]


LONG_MESSAGE = '{"text": "' + "a" * 65536 + '", "deep": ' + "[" * 50 + "]" * 50 + "}"


def test_it_is_formatted_and_imports_what_it_uses(tmp_path):
    for name, case in CASES.items():
        messages = (*case.example.messages, (0, LONG_MESSAGE), (0, "\U0001f600{" * 40))
        example = replace(case.example, subprotocols=("graphql-transport-ws",) * 2)
        example = replace(example, messages=messages)
        program = replace(case.failure("shop"), example=example, via="cookie").program()
        (tmp_path / f"{name}.py").write_text(program, "utf-8")
    for command in (["format", "--diff"], ["check", "--select=E,F,B"]):
        options = ["--isolated", "--line-length=100", "--no-cache"]
        told = run_python("-m", "ruff", *command, *options, ".", folder=tmp_path)
        assert told.returncode == 0, told.stdout


def test_timeouts_are_told_where_they_may_matter():
    def connecting(**more):
        program = failure(**more).program()
        return next(line.strip() for line in program.splitlines() if "connect(" in line)

    plain = "async with connect(app) as client:"
    timed = "async with connect(app, timeout=10, open_timeout=30, close_timeout=120) as client:"
    assert connecting() == plain
    assert connecting(events=(an_event(0.0), an_event(1.0))) == timed
    assert connecting(events=()) == timed
    assert connecting(code="hang") == timed
    assert connecting(code="leaked-task") == timed
    assert connecting(code="outlives-client") == timed.replace("120", "240")
    url = source_of("ws://127.0.0.1:8000")
    assert connecting(code="hang", source=url) == (
        'async with connect("ws://127.0.0.1:8000", timeout=10, open_timeout=30) as client:'
    )


def test_a_reply_larger_than_a_client_takes_by_default_is_taken():
    events = (an_event(0.0, size=2**20 + 1),)
    assert "connect(app, max_size=None)" in failure(events=events).program()
    assert "max_size" not in failure(events=(an_event(0.0, size=2**20),)).program()


def test_a_token_is_read_from_the_environment():
    assert 'connect(app, token=os.environ["WSNOTEBOOK_TOKEN"])' in failure(via="header").program()
    program = failure(via="cookie").program()
    assert 'connect(app, token=os.environ["WSNOTEBOOK_TOKEN"], via="cookie")' in program
    assert "import os\n" in program
    assert "os" not in failure().program().split("async def")[0].split()


def test_the_token_of_the_environment_gets_to_the_app(tmp_path):
    body = "raise KeyError(dict(scope['headers'])[b'authorization'].decode())"
    (tmp_path / "shop.py").write_text(asgi(body))
    (tmp_path / "show.py").write_text(failure(via="header").program())
    ended = run_python("show.py", folder=tmp_path, env={"WSNOTEBOOK_TOKEN": "sesame"})
    assert "KeyError: 'Bearer sesame'" in ended.stderr


def test_what_is_said_of_the_failure_cannot_break_out_of_its_comment():
    heading = failure(title="a\nraise SystemExit\x1b[0m", cause="\r\nb" + " long" * 50).program()
    lines = heading.partition("\n\n")[0].splitlines()
    assert lines[0] == r"# app-crashed: a\nraise SystemExit\x1b[0m"
    assert lines[2].startswith(r"# cause: \r\nb long")
    assert all(line.startswith("# ") and len(line) <= 100 for line in lines)


def test_one_that_does_not_come_to_rest_is_waited_for_and_forgiven():
    program = failure(settled=False).program()
    assert "with suppress(WaitTimeout):  # it may be busy: that is not what fails here" in program
    assert "WaitTimeout" not in failure("hang", settled=False).program()
    left = failure(settled=False, example=replace(HELLO, pace="leave")).program()
    assert "WaitTimeout" not in left


def test_an_exception_that_is_no_failure_is_forgiven():
    events = (Event(0.0, "client-1", "error", data="the app raised KeyError('text')"),)
    program = failure("server-error", events=events).program()
    assert program.splitlines()[10:14] == [
        "async def main() -> None:",
        "    with suppress(AppCrashed):  # that is not what fails here",
        "        async with connect(app) as client:",
        "            await client.settle()",
    ]
    for code in ("app-crashed", "background-crashed", "protocol-violation"):
        assert "suppress" not in failure(code, events=events).program()
    other = (Event(0.0, "client-1", "error", data="message too big"),)
    assert "suppress" not in failure("server-error", events=other).program()


def test_clients_that_the_app_refused_are_refused_again():
    example = Example(paths=("/a", "/b"), messages=((0, "hello"),))
    assert (
        failure(example=example, refused=(1,)).program()
        == """\
# app-crashed: KeyError('text')
# route /ws, seed 7

from contextlib import AsyncExitStack, suppress

from wsnotebook import Client, Refused, connect, run

from shop import app


async def main() -> None:
    async with AsyncExitStack() as stack:
        client_1 = await stack.enter_async_context(connect(app, "/a"))
        client_2 = Client(app, "/b")
        with suppress(Refused):
            await client_2.open()
        await client_1.settle()
        await client_1.send("hello")
        await client_1.settle()
        await client_1.close(1000)


run(main(), virtual_time=True)
"""
    )


# How it gets at the app


@pytest.fixture
def module(monkeypatch):
    def put(name, **attributes):
        made = ModuleType(name)
        vars(made).update(attributes)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return put


def test_what_the_command_line_names_is_imported_so():
    assert source_of(object(), None, "shop:app") == Source("from shop import app", "app")
    assert source_of(object(), None, "shop.web:site.app") == Source(
        "from shop.web import site", "site.app"
    )
    assert source_of(object(), object(), "shop:make_app") == Source(
        "from shop import make_app", "make_app()"
    )


def test_a_name_that_the_program_needs_is_given_another():
    assert source_of(object(), None, "shop:run") == Source(
        "from shop import run as the_run", "the_run"
    )


def test_an_object_is_looked_for_in_the_modules_that_are_loaded(module):
    shop_app = object()
    module("_shop_private", app=shop_app)
    assert source_of(shop_app).expression == "app"
    assert source_of(shop_app).imports.startswith("# app: what was checked, <object object>;")
    module("shop.deep.down", app=shop_app)
    assert source_of(shop_app) == Source("from shop.deep.down import app", "app")
    module("test_shop", app=shop_app)
    assert source_of(shop_app) == Source("from shop.deep.down import app", "app")
    module("shop", _hidden=shop_app, site=shop_app)
    assert source_of(shop_app) == Source("from shop import site", "site")
    assert source_of(None, shop_app) == Source("from shop import site", "site()")


def test_where_an_object_was_defined_comes_first():
    assert source_of(group_chat.GroupChat) == Source(
        "from wsnotebook.apps.group_chat import GroupChat", "GroupChat"
    )


def test_what_a_notebook_or_script_has_is_used_as_it_is(module, monkeypatch):
    app = object()
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    sys.modules["__main__"].app = app
    assert source_of(app) == Source("# app: as this notebook or script has it", "app")
    module("shop", app=app)
    assert source_of(app) == Source("from shop import app", "app")


def test_what_cannot_be_imported_is_to_be_put_there(tmp_path):
    async def app(scope, receive, send):
        raise KeyError("local")

    program = failure(source=source_of(app)).program()
    assert "\n# app: what was checked, <function test_what_cannot_be_imported" in program
    assert "; define it here\n" in program
    compiled = compile(program, "program", "exec")
    with pytest.raises(NameError):
        exec(compiled, {})
    with pytest.raises(AppCrashed, match="the app raised KeyError\\('local'\\)"):
        exec(compiled, {"app": app})
    made = failure(source=source_of(None, lambda: app)).program()
    with pytest.raises(AppCrashed, match="the app raised KeyError\\('local'\\)"):
        exec(made, {"make_app": lambda: app})


def test_a_transport_made_on_the_spot_is_made_again(module):
    async def chat(connection): ...

    module("shop", chat=chat)
    assert source_of(MemoryTransport(chat)) == Source(
        "from wsnotebook import MemoryTransport\nfrom shop import chat", "MemoryTransport(chat)"
    )
    assert source_of(ASGITransport(chat)).expression == "ASGITransport(chat)"
    for special in (
        MemoryTransport(chat, subprotocols=["v1"]),
        ASGITransport(chat, root_path="/api"),
        ASGITransport(chat, client=("10.0.0.1", 1)),
        ASGITransport(object()),
    ):
        assert source_of(special).expression == "app"
    kept = module("shop.web", transport=MemoryTransport(chat)).transport
    assert source_of(kept) == Source("from shop.web import transport", "transport")


def test_a_url_is_its_own_expression_without_secrets():
    assert source_of("ws://127.0.0.1:8000") == Source("", '"ws://127.0.0.1:8000"', is_network=True)
    assert source_of("wss://ann:pass@shop.test/ws?token=abc") == Source(
        "# put the secret of the URL in the place of ***",
        '"wss://ann:***@shop.test/ws?token=***"',
        is_network=True,
    )


NETWORK = {
    "server-error": "AssertionError: the server closed with 1011 (internal error)",
    "connection-lost": "AssertionError: the connection was lost (1006)",
}


async def misbehave(connection):
    async for message in connection:
        if message == "server-error":
            await connection.close(1011)
        elif message == "connection-lost":
            connection.transport.abort()


@pytest.mark.parametrize("code", NETWORK)
async def test_a_server_elsewhere_is_talked_to_in_real_time(code, tmp_path):
    async with serve(misbehave) as server:
        for message in (code, "hello"):
            example = Example(messages=((0, message),))
            program = failure(code, source=source_of(server.url), example=example).program()
            assert program.endswith("\nrun(main())  # in a notebook: await main()\n")
            (tmp_path / "show.py").write_text(program)
            ended = await asyncio.to_thread(run_python, "show.py", folder=tmp_path)
            assert (NETWORK[code] in ended.stderr) == (message == code), ended.stderr
            assert ended.returncode == (message == code)


def test_what_a_server_object_serves_is_served_again(module, tmp_path):
    text = CASES["crash_of_a_handler"].bad
    shop = module("shop")
    exec(text, vars(shop))
    source = source_of(serve(shop.app))
    assert source == Source("from shop import app", "app", is_network=True, is_served=True)
    program = failure(source=source).program()
    assert program.splitlines()[8:14] == [
        "async def main() -> None:",
        "    async with serve(app) as server:",
        "        async with connect(server) as client:",
        "            await client.settle()",
        '            await client.send("hello")',
        "            await client.settle()",
    ]
    (tmp_path / "shop.py").write_text(text)
    (tmp_path / "show.py").write_text(program)
    ended = run_python("show.py", folder=tmp_path)
    assert "AppCrashed: the app raised KeyError('hello')" in ended.stderr


def test_what_a_server_object_serves_of_a_channel_is_the_channel(module):
    channel = module("shop", Chat=type("Chat", (Channel,), {})).Chat
    assert source_of(serve(channel)).expression == "Chat"


# Messages


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # On 52 characters, or in lines of 60.
        ("", ['""']),
        ("hello", ['"hello"']),
        ('say "hello"', ["'say \"hello\"'"]),
        (b"", ['b""']),
        ("a" * 65536, ['"a" * 65536']),
        (b"\x00" * 65536, ['b"\\x00" * 65536']),
        ("ab" * 50 + "a", ['"ab" * 50 + "a"']),
        ("[" * 50 + "]" * 50, ['"[" * 50 + "]" * 50']),
        ("a" * 50, [f'"{"a" * 50}"']),
        (
            "".join(map(chr, range(0x4E00, 0x4E50))),
            [
                f'"{"".join(map(chr, range(0x4E00, 0x4E39)))}"',
                f'"{"".join(map(chr, range(0x4E39, 0x4E50)))}"',
            ],
        ),
        (
            "<" + "a" * 50 + ">" + "b" * 50 + "!" * 30,
            ['"<"', '+ "a" * 50', '+ ">"', '+ "b" * 50', f'+ "{"!" * 30}"'],
        ),
        (
            "".join(char * 50 for char in "abcdefghi"),
            [
                f'"{"a" * 50}{"b" * 7}"',
                *(
                    f'"{"".join(char * 50 for char in "abcdefghi")[n : n + 57]}"'
                    for n in range(57, 450, 57)
                ),
            ],
        ),
    ],
)
def test_a_message_is_written_short(message, expected):
    assert written(message, 52, 60) == expected


PARTS = st.one_of(
    st.tuples(st.text(max_size=20), st.integers(1, 60)).map(lambda part: part[0] * part[1]),
    st.text("\\'\"\n{a\U0001f600\x00", max_size=200),
)


@given(st.lists(PARTS, max_size=6).map("".join), st.integers(0, 2))
def test_a_message_is_what_is_written(text, kind):
    message = text.encode("utf-8", "surrogatepass") if kind else text
    lines = written(message, 60, 70)
    assert ast.literal_eval(_folded("\n".join(lines))) == message
    assert all(len(line) <= 100 for line in lines)


def _folded(expression):
    """Return a sum of products of literals as one literal."""
    return repr(eval(f"({expression})", {"__builtins__": {}}))
