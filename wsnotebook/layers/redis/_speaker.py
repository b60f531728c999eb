"""The connection that speaks: commands leave in the order in which they were given, many at once.

What waits while an answer is on its way leaves together after it. The task that sends exists only
while there is something to send, or a reason to stay connected. Which names it speaks under, and
when it takes new ones, is told in the package's docstring.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any

from . import _scripts
from ._line import Line, LineLost
from ._requests import Request
from ._scripts import Command
from ._voices import Voices

if TYPE_CHECKING:
    from ._site import Site

__all__ = ["PAUSES", "Speaker"]

_BEAT = 10.0  # seconds between signs of life; Redis believes in it for three times as long
_BEATS = 1000  # after so many everything is told anew: what is left of the dead goes with a day
_MOST = 1000  # commands that leave at once
PAUSES = (0.02, 1.0)  # seconds before connecting again: the first, and the longest


class Speaker:
    """Sends what a site has to say.

    Attributes:
        voices: The names under which it publishes, by topic.
        process: What members here are counted for.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.voices = Voices(site.keys)
        self.process = ""
        self._queue: deque[Request] = deque()
        self._line: Line | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_new = True  # Redis does not know us, or only under names that are to end
        self._pause = PAUSES[0]
        self._beats = 0
        self._next_beat = 0.0

    async def ask(self, request: Request) -> Any:
        """Send ``request`` after what waits already, and return the answer.

        Cancelling takes it back if it has not left.

        Raises:
            LayerLost: The connection is lost.
        """
        self.post(request)
        return await request.answer

    def post(self, request: Request) -> None:
        """Send ``request`` after what waits already."""
        self._queue.append(request)
        self.wake()

    def renew(self) -> None:
        """Tell Redis anew who we are, under other names."""
        self._is_new = True
        self.wake()

    def wake(self) -> None:
        """Look whether there is something to do."""
        self._wake.set()
        if self._task is None and (self._queue or self._site.is_wanted):
            # Not in the context of whoever came first: it outlives them.
            self._task = asyncio.Task(
                self._run(), loop=asyncio.get_running_loop(), context=Context()
            )

    async def rest(self) -> None:
        """Wait until it has nothing to do any more and is disconnected."""
        while self._task is not None and not self._site.is_wanted:
            self.wake()
            await asyncio.wait([self._task])

    @property
    def is_settled(self) -> bool:
        """Whether it is connected, and Redis knows everything."""
        return self._line is not None and not self._is_new

    # The task

    async def _run(self) -> None:
        try:
            while self._queue or self._site.is_wanted or not await self._is_over():
                if self._site.is_wanted:
                    await self._keep_up()
                if self._queue:
                    await self._send()
        finally:
            self._task = None
            while self._queue:  # its loop ends
                self._queue.popleft().answer.cancel()
            await self._hang_up()

    async def _is_over(self) -> bool:
        await asyncio.sleep(0)  # who publishes one thing after the other gets a chance to go on
        if self._queue or self._site.is_wanted:
            return False
        await self._say_goodbye()
        return not self._queue and not self._site.is_wanted

    async def _keep_up(self) -> None:
        """Be connected and show that we live; wait until there is something to do."""
        loop = asyncio.get_running_loop()
        with suppress(LineLost):
            if self.is_settled and loop.time() >= self._next_beat:
                await self._beat()
            if not self.is_settled and not self._queue:  # what is sent sees to it
                await self._be_ready(())
        if self._queue or not self._site.is_wanted:
            return
        if self.is_settled:
            wait = max(0.0, self._next_beat - loop.time())
        else:
            wait, self._pause = self._pause, min(self._pause * 2, PAUSES[1])
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):  # a deadline, which "settled" does not wait for
                await self._wake.wait()

    async def _beat(self) -> None:
        """Show that we live, and look whether anything was missed."""
        self._beats += 1
        self._next_beat = asyncio.get_running_loop().time() + _BEAT
        await self._site.listen_again_if_deaf()
        keep = _scripts.keep_process(self._site.keys.process(self.process))
        answers = await self._call([keep, *self._site.catch_up()])
        if answers[0] == 0 or self._beats % _BEATS == 0:
            self._is_new = True

    # Sending

    async def _send(self) -> None:
        requests: list[Request] = []
        while self._queue and len(requests) < _MOST:
            request = self._queue.popleft()
            if not request.answer.cancelled():
                requests.append(request)
        try:
            await self._exchange(requests)
        finally:
            for request in requests:  # its loop ends
                if request not in self._queue:
                    request.answer.cancel()

    async def _exchange(self, requests: list[Request]) -> None:
        try:
            await self._be_ready(requests)
        except LineLost as exc:
            for request in requests:
                if request.topic is not None:
                    self.voices[request.topic].head += 1
            self._fail(requests, exc, may_have_arrived=False)
            return
        try:
            answers = await self._call([request.build() for request in requests])
        except LineLost as exc:
            self._fail(requests, exc, may_have_arrived=True)
        else:
            self._answer(requests, answers)

    def _answer(self, requests: list[Request], answers: list[Any]) -> None:
        again = []
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Exception):
                request.lost(self._site.error(answer))
                self._is_new = True
            elif answer == 0 and request.is_fenced:
                self._is_new = True
                if request.is_second:
                    request.done(answer)
                else:
                    again.append(request)
            else:
                request.done(answer)
        for request in reversed(again):
            request.is_second = True
            if request.topic is not None:
                self.voices[request.topic].head -= 1  # not published, under this name
            self._queue.appendleft(request)

    def _fail(self, requests: list[Request], exc: LineLost, *, may_have_arrived: bool) -> None:
        self._is_new = True  # what is still on its way must not come after what comes next
        for request in requests:
            request.lost(self._site.error(exc, may_have_arrived=may_have_arrived))

    async def _call(self, commands: list[Command]) -> list[Any]:
        assert self._line is not None
        try:
            return await self._line.call(commands)
        except LineLost:
            await self._hang_up()
            self._is_new = True
            self._site.standing.lost()
            raise

    # Being known

    async def _be_ready(self, requests: tuple[Request, ...] | list[Request]) -> None:
        """Be connected, and have a name on every topic that needs one."""
        topics = {request.topic for request in requests if request.topic is not None}
        if self._line is not None and await self._line.is_lost():
            await self._hang_up()
        if self._line is None:
            line = Line(self._site.url, self._site.timeout, "wsnotebook-speaks")
            try:
                await line.open()
            except LineLost:
                self._is_new = True
                self._site.standing.lost()
                raise
            self._line = line
        if self._is_new:
            await self._renew()
        if nameless := self.voices.nameless(topics):
            names = await self._carry_out(self.voices.registers(nameless))
            self.voices.named(nameless, names)
        self._pause = PAUSES[0]
        self._site.settle()

    async def _renew(self) -> None:
        """End the old names and tell everything anew, in one step."""
        site, voices = self._site, self.voices
        if untold := voices.untold():  # under names that end at once, which tells everybody
            voices.named(untold, await self._carry_out(voices.registers(untold)))
        before, self.process = self.process, uuid.uuid4().hex
        listened, ends = list(site.topics), voices.ends()
        answers = await self._carry_out(
            [
                *voices.registers(listened),
                *ends.values(),
                *voices.ends_again(),
                _scripts.start_process(site.keys.process(self.process)),
                *site.joins(),
                *([_scripts.forget_process(site.keys.process(before))] if before else []),
                *site.catch_up(),
            ]
        )
        voices.ended(ends)
        voices.named(listened, answers[: len(listened)])
        self._is_new = False
        self._next_beat = asyncio.get_running_loop().time() + _BEAT

    async def _carry_out(self, commands: list[Command]) -> list[Any]:
        """Have them carried out in one step, all of them or none.

        Raises:
            LineLost: They may not have been; or Redis refuses.
        """
        *_, answers = await self._call([("MULTI",), *commands, ("EXEC",)])
        for answer in [answers] if isinstance(answers, Exception) else answers:
            if isinstance(answer, Exception):
                raise LineLost(str(answer)) from answer
        assert isinstance(answers, list)
        return answers

    async def _say_goodbye(self) -> None:
        if self._line is not None:
            ends, process = self.voices.ends(), self._site.keys.process(self.process)
            with suppress(LineLost):  # then it is said when something is said again
                await self._carry_out([*ends.values(), _scripts.forget_process(process)])
                self.voices.ended(ends)
                self.process = ""
        self._is_new = True
        await self._hang_up()
        self._site.standing.at_rest()

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
