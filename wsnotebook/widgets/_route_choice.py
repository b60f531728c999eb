"""Which routes are searched: a box to tick for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ipywidgets import HTML, Button, Checkbox, HBox, Layout

from ..draw.text import in_one_line
from ._parts import close_parts

__all__ = ["RouteChoice", "some"]

_MANY = 3  # routes, above which one click ticks or clears them all
_NAMED = 5  # routes in a sentence


class RouteChoice(HBox):  # type: ignore[misc]  # ipywidgets has no types
    """Boxes to tick, all of them ticked at first.

    Attributes:
        boxes: The box of each route, by its path.
        all_button: Ticks all boxes, or none if all are.
    """

    def __init__(self) -> None:
        self.boxes: dict[str, Any] = {}
        self.all_button = Button(tooltip="Tick every route, or none", layout=Layout(width="5em"))
        self.all_button.on_click(self._on_all)
        super().__init__(layout=Layout(flex_flow="row wrap", align_items="center"))
        self._label = HTML('<span class="wsn-label">routes</span>')
        self.add_class("wsn-routes")
        self.offer(())

    def offer(self, paths: Iterable[str]) -> None:
        """Have a box for each of ``paths``."""
        for box in self.boxes.values():
            box.close()
            close_parts(box)
        self.boxes = {path: self._box(path) for path in paths}
        # The button first: behind two hundred boxes nobody would find it.
        self.children = [self._label, self.all_button, *self.boxes.values()]
        self.layout.display = None if self.boxes else "none"
        self.all_button.layout.display = None if len(self.boxes) > _MANY else "none"
        self._name_button()

    @property
    def value(self) -> tuple[str, ...]:
        """The paths that are ticked."""
        return tuple(path for path, box in self.boxes.items() if box.value)

    @value.setter
    def value(self, paths: Iterable[str]) -> None:
        wanted = set(paths)
        if unknown := sorted(wanted - self.boxes.keys()):
            raise ValueError(f"no route {unknown[0]!r}; there are {some(self.boxes)}")
        for path, box in self.boxes.items():
            box.value = path in wanted

    def freeze(self, frozen: bool) -> None:
        """Let nothing be ticked or cleared, or let it again."""
        for part in (*self.boxes.values(), self.all_button):
            part.disabled = frozen

    def _box(self, path: str) -> Any:
        box = Checkbox(
            True,
            description=in_one_line(path),
            indent=False,
            layout=Layout(width="auto", margin="2px 12px 2px 0"),
        )
        box.observe(self._name_button, "value")
        return box

    def _name_button(self, _: object = None) -> None:
        self.all_button.description = "None" if len(self.value) == len(self.boxes) else "All"

    def _on_all(self, _: object) -> None:
        self.value = () if len(self.value) == len(self.boxes) else self.boxes


def some(paths: Collection[str]) -> str:
    """Return paths for a sentence; of many, the first few and how many more there are."""
    named = ", ".join([in_one_line(path) for path in paths][:_NAMED])
    more = len(paths) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named
