"""One failure: how it was made smaller, step by step, its swim lanes, its facts, its program.

A step is a Failure; the last is the shortest. Which failure is shown is the panel's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from ipywidgets import HTML, Layout, VBox

from ..errors import shorten
from ..properties import Failure
from ._client_face import row, wide
from ._copy_box import CopyBox
from ._html import visible
from ._step_slider import StepSlider

__all__ = ["FailureView"]

# Characters of what the app wrote.
_TITLE, _FACT, _TRACEBACK = 300, 1000, 4000


class FailureView(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The view; empty, and not to be seen, until :meth:`show` is called.

    Args:
        call: Calls a function on the loop of the panel.

    Attributes:
        heading: What went wrong, as HTML.
        steps: A slider over the conversations that failed so, each smaller than the one before.
        step_words: Which step is shown, and how large it is, as HTML.
        picture: Its swim lanes, and in words for screen readers, as HTML.
        facts: What was sent, expected and seen, the seed, and the traceback, as HTML.
        program: Copies the program that reproduces the step, and shows it.
    """

    def __init__(self, call: Callable[[Callable[[], None]], None]) -> None:
        self._call = call
        self._steps: Sequence[Failure] = ()
        self._drawn: Failure | None = None
        self._is_over = False
        self._follows = True  # the newest step, until another is chosen
        self._is_filling = False
        self.heading, self.step_words = wide(), HTML(layout=Layout(flex="2 1 20em"))
        self.picture, self.facts = wide(), wide()
        self.picture.add_class("wsn-window")
        self.steps = StepSlider(
            layout=Layout(flex="1 1 16em", width="auto", margin="2px 12px 2px 2px")
        )
        self.steps.observe(self._on_step, "value")
        self.program = CopyBox(
            lambda: call(self._give),
            button="Copy program",
            label="A program that reproduces the failure",
            layout=Layout(margin="2px"),
        )
        super().__init__(
            [
                self.heading,
                row([self.steps, self.step_words]),
                self.picture,
                self.facts,
                self.program,
            ]
        )
        self.add_class("wsn-failure")
        self.show((), is_over=False, is_other=True)

    @property
    def failure(self) -> Failure | None:
        """The step that is shown."""
        return self._steps[min(self.steps.value, len(self._steps)) - 1] if self._steps else None

    def show(self, steps: Sequence[Failure], *, is_over: bool, is_other: bool) -> None:
        """Show a failure.

        Args:
            steps: It, as it was made smaller; none: no failure is shown.
            is_over: Whether no step will come any more.
            is_other: Whether another failure was shown before; then its last step is shown first.
        """
        self._steps, self._is_over = tuple(steps), is_over
        self._follows = self._follows or is_other
        self._is_filling = True
        self.steps.max = max(1, len(steps))
        if self._follows or self.steps.value > len(steps):
            self.steps.value = len(steps)
        self._is_filling = False
        self._draw()

    def _on_step(self, _: object) -> None:
        if not self._is_filling:
            self._call(self._choose)

    def _choose(self) -> None:
        self._follows = self.steps.value >= len(self._steps)
        self._draw()

    def _draw(self) -> None:
        failure = self.failure
        self.layout.display = None if failure else "none"
        self.steps.layout.display = None if len(self._steps) > 1 else "none"
        # What a search is still at has no last word yet, and long ones take a while to write.
        self.program.layout.display = None if self._is_over else "none"
        if failure is None:
            self._drawn = None
            return
        role = ' role="status"' if self._is_over else ""  # nobody listens to ten a second
        self.step_words.value = f'<div class="wsn-note"{role}>{self._words(failure)}</div>'
        if failure is not self._drawn:
            self._drawn = failure
            self.heading.value = _heading(failure)
            self.picture.value = _picture(failure)
            self.facts.value = _facts(failure)
            self.program.text = ""
        if self._is_over and not self.program.text:
            self.program.text = failure.program()

    def _give(self) -> None:
        if self.failure is not None:
            self.program.give(self.failure.program())

    def _words(self, failure: Failure) -> str:
        """Return which step it is, of how many, and how large."""
        count = len(self._steps)
        at = min(self.steps.value, count)
        words = f"step {at} of {count}" if count > 1 else "the only step"
        end = ""
        if at == count and not self._is_over:
            words += " so far"
        elif at == count and failure.shrunk:
            end = ", as short as the search could make it"
        elif at == count:
            end = "; the search ended early, and less may do as well"
        messages = failure.example.messages
        size = sum([_size(data) for _, data in messages])
        return f"{words}: {_number(len(messages), 'message')}, {_number(size, 'byte')}{end}"


def _heading(failure: Failure) -> str:
    return (
        f'<div class="wsn-heading" role="heading" aria-level="4"><b>{visible(failure.code)}</b> '
        f"{visible(_cut(failure.title, _TITLE))} <code>{visible(failure.route)}</code></div>"
    )


def _picture(failure: Failure) -> str:
    picture = failure.picture()
    return f'{picture}<pre class="wsn-heard">{escape(picture.text)}</pre>'


def _facts(failure: Failure) -> str:
    """Return what is known besides the picture."""
    sent = "" if failure.sent is None else shorten(failure.sent)
    if sent and failure.index is not None:
        sent += f"  (message {failure.index + 1} of {failure.messages_sent})"
    told = [
        ("sent", sent),
        ("expected", failure.expected),
        ("actual", failure.actual),
        ("seen", f"in {_number(failure.seen, 'example')}" if failure.seen > 1 else ""),
        ("seed", f"{failure.seed}  (to repeat: Settings(seed={failure.seed}))"),
        *(("note", note) for note in failure.notes),
    ]
    rows = "".join(
        f"<dt>{name}</dt><dd>{visible(_cut(words, _FACT))}</dd>" for name, words in told if words
    )
    raised_by = "app" if failure.oracle is None else "oracle"
    traceback = (
        f"<details><summary>traceback of the {raised_by}</summary>"
        f'<pre tabindex="0">{visible(_cut(failure.traceback, _TRACEBACK))}</pre></details>'
        if failure.traceback
        else ""
    )
    return f'<dl class="wsn-facts">{rows}</dl>{traceback}'


def _size(data: str | bytes) -> int:
    return len(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _cut(text: str, limit: int) -> str:
    """Return ``text``, its middle left out where it is long: a traceback is read from its end."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ... ({len(text):,} characters) ... {text[-half:]}"
