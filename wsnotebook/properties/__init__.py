"""The search for a conversation that breaks a server: ``check`` and what belongs to it.

Hypothesis loads when a name that needs it is first touched; routes and settings do without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .campaign import Campaign, check
    from .conversation import Conversation, Exchange, Side
    from .failures import Failure, Report, RouteReport
    from .oracles import (
        CODES,
        Mismatch,
        echo,
        nothing_before,
        order_kept,
        replies_by_id,
        replies_fit,
        rooms_apart,
    )
    from .progress import (
        CampaignFinished,
        ExampleRun,
        FailureFound,
        Progress,
        RouteFinished,
        RouteStarted,
        Sent,
    )
    from .routes import Parameter, Route, find_routes
    from .settings import Configuration, Settings, load_object, read_configuration
    from .strategies import (
        Case,
        Constants,
        Kind,
        Wire,
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

__all__ = [
    # The search
    "check",
    "Campaign",
    "Settings",
    "Configuration",
    "read_configuration",
    "load_object",
    # Where
    "find_routes",
    "Route",
    "Parameter",
    # What is sent
    "register_message_strategy",
    "message_strategies",
    "clear_message_strategies",
    "Kind",
    "Wire",
    "text_messages",
    "json_messages",
    "binary_messages",
    "graphql_messages",
    "graphql_sequences",
    "messages_accepted",
    "messages_of_schema",
    "message_sequences",
    "constants_of",
    "Case",
    "Constants",
    # What is right
    "Conversation",
    "Side",
    "Exchange",
    "Mismatch",
    "echo",
    "replies_by_id",
    "replies_fit",
    "order_kept",
    "nothing_before",
    "rooms_apart",
    # What was found
    "Report",
    "RouteReport",
    "Failure",
    "CODES",
    # What is told meanwhile
    "Progress",
    "RouteStarted",
    "ExampleRun",
    "Sent",
    "FailureFound",
    "RouteFinished",
    "CampaignFinished",
]

_HOMES = {
    "campaign": ("Campaign", "check"),
    "conversation": ("Conversation", "Exchange", "Side"),
    "failures": ("Failure", "Report", "RouteReport"),
    "oracles": (
        *("CODES", "Mismatch", "echo", "nothing_before"),
        *("order_kept", "replies_by_id", "replies_fit", "rooms_apart"),
    ),
    "progress": (
        *("CampaignFinished", "ExampleRun", "FailureFound"),
        *("Progress", "RouteFinished", "RouteStarted", "Sent"),
    ),
    "routes": ("Parameter", "Route", "find_routes"),
    "settings": ("Configuration", "Settings", "load_object", "read_configuration"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF.get(name, 'strategies')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
