"""Sequences of messages: mostly what a route expects, and now and then what it does not.

What single messages there are is ``_values``; what a route expects, ``strategies``.
"""

from __future__ import annotations

import json
from typing import Any

from ..messages import encode_json
from ._constants import NO_CONSTANTS
from ._hypothesis import DrawFn, SearchStrategy, reject, st
from ._registry import Wire
from ._values import Item, Menu, from_menu, json_values

__all__ = ["mixed_sequences", "size_of"]

# Of so many messages, one is of a kind that the route does not expect.
_ONE_WRONG_OF = 8
# How long a sequence is on average, if it may be much longer.
_USUAL_LENGTH = 8
_WAYS_TO_SPOIL = st.sampled_from(range(3))
_ANY_VALUE = json_values(NO_CONSTANTS)


def size_of(message: Wire) -> int:
    """Return the size of ``message`` on the wire, in bytes."""
    return len(message.encode() if isinstance(message, str) else message)


def mixed_sequences(
    expected: list[Menu[Any]], own: list[Menu[Any]], *, max_messages: int, max_message_size: int
) -> SearchStrategy[list[Wire]]:
    """Return a strategy of sequences, each mostly from one of the menus that are ``expected``.

    Messages that are too large are left out.

    Args:
        expected: What the route expects; all as long as the first.
        own: What there is of other kinds.
        max_messages: The longest sequence.
        max_message_size: The largest message, in bytes.
    """
    menus = [_with_wrong(usual, own) for usual in expected]
    ends = round(len(menus[0]) / min(_USUAL_LENGTH, 0.8 * max_messages)) or 1
    kinds = st.sampled_from(range(len(menus)))
    # One choice says whether there is another message and what it is; st.lists makes two.
    places = st.sampled_from(range(ends + len(menus[0])))

    @st.composite
    def mixed(draw: DrawFn) -> list[Wire]:
        menu = menus[draw(kinds) if len(menus) > 1 else 0]
        messages: list[Wire] = []
        left_out = False
        while len(messages) < max_messages and (place := draw(places)) >= ends:
            message = menu[place - ends].drawn(draw)
            if size_of(message) <= max_message_size:
                messages.append(message)
            else:
                left_out = True
        return reject() if left_out and not messages else messages

    return mixed()


def _with_wrong(usual: Menu[Any], own: list[Menu[Any]]) -> Menu[Wire]:
    kinds = (_spoiled(from_menu(usual)), *map(from_menu, own))
    wrong: Menu[Wire] = tuple(Item(kind) for kind in kinds)
    return (*usual * (_ONE_WRONG_OF - 1), *[Item(from_menu(wrong))] * len(usual))


# Messages that are wrong


@st.composite
def _spoiled(draw: DrawFn, usual: SearchStrategy[Wire]) -> Wire:
    """Draw a message and send it in the other type of frame, or with a field that is wrong."""
    message = draw(usual)
    value = _object_in(message)
    way = draw(_WAYS_TO_SPOIL)
    if not value or way == 0:
        return _other_frame(message)
    key = draw(st.sampled_from(sorted(value)))
    del value[key]
    return encode_json({**value, key: draw(_ANY_VALUE)} if way == 1 else value)


def _object_in(message: Wire) -> dict[str, Any]:
    try:
        value = json.loads(message)
        encode_json(value)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _other_frame(message: Wire) -> Wire:
    return message.encode() if isinstance(message, str) else message.decode(errors="ignore")
