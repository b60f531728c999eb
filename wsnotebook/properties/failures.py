"""What a search found: ``Failure``, ``RouteReport`` and ``Report``.

Facts only. What they say in words is ``_report_words``, and ``_report_text``, ``_report_html``,
``_report_junit`` and ``_report_json`` write it; the program that reproduces a failure is
``_program``. How they come about is the campaign's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..draw.svg import Picture
from ..draw.text import in_one_line
from ..timeline import Event
from ._example import Example, Wire
from ._picture import failure_picture
from ._report_json import report_json
from ._report_text import failure_text, report_text
from ._report_words import summary
from ._source import Source

if TYPE_CHECKING:
    from ..draw.plots import ReportPlots
    from .progress import ExampleRun

__all__ = ["Failure", "Report", "RouteReport"]

Verdict: TypeAlias = Literal["passed", "failed", "error", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way in which an app failed, shown by the smallest conversation that was found.

    Attributes:
        code: What kind of failure it is; stable, such as ``"app-crashed"``.
        title: The same in a line for people.
        route: The path of the route, parameters in braces.
        example: The conversation; it holds only messages that were sent.
        transcript: What happened, one line an event, without times.
        events: The same as facts, oldest first.
        index: The message that led to it, counted over all that were sent, from 0; ``None``: none.
        sent: That message.
        expected: What should have happened.
        actual: What happened.
        state: The state of the connection, such as ``"open"`` or ``"closed with 1011 (...)"``.
        close_code: The close code that the first client saw; ``None``: the connection is open.
        last_reply: The last message that the app sent.
        messages_sent: How many messages the conversation sent.
        messages_received: How many came back.
        connections: How many connections it opened.
        elapsed: Real seconds from the start of the route's search until it was found.
        seed: The seed of the search.
        traceback: The app's traceback; empty: it raised nothing.
        cause: What groups failures, such as ``"app-crashed: KeyError('text') at shop.py:31"``.
        seen: How many examples failed so.
        shrunk: Whether the search for a smaller conversation came to its end.
        notes: Further remarks.
        source: How a program gets at the target.
        message_timeout: Seconds that the app has for a message.
        connection_timeout: Seconds that it has for the handshake.
        via: How the token travelled; ``None``: there was none.
        oracle: The oracle that judged the conversation; ``None``: no oracle did.
        settled: Whether the app had dealt with everything that was sent before the clients left.
        ended: The names of the clients whose connection the app ended.
        refused: The clients (0-based) that the app refused, which was no fault.
        is_found: Whether ``find_routes`` finds the route in what ``source`` gets at.
    """

    code: str
    title: str
    route: str
    example: Example
    seed: int
    source: Source
    transcript: str = ""
    events: tuple[Event, ...] = field(default=(), repr=False)
    index: int | None = None
    sent: Wire | None = None
    expected: str = ""
    actual: str = ""
    state: str = ""
    close_code: int | None = None
    last_reply: Wire | None = None
    messages_sent: int = 0
    messages_received: int = 0
    connections: int = 1
    elapsed: float = 0.0
    traceback: str = ""
    cause: str = ""
    seen: int = 1
    shrunk: bool = True
    notes: tuple[str, ...] = ()
    message_timeout: float = 10.0
    connection_timeout: float = 30.0
    via: str | None = None
    oracle: Any = None
    settled: bool = True
    ended: tuple[str, ...] = ()
    refused: tuple[int, ...] = ()
    is_found: bool = False

    def __repr__(self) -> str:
        return f"<Failure at {self.route}: {self.code}: {in_one_line(self.title)}>"

    def __str__(self) -> str:
        return self.text()

    def text(self, *, color: bool = False, verbose: bool = False) -> str:
        """Return all that is known, for a terminal; the same on every run.

        Args:
            color: Whether ANSI colours are added.
            verbose: Whether the time is told that it took.
        """
        return failure_text(self, color=color, verbose=verbose)

    def picture(self, *, width: int = 48) -> Picture:
        """Return what happened in swim lanes, what led to the failure marked; empty for no events.

        Marked is the message ``index``; where no message led to it, the first error, else the last
        close.

        Args:
            width: Columns of text on an arrow. Hovering shows up to a thousand characters.

        Raises:
            ValueError: ``width`` is negative.
        """
        return failure_picture(self, width=width)

    def _repr_html_(self) -> str:
        from ._report_html import failure_fragment

        return failure_fragment(self)

    def program(self) -> str:
        """Return Python that reproduces the failure.

        It ends with an exception that shows the failure, and with none once the app is mended.
        Where the app, an oracle or a model cannot be imported, a comment says what to define. A
        token is read from the environment variable ``WSNOTEBOOK_TOKEN``.
        """
        from ._program import program_of

        return program_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReport:
    """What the search of one route found.

    Attributes:
        route: The path of the route, parameters in braces.
        examples: How many conversations were held.
        messages: How many messages were sent in them.
        replies: How many came back.
        connections: How many connections were opened.
        refusals: How many handshakes the app refused.
        elapsed: Real seconds that it took.
        seed: The seed of the search.
        failures: One for each cause.
        notes: Remarks, such as that state leaked from one conversation to the next.
        error: Why the route could not be searched; empty: it could.
        stopped: What ended the search early: ``"cancelled"``, ``"max_seconds"`` or nothing.
        history: One :class:`ExampleRun` for each conversation, in order.
    """

    route: str
    examples: int = 0
    messages: int = 0
    replies: int = 0
    connections: int = 0
    refusals: int = 0
    elapsed: float = 0.0
    seed: int = 0
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    stopped: Literal["", "cancelled", "max_seconds"] = ""
    history: tuple[ExampleRun, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        return f"<RouteReport of {self.route}: {self.verdict}, {self.examples} examples>"

    def _repr_html_(self) -> str:
        from ._report_html import route_fragment

        return route_fragment(self)

    @property
    def verdict(self) -> Verdict:
        """``"failed"`` if anything was found, else ``"error"``, ``"stopped"`` or ``"passed"``."""
        if self.failures:
            return "failed"
        if self.error:
            return "error"
        return "stopped" if self.stopped else "passed"

    @property
    def plots(self) -> ReportPlots:
        """The plots of this route, as :attr:`Report.plots`.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from ..draw.plots import ReportPlots

        return ReportPlots((self,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a whole search found.

    Attributes:
        routes: One for each route, in the order of the app.
        target: What was searched, as people name it.
        elapsed: Real seconds that it took.
    """

    routes: tuple[RouteReport, ...] = ()
    target: str = ""
    elapsed: float = 0.0

    def __repr__(self) -> str:
        return f"<Report: {summary(self)}>"

    def _repr_html_(self) -> str:
        from ._report_html import report_fragment

        return report_fragment(self)

    def __str__(self) -> str:
        return self.text()

    @property
    def ok(self) -> bool:
        """Whether every route passed; false for none."""
        return bool(self.routes) and all(one.verdict == "passed" for one in self.routes)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures of all routes."""
        return tuple(failure for one in self.routes for failure in one.failures)

    @property
    def plots(self) -> ReportPlots:
        """The plots ``plots.examples()``, ``plots.coverage()`` and ``plots.shrinking()``.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from ..draw.plots import ReportPlots

        return ReportPlots(self.routes)

    def text(self, *, color: bool = False, verbose: bool = False) -> str:
        """Return a table of the routes, every failure, and the verdict, for a terminal.

        Args:
            color: Whether ANSI colours are added.
            verbose: Whether times and rates are told, which differ from run to run.
        """
        return report_text(self, color=color, verbose=verbose)

    def to_json(self) -> str:
        """Return everything as one JSON object.

        ``version`` is 1; ``target``, ``ok`` and ``elapsed`` are those of the report, and ``routes``
        is a list of objects with the attributes of :class:`RouteReport` and its ``verdict``. Each
        of their ``failures`` is an object with the attributes of :class:`Failure`, and its
        ``program``. In it, ``example`` and ``source`` are objects, each of ``example.messages`` is
        ``{"client": 0, "data": ...}``, ``events`` are objects with the attributes of
        :class:`Event`, and ``oracle`` is its repr. Each of a route's ``history`` is an object with
        the attributes of :class:`ExampleRun`, each of its ``sent`` one with those of :class:`Sent`.
        Bytes are ``{"base64": "..."}``, and a number without limit is ``null``.
        """
        return report_json(self)

    def to_html(self, *, verbose: bool = False) -> str:
        """Return everything as an HTML page that stands alone, to be kept with a build.

        It has no scripts and loads nothing; whatever an app sent can only be read in it. The same
        search gives the same page. It is ASCII, so that any encoding of a file will do.

        Args:
            verbose: Whether times and rates are told, which differ from run to run.
        """
        from ._report_html import report_page

        return report_page(self, verbose=verbose)

    def to_junit(self) -> str:
        """Return everything as JUnit XML, which CI servers read.

        A test suite stands for the target, a test case for each route. One that failed has one
        ``failure``: its type and message are the code and the title of what was found first, its
        text all that was found. A route that could not be searched is an ``error``; one that was
        not reached before the search was stopped is ``skipped``. Seed and counts are properties.
        Characters that XML cannot hold are shown as Python escapes. It is ASCII.
        """
        from ._report_junit import report_junit

        return report_junit(self)
