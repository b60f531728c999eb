"""The search of an app: ``check``, and ``Campaign``, the same as a handle.

A campaign runs on a thread and an event loop of its own, so it can be started anywhere: in a
script, in a notebook cell, in a test. The search of one route is ``_search``.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import random
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Self

from ..errors import SetupError, is_ours
from ._brief import Brief
from ._constants import constants_of
from ._describe import Describe
from ._draw import examples
from ._ends import Stopped
from ._example import Example
from ._hypothesis import SearchStrategy, begin_thread, hypothesis
from ._judge import Judge
from ._search import Search
from ._source import source_of
from ._subject import Subject
from ._targets import check_loop, checked_settings, routes_of, schemas_of, target_of
from .conversation import Conversation
from .failures import Report, RouteReport
from .oracles import check_oracle, replies_fit
from .progress import CampaignFinished, Progress, RouteFinished, RouteStarted
from .routes import Route
from .settings import Settings

__all__ = ["Campaign", "check"]

__tracebackhide__ = is_ours


def check(
    target: Any = None,
    path: str | None = None,
    *,
    factory: Callable[[], Any] | None = None,
    params: Mapping[str, Any] | None = None,
    messages: SearchStrategy[Any] | None = None,
    oracles: Iterable[Callable[[Conversation], None]] | None = None,
    settings: Settings | None = None,
) -> Report:
    """Search for conversations that break a WebSocket server, and return what was found.

    Every route is connected to many times, sent what Hypothesis chooses, listened to, and left. In
    process that takes virtual time: a timeout costs nothing. The caller waits meanwhile; in a
    notebook, ``await Campaign(app)`` leaves the kernel free.

    Args:
        target: What to search, as :func:`find_routes` takes it: an app, a Channel, a handler, a
            Server, a URL. In process nothing listens.
        path: A path to search instead of all routes; parameters in braces.
        factory: Makes the app, instead of ``target``: then each conversation has a fresh one.
        params: Values of the path's parameters, or strategies of them, by name.
        messages: A strategy of one message: ``str``, ``bytes`` or a Message.
        oracles: Functions that look at each finished :class:`Conversation` and raise an
            ``AssertionError`` if it is wrong.
        settings: How to search.

    Raises:
        SetupError: There is nothing to search: no routes, a URL that is not loopback, an app that
            does not start.
        TypeError, ValueError: An argument cannot be used.

    What is wrong with one route alone stands in its part of the report. An interrupt cancels the
    search and is raised.
    """
    check_loop(target)
    campaign = Campaign(
        target,
        path,
        factory=factory,
        params=params,
        messages=messages,
        oracles=oracles,
        settings=settings,
    )
    return campaign.start().join()


class Campaign:
    """A search that goes on by itself: start it, watch it, await or cancel it.

    The arguments are those of :func:`check`, and ``name``: the ``"module:attribute"`` by which
    programs that reproduce a failure import the target, or the factory. ``await campaign`` starts
    it, if nobody has, and returns its :class:`Report`; cancelling that wait cancels the campaign.

    Attributes:
        routes: What is searched.
        settings: How.

    Raises:
        SetupError, TypeError, ValueError: As :func:`check`.
    """

    def __init__(
        self,
        target: Any = None,
        path: str | None = None,
        *,
        factory: Callable[[], Any] | None = None,
        params: Mapping[str, Any] | None = None,
        messages: SearchStrategy[Any] | None = None,
        oracles: Iterable[Callable[[Conversation], None]] | None = None,
        settings: Settings | None = None,
        name: str | None = None,
    ) -> None:
        self.settings = checked_settings(settings)
        self._token = self.settings.token
        self._target, self._factory = target_of(target, factory)
        self.routes = routes_of(self._target, path, self.settings)
        if isinstance(self._target, str):
            self._target = self.routes[0].target  # whose path is the route's
        self._params = params
        self._messages = messages
        self._oracles = tuple([check_oracle(oracle) for oracle in oracles or ()])
        # Made here, so that what cannot be used is refused before anything runs.
        self._briefs = [self._brief(route) for route in self.routes]
        self._strategies = list(map(self._strategy, self.routes, self._briefs))
        self._source = source_of(self._target, self._factory, name)
        self._name = name or self._source.expression
        self._subscribers: list[Callable[[Progress], None]] = []
        self._outcome: Future[Report] = Future()
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._deadline = float("inf")

    def __repr__(self) -> str:
        state = "not started"
        if self._thread is not None:
            state = "finished" if self._outcome.done() else "running"
        count = len(self.routes)
        return f"<Campaign of {count} route{'' if count == 1 else 's'}, {state}>"

    # The handle

    def start(self) -> Self:
        """Start the search on its thread, and return this campaign; again: do nothing."""
        if self._thread is None:
            # An empty context: who watches the caller's clients need not see these.
            work = contextvars.Context().run
            self._thread = threading.Thread(
                target=work, args=(self._work,), name="wsnotebook-check", daemon=True
            )
            try:
                self._thread.start()
            except KeyboardInterrupt:  # it runs already, and may have raised that
                self._end(self._thread)
                raise
        return self

    def cancel(self) -> None:
        """End the search after the step under way; what was found until then is reported."""
        self._cancelled.set()

    def _end(self, thread: threading.Thread) -> None:
        self.cancel()
        if thread.is_alive():
            thread.join()

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self._outcome.done()

    def join(self, timeout: float | None = None) -> Report:
        """Wait for the end and return the report.

        Args:
            timeout: How long to wait, in real seconds; ``None``: to the end.

        Raises:
            TimeoutError: It goes on; nothing is cancelled.
            SetupError: It was not started, or could not search.
            KeyboardInterrupt: The wait was interrupted; the search is cancelled.
        """
        if self._thread is None:
            raise SetupError("the campaign was not started: call start() first, or await it")
        try:
            return self._outcome.result(timeout)
        except KeyboardInterrupt:
            self._end(self._thread)
            raise

    def __await__(self) -> Generator[Any, None, Report]:
        return self._wait().__await__()

    async def _wait(self) -> Report:
        self.start()
        try:
            return await asyncio.shield(asyncio.wrap_future(self._outcome))
        except asyncio.CancelledError:
            self.cancel()
            raise

    def subscribe(self, callback: Callable[[Progress], None]) -> Callable[[], None]:
        """Call ``callback`` with each event of progress; returns what ends that.

        Subscribed where an event loop runs, it is called on that loop; otherwise on the thread of
        the campaign, which waits for it. What it raises is its own affair, and is not told.
        """
        tell = callback
        with contextlib.suppress(RuntimeError):
            tell = _on(asyncio.get_running_loop(), callback)
        self._subscribers.append(tell)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(tell)

        return unsubscribe

    def _tell(self, event: Progress) -> None:
        for tell in tuple(self._subscribers):
            with contextlib.suppress(Exception):
                tell(event)

    # On the thread

    def _work(self) -> None:
        try:
            report = self._search()
        except BaseException as exc:
            self._outcome.set_exception(exc)
        else:
            self._tell(CampaignFinished(report))
            self._outcome.set_result(report)

    def _search(self) -> Report:
        started = time.perf_counter()
        begin_thread()
        if self.settings.max_seconds is not None:
            self._deadline = time.monotonic() + self.settings.max_seconds
        subject = Subject(self._target, self._factory)
        asyncio.set_event_loop(subject.loop)
        try:
            with subject.watched():
                reports = self._search_routes(subject)
        finally:
            subject.close()
            asyncio.set_event_loop(None)
        return Report(
            routes=tuple(reports),
            target=self._name,
            elapsed=time.perf_counter() - started,
        )

    def _search_routes(self, subject: Subject) -> list[RouteReport]:
        reports: list[RouteReport] = []
        subject.loop.run_until_complete(subject.start())
        every = zip(self.routes, self._briefs, self._strategies, strict=True)
        for route, brief, strategy in every:
            self._tell(RouteStarted(route.path, len(reports) + 1, len(self.routes)))
            report = self._search_route(subject, route, brief, strategy)
            reports.append(replace(report, notes=(*brief.notes, *report.notes)))
            self._tell(RouteFinished(reports[-1]))
        subject.loop.run_until_complete(subject.stop())
        return reports

    def _search_route(
        self, subject: Subject, route: Route, brief: Brief, strategy: SearchStrategy[Example]
    ) -> RouteReport:
        seed = self._seed(route)
        judge = Judge(
            self.settings,
            is_abnormal_wrong=subject.closes_itself,
            oracles=brief.oracles,
        )
        search = Search(
            route,
            subject,
            self.settings,
            judge,
            seed=seed,
            token=self._token,
            describe=Describe(
                route, self._source, self.settings, seed, via=self._token and self._token[1]
            ),
            keep_going=self._keep_going,
            tell=self._tell,
        )
        return search.run(strategy)

    def _brief(self, route: Route) -> Brief:
        """Return what is known of ``route``; a subclass may know more."""
        declared = [replies_fit(*schemas)] if (schemas := schemas_of(route)) else []
        return Brief(
            messages=self._messages,
            params=self._params or {},
            oracles=(*declared, *self._oracles),
        )

    def _strategy(self, route: Route, brief: Brief) -> SearchStrategy[Example]:
        return examples(
            route,
            self.settings,
            messages=brief.messages,
            params=brief.params,
            # Of this route alone: a search of one route is the same among others and alone.
            constants=constants_of(route.endpoint, self._factory or self._target),
        )

    def _seed(self, route: Route) -> int:
        if self.settings.seed is not None:
            return self.settings.seed
        if hypothesis.settings().derandomize:
            return int.from_bytes(hashlib.sha256(str(route).encode()).digest()[:4], "big")
        return random.SystemRandom().getrandbits(32)

    def _keep_going(self) -> None:
        if self._cancelled.is_set():
            raise Stopped("cancelled")
        if time.monotonic() > self._deadline:
            raise Stopped("max_seconds")


def _on(
    loop: asyncio.AbstractEventLoop, callback: Callable[[Progress], None]
) -> Callable[[Progress], None]:
    def tell(event: Progress) -> None:
        loop.call_soon_threadsafe(callback, event)

    return tell
