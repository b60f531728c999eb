"""The search of one route: Hypothesis chooses conversations, shrinks those that fail.

Each cause of failure is an exception class of its own here, so that Hypothesis takes each for a
bug of its own and shrinks it apart from the others. How a conversation is held is ``_converse``;
what is wrong with it, ``_judge``; what becomes of all routes, ``campaign``.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import SetupError
from ._converse import Outcome, converse
from ._draw import BadStrategy
from ._ends import Abort, Enough, Stopped, Wrong, is_wrong
from ._example import Example
from ._hypothesis import (
    HypothesisException,
    SearchStrategy,
    hypothesis,
    without_local_constants,
)
from ._judge import Finding, Judge
from ._known import Known, doubt_lost, shorten, size_of
from ._own_examples import OwnExamples
from ._subject import Subject
from ._tally import Tally
from ._watchdog import Blocked
from .conversation import Conversation
from .failures import Failure, RouteReport
from .progress import ExampleRun, FailureFound
from .routes import Route
from .settings import Settings

__all__ = ["Search"]

_EXPLAIN = hypothesis.Phase.explain  # it traces every line of the app, to tell which it always runs

_ALL_REFUSED = (
    "every handshake was refused: nothing behind it was searched; a token goes with "
    "Settings(auth=...), values of the path with params="
)
_FAR = "over the network, handlers that hang or go on and tasks left behind cannot be seen"
_KEEPS_STATE = (
    "the app keeps state from one conversation to the next; give what makes it (factory=make_app) "
    "and each has an app of its own"
)
_OLD = (
    "conversations that failed before came first (Hypothesis's database); the seed alone does not "
    "repeat that, the program does"
)

_REMEMBERED = 100  # conversations that passed before the first failure


@dataclass(slots=True)
class _Counts:
    examples: int = 0
    messages: int = 0
    replies: int = 0
    connections: int = 0
    refusals: int = 0


class Search:
    """The search of one route.

    Args:
        route: The route.
        subject: What is searched.
        settings: How.
        judge: What says whether a conversation is right.
        seed: The seed.
        token: What proves who the clients are, and how it travels.
        describe: Makes a Failure of what it is given.
        keep_going: Called between conversations and steps; it raises :class:`Stopped`.
        tell: Called with each event of progress.
    """

    def __init__(
        self,
        route: Route,
        subject: Subject,
        settings: Settings,
        judge: Judge,
        *,
        seed: int,
        token: tuple[str, str] | None,
        describe: Callable[..., Failure],
        keep_going: Callable[[], None],
        tell: Callable[[Any], None],
    ) -> None:
        self._route = route
        self._subject = subject
        self._settings = settings
        self._judge = judge
        self._seed = seed
        self._token = token
        self._describe = describe
        self._keep_going = keep_going
        self._tell = tell
        self._started = time.perf_counter()
        self._known: dict[str, Known] = {}
        self._tried: set[int] = set()
        self._passed: deque[Example] = deque(maxlen=_REMEMBERED)
        self._counts = _Counts()
        self._tally = Tally()
        self._history: list[ExampleRun] = []
        self._error = ""
        self._database: OwnExamples | None = None
        self._begins_with_old = False
        self._notes: dict[str, None] = {}

    def run(self, strategy: SearchStrategy[Example]) -> RouteReport:
        """Search, and return what was found; whatever ends it early is told in the report."""
        stopped: Literal["", "cancelled", "max_seconds"] = ""
        shrunk = False
        try:
            with without_local_constants():
                self._test(strategy)()
        except (BadStrategy, Abort) as exc:
            self._error = str(exc.error)
        except Blocked:
            self._error = "the app kept the event loop from turning"
        except Stopped as exc:
            stopped = exc.why
        except Enough:
            self._notes["it was not made smaller: each try would take as long"] = None
        except (Wrong, BaseExceptionGroup, HypothesisException) as exc:
            shrunk = is_wrong(exc)
            if self._known:
                # What was found is found.
                with suppress(Abort, Blocked, Enough, SetupError, Stopped):
                    self._finish(shrunk=shrunk)
            else:
                self._error = f"Hypothesis gives up on {self._route.path}: {exc}"
        return self._report(stopped, shrunk=shrunk)

    def _test(self, strategy: SearchStrategy[Example]) -> Callable[[], None]:
        """Return the Hypothesis test; the profile in force decides what is not decided here."""

        def conversation(example: Example) -> None:
            self._try(example)

        profile = hypothesis.settings()
        if self._settings.seed is None and profile.database is not None:
            self._database = OwnExamples(profile.database, str(self._route))
        test = hypothesis.given(strategy)(conversation)
        test = hypothesis.seed(self._seed)(test)
        return hypothesis.settings(
            profile,
            max_examples=self._settings.max_examples,
            database=self._database,
            deadline=None,
            derandomize=False,
            phases=[phase for phase in profile.phases if phase is not _EXPLAIN],
            print_blob=False,
            verbosity=hypothesis.Verbosity.quiet,
        )(test)

    # One conversation

    def _try(self, example: Example) -> None:
        self._keep_going()
        self._tried.add(hash(example))
        if self._database is not None and not self._counts.examples:
            self._begins_with_old = self._database.is_used
        try:
            outcome, talk = self._subject.loop.run_until_complete(self._hold(example))
            finding = self._judge.find(outcome, talk)
        except SetupError as exc:
            raise Abort(exc) from None
        if finding is None:
            self._record(outcome, talk)
            if not self._known:
                self._passed.append(example)
            return
        known = self._note(finding, outcome, talk, example)
        self._record(outcome, talk, finding.cause)
        if isinstance(finding.exception, Blocked):
            raise Enough
        raise known.error(finding.title)

    async def _hold(self, example: Example) -> tuple[Outcome, Conversation]:
        subject = self._subject
        await subject.begin()
        try:
            outcome = await self._converse(example)
            if outcome.left:
                await self._hold_again(outcome, example)
        finally:
            elsewhere = await subject.end()
        outcome.elsewhere = elsewhere
        return outcome, Conversation.of(
            *outcome.clients, route=self._route, settled=outcome.settled, ended=outcome.ended
        )

    async def _hold_again(self, outcome: Outcome, example: Example) -> None:
        """See whether each conversation leaves tasks behind, or the first alone.

        What an app starts once, for whoever comes first, is no leak.
        """
        first = list(outcome.left)
        self._subject.accept(first, by_name=False)
        again = await self._converse(example)
        if again.left:
            return
        self._subject.accept(first, by_name=True)
        self._notes[f"the app keeps a task: {next(iter(outcome.left.values()))}"] = None
        outcome.left.clear()

    async def _converse(self, example: Example) -> Outcome:
        return await converse(
            self._subject,
            example,
            self._settings,
            token=self._token,
            keep_going=self._keep_going,
        )

    def _note(
        self, finding: Finding, outcome: Outcome, talk: Conversation, example: Example
    ) -> Known:
        sent = tuple(outcome.sent)
        failure = self._describe(
            finding,
            outcome,
            talk,
            Example(example.paths, example.subprotocols, sent, example.pace, example.close_code),
            elapsed=time.perf_counter() - self._started,
        )
        size = size_of(sent)
        known = self._known.get(finding.cause)
        if known is None:
            error = type("Wrong", (Wrong,), {})
            known = self._known[finding.cause] = Known(error, failure, size, failure)
            self._tell(FailureFound(self._route.path, failure, is_new=True))
            return known
        known.seen += 1
        known.last = failure
        if size < known.size:
            known.best, known.size = failure, size
            self._tell(FailureFound(self._route.path, failure, is_new=False))
        return known

    def _record(self, outcome: Outcome, talk: Conversation, cause: str | None = None) -> None:
        """Count the conversation, keep what it came to, and tell it."""
        counts, refused = self._counts, len(outcome.denied)
        replies = sum([len(side.received) for side in talk.sides])
        counts.examples += 1
        counts.messages += len(outcome.sent)
        counts.replies += replies
        counts.connections += len(outcome.clients) - refused
        counts.refusals += refused
        run = ExampleRun(
            self._route.path,
            counts.examples,
            counts.messages,
            len(self._known),
            "shrink" if self._known else "generate",
            self._settings.max_examples,
            elapsed=time.perf_counter() - self._started,
            sent=self._tally.of(outcome),
            replies=replies,
            cause=cause,
            refused=refused,
        )
        self._history.append(run)
        self._tell(run)

    # The end

    def _finish(self, *, shrunk: bool) -> None:
        """Make what was found smaller still, and see whether it comes again."""
        if shrunk:
            shorten(self._known, self._tried, self._try)
        else:
            why = self._why_lost()
            text = "a failure did not come again when its conversation was held once more"
            self._notes[f"{text}: {why}"] = None
            doubt_lost(self._known, self._try, why)
        if not self._subject.is_fresh and not self._subject.is_network:
            self._look_for_state()

    def _why_lost(self) -> str:
        if self._subject.is_network:
            return "the server keeps state, or does not always do the same"
        if self._subject.is_fresh:
            return "the app does not always do the same; look for chance, clocks and threads in it"
        return _KEEPS_STATE

    def _look_for_state(self) -> None:
        """Hold once more what passed before the first failure, uncounted: does it still pass?

        If not, the failure comes of what the app keeps; its program starts the app afresh.
        """
        for example in self._passed:
            self._keep_going()
            finding = self._judge.find(*self._subject.loop.run_until_complete(self._hold(example)))
            if finding is None:
                continue
            text = "a conversation that passed before failed when it was held once more"
            self._notes[f"{text}: {_KEEPS_STATE}"] = None
            if isinstance(finding.exception, Blocked):
                return  # each would take as long
            known = self._known.get(finding.cause)
            if known is not None and not known.doubt:
                known.doubt = (
                    "a conversation that passed before fails like this now, so its program may "
                    f"pass: {_KEEPS_STATE}"
                )

    def _report(
        self, stopped: Literal["", "cancelled", "max_seconds"], *, shrunk: bool
    ) -> RouteReport:
        counts = self._counts
        return RouteReport(
            route=str(self._route),
            examples=counts.examples,
            messages=counts.messages,
            replies=counts.replies,
            connections=counts.connections,
            refusals=counts.refusals,
            elapsed=time.perf_counter() - self._started,
            seed=self._seed,
            failures=tuple([known.final(shrunk=shrunk) for known in self._known.values()]),
            notes=(*self._notes, *self._judge.notes, *self._remarks()),
            error=self._error,
            stopped=stopped,
            history=tuple(self._history),
        )

    def _remarks(self) -> Iterator[str]:
        """Yield what is to be known of the search as a whole."""
        counts = self._counts
        if counts.examples and not counts.connections and not self._known:
            yield _ALL_REFUSED
        if self._subject.is_network:
            yield _FAR
        if self._known and self._begins_with_old:
            yield _OLD
        if self._subject.used_threads:
            yield "the app uses threads: the seed does not repeat the run exactly"
