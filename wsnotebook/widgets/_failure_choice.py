"""Which of the failures is shown: a button for each.

Each is a widget of its own, and stays it while others come: who is about to press one, or stands on
it with the keyboard, is not put off. ToggleButtons are all made anew whenever one changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from ipywidgets import HTML, Button, Layout, VBox

from ._parts import close_parts

__all__ = ["FailureChoice"]

Key: TypeAlias = tuple[str, str]


class FailureChoice(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Buttons to choose a failure with; not to be seen while there is none.

    Args:
        on_choice: Called when another was chosen, by a click or by ``index``.

    Attributes:
        buttons: The button of each.
        options: The words on each button, and the key of its failure.
        value: The key of the failure that is chosen; ``None``: there is none.
    """

    def __init__(self, on_choice: Callable[[], None]) -> None:
        self._on_choice = on_choice
        self._index: int | None = None
        self.buttons: tuple[Any, ...] = ()
        self.options: tuple[tuple[str, Key], ...] = ()
        self._head = HTML('<span class="wsn-label">failures</span>')
        super().__init__([self._head], layout=Layout(width="auto", display="none"))
        self.add_class("wsn-failures")

    def offer(self, options: Sequence[tuple[str, Key]]) -> None:
        """Have a button for each of ``options``; the failure that was chosen stays it."""
        chosen, keys = self.value, [key for _, key in options]
        if list(self.options) == list(options):
            return
        self.options = tuple(options)
        self._resize(len(options))
        for button, (words, _) in zip(self.buttons, options, strict=True):
            button.description = words
        self.layout.display = None if options else "none"
        self._index = None if not keys else keys.index(chosen) if chosen in keys else 0
        self._mark()

    @property
    def value(self) -> Key | None:
        return None if self._index is None else self.options[self._index][1]

    @property
    def index(self) -> int | None:
        """The place of the failure that is chosen, from 0; can be set."""
        return self._index

    @index.setter
    def index(self, index: int) -> None:
        if not 0 <= index < len(self.options):
            raise IndexError(f"no failure {index!r}; there are {len(self.options)}, from 0")
        self._index = index
        self._mark()
        self._on_choice()

    def _resize(self, count: int) -> None:
        kept, surplus = self.buttons[:count], self.buttons[count:]
        more = [self._button(number) for number in range(len(kept), count)]
        self.buttons = (*kept, *more)
        self.children = (self._head, *self.buttons)
        for button in surplus:
            button.close()
            close_parts(button)

    def _button(self, number: int) -> Any:
        button = Button(layout=Layout(width="auto", height="auto"))
        button.on_click(partial(self._on_click, number))
        return button

    def _on_click(self, number: int, _: object) -> None:
        self.index = number

    def _mark(self) -> None:
        for number, button in enumerate(self.buttons):
            is_chosen = number == self._index
            # Colours alone say nothing to a screen reader.
            button.tooltip = "Shown below" if is_chosen else "Show this failure"
            (button.add_class if is_chosen else button.remove_class)("wsn-chosen")
