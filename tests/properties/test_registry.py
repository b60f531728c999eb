"""Strategies that are registered for paths."""

from __future__ import annotations

import pytest
from drawing import MANY, is_found, mostly
from hypothesis import find
from hypothesis import strategies as st

from wsnotebook import SetupError
from wsnotebook.apps import notifications
from wsnotebook.properties.strategies import (
    clear_message_strategies,
    message_sequences,
    message_strategies,
    register_message_strategy,
)


@pytest.fixture(autouse=True)
def nothing_registered():
    with message_strategies():
        clear_message_strategies()
        yield


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


def test_a_route_may_be_named_with_the_kinds_of_its_parameters():
    register_message_strategy("/rooms/{id:int}", "text", st.just("mine"))
    assert mostly(sent_to("/rooms/{id}"), "mine") > 0.6


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
        ((3, "text", st.text()), "a glob over paths is a str, such as '/ws/*', not 3"),
        (
            ("ws/chat", "text", st.text()),
            "glob 'ws/chat' matches no path: write '/ws/chat' or '*ws/chat'",
        ),
        (
            ("/ws/[ab", "text", st.text()),
            "glob '/ws/[ab' has a [ without its ]: write [[] for the character itself",
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
