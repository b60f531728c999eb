"""What stands for each kind of event between a client's lane and the server's, as SVG paths.

A message is an arrow. A handshake is a double line between two dots, a closure a line from a ring,
an error a cross. Pings and pongs, and what no frame carried, are dashed. Whatever went wrong is
crossed, too.
"""

from __future__ import annotations

from .text import Drawable

__all__ = ["kinds", "path", "shape"]

_NO_FRAME = 1006
_NO_FAULT = {1000, 1001, 1005}
_OWN = 3000  # from here on a code means what the application says


def path(name: str, d: str) -> str:
    """Return a path of one class."""
    return f'<path class="wsn-{name}" d="{d}"/>'


def kinds(event: Drawable) -> list[str]:
    """Return the classes of an event's row."""
    if event.direction is not None:
        return [event.direction] if event.kind == "message" else [event.direction, "control"]
    return ["wrong"] if _is_wrong(event) else [event.kind]


def shape(event: Drawable, x: int, server: int, y: int) -> str:
    """Return what is drawn between the client's lane at ``x`` and the server's, at height ``y``."""
    if event.kind == "error":
        return path("cross", _cross(x, y, 5)) + path("dashed", f"M{x + 8} {y}H{server}")
    if event.kind == "close":
        return _closure(event, x, server, y)
    if event.kind == "open":
        lines = "".join(f"M{x} {y + dy}H{server}" for dy in (-1.5, 1.5))
        return path("line", lines) + path("solid", _circle(x, y, 4) + _circle(server, y, 4))
    start, end = (x, server) if event.direction == "sent" else (server, x)
    return _arrow(start, end, y, "line" if event.kind == "message" else "dashed")


def _arrow(start: int, end: int, y: int, line: str) -> str:
    back = -9 if end > start else 9
    tip = f"M{end} {y}l{back} -4v8z"
    return path(line, f"M{start} {y}H{end + back}") + path("solid", _circle(start, y, 2) + tip)


def _closure(event: Drawable, x: int, server: int, y: int) -> str:
    ring = _circle(x, y, 5) + (_cross(x, y, 3) if _is_wrong(event) else "")
    line = "dashed" if event.code == _NO_FRAME else "line"
    return path("ring", ring) + path(line, f"M{x + 5} {y}H{server}")


def _is_wrong(event: Drawable) -> bool:
    if event.kind == "close":
        return event.code is not None and event.code < _OWN and event.code not in _NO_FAULT
    return event.kind == "error"


def _circle(x: int, y: int, r: int) -> str:
    return f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"


def _cross(x: int, y: int, r: int) -> str:
    return f"M{x - r} {y - r}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}"
