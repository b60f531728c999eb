"""What a search sends: what is generated, what is mined, what is declared, what is registered."""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from types import ModuleType
from typing import Annotated, Literal

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from wsnotebook import Channel, MissingExtra, SetupError
from wsnotebook.apps import group_chat, notifications
from wsnotebook.messages import MessageReader, encode
from wsnotebook.properties import _constants
from wsnotebook.properties._edge_values import BYTES, JSON_VALUES, TEXTS
from wsnotebook.properties.strategies import (
    Constants,
    binary_messages,
    clear_message_strategies,
    constants_of,
    graphql_messages,
    graphql_sequences,
    json_messages,
    message_sequences,
    message_strategies,
    messages_accepted,
    messages_of_schema,
    register_message_strategy,
    text_messages,
)

MANY = settings(max_examples=2_000, database=None, derandomize=True)
UNSHRUNK = settings(MANY, phases=[Phase.generate])
FEW = settings(max_examples=50)


@pytest.fixture(autouse=True)
def nothing_registered():
    with message_strategies():
        clear_message_strategies()
        yield


def is_found(strategy, condition):
    """Return whether the strategy gives such a value."""
    # A wide value is not shown: Hypothesis would warn of its length.
    seen = strategy.map(condition)
    return find(seen, bool, settings=UNSHRUNK)


def size(message):
    return len(message if isinstance(message, bytes) else message.encode())


# Each kind


@given(text_messages(max_message_size=20))
def test_a_text_can_be_sent_and_keeps_to_the_limit(text):
    assert encode(text) == text
    assert size(text) <= 20


@given(json_messages())
def test_a_json_message_is_read_and_written_again(text):
    value = json.loads(text)
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert encode(text) == text


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_json_keeps_to_a_small_limit_and_stays_json(limit):
    @FEW
    @given(json_messages(max_message_size=limit))
    def check(text):
        json.loads(text)
        assert size(text) <= limit

    check()


@given(binary_messages(max_message_size=5))
def test_binary_keeps_to_the_limit(data):
    assert isinstance(data, bytes)
    assert len(data) <= 5


@pytest.mark.parametrize("strategy", [text_messages, json_messages, binary_messages])
def test_a_limit_below_one_is_refused(strategy):
    with pytest.raises(ValueError) as caught:
        strategy(max_message_size=0)
    assert str(caught.value) == "max_message_size must be at least 1, not 0"


@pytest.mark.parametrize("edge", ["", "\0", "NaN", "{", '"\\ud800"', "a" * 65_536])
def test_edge_texts_are_sent(edge):
    assert edge in TEXTS
    assert is_found(text_messages(), lambda text: text == edge)


def test_texts_nest_deeper_than_a_parser_may_follow():
    assert is_found(text_messages(), lambda text: text.startswith("[" * 20_000))


@pytest.mark.parametrize("edge", [2**53 + 1, 2**64, "\0", [], {}, 5e-324])
def test_edge_values_are_sent_as_json(edge):
    assert edge in JSON_VALUES
    assert is_found(json_messages(), lambda text: json.loads(text) == edge)


def test_json_nests_deeply():
    assert is_found(json_messages(), lambda text: text.startswith("[" * 100))
    assert is_found(json_messages(), lambda text: text.startswith('{"a":' * 100))


@pytest.mark.parametrize("edge", [b"", b"\0", b"\xed\xa0\x80", bytes(65_536)])
def test_edge_bytes_are_sent(edge):
    assert edge in BYTES
    assert is_found(binary_messages(), lambda data: data == edge)


@pytest.mark.parametrize("value", TEXTS)
def test_no_edge_text_holds_a_lone_surrogate(value):
    assert encode(value) == value


# What the source mentions


SOURCE = '''
"""A docstring."""

class Say(Message):
    """Another."""

    action: Literal["say"]
    body: "str"

def handle(message) -> "None":
    """A third."""
    if message["room"] == "lobby" and message.get("user") and "admin" in message:
        return {"reply": f"hello {message}"}
    match message:
        case {"kind": "ping"}:
            return "pong"
    return "x" * 3
'''


def test_keys_and_texts_are_mined_and_what_is_no_data_is_not():
    found = _constants._constants_in(SOURCE)
    assert sorted(found.keys) == ["action", "admin", "body", "kind", "reply", "room", "user"]
    assert sorted(found.texts) == ["lobby", "ping", "pong", "say", "x"]


def test_what_does_not_parse_mentions_nothing():
    assert _constants._constants_in("def") == Constants()


def test_long_texts_and_too_many_are_left_out():
    long = "x" * (_constants.MAX_LENGTH + 1)
    assert _constants._constants_in(f"{long!r} + {'short'!r}").texts == ("short",)
    many = ",".join(repr(f"text {number}") for number in range(_constants.MAX_CONSTANTS + 1))
    assert len(_constants._constants_in(f"[{many}]").texts) == _constants.MAX_CONSTANTS


@pytest.fixture
def own_package(tmp_path, monkeypatch):
    folder = tmp_path / "mined_app"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "verbs.py").write_text('SAY = "say it"\ndef known(): pass\n')
    (folder / "app.py").write_text(
        "import json\nfrom .verbs import SAY, known\n"
        "class App:\n    def handle(self, data): return data['mined_key']\napp = App()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("mined_app")]:
        del sys.modules[name]


def test_the_modules_that_an_app_imports_are_mined_too(own_package):
    from mined_app.app import app

    expected = Constants(keys=("mined_key",), texts=("say it",))
    assert constants_of(app) == expected
    assert constants_of(app.handle) == expected
    assert constants_of(sys.modules["mined_app.app"]) == expected


def test_a_file_that_changed_is_read_again(own_package):
    from mined_app.app import app

    assert constants_of(app).texts == ("say it",)
    (own_package / "verbs.py").write_text('SAY = "shout it"\n')
    assert constants_of(app).texts == ("shout it",)


def test_a_file_that_is_too_large_is_left_out(own_package, monkeypatch):
    from mined_app.app import app

    monkeypatch.setattr(_constants, "MAX_FILE_SIZE", 50)
    assert constants_of(app) == Constants(texts=("say it",))


def test_not_more_modules_than_the_limit_are_read(own_package, monkeypatch):
    from mined_app.app import app

    monkeypatch.setattr(_constants, "MAX_MODULES", 1)
    assert constants_of(app) == Constants(keys=("mined_key",))


def test_what_a_cell_of_a_notebook_defines_is_mined(monkeypatch):
    cell = "def handle(data):\n    return data['from_a_cell']\n"
    monkeypatch.setitem(
        linecache.cache, "<cell>", (len(cell), None, cell.splitlines(True), "<cell>")
    )
    names = {"__name__": "__main__"}
    exec(compile(cell, "<cell>", "exec"), names)
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    assert constants_of(names["handle"]) == Constants(keys=("from_a_cell",))


@pytest.mark.parametrize("foreign", [json, json.JSONDecoder, BaseModel, len, 3, Channel, st])
def test_libraries_are_not_mined(foreign):
    assert constants_of(foreign) == Constants()


def test_the_apps_of_the_package_are_mined():
    found = constants_of(group_chat.GroupChat())
    assert {"type", "value", "groupName"} <= {*found.keys, *found.texts}
    assert "CREATE_GROUP" in found.texts


def test_constants_become_keys_and_texts_of_messages():
    constants = Constants(keys=("groupName",), texts=("CREATE_GROUP",))
    wanted = {"groupName": "CREATE_GROUP"}
    strategy = json_messages(constants=constants)
    assert is_found(strategy, lambda text: json.loads(text) == wanted)
    assert is_found(text_messages(constants=constants), lambda text: text == "CREATE_GROUP")


# Declared messages


class Point(BaseModel):
    x: int = Field(ge=0, le=3)
    label: str = Field(pattern="^[a-c]+$", max_length=4)


class Draw(BaseModel):
    action: Literal["draw"] = "draw"
    points: list[Point] = Field(default_factory=list)
    inner: Draw | None = None
    weight: float
    tags: dict[str, Annotated[int, Field(gt=5)]]

    @field_validator("weight")
    @classmethod
    def at_least_zero(cls, value):
        if value < 0:
            raise ValueError("below zero")
        return value


class Named(BaseModel):
    user_id: int = Field(alias="userId")


@given(messages_accepted(Draw))
def test_a_message_of_a_model_parses_as_it(text):
    assert Draw.model_validate_json(text).weight >= 0


def test_a_message_of_a_model_uses_all_that_it_declares():
    messages = messages_accepted(Draw)
    assert is_found(messages, lambda text: len(json.loads(text)["points"]) >= 2)
    assert is_found(messages, lambda text: json.loads(text)["inner"] is not None)


def test_an_alias_is_the_key():
    assert is_found(messages_accepted(Named), lambda text: json.loads(text) == {"userId": 0})


def reads_as(read, cls, text):
    return type(read(text)) is cls


def test_a_channel_and_a_union_give_messages_of_each_class():
    for accepts in (notifications.NotificationChannel, notifications.NotificationChannel.accepts):
        read = MessageReader(notifications.NotificationChannel.accepts)
        for cls in read.classes:
            assert is_found(messages_accepted(accepts), partial(reads_as, read, cls))


def test_constants_become_values_of_fields():
    messages = messages_accepted(notifications.Subscribe, constants=Constants(texts=("news",)))
    assert is_found(messages, lambda text: json.loads(text)["topic"] == "news")


@pytest.mark.parametrize("accepts", [int, Channel, "text", ()])
def test_what_declares_no_messages_is_refused(accepts):
    with pytest.raises(TypeError, match=r"^accepts must be a Message class, a union or a tuple"):
        messages_accepted(accepts)


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def test_a_message_of_a_schema_fits_it():
    @FEW
    @given(messages_of_schema({"type": "array", "items": {"type": "integer", "minimum": 3}}))
    def check(text):
        assert all(number >= 3 for number in json.loads(text))

    check()


def test_a_message_of_a_schema_of_objects_fits_it():
    @FEW
    @given(messages_of_schema(SCHEMA))
    def check(text):
        assert json.loads(text)["n"] % 1 == 0

    check()


def test_versions_that_do_not_fit_each_other_are_a_setup_error(monkeypatch):
    def breaks(_):
        raise AttributeError("no attribute 'more'")

    monkeypatch.setattr("hypothesis_jsonschema.from_schema", lambda *_, **__: st.none().map(breaks))
    with pytest.raises(SetupError) as caught:
        find(messages_of_schema(SCHEMA), bool, settings=UNSHRUNK)
    theirs, hypothesis = version("hypothesis-jsonschema"), version("hypothesis")
    assert str(caught.value) == (
        f"hypothesis-jsonschema {theirs} does not work with hypothesis {hypothesis} on this schema "
        "(no attribute 'more'); install versions that fit each other, or give the messages as a "
        "pydantic model"
    )


def test_a_schema_needs_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis_jsonschema", None)
    with pytest.raises(MissingExtra) as caught:
        messages_of_schema(SCHEMA)
    assert str(caught.value) == (
        "hypothesis-jsonschema is not installed; run: pip install 'wsnotebook[properties]'"
    )


def test_all_of_it_needs_hypothesis():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "try:\n    import wsnotebook.properties.strategies\n"
        "except ImportError as exc: print(exc)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "hypothesis is not installed; run: pip install 'wsnotebook[properties]'\n"


# GraphQL


def close_codes(sequence):
    """Return the codes with which a server that keeps to the protocol would close."""
    codes, ready, running = set(), False, set()
    for message in map(json.loads, sequence):
        kind = message.get("type")
        if kind == "connection_init":
            codes |= {4429} if ready else set()
            ready = True
        elif kind == "subscribe" and is_operation(message):
            codes |= set() if ready else {4401}
            codes |= {4409} if message["id"] in running else set()
            running.add(message["id"])
        elif kind == "complete" and "id" in message:
            running.discard(message["id"])
        elif kind not in ("ping", "pong"):
            codes.add(4400)
    return codes


def is_operation(message):
    payload = message.get("payload")
    has_query = isinstance(payload, dict) and isinstance(payload.get("query"), str)
    return has_query and isinstance(message.get("id"), str) and message["id"] != ""


@pytest.mark.parametrize("codes", [set(), {4401}, {4429}, {4409}, {4400}])
def test_graphql_conversations_are_legal_or_break_one_rule(codes):
    strategy = graphql_sequences()
    assert is_found(strategy, lambda sequence: len(sequence) > 2 and close_codes(sequence) == codes)


def test_a_graphql_conversation_shrinks_to_the_legal_handshake():
    assert find(graphql_sequences(), lambda _: True, settings=MANY) == [
        '{"type":"connection_init"}'
    ]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_graphql_conversation_keeps_to_the_limit(limit):
    @FEW
    @given(graphql_sequences(max_messages=limit))
    def check(sequence):
        assert 1 <= len(sequence) <= limit

    check()


@pytest.mark.parametrize("kind", ["connection_init", "subscribe", "complete", "ping", "next"])
def test_single_graphql_messages_are_of_every_type(kind):
    assert is_found(graphql_messages(), lambda text: json.loads(text).get("type") == kind)


def test_the_documents_can_be_given():
    strategy = graphql_messages(queries=st.just("{ mine }"))
    assert is_found(strategy, lambda text: '"query":"{ mine }"' in text)


# Registered strategies


def sent_to(path):
    """Return a strategy of what is sent to one path."""
    return message_sequences(path=path)


@pytest.mark.parametrize(
    ("kind", "strategy", "message"),
    [
        ("text", st.just("my own text"), "my own text"),
        ("json", st.just({"my": "own"}), '{"my":"own"}'),
        ("json", st.just(notifications.Ping()), '{"type":"ping"}'),
        ("bytes", st.just(b"my own bytes"), b"my own bytes"),
    ],
)
def test_a_registered_strategy_is_used_where_its_glob_matches(kind, strategy, message):
    register_message_strategy("/ws/*", kind, strategy)
    assert is_found(sent_to("/ws/{room}/chat"), lambda sequence: sequence == [message])
    assert mostly(sent_to("/ws/x"), message) > 0.6
    assert mostly(sent_to("/other"), message) == 0


def mostly(strategy, message):
    """Return which part of the messages of a strategy is ``message``."""
    seen = []

    @settings(max_examples=300)
    @given(strategy)
    def look(sequence):
        seen.extend(sequence)

    look()
    return seen.count(message) / len(seen)


def test_the_strategy_registered_last_counts():
    register_message_strategy("/ws/*", "text", st.just("the first"))
    register_message_strategy("/ws/chat", "text", st.just("the second"))
    assert mostly(sent_to("/ws/chat"), "the first") == 0
    assert mostly(sent_to("/ws/chat"), "the second") > 0.6


def test_strategies_are_forgotten_when_cleared_and_after_a_block():
    register_message_strategy("/a", "text", st.just("mine"))
    with message_strategies():
        register_message_strategy("/b", "text", st.just("mine"))
        assert mostly(sent_to("/b"), "mine") > 0.6
    assert mostly(sent_to("/b"), "mine") == 0
    assert mostly(sent_to("/a"), "mine") > 0.6
    clear_message_strategies()
    assert mostly(sent_to("/a"), "mine") == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((3, "text", st.text()), "pattern must be a str, a glob over paths, not 3"),
        (
            ("ws/chat", "text", st.text()),
            "pattern 'ws/chat' matches no path: paths begin with '/', as '/ws/*' does",
        ),
        (
            ("/ws/[ab", "text", st.text()),
            "pattern '/ws/[ab' is no glob: a '[' is not closed; '[[]' is one",
        ),
        (("/ws", "binary", st.binary()), "kind must be 'text', 'json' or 'bytes', not 'binary'"),
        (
            ("/ws", "text", "hello"),
            "expected a Hypothesis strategy, for example st.text(), not 'hello'",
        ),
    ],
)
def test_a_registration_that_makes_no_sense_is_refused(arguments, error):
    with pytest.raises((TypeError, ValueError)) as caught:
        register_message_strategy(*arguments)
    assert str(caught.value) == error


@pytest.mark.parametrize("pattern", ["/ws/[[]", "/ws/[!a]", "/ws/[]a]", "*", "/a/?"])
def test_every_glob_is_taken(pattern):
    register_message_strategy(pattern, "text", st.text())


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("text", 3, "expected str, not 3"),
        ("bytes", "text", "expected bytes, not 'text'"),
        (
            "text",
            "\ud800",
            (
                "cannot send '\\ud800' as text: lone surrogate at character 0; a text message "
                "is UTF-8 (RFC 6455 section 5.6), send bytes instead"
            ),
        ),
        (
            "json",
            {1, 2},
            "cannot send {1, 2} as JSON: Object of type set is not JSON serializable",
        ),
    ],
)
def test_a_strategy_that_gives_the_wrong_type_is_a_setup_error(kind, value, problem):
    register_message_strategy("/ws", kind, st.just(value))
    with pytest.raises(SetupError) as caught:
        find(sent_to("/ws"), lambda _: False, settings=MANY)
    assert str(caught.value) == (
        f"the {kind!r} strategy for '/ws' gave what cannot be sent as {kind!r}: {problem}"
    )


# Sequences


@given(message_sequences(max_messages=4, max_message_size=30))
def test_a_sequence_keeps_to_both_limits(sequence):
    assert len(sequence) <= 4
    assert all(size(encode(message)) <= 30 for message in sequence)


def test_a_sequence_can_be_empty_and_as_long_as_allowed():
    assert find(message_sequences(), lambda _: True, settings=MANY) == []
    assert is_found(message_sequences(), lambda sequence: len(sequence) == 10)


def test_a_sequence_mixes_kinds():
    def has_both(sequence):
        return {type(message) for message in sequence} == {str, bytes}

    assert is_found(message_sequences(), has_both)


def test_given_messages_are_most_and_the_wrong_kind_is_sent_now_and_then():
    own = message_sequences(st.just('{"say":"hello"}'))
    assert 0.75 < mostly(own, '{"say":"hello"}') < 1
    assert is_found(own, lambda sequence: b'{"say":"hello"}' in sequence)
    assert is_found(own, lambda sequence: "{}" in sequence)
    assert is_found(own, lambda sequence: '{"say":null}' in sequence)


def test_given_messages_come_before_registered_ones_and_those_before_what_is_accepted():
    register_message_strategy("/ws", "text", st.just("registered"))
    given_too = message_sequences(st.just("given"), path="/ws", accepts=notifications.Ping)
    assert mostly(given_too, "given") > 0.6
    assert mostly(message_sequences(path="/ws", accepts=notifications.Ping), "registered") > 0.6
    accepted = message_sequences(accepts=notifications.Ping)
    assert mostly(accepted, '{"type":"ping"}') > 0.6


def test_graphql_is_spoken_where_it_is_offered():
    def begins(sequence):
        return len(sequence) > 1 and sequence[0] == '{"type":"connection_init"}'

    offered = message_sequences(subprotocols=["chat", "graphql-transport-ws"])
    assert is_found(offered, begins)


def test_given_messages_that_cannot_be_sent_are_a_setup_error():
    with pytest.raises(SetupError) as caught:
        find(message_sequences(st.just(3)), lambda _: False, settings=MANY)
    assert str(caught.value) == (
        "the strategy given as messages gave what cannot be sent: cannot send 3: expected str "
        "(text), bytes (binary) or a Message; send_json() sends other values as JSON"
    )


def test_given_messages_that_are_no_strategy_are_refused_at_once():
    with pytest.raises(TypeError) as caught:
        message_sequences(["hello"])
    assert str(caught.value) == (
        "expected a Hypothesis strategy, for example st.text(), not ['hello']"
    )


def test_a_maximum_below_one_is_refused():
    with pytest.raises(ValueError) as caught:
        message_sequences(max_messages=0)
    assert str(caught.value) == "max_messages must be at least 1, not 0"


PROGRAM = """
from hypothesis import given, seed, settings
from wsnotebook.apps.notifications import NotificationChannel
from wsnotebook.properties.strategies import constants_of, message_sequences

@settings(max_examples=30, database=None)
@seed(7)
@given(message_sequences(accepts=NotificationChannel, constants=constants_of(NotificationChannel)))
def show(sequence):
    print(ascii(sequence)[:300])

show()
"""


def test_the_same_seed_gives_the_same_messages_in_every_process():
    runs = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    first, second = [run.communicate()[0] for run in runs]
    assert first == second
    assert len(first.splitlines()) >= 30
