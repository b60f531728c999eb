"""Django's test case for the WebSockets of a project: users, cookies, clean-up, the database.

Django runs an async test on a loop of its own and every call of the ORM on the thread of the test.
All that belongs to one test happens on that loop: hooks, communicators and what closes them. What a
communicator can do is ``communicator``, who closes and what was left behind ``tracking``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from .communicator import WebsocketCommunicator
from .errors import MissingExtra, SetupError, is_ours
from .tracking import Tracker
from .transports._internals import owner
from .transports.settled import Activity

try:
    from channels.db import database_sync_to_async
    from channels.routing import get_default_application
    from django.conf import settings
    from django.test import TransactionTestCase
except ModuleNotFoundError as exc:
    raise MissingExtra((exc.name or "django").partition(".")[0], "django") from exc

__all__ = ["WebsocketTestCase"]

__tracebackhide__ = is_ours

P = ParamSpec("P")
T = TypeVar("T")
Headers = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

_HOST = "testserver"  # where Django's test client says that it is, too
_OF_ONE_RUN = ("_tracker", "_exits", "ws_headers", "subprotocols", "auth_communicator")


class WebsocketTestCase(TransactionTestCase):  # type: ignore[misc]  # Django has no types
    """A test case for WebSockets, run by ``manage.py test``, unittest or pytest.

    ::

        class ChatTests(WebsocketTestCase):
            ws_path = "/ws/chat/tea/"

            async def test_hello(self):
                ann = await User.objects.acreate(username="ann")
                await self.async_client.aforce_login(ann)
                await self.auth_communicator.connect()
                await self.auth_communicator.send_json_to({"text": "hello"})
                assert await self.auth_communicator.receive_json_from() == {"ann": "hello"}

    Tests are async functions. When one ends, its communicators are closed, in its loop; a crash of
    the app that no call has raised, and clients, servers and tasks that are left behind, fail it.

    The database is that of Django's ``TransactionTestCase``: what the test writes, a consumer
    reads, in whatever thread. The ORM is used as in any async code, by ``acreate`` and its kin.

    Attributes:
        ws_path: Where communicators connect, with a query if need be.
        router: The ASGI app; ``None``: the one that the setting ``ASGI_APPLICATION`` names.
        consumer: What types the messages that arrive; see :class:`WebsocketCommunicator`.
        origin: The ``Origin`` of a handshake whose headers have none; ``None``: none either. The
            default is at home on Django's test server, which ``ALLOWED_HOSTS`` holds in tests.
    """

    ws_path: str = ""
    router: Any = None
    consumer: Any = None
    origin: str | None = f"http://{_HOST}"

    # To be overridden

    def get_ws_headers(self) -> Headers:
        """Return the headers of every handshake that is given none of its own.

        It is called once for each test, after ``setUp`` and ``asyncSetUp``, and outside the loop,
        so that it may use the ORM; the result is kept as ``ws_headers``.
        """
        return []

    def get_subprotocols(self) -> Iterable[str]:
        """Return the subprotocols that every handshake offers that is given none of its own.

        It is called as :meth:`get_ws_headers`, and the result kept as ``subprotocols``.
        """
        return []

    async def asyncSetUp(self) -> None:
        """Prepare the test in its loop, after ``setUp``."""

    async def asyncTearDown(self) -> None:
        """Tidy up in the loop of the test, before the communicators are closed and ``tearDown``."""

    # To be called

    def addAsyncCleanup(  # noqa: N802  # as in unittest
        self, function: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Await ``function(*args, **kwargs)`` after ``asyncTearDown``, the last added first."""
        self._of_this_run("_exits").push_async_callback(function, *args, **kwargs)

    async def enterAsyncContext(  # noqa: N802  # as in unittest
        self, manager: contextlib.AbstractAsyncContextManager[T]
    ) -> T:
        """Enter ``manager``, which is left after ``asyncTearDown``, and return what it gives."""
        entered: T = await self._of_this_run("_exits").enter_async_context(manager)
        return entered

    @cached_property
    def ws_headers(self) -> Headers:
        """What :meth:`get_ws_headers` returned for this test."""
        return self.get_ws_headers()

    @cached_property
    def subprotocols(self) -> Iterable[str]:
        """What :meth:`get_subprotocols` returned for this test."""
        return self.get_subprotocols()

    @cached_property
    def auth_communicator(self) -> WebsocketCommunicator:
        """The communicator of whoever is logged in, made when it is first asked for."""
        return self.create_communicator()

    def create_communicator(
        self,
        *,
        router: Any = None,
        ws_path: str | None = None,
        headers: Headers | None = None,
        subprotocols: Iterable[str] | None = None,
        client: Any = None,
        consumer: Any = None,
    ) -> WebsocketCommunicator:
        """Return a communicator that is not connected yet, and is closed when the test ends.

        Headers that are not given are filled in: ``Host``, ``Origin``, and as ``Cookie`` those of
        a client, so that whoever logged in with it, is logged in here.

        Args:
            router: The ASGI app.
            ws_path: The path, with a query if need be.
            headers: Pairs of ``bytes`` or ``str``, or a mapping; they replace ``ws_headers``.
            subprotocols: Offered subprotocols, in order of preference.
            client: A test client of Django, sync or async. ``None``: those of the test,
                ``self.client`` and ``self.async_client``. A new one has no cookies: nobody.
            consumer: What types the messages that arrive.

        Raises:
            SetupError: The test is not async, or there is no path or no app to connect to.
        """
        tracker = self._of_this_run("_tracker")
        path = ws_path or self.ws_path
        if not path:
            name = type(self).__name__
            raise SetupError(f"{name} has no ws_path: set it, or give create_communicator one")
        communicator = WebsocketCommunicator(
            self._application(router),
            path,
            headers=self._completed(self.ws_headers if headers is None else headers, client),
            subprotocols=self.subprotocols if subprotocols is None else subprotocols,
            consumer=self.consumer if consumer is None else consumer,
        )
        tracker.own(communicator.client)
        return communicator

    def _of_this_run(self, attribute: str) -> Any:
        if attribute not in self.__dict__:
            raise SetupError(
                f"{self._testMethodName} is not an async function, in whose loop what it opens "
                "could be closed; make it 'async def'"
            )
        return self.__dict__[attribute]

    def _application(self, router: Any) -> Any:
        if router is None:
            router = self.router
            if inspect.ismethod(router) and router.__self__ is self:
                router = router.__func__  # a plain function, as as_asgi() returns, was set
        if router is not None:
            return router
        if not getattr(settings, "ASGI_APPLICATION", None):
            raise SetupError(
                f"{type(self).__name__} has no app to connect to: set the setting "
                "ASGI_APPLICATION, or its router"
            )
        return get_default_application()

    def _completed(self, headers: Headers, client: Any) -> list[tuple[Any, Any]]:
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        names = {(n.decode() if isinstance(n, bytes) else n).lower() for n, _ in given}
        clients = [self.client, self.async_client] if client is None else [client]
        cookies = {m.key: m.coded_value for each in clients for m in each.cookies.values()}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        defaults = [("Host", _HOST), ("Origin", self.origin), ("Cookie", cookie)]
        return given + [(n, value) for n, value in defaults if value and n.lower() not in names]

    # Running a test

    def __call__(self, result: Any = None) -> None:
        """Run the test; what is wrong with it is told to ``result``."""
        with self._whole():
            super().__call__(result)

    def debug(self) -> None:
        """Run the test without collecting its errors."""
        with self._whole():
            super().debug()

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Put what belongs round an async test into the method that Django runs."""
        name = self._testMethodName
        test = getattr(self, name)
        if not inspect.iscoroutinefunction(test):
            yield
            return
        self._tracker = Tracker()
        self._exits = contextlib.AsyncExitStack()

        @functools.wraps(test)
        async def whole() -> None:
            await self._run(test)

        setattr(self, name, whole)
        try:
            yield
        finally:
            for attribute in (name, *_OF_ONE_RUN):
                self.__dict__.pop(attribute, None)

    async def _run(self, test: Callable[[], Awaitable[object]]) -> None:
        with _calls_seen(asyncio.get_running_loop()):
            async with self._tracker, self._exits:
                await self.asyncSetUp()
                try:
                    await database_sync_to_async(lambda: (self.ws_headers, self.subprotocols))()
                    await test()
                finally:
                    await self.asyncTearDown()


class _Call:
    """A call on the thread of the test, of a task of an app: while it lasts the app is busy."""

    busy = True

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task


@contextlib.contextmanager
def _calls_seen(loop: Any) -> Iterator[None]:
    """Let ``settle`` wait for the calls that consumers make on the thread of the test.

    Channels makes one before each handler, and the ORM one for each query. Without this a consumer
    that was told something by the channel layer would look as if it had nothing to do.
    """
    run_in_executor = loop.run_in_executor

    def run(executor: Any, function: Any, *args: Any) -> Any:
        future = run_in_executor(executor, function, *args)
        app, task = owner.get(), asyncio.current_task(loop)
        # Not those on threads of their own (no executor is given): they may be there to listen.
        if executor is not None and isinstance(app, Activity) and task is not None:
            call = _Call(task)

            def done(_: object) -> None:
                app.holders.discard(call)
                app.changed()

            app.holders.add(call)
            future.add_done_callback(done)
        return future

    loop.run_in_executor = run
    try:
        yield
    finally:
        del loop.run_in_executor
