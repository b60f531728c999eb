"""What a document says of the routes of an app: which channels are where, what goes to and fro.

What a search does with it is the business of ``properties``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..errors import SetupError
from ..properties._asyncapi import one_of_values
from ..properties._brief import Brief
from ..properties.campaign import Campaign
from ..properties.oracles import replies_fit
from ..properties.routes import Route
from ._info import ChannelInfo, ServerInfo

if TYPE_CHECKING:
    from ._document import Document

__all__ = ["DescribedCampaign"]

_SHOWN = 20
_log = logging.getLogger("wsnotebook.asyncapi")


class DescribedCampaign(Campaign):
    """A search that knows of each route what a document says of it.

    Args:
        document: The document.
        given: What :class:`Campaign` takes.

    Raises:
        SetupError: No channel is at a route.
        SetupError, TypeError, ValueError, MissingExtra: As :meth:`Document.campaign`.
    """

    def __init__(self, document: Document, **given: Any) -> None:
        self._briefing = _Briefing(document)
        super().__init__(**given)
        self._briefing.check(self.routes)
        chosen = given.get("path") or self.settings.include or self.settings.exclude
        if not chosen and not isinstance(given.get("target"), str):
            self._briefing.tell_unmatched()

    def _brief(self, route: Route) -> Brief:
        # What is given counts for more than what the document says.
        return super()._brief(route).over(self._briefing(route))


class _Briefing:
    """Says of each route what the channels at its path say.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._matched: set[str] = set()
        bases = {"", *map(_base, document.servers)}
        self._paths = {
            one.name: [unquote(base + path) for base in bases]
            for one in document.channels
            if (path := _path(one)) is not None
        }

    def __call__(self, route: Route) -> Brief:
        """Return what is known of ``route``.

        Raises:
            ValueError: A schema refers to what is not there, or is none.
            MissingExtra: hypothesis-jsonschema or jsonschema is not installed.
        """
        channels = self._at(route)
        if not channels:
            return Brief(notes=("the document has no channel at this path: searched without it",))
        self._matched.update(one.name for one in channels)
        messages, unsent = self._messages(channels)
        oracles, unjudged = self._oracles(channels)
        return Brief(
            messages=messages,
            params=_values(channels, route),
            oracles=oracles,
            notes=(*unsent, *unjudged),
        )

    def check(self, routes: Sequence[Route]) -> None:
        """Refuse a document that has nothing to say of ``routes``, after they were asked about.

        Raises:
            SetupError: No channel is at one of them.
        """
        if not self._matched:
            hint = "both must have the same path, with the same names in braces"
            if all(one.endpoint is None for one in routes):
                hint = "give the path of one, as in check(url, '/path')"
            raise SetupError(
                f"no channel of {self._document.title!r} is at a route: the channels are at "
                f"{_listed(map(_place, self._document.channels))}, the routes at "
                f"{_listed(repr(one.path) for one in routes)}; {hint}"
            )

    def tell_unmatched(self) -> None:
        """Warn of channels that are at none of the routes, after all of these were asked about."""
        left = [one for one in self._document.channels if one.name not in self._matched]
        if left:
            _log.warning("no route for the channels at %s", _listed(map(_place, left)))

    def _at(self, route: Route) -> list[ChannelInfo]:
        path = unquote(route.path)
        named = {name for name, several in self._paths.items() if path in several}
        if not named and route.endpoint is None and not route.parameters:
            # Whoever gives a URL has filled in the parameters.
            named = {name for name, several in self._paths.items() if _is_filled(path, several)}
        return [one for one in self._document.channels if one.name in named]

    def _messages(self, channels: Sequence[ChannelInfo]) -> tuple[Any, list[str]]:
        """Return a strategy of what clients send; ``None`` if it is not known; and remarks."""
        received = self._document._of(channels, "receive")
        if not received:
            return None, ["the document does not say what clients send here"]
        unread = [f"never sent: {why}" for one in received if (why := one.unread())]
        sent = [one for one in received if not one.unread()]
        return (self._document._strategy(sent) if sent else None), unread

    def _oracles(
        self, channels: Sequence[ChannelInfo]
    ) -> tuple[tuple[replies_fit, ...], list[str]]:
        """Return what judges the replies, and remarks."""
        sent = self._document._of(channels, "send")
        if not sent:
            return (), ["the document does not say what the server sends here: it is not judged"]
        if unread := next(filter(None, [one.unread("json") for one in sent]), ""):
            return (), [f"what the server sends is not judged: {unread}"]
        return (replies_fit(*self._document._schemas(sent)),), []


def _listed(names: Iterable[str]) -> str:
    """Return ``names`` in one line, only the first of very many."""
    several = list(names)
    more = [f"{len(several) - _SHOWN} more"] if len(several) > _SHOWN else []
    return ", ".join([*several[:_SHOWN], *more]) or "none"


def _values(channels: Iterable[ChannelInfo], route: Route) -> Mapping[str, Any]:
    names = {one.name for one in route.parameters}
    parameters = [one for channel in channels for one in channel.parameters if one.name in names]
    return {one.name: one_of_values(one.values) for one in parameters if one.values}


def _place(channel: ChannelInfo) -> str:
    path = _path(channel)
    return f"no known path ({channel.name!r})" if path is None else repr(path)


def _path(channel: ChannelInfo) -> str | None:
    if channel.address is None:
        return None
    return "/" + channel.address.partition("?")[0].lstrip("/")


def _base(server: ServerInfo) -> str:
    """Return the path of a server, below which all addresses are."""
    _, slash, path = server.url.partition("://")[2].partition("/")
    return f"{slash}{path}".rstrip("/")


def _is_filled(path: str, templates: Iterable[str]) -> bool:
    """Whether ``path`` is one of ``templates`` with values in the place of its parameters."""
    for template in templates:
        parts = re.split(r"\{[^{}/]*\}", template)
        if re.fullmatch("[^/]+".join(map(re.escape, parts)), path):
            return True
    return False
