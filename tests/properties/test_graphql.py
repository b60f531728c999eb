"""GraphQL over WebSocket: conversations that are legal, and those that break one rule."""

from __future__ import annotations

import json

import pytest
from drawing import FEW, is_found
from hypothesis import find, given
from hypothesis import strategies as st

from wsnotebook.properties.strategies import graphql_messages, graphql_sequences


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
    assert find(graphql_sequences(), lambda _: True, settings=FEW) == ['{"type":"connection_init"}']


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
