"""What the tests of pictures share: events to draw, and how to read what was drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from wsnotebook import Event

SVG = "{http://www.w3.org/2000/svg}"


def opened(client, path="/"):
    return Event(0.0, client, "open", None, path)


def sent(client, data="x", time=0.0):
    return Event(time, client, "message", "sent", data)


def received(client, data="x", time=0.0):
    return Event(time, client, "message", "received", data)


def closed(client, code=1000, reason=""):
    return Event(0.0, client, "close", code=code, reason=reason)


def failed(client, data="it broke"):
    return Event(0.0, client, "error", data=data)


def control(client, kind, direction):
    return Event(0.0, client, kind, direction, b"1")


def numbered(count):
    """Return so many messages that say which they are."""
    return [sent("c", number) for number in map(str, range(count))]


def parsed(picture):
    return ET.fromstring(picture)


def rows(picture):
    return [g for g in parsed(picture).iter(f"{SVG}g") if "wsn-row" in g.get("class", "")]


def classes(element):
    return {name.removeprefix("wsn-") for name in element.get("class", "").split()}


def said(row):
    """Return the words of a row; its time, if it has one, first."""
    return ["".join(text.itertext()) for text in row.iter(f"{SVG}text")]


def words(picture):
    return [said(row)[-1] for row in rows(picture)]


def whole(row):
    return row.findtext(f"{SVG}title")


def paths(element, name):
    return [p.get("d") for p in element.iter(f"{SVG}path") if p.get("class") == f"wsn-{name}"]


def ends(row):
    """Return where the line of a row starts and ends, and on which of them its tip is."""
    [line] = paths(row, "line") or paths(row, "dashed")
    [solid] = paths(row, "solid")
    start, end = (int(x) for x in re.fullmatch(r"M(\d+) \d+H(\d+)", line).groups())
    tip = int(re.search(r"z?M(\d+) \d+l", solid)[1])
    return start, end, tip


def heads(picture):
    """Return the names at the head of the lanes, each with its place."""
    root = parsed(picture)
    named = [text for text in root.iter(f"{SVG}text") if "name" in classes(text)]
    return [("".join(text.itertext()), int(text.get("x"))) for text in named]
