"""The picture in swim lanes: a lane for each client and server, an arrow for each frame.

Like the text picture it holds order and no times, unless asked, and is the same on every run. What
is shown, and on which row, is decided in ``_lanes``; the words are made in ``labels``.

The SVG stands alone, and any number can stand in one page: there are no ids and no scripts, and the
style speaks of its own classes only. Within a page it has the page's colours; alone, in a file or
an ``<img>``, the light or dark ones that the reader prefers. Whatever has a colour of its own, from
the palette of Okabe and Ito, is also told apart by shape and by words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Self, TypeAlias

from ._lanes import Gap, Life, Plan, make_plan
from ._shapes import kinds, path, shape
from .labels import columns, cut, label, sentence, whole
from .text import Drawable, in_one_line, line_of

__all__ = ["SERVER", "Far", "Life", "Picture", "draw_plan", "draw_svg", "make_plan"]

SERVER = "server"
Far: TypeAlias = str | Mapping[str, str]
"""What the other end is called; or, where there are several, that of each client by its name."""

# Pixels.
_COLUMN = 8  # of a font of 13 pixels, generously
_ROW = 28
_ARROW = 22  # from the top of a row to its arrow
_MARGIN = 8
_PAD = 12  # between a lane and words
_HEAD = 22  # the height of a name
_SERVER = 64  # the least width of the other end's
_NARROW = 26  # the width of a lane whose name is written upwards
_MARK = 16

_NAME = 14  # columns of a name
_TEXT = 72  # characters of a payload in words
_ACROSS = 8  # so many lanes have names written across
_TALL = 20  # rows from which on the names are repeated at the foot

_ATTRIBUTES = 'class="wsn-lanes" role="img" xml:space="preserve"'
_STYLE = """\
.wsn-lanes{max-width:100%;height:auto;direction:ltr;color:var(--jp-ui-font-color1,inherit);\
font:13px/1 monospace;font-family:var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace)}
.wsn-lanes:root{color:#1b1b1b;background:#fff}
@media (prefers-color-scheme:dark){.wsn-lanes:root{color:#e6e6e6;background:#111}}
.wsn-lanes text{fill:currentColor}
.wsn-lanes tspan{unicode-bidi:isolate}
.wsn-lanes path,.wsn-lanes rect{fill:none;stroke:currentColor;stroke-width:1.5}
.wsn-lanes .wsn-solid{fill:currentColor}
.wsn-lanes .wsn-dashed{stroke-dasharray:4 4}
.wsn-lanes .wsn-name{font-weight:bold}
.wsn-lanes .wsn-middle{text-anchor:middle}
.wsn-lanes .wsn-time{text-anchor:end;opacity:.85}
.wsn-lanes .wsn-lane{stroke-width:1;stroke-dasharray:1 5;opacity:.7}
.wsn-lanes .wsn-life{stroke-width:3;opacity:.3}
.wsn-lanes .wsn-band{fill:currentColor;fill-opacity:0;stroke:none}
.wsn-lanes .wsn-row:hover .wsn-band{fill-opacity:.08}
.wsn-lanes .wsn-marked .wsn-band{fill-opacity:.1;stroke:currentColor;stroke-width:1}
.wsn-lanes .wsn-gap{font-style:italic}
.wsn-lanes .wsn-gap .wsn-band{fill-opacity:.06}
.wsn-lanes .wsn-cross{stroke-width:2.5}
.wsn-lanes .wsn-sent path{color:#0072b2;color:color-mix(in srgb,#0072b2 75%,currentColor)}
.wsn-lanes .wsn-received path{color:#009e73;color:color-mix(in srgb,#009e73 75%,currentColor)}
.wsn-lanes .wsn-wrong{color:#d55e00;color:color-mix(in srgb,#d55e00 75%,currentColor)}
.wsn-lanes .wsn-control{opacity:.75}
"""

_SHOW = ".wsn-picture[hidden]{display:block!important}.wsn-picture+pre{display:none}"

# How ``shorten`` tells the length of what it cut; a payload itself ends with its quote.
_LENGTH = re.compile(r"""(?<=['"])\.\.\. \([\d,]+ (characters|bytes)\)$""")


class Picture(str):
    """The text of an SVG, which a notebook shows as the picture.

    Attributes:
        text: The same in words, for where no picture can be shown.
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, svg: str, text: str) -> Self:  # noqa: D102
        picture = super().__new__(cls, svg)
        picture.text = text
        return picture

    def _repr_html_(self) -> str:
        # A notebook that is not trusted yet loses style and picture, but not the words that stood
        # in the picture. Those stay hidden then, and the text is seen instead.
        return (
            f"<div><style>{_SHOW}</style>\n"
            f'<div class="wsn-picture" hidden="hidden">{self}</div>\n'
            f"<pre>{escape(self.text, quote=False)}</pre></div>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        del cycle
        printer.text(self.text)


def draw_svg(
    events: Iterable[Drawable],
    *,
    times: bool = False,
    width: int = 48,
    limit: int | None = 60,
    mark: int | None = None,
    far: Far = SERVER,
) -> Picture:
    """Return a picture of ``events`` in swim lanes.

    Args:
        events: What happened, oldest first.
        times: Whether each row starts with its time in seconds. Then order is by time alone.
        width: Columns of text on an arrow. Hovering shows up to a thousand characters.
        limit: How many events are shown at most; the middle is left out and counted. ``None``: all.
        mark: The index of an event that stands out, and is shown wherever it is.
        far: What the other end is called; or that of each client, by the client's name: then each
            end has a lane.

    Raises:
        ValueError: ``width`` or ``limit`` is negative, or there is no event ``mark``.
    """
    for name, value in (("width", width), ("limit", limit or 0)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, not {value!r}")
    plan = make_plan(events, times=times, limit=limit, mark=mark)
    return draw_plan(plan, times=times, width=width, far=far)


def draw_plan(plan: Plan, *, times: bool, width: int, far: Far = SERVER) -> Picture:
    """Return a picture of what is planned; the arguments are those of :func:`draw_svg`."""
    drawing = _Drawing(plan, times=times, width=width, far=far)
    return Picture(drawing.svg(), _in_text(plan, times=times))


def _in_text(plan: Plan, *, times: bool) -> str:
    names = max((len(in_one_line(name)) for name in plan.clients), default=0)
    lines = [
        str(row) if isinstance(row, Gap) else in_one_line(line_of(row, names, times, _TEXT))
        for row in plan.rows
    ]
    if plan.marked is not None:
        lines = [("> " if at == plan.marked else "  ") + line for at, line in enumerate(lines)]
    return "\n".join(lines)


class _Drawing:
    """One picture: first its measures, then its parts."""

    def __init__(self, plan: Plan, *, times: bool, width: int, far: Far) -> None:
        self._plan = plan
        self._far = {client: _far_of(client, far) for client in plan.clients}
        self._times = times
        self._labels = [
            str(row) if isinstance(row, Gap) else label(row, width) for row in plan.rows
        ]
        self._names = {client: cut(client, _NAME) for client in plan.clients}
        self._upwards = len(self._names) > _ACROSS
        longest = _COLUMN * max(map(columns, self._names.values()), default=0)
        self._lane = _NARROW if self._upwards else max(56, longest + 24)
        self._left = _MARGIN + (0 if plan.marked is None else _MARK)
        if times:
            self._left += _COLUMN * max(map(len, map(_time, plan.rows)), default=0) + _PAD
        first = self._left + self._lane // 2
        self._x = {client: first + self._lane * at for at, client in enumerate(plan.clients)}
        # Words stand between the last client and the server, where no lane crosses them.
        self._text = max(self._x.values(), default=first) + _PAD
        said = _COLUMN * max(map(columns, self._labels), default=0)
        self._servers: dict[str, int] = {}
        edge = self._text + max(said, 120) + _PAD
        for server in dict.fromkeys(self._far.values()) or [_far_of("", far)]:
            half = _far_width(server) // 2
            self._servers[server] = edge + half if self._servers else edge
            edge = self._servers[server] + half + _MARGIN
        self._width = edge
        self._top = 2 * _MARGIN + (longest if self._upwards else _HEAD)
        self._bottom = self._top + _ROW * len(plan.rows) + _MARGIN

    def svg(self) -> str:
        foot = len(self._plan.rows) > _TALL and not self._upwards
        height = self._bottom + (_HEAD + _MARGIN if foot else 0)
        size = f'width="{self._width}" height="{height}" viewBox="0 0 {self._width} {height}"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_ATTRIBUTES}>',
            f"<title>{_escaped(self._title())}</title>",
            f"<desc>{_escaped(self._description())}</desc>",
            f"<style>{_STYLE}</style>",
            *self._lanes(),
            *self._heads(self._top - _MARGIN),
            *(self._heads(self._bottom + _HEAD) if foot else ()),
            *map(self._row, range(len(self._plan.rows))),
            "</svg>",
        ]
        return "\n".join(parts)

    def _title(self) -> str:
        names = ", ".join([*self._names.values()][:_ACROSS]) or "nobody"
        if (more := len(self._names) - _ACROSS) > 0:
            names += f" and {more} more"
        events = self._plan.events
        return f"Timeline of {names}: {events:,} event{'' if events == 1 else 's'}"

    def _description(self) -> str:
        lines = [
            said if isinstance(row, Gap) else sentence(row, said)
            for row, said in zip(self._plan.rows, self._labels, strict=True)
        ]
        if self._plan.marked is not None:
            lines[self._plan.marked] += " (marked)"
        return "\n".join(lines)

    # Lanes

    def _lanes(self) -> Iterator[str]:
        for client, x in self._x.items():
            above = self._top
            for life in self._plan.lives[client]:
                first = above if life.first is None else self._y(life.first)
                last = self._bottom if life.last is None else self._y(life.last)
                yield path("lane", f"M{x} {above}V{first}") + path("life", f"M{x} {first}V{last}")
                above = last
            yield path("lane", f"M{x} {above}V{self._bottom}")
        for x in self._servers.values():
            yield path("life", f"M{x} {self._top}V{self._bottom}")

    def _y(self, row: int) -> int:
        return self._top + _ROW * row + _ARROW

    def _heads(self, foot: int) -> Iterator[str]:
        for client in self._x:
            yield f"<g><title>{_escaped(cut(client))}</title>{self._head(client, foot)}</g>"
        for server, x in self._servers.items():
            yield _box(x, foot, _far_width(server), cut(server, _NAME))

    def _head(self, client: str, foot: int) -> str:
        x, name = self._x[client], self._names[client]
        if not self._upwards:
            return _box(x, foot, self._lane - 8, name)
        turned = f'transform="translate({x + 4} {foot}) rotate(-90)"'
        return f'<text class="wsn-name" {turned}>{_isolated(name)}</text>'

    # Rows

    def _row(self, at: int) -> str:
        row, y = self._plan.rows[at], self._y(at)
        area = f'x="1" y="{y - _ARROW}" width="{self._width - 2}" height="{_ROW}"'
        band = f'<rect class="wsn-band" {area}/>'
        if isinstance(row, Gap):
            words = f'<text x="{self._text}" y="{y - 3}">{self._labels[at]}</text>'
            return f'<g class="wsn-row wsn-gap">{band}{words}</g>'
        names = ["row", *kinds(row)]
        parts = [f"<title>{_escaped(self._whole(row))}</title>", band]
        if at == self._plan.marked:
            names.append("marked")
            parts.append(_pointer(_MARGIN, y))
        if self._times:
            x = self._left - _PAD
            parts.append(f'<text class="wsn-time" x="{x}" y="{y + 4}">{_time(row)}</text>')
        server = self._servers[self._far[row.client]]
        parts.append(shape(row, self._x[row.client], server, y))
        parts.append(f'<text x="{self._text}" y="{y - 7}">{_isolated(self._labels[at])}</text>')
        classes = " ".join(f"wsn-{name}" for name in names)
        return f'<g class="{classes}">{"".join(parts)}</g>'

    def _whole(self, event: Drawable) -> str:
        clock = f"{_time(event)}  " if self._times else ""
        return clock + sentence(event, whole(event))


def _far_of(client: str, far: Far) -> str:
    return far if isinstance(far, str) else far.get(client, SERVER)


def _far_width(server: str) -> int:
    return max(_SERVER, _COLUMN * columns(cut(server, _NAME)) + 16)


def _time(row: Drawable | Gap) -> str:
    return "" if isinstance(row, Gap) else f"{row.time:.3f} s"


def _pointer(x: int, y: int) -> str:
    # Not a path: those have the colour of their row.
    return f'<polygon class="wsn-solid" points="{x},{y - 6} {x + 10},{y} {x},{y + 6}"/>'


def _box(x: int, foot: int, width: int, name: str) -> str:
    return (
        f'<rect x="{x - width // 2}" y="{foot - _HEAD}" width="{width}" height="{_HEAD}" rx="4"/>'
        f'<text class="wsn-name wsn-middle" x="{x}" y="{foot - 7}">{_isolated(name)}</text>'
    )


def _escaped(words: str) -> str:
    return escape(words, quote=False)  # for text; no attribute holds words of others


def _isolated(words: str) -> str:
    """Return ``words`` as SVG; what is written from right to left does not move its neighbours."""
    length = _LENGTH.search(words)
    said, rest = (words[: length.start()], length[0]) if length else (words, "")
    return f"<tspan>{_escaped(said)}</tspan>{rest}"
