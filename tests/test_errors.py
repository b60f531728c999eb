"""The errors: their tree, their texts, and that both survive copying and pickling."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from wsnotebook import errors
from wsnotebook.errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    LayerLost,
    MissingExtra,
    ProtocolViolation,
    Refused,
    SetupError,
    Situation,
    UndecodableMessage,
    UnexpectedMessage,
    WaitTimeout,
    WsNotebookError,
    seconds,
    shorten,
)

SITUATION = Situation(
    client="client-1",
    state="open",
    received=((0.0031, "GROUP_UNAVAILABLE: tea"), (0.004, "hello")),
    unread=1,
    nearest=(0, "differs at character 6"),
)


def test_the_tree_in_the_docstring_is_the_real_one():
    item = re.compile(r"^( *)\* :exc:`(\w+)`(?: \(also :exc:`(\w+)`\))?", re.MULTILINE)
    told = {name: also or None for _, name, also in item.findall(errors.__doc__)}
    real = {"WsNotebookError": None}
    for error in WsNotebookError.__subclasses__():
        for leaf in error.__subclasses__() if error.__name__.startswith("_") else [error]:
            others = [base.__name__ for base in leaf.__bases__ if base.__module__ == "builtins"]
            real[leaf.__name__] = others[0] if others else None
    assert told == real
    assert set(told) <= set(errors.__all__)
    depths = [len(indent) for indent, _, _ in item.findall(errors.__doc__)]
    assert depths == [0] + [4] * (len(told) - 1)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ConnectFailed("ws://h", "refused"), ConnectionError),
        (LayerLost("redis://h", "refused"), ConnectionError),
        (WaitTimeout("no message", 1), TimeoutError),
        (UnexpectedMessage("x"), AssertionError),
        (MissingExtra("arq", "jobs"), ImportError),
    ],
)
def test_an_error_is_also_what_python_calls_it(error, builtin):
    assert isinstance(error, builtin)
    assert isinstance(error, WsNotebookError)


TEXTS = [
    (
        ConnectFailed("ws://127.0.0.1:1", "connection refused"),
        "cannot connect to ws://127.0.0.1:1: connection refused",
    ),
    (Refused(), "the server refused the handshake with HTTP 403"),
    (
        Refused(401, 4401, "who are you?"),
        "the server refused the handshake with HTTP 401 (close code 4401): 'who are you?'",
    ),
    (Closed(1001), "the connection closed with 1001 (going away)"),
    (
        Closed(4002, "go away", doing="before message 'x' arrived", detail="as it was told"),
        "the connection closed with 4002 'go away' before message 'x' arrived (as it was told)",
    ),
    (WaitTimeout("no pong", 0.25), "no pong within 0.25 s"),
    (
        WaitTimeout("the server did not settle", 1, detail="it sleeps for 3 s"),
        "the server did not settle within 1 s: it sleeps for 3 s",
    ),
    (UnexpectedMessage(b"\x00"), r"expected no message, but got b'\x00'"),
    (UndecodableMessage("x", "JSON", "it is a letter"), "'x' is not JSON: it is a letter"),
    (AppCrashed("ValueError('x')"), "the app raised ValueError('x')"),
    (
        AppCrashed("ValueError('x')", doing="before a message arrived"),
        "the app raised ValueError('x') before a message arrived",
    ),
    (
        MissingExtra("nest-asyncio", "notebook"),
        "nest-asyncio is not installed; run: pip install 'wsnotebook[notebook]'",
    ),
    (LayerLost("redis://h", "refused"), "nothing arrived at redis://h: refused"),
    (
        LayerLost("redis://h", "no answer within 5 s", may_have_arrived=True),
        "what was sent to redis://h may not have arrived: no answer within 5 s",
    ),
    (SetupError("open it first"), "open it first"),
    (ProtocolViolation("sent before accept"), "sent before accept"),
]


@pytest.mark.parametrize(("error", "text"), TEXTS, ids=lambda value: type(value).__name__)
def test_the_text_of_an_error(error, text):
    assert str(error) == text


def test_the_text_of_a_timeout_shows_what_arrived_and_the_nearest():
    error = WaitTimeout("no message 'GROUP_JOINED: tea'", 1, situation=SITUATION)
    assert str(error) == (
        "no message 'GROUP_JOINED: tea' within 1 s\n"
        "  client-1 is open; 2 messages received, newest last:\n"
        "    0.003 s  ← 'GROUP_UNAVAILABLE: tea'      nearest: differs at character 6\n"
        "    0.004 s  ← 'hello'"
    )


@pytest.mark.parametrize(
    ("error", "first_line"),
    [
        (Closed(1000, situation=SITUATION), "the connection closed with 1000 (OK)"),
        (UnexpectedMessage("hello", situation=SITUATION), "expected no message, but got 'hello'"),
        (AppCrashed("KeyError('x')", situation=SITUATION), "the app raised KeyError('x')"),
    ],
)
def test_other_errors_show_what_arrived_as_well(error, first_line):
    below = str(SITUATION).replace("\n", "\n  ")
    assert str(error) == f"{first_line}\n  {below}"


def test_an_error_carries_the_messages_and_the_unread_ones():
    error = WaitTimeout("no message", 1, situation=SITUATION)
    assert error.messages == ["GROUP_UNAVAILABLE: tea", "hello"]
    assert error.unread == ["hello"]
    assert WaitTimeout("no message", 1).messages == []
    assert WaitTimeout("no message", 1).unread == []


def test_nothing_is_unread_after_all_was_taken():
    situation = Situation("c", "open", received=((0.0, "a"), (0.1, "b")))
    assert situation.unread_messages == []


EVERY_ERROR = [
    *(error for error, _ in TEXTS),
    WaitTimeout("no message 'x'", 1, situation=SITUATION),
    Closed(4002, "go away", doing="before", detail="why", situation=SITUATION),
    UnexpectedMessage("hello", situation=SITUATION),
    AppCrashed("KeyError('x')", doing="while", situation=SITUATION),
]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copied_error_is_the_same_error(error, again):
    copied = again(error)
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert vars(copied) == vars(error)


@pytest.mark.parametrize(
    ("error", "args"),
    [
        (ConnectFailed(target="ws://h", reason="refused"), ("ws://h", "refused")),
        (Refused(reason="no"), (403, None, "no")),
        (Closed(code=4002, reason="go away", doing="before"), (4002, "go away")),
        (WaitTimeout(missing="no pong", timeout=1), ("no pong", 1)),
        (UnexpectedMessage(message="x"), ("x",)),
        (UndecodableMessage(message="x", expected="JSON", reason="y"), ("x", "JSON", "y")),
        (AppCrashed(exception="KeyError('x')"), ("KeyError('x')",)),
        (MissingExtra(package="arq", extra="jobs"), ("arq", "jobs")),
        (LayerLost(layer="redis://h", reason="x"), ("redis://h", "x")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_args_of_an_error_make_it_again_however_it_was_made(error, args):
    assert error.args == args
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert type(error)(*args).args == args


def test_what_is_no_system_error_has_no_number():
    lost = LayerLost("redis://h", "refused")
    for error in (ConnectFailed("ws://h", "refused"), WaitTimeout("no message", 1), lost):
        assert (error.errno, error.strerror, error.filename) == (None, None, None)


def test_the_attributes_of_the_errors():
    refused = Refused(reason="no")
    assert (refused.status, refused.code, refused.reason) == (403, None, "no")
    failed = ConnectFailed("ws://h", "refused")
    assert (failed.target, failed.reason) == ("ws://h", "refused")
    timeout = WaitTimeout("no pong", 2)
    assert (timeout.missing, timeout.timeout, timeout.situation) == ("no pong", 2, None)
    missing = MissingExtra("arq", "jobs")
    assert (missing.package, missing.extra) == ("arq", "jobs")
    lost = LayerLost("redis://h", "x", may_have_arrived=True)
    assert (lost.layer, lost.reason, lost.may_have_arrived) == ("redis://h", "x", True)
    undecodable = UndecodableMessage("x", "JSON", "why")
    assert (undecodable.message, undecodable.expected) == ("x", "JSON")


# The lower half of a text


def numbered(count, nearest=None):
    received = tuple((number / 1000, f"m{number}") for number in range(count))
    return Situation("client-1", "closed (1000 (OK))", received, nearest=nearest)


def test_a_situation_with_no_message():
    assert str(numbered(0)) == "client-1 is closed (1000 (OK)); nothing received"


def test_a_situation_with_one_message():
    assert str(numbered(1)) == (
        "client-1 is closed (1000 (OK)); 1 message received:\n  0.000 s  ← 'm0'"
    )


def test_a_situation_shows_the_newest_ten():
    lines = str(numbered(12)).splitlines()
    assert lines == [
        "client-1 is closed (1000 (OK)); 12 messages received, newest last:",
        "  (2 earlier not shown)",
        *(f"  {number / 1000:.3f} s  ← 'm{number}'" for number in range(2, 12)),
    ]


def test_ten_messages_are_shown_without_a_note():
    assert len(str(numbered(10)).splitlines()) == 11


def test_a_nearest_message_that_is_older_is_shown_as_well():
    lines = str(numbered(13, nearest=(1, "differs at character 0"))).splitlines()
    assert lines == [
        "client-1 is closed (1000 (OK)); 13 messages received, newest last:",
        "  (2 earlier not shown)",
        "  0.001 s  ← 'm1'      nearest: differs at character 0",
        *(f"  {number / 1000:.3f} s  ← 'm{number}'" for number in range(3, 13)),
    ]


def test_a_nearest_message_that_is_the_only_older_one_leaves_nothing_hidden():
    lines = str(numbered(11, nearest=(0, "lacks it"))).splitlines()
    assert lines[1] == "  0.000 s  ← 'm0'      nearest: lacks it"
    assert len(lines) == 12


# Values


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("", "''"),
        ("a\nb", r"'a\nb'"),
        (b"\xff", r"b'\xff'"),
        ("x" * 160, repr("x" * 160)),
        ("x" * 161, f"'{'x' * 160}'... (161 characters)"),
        (b"x" * 10_000, f"b'{'x' * 160}'... (10,000 bytes)"),
    ],
)
def test_a_payload_is_shown_shortened(data, shown):
    assert shorten(data) == shown


def test_a_payload_is_cut_where_asked():
    assert shorten("hello", 4) == "'hell'... (5 characters)"
    assert shorten("hello", 5) == "'hello'"


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "1 s"), (1.0, "1 s"), (0.25, "0.25 s"), (0, "0 s"), (1e-3, "0.001 s")]
)
def test_a_duration_is_shown_in_seconds(value, shown):
    assert seconds(value) == shown
