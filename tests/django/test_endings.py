"""How a test of a WebsocketTestCase ends: what is closed, and what makes it fail."""

from __future__ import annotations

import asyncio
import unittest

import pytest
from channels.generic.websocket import AsyncWebsocketConsumer

from wsnotebook import AppCrashed, State, connect
from wsnotebook.communicator import WebsocketCommunicator
from wsnotebook.django import WebsocketTestCase

CODES: list[int] = []
KEPT: list[WebsocketCommunicator] = []


class Quiet(AsyncWebsocketConsumer):
    """Notes how its clients leave, and otherwise does nothing."""

    async def disconnect(self, code):
        CODES.append(code)


class Breaks(Quiet):
    async def receive(self, text_data=None, bytes_data=None):
        raise KeyError("boom")


class BreaksAtTheEnd(Quiet):
    async def disconnect(self, code):
        raise KeyError("boom")


class Leaves(Quiet):
    async def connect(self):
        await super().connect()
        self.ticking = asyncio.create_task(self.tick())

    async def tick(self):
        await asyncio.Event().wait()


class QuietCase(WebsocketTestCase):
    ws_path = "/"
    router = Quiet.as_asgi()


@pytest.fixture(autouse=True)
def nothing_known():
    CODES.clear()
    KEPT.clear()


def test_what_a_test_opened_is_closed_when_it_ends(outcome):
    class Case(QuietCase):
        async def test_two(self):
            for communicator in (self.auth_communicator, self.create_communicator()):
                await communicator.connect()
                KEPT.append(communicator)
            self.create_communicator()  # never connected

    assert outcome(Case) == {"test_two": "passed"}
    assert [communicator.client.state for communicator in KEPT] == [State.CLOSED] * 2
    assert CODES == [1000, 1000]


def test_what_a_failing_test_opened_is_closed_too(outcome):
    class Case(QuietCase):
        async def test_it(self):
            await self.auth_communicator.connect()
            self.fail("on purpose")

    assert outcome(Case)["test_it"].endswith("AssertionError: on purpose\n")
    assert CODES == [1000]


def test_a_consumer_that_crashes_as_it_is_closed_fails_the_test(outcome):
    class Case(QuietCase):
        router = BreaksAtTheEnd.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()

    shown = outcome(Case)["test_it"]
    assert "in disconnect\n    raise KeyError(\"boom\")\nKeyError: 'boom'\n" in shown
    assert "wsnotebook.errors.AppCrashed: the app raised KeyError('boom')" in shown


def test_a_crash_that_nobody_waited_for_fails_the_test(outcome):
    class Case(QuietCase):
        router = Breaks.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.send_to("hello")

    shown = outcome(Case)["test_it"]
    assert "in receive\n    raise KeyError(\"boom\")\nKeyError: 'boom'\n" in shown


def test_a_crash_stands_beside_the_failure_of_the_test(outcome):
    class Case(QuietCase):
        router = BreaksAtTheEnd.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            self.fail("on purpose")

    shown = outcome(Case)["test_it"]
    assert "in disconnect\n    raise KeyError(\"boom\")\nKeyError: 'boom'\n" in shown
    assert "AssertionError: on purpose\nmoreover, the app raised KeyError('boom')" in shown


def test_a_crash_that_the_test_saw_is_none_of_the_clean_up(outcome):
    class Case(QuietCase):
        router = Breaks.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.send_to("hello")
            with pytest.raises(AppCrashed):
                await self.auth_communicator.receive_from()

    assert outcome(Case) == {"test_it": "passed"}


def test_a_task_that_a_consumer_leaves_behind_fails_the_test(outcome):
    class Case(QuietCase):
        router = Leaves.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()

    shown = outcome(Case)["test_it"]
    assert "SetupError: the test left behind:\n  the task Leaves.tick, started at " in shown


def test_a_client_that_is_opened_by_hand_is_to_be_closed_by_hand(outcome):
    class Case(QuietCase):
        async def test_it(self):
            KEPT.append(await connect(self.router.__func__))

    shown = outcome(Case)["test_it"]
    assert "SetupError: the test left behind:\n  client-1, opened at " in shown
    assert KEPT[0].state is State.CLOSED


def test_the_hooks_of_the_loop_run_in_the_order_of_unittest(outcome):
    told = []

    async def tell(what):
        told.append(what)

    class Entered:
        async def __aenter__(self):
            told.append("enter")
            return 7

        async def __aexit__(self, *_):
            told.append("exit")

    class Case(QuietCase):
        def setUp(self):
            told.append("setUp")

        async def asyncSetUp(self):
            await self.auth_communicator.connect()
            self.addAsyncCleanup(tell, "cleanup")
            assert await self.enterAsyncContext(Entered()) == 7

        async def test_it(self):
            told.append("test")

        async def asyncTearDown(self):
            told.append(self.auth_communicator.client.state)

        def tearDown(self):
            told.append("tearDown")

    assert outcome(Case) == {"test_it": "passed"}
    order = ["setUp", "enter", "test", State.OPEN, "exit", "cleanup", "tearDown"]
    assert told == order


@pytest.mark.parametrize("where", ["asyncSetUp", "asyncTearDown", "cleanup"])
def test_an_error_of_a_hook_is_seen_and_everything_is_closed(outcome, where):
    class Case(QuietCase):
        async def asyncSetUp(self):
            await self.auth_communicator.connect()
            self.addAsyncCleanup(self.maybe, "cleanup")
            await self.maybe("asyncSetUp")

        async def test_it(self):
            pass

        async def asyncTearDown(self):
            await self.maybe("asyncTearDown")

        async def maybe(self, here):
            if here == where:
                raise KeyError(here)

    assert outcome(Case)["test_it"].endswith(f"KeyError: '{where}'\n")
    assert CODES == [1000]


def test_a_test_that_is_not_async_may_do_anything_but_communicate(outcome):
    class Case(QuietCase):
        def test_plain(self):
            assert self.ws_path == "/"

        def test_communicating(self):
            self.create_communicator()

        def test_cleaning(self):
            self.addAsyncCleanup(asyncio.sleep, 0)

    found = outcome(Case)
    assert found.pop("test_plain") == "passed"
    for name, shown in found.items():
        assert shown.endswith(
            f"wsnotebook.errors.SetupError: {name} is not an async function, in whose loop what "
            "it opens could be closed; make it 'async def'\n"
        )


def test_what_unittest_knows_of_tests_it_knows_of_these(outcome):
    class Case(QuietCase):
        @unittest.skip("not now")
        async def test_skipped(self):
            self.fail("it ran")

        async def test_skips_itself(self):
            self.skipTest("not here")

        @unittest.expectedFailure
        async def test_expected(self):
            await self.auth_communicator.connect()
            self.fail("on purpose")

        async def test_parts(self):
            for number in (1, 2):
                with self.subTest(number=number):
                    assert number == 1

    found = outcome(Case)
    assert found["test_skipped"] == "skipped: not now"
    assert found["test_skips_itself"] == "skipped: not here"
    assert found["test_expected"].endswith("AssertionError: on purpose\n")
    assert found["test_parts (number=2)"].endswith("AssertionError: assert 2 == 1\n")


def test_a_case_may_run_again_and_by_debug(outcome):
    class Case(QuietCase):
        async def test_it(self):
            await self.auth_communicator.connect()
            KEPT.append(self.auth_communicator)

    assert outcome(Case) == {"test_it": "passed"}
    case = Case("test_it")
    case.debug()
    case.debug()
    assert len({id(communicator) for communicator in KEPT}) == 3
    assert CODES == [1000] * 3


def test_debug_raises(outcome):
    class Case(QuietCase):
        router = BreaksAtTheEnd.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()

    outcome(unittest.TestCase)  # so that there is a database
    with pytest.raises(AppCrashed, match=r"^the app raised KeyError\('boom'\)"):
        Case("test_it").debug()
