"""GraphQL over WebSocket, as the ``graphql-transport-ws`` protocol has it.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

Any order is a conversation to survive: a server closes an illegal one with 4400, 4401, 4409 or
4429, and answers a legal one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..messages import encode_json
from ._hypothesis import DrawFn, SearchStrategy, st

__all__ = ["GRAPHQL_SUBPROTOCOL", "graphql_messages", "graphql_sequences"]

GRAPHQL_SUBPROTOCOL = "graphql-transport-ws"

Envelope = dict[str, Any]
Change = Callable[[DrawFn, list[Envelope]], list[Envelope]]

_IDS = ("1", "2", "3")
_QUERIES = st.sampled_from(
    (
        "{ __typename }",
        "query { __schema { queryType { name } } }",
        "subscription { __typename }",
        "mutation { __typename }",
        "query Q($a: Int) { __typename }",
        # No such field, no document, none at all.
        *("{ nothing }", "{", ""),
    )
)
_PAYLOADS = st.dictionaries(st.text(max_size=10), st.none() | st.integers() | st.text(), max_size=3)
_MAYBE_PAYLOAD = st.none() | st.fixed_dictionaries({"payload": _PAYLOADS})


def _envelope(kind: str, more: Envelope | None = None) -> Envelope:
    return {"type": kind, **(more or {})}


def _simple(kind: str) -> SearchStrategy[Envelope]:
    return _MAYBE_PAYLOAD.map(lambda more: _envelope(kind, more))


def _operations(queries: SearchStrategy[str]) -> SearchStrategy[Envelope]:
    return st.fixed_dictionaries(
        {"query": queries},
        optional={
            "operationName": st.none() | st.just("Q"),
            "variables": st.none() | st.fixed_dictionaries({"a": st.integers() | st.text()}),
            "extensions": st.none() | _PAYLOADS,
        },
    )


def _subscribe(identifier: str, operation: Envelope) -> Envelope:
    return {"type": "subscribe", "id": identifier, "payload": operation}


def _complete(identifier: str) -> Envelope:
    return {"type": "complete", "id": identifier}


def _legal(queries: SearchStrategy[str]) -> SearchStrategy[Envelope]:
    ids = st.sampled_from(_IDS)
    return st.one_of(
        _simple("connection_init"),
        _simple("ping"),
        _simple("pong"),
        st.builds(_subscribe, ids, _operations(queries)),
        st.builds(_complete, ids),
    )


_ILLEGAL: SearchStrategy[Envelope] = st.sampled_from(
    (
        {},
        {"type": None},
        {"type": "unknown"},
        {"id": "1"},
        # Half of one.
        {"type": "subscribe"},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": "1", "payload": {}},
        {"type": "subscribe", "id": "1", "payload": {"query": None}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": "b"}},
        {"type": "subscribe", "id": "1", "payload": []},
        {"type": "complete"},
        {"type": "connection_init", "payload": "token"},
        # What only a server says, and what the older graphql-ws protocol said.
        {"type": "connection_ack"},
        {"type": "next", "id": "1", "payload": {"data": {}}},
        {"type": "error", "id": "1", "payload": []},
        {"type": "start", "id": "1", "payload": {"query": "{ __typename }"}},
        {"type": "stop", "id": "1"},
        {"type": "connection_terminate"},
    )
)


def graphql_messages(*, queries: SearchStrategy[str] = _QUERIES) -> SearchStrategy[str]:
    """Return a strategy of single messages, legal ones and some that are never legal.

    Args:
        queries: The documents to send, if the schema is known.
    """
    return st.one_of(_legal(queries), _ILLEGAL).map(encode_json)


def graphql_sequences(
    *, max_messages: int = 10, queries: SearchStrategy[str] = _QUERIES
) -> SearchStrategy[list[str]]:
    """Return a strategy of conversations: in a legal order, or in one that breaks one rule.

    A legal one begins with ``connection_init``, uses each id for one operation at a time, and
    completes only what runs. A failing one shrinks towards a legal one.

    Args:
        max_messages: How many messages a conversation has at most.
        queries: The documents to send, if the schema is known.
    """
    return _conversations(max_messages, queries).map(
        lambda envelopes: [encode_json(envelope) for envelope in envelopes[:max_messages]]
    )


@st.composite
def _conversations(draw: DrawFn, count: int, queries: SearchStrategy[str]) -> list[Envelope]:
    # One place is left for what a change adds.
    legal = draw(_legal_order(max(1, count - 1), queries))
    change = draw(st.sampled_from(_CHANGES))
    return change(draw, legal)


@st.composite
def _legal_order(draw: DrawFn, count: int, queries: SearchStrategy[str]) -> list[Envelope]:
    order = [draw(_simple("connection_init"))]
    running: list[str] = []
    for _ in range(draw(st.integers(0, count - 1))):
        order.append(draw(_next_step(running, queries)))
        _keep_count(running, order[-1])
    return order


def _next_step(running: list[str], queries: SearchStrategy[str]) -> SearchStrategy[Envelope]:
    free = [identifier for identifier in _IDS if identifier not in running]
    steps = [_simple("ping"), _simple("pong")]
    if free:
        steps.insert(0, st.builds(_subscribe, st.sampled_from(free), _operations(queries)))
    if running:
        steps.append(st.builds(_complete, st.sampled_from(list(running))))
    return st.one_of(steps)


def _keep_count(running: list[str], step: Envelope) -> None:
    if step["type"] == "subscribe":
        running.append(step["id"])
    elif step["type"] == "complete":
        running.remove(step["id"])


# Breaking one rule


def _as_it_is(_: DrawFn, order: list[Envelope]) -> list[Envelope]:
    return order


def _without_init(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    """4401: a subscription before the server acknowledged."""
    return [*order[1:], _subscribe("1", draw(_operations(_QUERIES)))]


def _init_twice(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    """4429: a second ``connection_init``."""
    return _inserted(draw, order, _envelope("connection_init"))


def _same_id_twice(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    """4409: an id that is in use."""
    begun = [step for step in order if step["type"] == "subscribe"]
    again = draw(st.sampled_from(begun)) if begun else _subscribe("1", {"query": "{ __typename }"})
    at = order.index(again) + 1 if begun else len(order)
    copies = [again] if begun else [again, again]
    return [*order[:at], *copies, *order[at:]]


def _complete_unknown(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    """To be ignored: the operation may have ended meanwhile."""
    return _inserted(draw, order, _complete("unknown"))


def _one_illegal(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    """4400: a message that is none."""
    return _inserted(draw, order, draw(_ILLEGAL))


def _any_order(draw: DrawFn, order: list[Envelope]) -> list[Envelope]:
    return draw(st.permutations(order))


def _inserted(draw: DrawFn, order: list[Envelope], step: Envelope) -> list[Envelope]:
    at = draw(st.integers(1, len(order)))
    return [*order[:at], step, *order[at:]]


# As it is comes first, which is where a search shrinks to, and as often as all that break.
_CHANGES: tuple[Change, ...] = (
    *([_as_it_is] * 4),
    *(_without_init, _init_twice, _same_id_twice, _complete_unknown, _one_illegal, _any_order),
)
