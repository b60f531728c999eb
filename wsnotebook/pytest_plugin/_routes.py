"""An item for each WebSocket route of the app: it searches the route, and fails with what it found.

Each item has a campaign of its own, so that time, output, ``-x`` and workers are the route's own.
What is searched and how is ``_options``, what the terminal says at the end ``_summary``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from ..draw.text import in_one_line
from ..errors import MissingExtra, SetupError
from ..opened import is_library
from ..properties.settings import Configuration, load_object, load_oracle
from ._options import ROOT, asked_items, configuration, is_wanted, take_asked_items
from ._summary import headline, properties_of, text_of

if TYPE_CHECKING:
    from ..properties.campaign import Campaign
    from ..properties.failures import RouteReport
    from ..properties.progress import Progress
    from ..properties.routes import Route

__all__ = ["AppRoutes", "RouteSearch"]

_REGISTRY = "wsnotebook.properties._registry"
# What -k cannot read in a name.
_NOT_IN_KEYWORDS = re.compile(r"[^\w:+\-./\[\]]")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse wrong settings, before workers start."""
    configuration(session.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Let ids of routes stand among the arguments."""
    take_asked_items(session.config)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the routes after the tests, before anybody selects among them."""
    if is_wanted(session.config):
        items.extend(session.genitems(AppRoutes.from_parent(session, name=ROOT, nodeid=ROOT)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, Any, Any]:
    """Forget which strategies of messages a test registered, and its fixtures."""
    # Who registers has loaded this; for others nothing is loaded.
    if (registry := sys.modules.get(_REGISTRY)) is not None:
        with registry.message_strategies():
            return (yield)
    try:
        return (yield)
    finally:
        if (registry := sys.modules.get(_REGISTRY)) is not None:
            registry.clear_message_strategies()


@dataclass(frozen=True, slots=True)
class _Subject:
    """What all items of a session search.

    Attributes:
        name: Its ``"module:attribute"``.
        made: The app, or what makes it.
        app: The app, or one that was made.
        oracles: What judges conversations.
    """

    name: str
    made: Any
    app: Any
    oracles: tuple[Callable[[Any], None], ...]


class AppRoutes(pytest.Collector):
    """The app: it holds the items of its routes."""

    def collect(self) -> list[RouteSearch]:
        """Return an item for each route, or for those that the command line asks for.

        Raises:
            SetupError: The app cannot be had, or there are no such routes.
        """
        told = configuration(self.config)
        subject, routes = self._load(told)
        items = [
            RouteSearch.from_parent(
                self, name=_name(subject, route), subject=subject, route=route, place=place
            )
            for place, route in enumerate(routes)
        ]
        asked = asked_items(self.config)
        names = [item.name for item in items]
        for name in asked:
            if name not in names:
                raise SetupError(f"no route {name!r}; there are {', '.join(names)}")
        return [item for item in items if not asked or item.name in asked]

    def repr_failure(  # type: ignore[override]  # as pytest's own Collector does
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Return how it is told that there are no items: by the text of the error."""
        if isinstance(error := excinfo.value, SetupError | MissingExtra):
            return str(error) + _traceback(error.__cause__)
        return super().repr_failure(excinfo)

    def _load(self, told: Configuration) -> tuple[_Subject, Sequence[Route]]:
        from ..properties.routes import find_routes

        if told.target is None:
            raise SetupError(
                "no app is named: give --ws-app=module:attribute, or app in "
                f"[tool.wsnotebook.websocket] of {self.config.rootpath / 'pyproject.toml'}"
            )
        if find_spec("hypothesis") is None:  # said once, not by each route
            raise MissingExtra("hypothesis", "properties")
        root = str(self.config.rootpath)
        if root not in sys.path:  # where pytest was started is searched before
            sys.path.insert(0, root)
        made = load_object(told.target)
        oracles = tuple([_oracle(name) for name in told.oracles])
        app = _make(told.target, made) if told.factory else made
        settings = told.settings
        try:
            routes = find_routes(app, include=settings.include, exclude=settings.exclude)
        except (TypeError, ValueError) as exc:
            raise SetupError(f"{told.target!r}: {exc}") from None
        return _Subject(told.target, made, app, oracles), routes


class RouteSearch(pytest.Item):
    """The search of one route.

    Attributes:
        route: The route, for who wants to mark some: ``item.route.path``.
    """

    def __init__(self, *, subject: _Subject, route: Route, place: int, **node: Any) -> None:
        super().__init__(**node)
        self.route = route
        self._subject = subject
        self._place = place
        self.extra_keyword_matches.add(keyword_for(self.name))

    def reportinfo(self) -> tuple[Any, None, str]:
        """Return what the report calls it."""
        return self.path, None, self.name

    def runtest(self) -> None:
        """Search the route.

        Raises:
            _Found: Something is wrong with it.
        """
        from ..properties.failures import RouteReport

        cause = None
        try:
            report = self._search()
        except (SetupError, MissingExtra) as exc:
            report = RouteReport(route=str(self.route), error=str(exc))
            cause = exc.__cause__
        self.user_properties += properties_of(report, self._place, keyword_for(self.name))
        if report.verdict in ("failed", "error") or not report.examples:
            verbose = configuration(self.config).settings.verbose
            text = text_of(report, verbose=verbose) + _traceback(cause)
            raise _Found(text, headline(report))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return how a failure is told: what was found, by its text alone."""
        if not isinstance(found := excinfo.value, _Found):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:
            shown.reprcrash.message = found.headline  # in the short summary
        return shown

    def _search(self) -> RouteReport:
        campaign = self._campaign()
        if campaign.settings.verbose:
            campaign.subscribe(_tell)
        try:
            report = campaign.start().join()
        except BaseException:
            campaign.cancel()  # it goes on otherwise, on its thread
            raise
        return report.routes[0]

    def _campaign(self) -> Campaign:
        from ..properties.campaign import Campaign

        subject, told = self._subject, configuration(self.config)
        return Campaign(
            None if told.factory else subject.app,
            None if isinstance(subject.app, str) else str(self.route),  # a URL has its path
            factory=subject.made if told.factory else None,
            oracles=subject.oracles,
            settings=told.settings,
            name=subject.name,
        )


class _Found(Exception):
    """What the search of a route found; its text is the report of the failure."""

    def __init__(self, text: str, headline: str) -> None:
        super().__init__(text)
        self.headline = headline


def keyword_for(name: str) -> str:
    """Return the expression by which ``-k`` selects the item of this name."""
    return _NOT_IN_KEYWORDS.sub("", name)


def _name(subject: _Subject, route: Route) -> str:
    return in_one_line(f"{subject.name}[{route}]")


def _oracle(name: str) -> Callable[[Any], None]:
    from ..properties.oracles import check_oracle

    try:
        return check_oracle(load_oracle(name))
    except (TypeError, ValueError) as exc:
        raise SetupError(f"{name!r}: {exc}") from None


def _make(name: str, factory: Any) -> Any:
    if not callable(factory):
        raise SetupError(f"{name!r} must be a function that makes the app, not {factory!r}")
    try:
        return factory()
    except Exception as exc:
        raise SetupError(f"{name}() raised {type(exc).__name__}: {exc}") from exc


def _tell(event: Progress) -> None:
    """Write a line of progress, where the output of tests goes."""
    from ..properties.progress import ExampleRun, FailureFound

    if isinstance(event, ExampleRun):
        sys.stdout.write(
            f"{event.route}: {event.examples} of {event.wanted} examples, "
            f"{event.messages} messages, {event.failures} failures ({event.phase})\n"
        )
    elif isinstance(event, FailureFound) and event.is_new:
        sys.stdout.write(f"{event.route}: found {in_one_line(event.failure.cause)}\n")


def _traceback(cause: BaseException | None) -> str:
    """Return where the user's own code raised ``cause``, below an empty line."""
    if cause is None:
        return ""
    excinfo = pytest.ExceptionInfo.from_exception(cause)
    excinfo.traceback = excinfo.traceback.filter(lambda entry: not is_library(str(entry.path)))
    return f"\n\n{excinfo.getrepr(style='short')}" if excinfo.traceback else ""
