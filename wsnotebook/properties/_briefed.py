"""A search that knows more of each route than the app tells: a campaign with a brief for each.

Where a brief comes from, such as a document that describes the server, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ._example import Example
from ._hypothesis import SearchStrategy
from ._subject import Subject
from .campaign import Campaign
from .conversation import Conversation
from .failures import RouteReport
from .routes import Route

__all__ = ["Brief", "BriefedCampaign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is known of one route.

    Attributes:
        messages: A strategy of what clients send; ``None``: it is not known.
        params: Values of parameters of its path, or strategies of them, by name.
        oracles: What judges its conversations, before the campaign's own oracles.
        notes: Remarks for its report.
    """

    messages: SearchStrategy[Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    oracles: tuple[Callable[[Conversation], None], ...] = ()
    notes: tuple[str, ...] = ()


class BriefedCampaign(Campaign):
    """A campaign in which each route is searched by its brief.

    Args:
        brief: Returns the brief of a route; asked once for each.
        given: What :class:`Campaign` takes.

    Raises:
        SetupError, TypeError, ValueError: As :class:`Campaign`.
    """

    def __init__(self, brief: Callable[[Route], Brief], **given: Any) -> None:
        self._brief = brief
        self._briefs: dict[str, Brief] = {}
        super().__init__(**given)

    @contextmanager
    def _briefed(self, route: Route) -> Iterator[Brief]:
        """Have what the campaign was given, and the brief of ``route``, in a block."""
        if route.path not in self._briefs:
            self._briefs[route.path] = self._brief(route)
        brief = self._briefs[route.path]
        given = self._messages, self._params, self._oracles
        if brief.messages is not None:
            self._messages = brief.messages
        self._params = {**brief.params, **(self._params or {})}
        self._oracles = (*brief.oracles, *self._oracles)
        try:
            yield brief
        finally:
            self._messages, self._params, self._oracles = given

    def _strategy(self, route: Route) -> SearchStrategy[Example]:
        with self._briefed(route):
            return super()._strategy(route)

    def _search_route(
        self, subject: Subject, route: Route, strategy: SearchStrategy[Example]
    ) -> RouteReport:
        with self._briefed(route) as brief:
            report = super()._search_route(subject, route, strategy)
        return replace(report, notes=(*brief.notes, *report.notes))
