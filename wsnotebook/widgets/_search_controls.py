"""How to search, as controls: the usual four settings, and the others behind a toggle.

What is typed is not judged here: ``Settings`` refuses what cannot be, in its own words.
"""

from __future__ import annotations

from typing import Any

from ipywidgets import Checkbox, FloatText, IntText, Layout, Text, ToggleButton, VBox

from ..properties import Settings
from ._client_face import row

__all__ = ["SearchControls"]

# Not among them: the routes, which have boxes of their own; a token, which a notebook would save;
# and leave to search other machines, which nobody should give by a click.
_COMMON = {"max_examples": "examples", "max_messages": "messages", "clients": "clients"}
_TIPS = {
    "max_examples": "How many conversations are held on each route",
    "max_messages": "The longest conversation, in messages",
    "clients": "How many clients are connected at once, 1 to 10",
    "message_timeout": "How long the app may take to deal with a message, in seconds",
    "connection_timeout": "How long a handshake may take, in seconds",
    "max_message_size": "The largest message that is sent, in bytes",
}


class SearchControls(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The controls, filled in with what ``settings`` say.

    Attributes:
        by_name: Every control, by the name of its setting.
        more: Shows and hides those of the second row.
    """

    def __init__(self, settings: Settings) -> None:
        self.by_name: dict[str, Any] = {
            name: IntText(getattr(settings, name), **_labelled(label, _TIPS[name], "11em"))
            for name, label in _COMMON.items()
        }
        self.by_name["seed"] = Text(
            _written(settings.seed),
            placeholder="another each time",
            **_labelled("seed", "Repeats a search exactly; empty: another each time", "14em"),
        )
        self.more = ToggleButton(
            description="More settings",
            tooltip="Timeouts, sizes, close codes, subprotocols, time limit",
            layout=Layout(width="9em"),
        )
        common = row([*self.by_name.values(), self.more])
        rest = self._rest(settings)
        self.by_name |= rest
        self._folded = row(list(rest.values()))
        self._folded.add_class("wsn-tools")
        self.more.observe(self._show_or_hide, "value")
        super().__init__([common, self._folded])
        self._show_or_hide()

    def _rest(self, settings: Settings) -> dict[str, Any]:
        def number(kind: Any, name: str, label: str, width: str) -> Any:
            return kind(getattr(settings, name), **_labelled(label, _TIPS[name], width))

        return {
            "message_timeout": number(FloatText, "message_timeout", "message timeout, s", "14em"),
            "connection_timeout": number(
                FloatText, "connection_timeout", "connection timeout, s", "15em"
            ),
            "max_message_size": number(
                IntText, "max_message_size", "largest message, bytes", "17em"
            ),
            "max_seconds": Text(
                _written(settings.max_seconds),
                placeholder="no limit",
                **_labelled(
                    "time limit, s", "How long the whole search may take, in seconds", "14em"
                ),
            ),
            "test_close_codes": Text(
                ", ".join(map(str, settings.test_close_codes)),
                **_labelled("close codes", "What clients close with, commas between", "15em"),
            ),
            "validate_subprotocols": Checkbox(
                settings.validate_subprotocols,
                description="check subprotocols",
                tooltip="Whether it is a failure to choose a subprotocol that nobody offered",
                indent=False,
                layout=Layout(width="auto", margin="2px 8px"),
            ),
        }

    def settings(self, base: Settings) -> Settings:
        """Return ``base`` with what the controls say.

        Raises:
            TypeError, ValueError: A value cannot be; the text names it.
        """
        values = {name: control.value for name, control in self.by_name.items()}
        values["seed"] = _read(values["seed"], int)
        values["max_seconds"] = _read(values["max_seconds"], float)
        codes = [part for part in values["test_close_codes"].split(",") if part.strip()]
        values["test_close_codes"] = [_read(code, int) for code in codes]
        return base.replace(**values)

    def freeze(self, frozen: bool) -> None:
        """Let nothing be changed, or let it again."""
        for control in self.by_name.values():
            control.disabled = frozen

    def _show_or_hide(self, _: object = None) -> None:
        self._folded.layout.display = None if self.more.value else "none"


def _labelled(label: str, tip: str, width: str) -> dict[str, Any]:
    return {
        "description": label,
        "tooltip": tip,
        "style": {"description_width": "initial"},
        "layout": Layout(width=width),
    }


def _written(value: float | None) -> str:
    return "" if value is None else str(value)


def _read(text: str, kind: type[int | float]) -> float | str | None:
    """Return the number that was typed, or what was typed if it is none."""
    typed = text.strip()
    try:
        return kind(typed) if typed else None
    except ValueError:
        return typed
