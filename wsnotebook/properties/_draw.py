"""What a search chooses: the strategy of whole conversations with one route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import SetupError
from ..messages import is_message_class
from ._constants import Constants
from ._example import Example, Pace
from ._graphql import GRAPHQL_SUBPROTOCOL
from ._hypothesis import DrawFn, HypothesisException, SearchStrategy, st
from ._models import messages_accepted
from ._path_values import path_values
from ._registry import Wire, registered_strategies
from .routes import Route
from .settings import Settings
from .strategies import binary_messages, json_messages, message_sequences, text_messages

__all__ = ["BadStrategy", "examples"]

_PACES: tuple[Pace, ...] = ("step", "burst", "leave")


class BadStrategy(BaseException):
    """A strategy cannot be drawn from. Hypothesis lets it through: nothing is to be shrunk.

    Attributes:
        error: Why.
    """

    def __init__(self, error: SetupError) -> None:
        super().__init__(error)
        self.error = error


def examples(
    route: Route,
    settings: Settings,
    *,
    messages: SearchStrategy[Any] | None = None,
    params: Mapping[str, Any] | None = None,
    constants: Constants,
) -> SearchStrategy[Example]:
    """Return a strategy of conversations with ``route``.

    Args:
        route: What is connected to.
        settings: How many clients and messages, which close codes.
        messages: A strategy of one message.
        params: Values or strategies of the path's parameters, by name.
        constants: What the app's source mentions.

    Raises:
        TypeError, ValueError: ``messages`` or ``params`` cannot be used.
    """
    offers = _offers(route, constants)
    if messages is None and route.accepts and not registered_strategies(route.path):
        messages = _declared(route.accepts, constants, settings.max_message_size)
    sequences = message_sequences(
        messages,
        path=route.path,
        subprotocols=offers[-1],
        constants=constants,
        max_messages=settings.max_messages,
        max_message_size=settings.max_message_size,
    )
    values = path_values(route.parameters, given=params, constants=constants)
    return _examples(
        _guarded(values),
        _guarded(sequences),
        route.fill,
        settings.clients,
        offers,
        tuple(settings.test_close_codes),
    )


def _declared(
    types: Sequence[Any], constants: Constants, max_message_size: int
) -> SearchStrategy[Any]:
    """Return a strategy of what a route declares to take: models, text, bytes, any JSON."""
    models = tuple([one for one in types if is_message_class(one)])
    kinds: list[SearchStrategy[Any]] = []
    if models:
        kinds.append(messages_accepted(models, constants=constants))
    if str in types:
        kinds.append(text_messages(constants=constants, max_message_size=max_message_size))
    if bytes in types:
        kinds.append(binary_messages(max_message_size=max_message_size))
    if not kinds:
        kinds.append(json_messages(constants=constants, max_message_size=max_message_size))
    return st.one_of(kinds)


def _offers(route: Route, constants: Constants) -> list[tuple[str, ...]]:
    """Return which subprotocols a client may offer, the most last."""
    known = route.subprotocols
    if not known and GRAPHQL_SUBPROTOCOL in (*constants.texts, *constants.keys):
        known = (GRAPHQL_SUBPROTOCOL,)
    alone = [(one,) for one in known] if len(known) > 1 else []
    return [(), *alone, known] if known else [()]


@st.composite
def _examples(  # noqa: PLR0917  # draw comes first, and is not given
    draw: DrawFn,
    values: SearchStrategy[dict[str, Any]],
    sequences: SearchStrategy[list[Wire]],
    fill: Callable[[Mapping[str, Any]], str],
    clients: int,
    offers: Sequence[tuple[str, ...]],
    close_codes: Sequence[int],
) -> Example:
    paths = [fill(draw(values))]
    for _ in range(clients - 1):
        if draw(st.booleans()):  # half of them go where another is
            paths.append(paths[0])
            continue
        path = fill(draw(values))
        paths.append(path if path != paths[0] else fill(draw(values)))
    sequence = draw(sequences)
    places = range(clients)
    return Example(
        tuple(paths),
        draw(st.sampled_from(offers)) if len(offers) > 1 else offers[0],
        tuple([(draw(st.sampled_from(places)) if clients > 1 else 0, one) for one in sequence]),
        draw(st.sampled_from(_PACES)),
        draw(st.sampled_from(close_codes)) if len(close_codes) > 1 else close_codes[0],
    )


@st.composite
def _guarded(draw: DrawFn, strategy: SearchStrategy[Any]) -> Any:
    """Draw, and tell what a user's strategy raises from what the app does."""
    try:
        return draw(strategy)
    except HypothesisException:
        raise
    except SetupError as exc:
        raise BadStrategy(exc) from None
    except Exception as exc:
        text = f"a strategy raised {exc!r} while it was drawn from; draw examples of it alone"
        error = SetupError(text)
        error.__cause__ = exc
        raise BadStrategy(error) from None
