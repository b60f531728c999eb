"""What ``wsnotebook serve`` serves: the app, imported anew in each process that serves it.

Also the layer that it is served with. How many processes there are, and what becomes of them, is
``_workers``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import SetupError
from ..layers import Layer, layer_of, use_layer, used_layer
from ..layers.memory import MemoryLayer
from ..properties.routes import find_routes
from ..redaction import redact_url
from ..transports.targets import channel_of, kind_of, without_class
from ._asked import Asked
from ._output import Misuse

__all__ = ["Served", "named_layer"]


@dataclass(frozen=True, slots=True)
class Served:
    """An app that is served, as every process that serves it is told of it.

    Attributes:
        asked: Where the app is.
        layer: The URL of the layer that its Channels use; ``None``: each the one it has.
        workers: How many processes serve it.
    """

    asked: Asked
    layer: str | None
    workers: int

    def make(self) -> Any:
        """Import the app, call it if that makes the app, and return what is to be served.

        Raises:
            SetupError: It cannot be imported or made, or not be served by so many processes.
            MissingExtra: redis-py is not installed.
        """
        if self.layer is not None:
            use_layer(self.layer)
        target = self.asked.load()
        with self.asked.making():
            app = without_class(target() if self.asked.factory else target)
            kind = kind_of(app)
        if self.workers > 1:
            if kind == "handler":
                raise SetupError(
                    f"{self.asked.target!r} is a websockets handler, which one process serves: "
                    "leave --workers out, or write it as a Channel"
                )
            self._check_layers(app)
        return app

    def _check_layers(self, app: Any) -> None:
        for channel in _channels(app):
            layer = used_layer(channel.layer)
            if not _is_shared(layer):
                has = "no layer" if layer is None else "a layer of one process"
                raise SetupError(
                    f"{self.workers} processes would be {self.workers} separate chats: "
                    f"{channel.__qualname__} has {has}; give --layer redis://127.0.0.1:6379, "
                    "or leave --workers out"
                )


def named_layer(url: str, *, for_several: bool) -> Layer:
    """Return the layer that ``url`` names.

    Args:
        url: What ``--layer`` was given.
        for_several: Whether several processes are to share it.

    Raises:
        MissingExtra: redis-py is not installed.
        Misuse: It names none, or one that they cannot share.
    """
    try:
        layer = layer_of(url)
    except ValueError as exc:
        raise Misuse(f"argument --layer: {str(exc).replace(url, redact_url(url))}") from exc
    if for_several and not _is_shared(layer):
        raise Misuse(
            f"argument --layer: {url!r} is a layer of one process, and others hear nothing of it; "
            "give redis://127.0.0.1:6379, say"
        )
    return layer


def _is_shared(layer: Layer | None) -> bool:
    return layer is not None and not isinstance(layer, MemoryLayer)


def _channels(app: Any) -> list[Any]:
    """Return the Channel classes that are known to be served by ``app``."""
    if (channel := channel_of(app)) is not None:
        return [channel]
    try:
        routes = find_routes(app)
    except (SetupError, TypeError):  # it does not tell
        return []
    return [found for one in routes if (found := channel_of(one.endpoint)) is not None]
