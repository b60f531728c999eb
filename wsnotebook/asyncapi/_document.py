"""Reading an AsyncAPI document: ``read`` and ``Document``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SetupError
from ._info import (
    Action,
    ChannelInfo,
    Kind,
    MessageInfo,
    ServerInfo,
    read_channels,
    read_servers,
    text_of,
)
from ._schemas import bundled, unrolled
from ._tree import Tree

if TYPE_CHECKING:
    from ..properties import Campaign, Conversation, Report, Settings
    from ..properties._hypothesis import SearchStrategy

__all__ = ["Document", "read"]


def read(source: Mapping[str, Any] | str | PathLike[str]) -> Document:
    """Read an AsyncAPI document of version 3.

    Args:
        source: The document as a dict; as JSON or, where PyYAML is installed, YAML; or the path of
            a file that holds either. A ``str`` of one line that does not begin with ``{`` is a
            path.

    Raises:
        ValueError: It is no such document, or a reference in it leads out of it or nowhere.
        SetupError: It is YAML, and PyYAML is not installed.
        OSError: The file cannot be read.
    """
    place = ""
    try:
        if isinstance(source, Mapping):
            return _read(source, place)
        text, where = _text(source)
        place = f" in {where}"
        return _read(_parsed(text, where), place)
    except RecursionError:
        raise ValueError(f"the document{place} is nested too deeply to be read") from None


def _read(root: Any, place: str) -> Document:
    if not isinstance(root, Mapping) or "asyncapi" not in root:
        raise ValueError(f"no AsyncAPI document{place}: an object with a member 'asyncapi'")
    version = str(root["asyncapi"])
    if version.partition(".")[0] != "3":
        raise ValueError(
            f"the document{place} is AsyncAPI {version!r}: only 3 is read; convert it, for example "
            "with the command line of AsyncAPI: asyncapi convert FILE --target-version 3.0.0"
        )
    return Document(root)


class Document:
    """What an AsyncAPI document says; :func:`read` makes one.

    It describes the server: ``receive`` is what the server receives, ``send`` what it sends. A
    channel is named by its name in the document, or by its address; where several have the same
    address, all of them are meant, for on the wire they are one.

    Attributes:
        root: The document itself.
        title: Its title.
        version: The version of what it describes.
        description: In Markdown; may be empty.
        servers: Its servers.
        channels: Its channels.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._tree = Tree(root)
        self._types: dict[tuple[tuple[str, ...], Action], tuple[type[Any], ...]] = {}
        info = self._tree.object(root, "info")
        self.root = root
        self.title = text_of(info, "title")
        self.version = text_of(info, "version")
        self.description = text_of(info, "description")
        self.servers: tuple[ServerInfo, ...] = read_servers(self._tree)
        self.channels: tuple[ChannelInfo, ...] = read_channels(self._tree)

    def __repr__(self) -> str:
        count = len(self.channels)
        return f"<Document {self.title!r}: {count} channel{'' if count == 1 else 's'}>"

    def messages(self, action: Action, channel: str | None = None) -> tuple[MessageInfo, ...]:
        """Return what the server receives (``"receive"``) or sends (``"send"``).

        Args:
            action: Which of the two.
            channel: Name or address of a channel; ``None``: all of them.

        Raises:
            ValueError: There is no such action or channel.
        """
        if action not in ("receive", "send"):
            raise ValueError(f"action must be 'receive' or 'send', not {action!r}")
        return self._of(self.channels if channel is None else self._named(channel), action)

    def schemas(self, channel: str, *, action: Action = "send") -> tuple[dict[str, Any], ...]:
        """Return a JSON Schema (draft 7) of each kind of message, each complete in itself.

        ``replies_fit(*document.schemas("chat"))`` is an oracle for ``check``: what the server sends
        is what the document says.

        Args:
            channel: Name or address of a channel.
            action: ``"send"``: of what the server sends; ``"receive"``: of what clients send.

        Raises:
            ValueError: There is no such channel, or no such messages are described.
            SetupError: One of them is not JSON, or its schema is in a format that is not read.
        """
        return self._schemas(self._described(channel, action))

    def strategy(self, channel: str, *, action: Action = "receive") -> SearchStrategy[str | bytes]:
        """Return a Hypothesis strategy of messages, for ``check(app, path, messages=...)``.

        Args:
            channel: Name or address of a channel.
            action: ``"receive"``: of what clients send; ``"send"``: of what the server sends.

        Raises:
            ValueError: There is no such channel, or no such messages are described.
            SetupError: One is of a content type or a schema format that is not known.
            MissingExtra: Hypothesis or hypothesis-jsonschema is not installed.
        """
        return self._strategy(self._described(channel, action))

    def types(self, channel: str, *, action: Action = "send") -> tuple[type[Any], ...]:
        """Return Message classes, for ``connect(accepts=...)``.

        They have the names of the messages, in upper camel case, and come in the document's order;
        the same classes each time. A message that is one of several schemas is a class for each of
        them. What has no simple type is ``Any``: the docstring of a class tells what is not
        checked. What is not JSON is left out.

        Args:
            channel: Name or address of a channel.
            action: ``"send"``: of what the server sends; ``"receive"``: of what clients send.

        Raises:
            ValueError: There is no such channel, or no JSON is described.
            SetupError: The schema of a message is in a format that is not read.
        """
        from ._types import Types

        described = self._described(channel, action)
        told = [(one.name, _payload(one)) for one in described if one.kind == "json"]
        if not told:
            raise ValueError(f"channel {channel!r} {action}s no JSON: there is nothing to type")
        key = (tuple(one.name for one in self._named(channel)), action)
        if key not in self._types:
            self._types[key] = Types(self._tree).classes(told)
        return self._types[key]

    def check(
        self,
        target: Any = None,
        path: str | None = None,
        *,
        factory: Callable[[], Any] | None = None,
        params: Mapping[str, Any] | None = None,
        oracles: Iterable[Callable[[Conversation], None]] | None = None,
        settings: Settings | None = None,
    ) -> Report:
        """Search a server by the document, as ``wsnotebook.check`` searches without one.

        A channel is about the route whose path is its address, with the same names in braces; the
        path of one of the document's servers may stand before it. Such a route is sent what the
        document says that clients send, with values of its parameters where the document lists
        them, and what the server sends must fit the document. The other routes are searched as
        ever. Notes in the report tell what the document does not say.

        Args:
            target: What to search, as ``wsnotebook.check`` takes it. In a URL, parameters may be
                filled in.
            path: As there, and so are the others.
            factory: Makes the app, instead of ``target``.
            params: Values of the path's parameters, or strategies of them, by name.
            oracles: Further oracles.
            settings: How to search.

        Raises:
            SetupError: There is nothing to search, or no channel is at a route.
            TypeError, ValueError: An argument, or a schema of the document, cannot be used.
            MissingExtra: Hypothesis, hypothesis-jsonschema or jsonschema is not installed.
        """
        from ..properties._targets import check_loop

        check_loop(target)
        campaign = self.campaign(
            target, path, factory=factory, params=params, oracles=oracles, settings=settings
        )
        return campaign.start().join()

    def campaign(
        self,
        target: Any = None,
        path: str | None = None,
        *,
        factory: Callable[[], Any] | None = None,
        params: Mapping[str, Any] | None = None,
        oracles: Iterable[Callable[[Conversation], None]] | None = None,
        settings: Settings | None = None,
        name: str | None = None,
    ) -> Campaign:
        """Return the search that :meth:`check` does, as a handle: ``await tea.campaign(app)``.

        Args:
            target: As ``Campaign`` takes it, and so are the others.
            path: A path to search instead of all routes.
            factory: Makes the app, instead of ``target``.
            params: Values of the path's parameters, or strategies of them, by name.
            oracles: Further oracles.
            settings: How to search.
            name: The ``"module:attribute"`` of the target.

        Raises:
            SetupError, TypeError, ValueError, MissingExtra: As :meth:`check`.
        """
        from ._routes import DescribedCampaign

        return DescribedCampaign(
            self,
            target=target,
            path=path,
            factory=factory,
            params=params,
            oracles=oracles,
            settings=settings,
            name=name,
        )

    def _named(self, channel: str) -> list[ChannelInfo]:
        found = [one for one in self.channels if one.name == channel] or [
            one for one in self.channels if one.address == channel
        ]
        if not found:
            names = ", ".join(f"{one.name!r} ({one.address})" for one in self.channels)
            raise ValueError(f"no channel {channel!r}; there are: {names or 'none'}")
        return found

    def _described(self, channel: str, action: Action) -> tuple[MessageInfo, ...]:
        found = self.messages(action, channel)
        if not found:
            raise ValueError(f"the document does not say what channel {channel!r} {action}s")
        return found

    def _of(self, channels: Iterable[ChannelInfo], action: Action) -> tuple[MessageInfo, ...]:
        """Return the messages of ``channels``, each once."""
        found: list[MessageInfo] = []
        called: dict[str, list[MessageInfo]] = {}  # there may be thousands
        for one in (one for each in channels for one in each.messages(action)):
            alike = called.setdefault(one.name, [])
            if one not in alike:
                alike.append(one)
                found.append(one)
        return tuple(found)

    def _schemas(self, messages: Iterable[MessageInfo]) -> tuple[dict[str, Any], ...]:
        return tuple(
            bundled(self._tree, _payload(one, wanted="json"), one.name) for one in messages
        )

    def _strategy(self, messages: Iterable[MessageInfo]) -> SearchStrategy[str | bytes]:
        described = [(one.kind, _payload(one)) for one in messages]
        from ..properties._asyncapi import messages_of_kinds

        return messages_of_kinds(
            (kind, unrolled(self._tree, payload)) for kind, payload in described if kind is not None
        )


def _payload(message: MessageInfo, *, wanted: Kind | None = None) -> Any:
    if why := message.unread(wanted):
        raise SetupError(f"{why}: give a strategy, types or an oracle of your own")
    return message.payload


def _text(source: str | PathLike[str]) -> tuple[str, str]:
    """Return the text of a document, and what to call it in an error."""
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        return source, "the text"
    where = repr(str(source))
    try:
        return Path(source).read_text("utf-8"), where
    except UnicodeDecodeError as exc:
        raise ValueError(f"{where} is not UTF-8: {exc.reason} at {exc.start}") from None


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        if text.lstrip().startswith("{"):
            raise ValueError(f"{where} is not JSON: {exc}") from None
    from ._yaml import parse_yaml

    return parse_yaml(text, where)
