"""What a campaign is given: read, refused if it cannot work, and turned into routes."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable
from typing import Any

from ..errors import SetupError
from ..messages import is_message_class
from ..redaction import redact_url
from ..transports._urls import split_url
from .routes import Route, find_routes, named_route
from .settings import Settings

__all__ = ["check_loop", "checked_settings", "routes_of", "schemas_of", "target_of"]


def checked_settings(settings: Settings | None) -> Settings:
    """Return ``settings``, or the usual ones.

    Raises:
        TypeError: They are none.
    """
    if settings is None:
        return Settings()
    if not isinstance(settings, Settings):
        raise TypeError(f"settings must be Settings(...), not {settings!r}")
    return settings


def target_of(
    target: Any, factory: Callable[[], Any] | None
) -> tuple[Any, Callable[[], Any] | None]:
    """Return what is searched, made by ``factory`` if there is one, and that.

    Raises:
        TypeError: There is neither, or both, or the factory makes nothing.
    """
    if factory is None:
        if target is None:
            raise TypeError("give what to search: check(app), or check(factory=make_app)")
        return target, None
    if target is not None:
        raise TypeError("give a target or a factory, not both: check(factory=make_app)")
    if not callable(factory):
        raise TypeError(f"factory must be a function that makes the app, not {factory!r}")
    return factory(), factory


def routes_of(target: Any, path: str | None, settings: Settings) -> list[Route]:
    """Return which routes are searched.

    Raises:
        SetupError: There are none, or they are not on this machine.
        TypeError, ValueError: The target or the path is none.
    """
    if isinstance(target, str):
        if not settings.allow_remote and not _is_loopback(target):
            raise SetupError(
                f"{redact_url(target)!r} is not on this machine: a search sends hundreds of "
                "strange messages; if it is yours to test, say Settings(allow_remote=True) or "
                "--allow-remote"
            )
        target, path = target if path is None else target.rstrip("/") + path, None
    if path is None:
        return find_routes(target, include=settings.include, exclude=settings.exclude)
    return [named_route(target, path)]


def _is_loopback(url: str) -> bool:
    host = split_url(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_loop(target: Any) -> None:
    """Refuse to wait for a Server on the loop that it lives on.

    Raises:
        SetupError: It would wait for ever.
    """
    if getattr(target, "crashes", None) is None:
        return
    with contextlib.suppress(RuntimeError):
        if asyncio.get_running_loop() is target._loop:
            raise SetupError(
                "check(server) would wait for the server, which waits for this loop; "
                "write: report = await Campaign(server)"
            )


def schemas_of(route: Route) -> tuple[Any, ...]:
    """Return what the replies of ``route`` must fit; nothing if it does not say."""
    if route.sends is None or not all(map(is_message_class, route.sends)):
        return ()
    return route.sends or ({"title": "nothing", "not": {}},)
