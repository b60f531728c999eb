"""What the tests of panels share: how to drive one, and how to read what it shows."""

from __future__ import annotations

import re
from html import unescape


def within(widget) -> list:
    """Return all that stands in a widget."""
    children = getattr(widget, "children", ())
    return [part for child in children for part in (child, *within(child))]


def text(widget) -> str:
    """Return what a reader sees of an HTML widget; table cells are parted by two spaces."""
    html = re.sub(r"</t[dh]>(?!</tr>)", "  ", widget.value)
    html = re.sub(r"</(tr|div)>(?=<)", "\n", html)
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


def log(panel) -> list[str]:
    """Return the rows of the log below its head, without their times."""
    return [re.sub(r"^\d+\.\d{3} s  ", "", line) for line in text(panel.log).splitlines()[1:]]


def disabled(panel) -> tuple[bool, bool, bool]:
    """Return whether Connect, Close and Send are disabled."""
    return (
        panel.connect_button.disabled,
        panel.close_button.disabled,
        panel.send_button.disabled,
    )


async def click(button, panel) -> None:
    button.click()
    await panel.wait_idle()


async def send(panel, typed: str, *, mode: str = "Text") -> None:
    panel.mode.value = mode
    panel.composer.value = typed
    await click(panel.send_button, panel)


async def echoed(panel, typed: str, *, mode: str = "Text") -> None:
    """Send, wait for the echo, and until the log shows it."""
    count = len(panel.client.messages)
    await send(panel, typed, mode=mode)
    await panel.client.wait_for_message_count(count + 1)
    await panel.wait_idle()


def press(panel, message: dict) -> None:
    """Give the composer a message as its browser half sends it."""
    panel.composer._handle_custom_msg(message, [])


def typed(panel, text: str) -> None:
    """Type into the composer as a browser does."""
    press(panel, {"typed": text})
