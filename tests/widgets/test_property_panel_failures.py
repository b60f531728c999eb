"""The failures of a PropertyPanel: the list, the steps, the lanes, the program, all escaped."""

from __future__ import annotations

import re
from contextlib import aclosing
from html import unescape

import pytest
from baskets import Basket, Echo, Shout, routed
from ipywidgets import HTML
from panels import click, text, within

from wsnotebook import Channel, Settings
from wsnotebook.properties import ExampleRun, Failure, FailureFound, RouteFinished, RouteReport
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import Source
from wsnotebook.widgets import PropertyPanel
from wsnotebook.widgets._seen import MOST_FAILURES, MOST_STEPS, Seen

SEEDED = Settings(seed=1)


def heard(panel):
    """Return what a screen reader hears of the picture, a line an event."""
    (words,) = re.findall(r'<pre class="wsn-heard">(.*?)</pre>', panel.picture.value, re.DOTALL)
    return unescape(words).splitlines()


@pytest.fixture
async def panel():
    async with aclosing(PropertyPanel(routed(Basket, Shout), settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        yield panel


async def test_failures_stand_in_a_list_and_the_first_is_shown(panel):
    assert [label for label, _ in panel.failures.options] == [
        "1  /basket  app-crashed: ZeroDivisionError: integer division or modulo by zero",
        "2  /shout  app-crashed: TypeError: can't concat str to bytes",
    ]
    assert panel.failures.index == 0
    assert text(panel.failure.heading) == (
        "app-crashed ZeroDivisionError: integer division or modulo by zero /basket"
    )
    panel.failures.index = 1
    assert text(panel.failure.heading) == (
        "app-crashed TypeError: can't concat str to bytes /shout"
    )
    assert panel.failure.failure is panel.report.failures[1]


async def test_the_shortest_is_drawn_with_its_message_marked_and_written_as_a_program(panel):
    (failure, _) = panel.report.failures
    assert panel.failure.failure is failure
    assert [data for _, data in failure.example.messages] == [
        '{"action":"put","item":"","count":1}',
        '{"action":"share","people":0}',
    ]
    assert str(failure.picture()) in panel.picture.value
    assert [line[:2] for line in heard(panel)].count("> ") == 1
    assert heard(panel)[3] == '> client-1  → \'{"action":"share","people":0}\''
    assert panel.program.text == failure.program()


async def test_the_facts_of_a_failure_stand_below_its_picture(panel):
    failure = panel.report.failures[0]
    facts = re.sub(r"<dt>", "\n", panel.failure.facts.value).replace("</dt>", ": ")
    told = unescape(re.sub(r"<[^>]*>", "", facts)).splitlines()
    assert told[1:5] == [
        'sent: \'{"action":"share","people":0}\'  (message 2 of 2)',
        "expected: no exception",
        "actual: ZeroDivisionError: integer division or modulo by zero",
        f"seen: in {failure.seen} examples",
    ]
    assert told[5].startswith("seed: 1  (to repeat: Settings(seed=1))")
    assert "<summary>traceback of the app</summary>" in panel.failure.facts.value
    assert "self.count // message.people" in text(panel.failure.facts)


async def test_the_shrinking_is_shown_step_by_step(panel):
    count = panel.steps.max
    assert count > 2
    assert panel.steps.value == count
    assert text(panel.failure.step_words) == (
        f"step {count} of {count}: 2 messages, 65 bytes, as short as the search could make it"
    )
    sizes = []
    for step in range(1, count + 1):
        panel.steps.value = step
        failure = panel.failure.failure
        messages = [data for _, data in failure.example.messages]
        sizes.append((len(messages), sum(map(len, messages))))
        assert text(panel.failure.step_words).startswith(f"step {step} of {count}")
        assert str(failure.picture()) in panel.picture.value
        assert panel.program.text == failure.program()
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == count


async def test_another_failure_is_shown_from_its_last_step(panel):
    panel.steps.value = 1
    panel.failures.index = 1
    shout = panel.failure
    assert shout.failure is panel.report.failures[1]
    panel.failures.index = 0
    assert panel.steps.value == panel.steps.max
    assert panel.failure.failure is panel.report.failures[0]


async def test_a_failure_found_at_once_has_no_slider():
    class Closed(Channel):
        async def on_connect(self):
            raise LookupError("closed today")

    async with aclosing(PropertyPanel(Closed, settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        assert panel.steps.layout.display == "none"
        assert text(panel.failure.step_words) == (
            "the only step: 0 messages, 0 bytes, as short as the search could make it"
        )
        assert "sent" not in re.findall(r"<dt>(.*?)</dt>", panel.failure.facts.value)
        assert sum(line.startswith("> ") for line in heard(panel)) == 1


async def test_without_failures_there_is_no_list_and_no_view():
    async with aclosing(PropertyPanel(Echo, settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        assert (panel.failures.layout.display, panel.failure.layout.display) == ("none", "none")
        assert panel.failures.options == ()


async def test_starting_again_shows_nothing_of_the_failures_before(panel):
    panel.routes.value = ["/shout"]
    await click(panel.start_button, panel)
    assert len(panel.failures.options) == 1
    assert panel.failure.failure is panel.report.failures[0]
    assert "/basket" not in panel.failure.heading.value


async def test_copying_gives_the_program_of_the_step_that_is_shown(panel):
    panel.steps.value = 1
    panel.program.text = ""
    panel.program.click()
    await panel.wait_idle()
    assert panel.program.text == panel.failure.failure.program()


async def test_what_an_app_says_is_shown_and_never_run():
    hostile = "<img src=x onerror='window.ran = 1'></pre>\u202e\x07"

    class Mean(Channel):
        async def on_message(self, message):
            await self.send(hostile)
            raise RuntimeError(hostile + "x" * 10_000)

    async with aclosing(PropertyPanel(Mean, settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        shown = [part for part in within(panel) if isinstance(part, HTML)]
        assert not any("<img" in part.value or "\u202e" in part.value for part in shown)
        assert "<img src=x" in text(panel.failure.heading)
        assert "<img src=x" in text(panel.picture)
        ((label, _),) = panel.failures.options
        assert label.isprintable()
        assert len(label) < 250
        assert all(len(part.value) < 50_000 for part in shown)


# While a search goes on


def failure(cause: str, *messages: str, shrunk: bool = True) -> Failure:
    return Failure(
        code="app-crashed",
        title=cause,
        route="/",
        example=Example(messages=tuple((0, message) for message in messages)),
        seed=1,
        source=Source("", "app"),
        cause=cause,
        shrunk=shrunk,
    )


def found(cause: str, *messages: str, is_new: bool = False) -> FailureFound:
    return FailureFound("/", failure(cause, *messages), is_new=is_new)


async def test_failures_and_their_steps_are_shown_as_they_come():
    async with aclosing(PropertyPanel(Echo)) as panel:

        async def told(*events):
            for event in events:
                panel._on_event(event)
            await panel.wait_idle()
            return text(panel.failure.step_words), len(panel.failures.options)

        panel._begin(panel.campaign)
        assert await told(found("a", "xxxx", is_new=True)) == (
            "the only step so far: 1 message, 4 bytes",
            1,
        )
        assert panel.program.layout.display == "none"
        assert await told(found("a", "xxx"), found("b", "y", is_new=True)) == (
            "step 2 of 2 so far: 1 message, 3 bytes",
            2,
        )
        panel.steps.value = 1  # and there it stays, whatever comes
        assert await told(found("a", "xx")) == ("step 1 of 3: 1 message, 4 bytes", 2)
        panel.steps.value = 3  # from there it follows the newest again
        assert await told(found("a", "x")) == ("step 4 of 4 so far: 1 message, 1 byte", 2)

        panel.failures.index = 1
        await told(found("b", ""))
        panel.steps.value = 1
        assert await told(found("c", "z", is_new=True)) == ("step 1 of 2: 1 message, 1 byte", 3)
        panel.failures.index = 0

        final = RouteReport(route="/", failures=(failure("a", "x"), failure("b", shrunk=False)))
        assert (await told(RouteFinished(final)))[0] == (
            "step 4 of 4: 1 message, 1 byte, as short as the search could make it"
        )
        assert panel.program.layout.display is None
        assert panel.program.text == final.failures[0].program()
        panel.failures.index = 1
        assert text(panel.failure.step_words) == (
            "step 3 of 3: 0 messages, 0 bytes; the search ended early, and less may do as well"
        )


async def test_stopped_while_it_is_made_smaller_a_failure_stays_as_far_as_it_came():
    async with aclosing(PropertyPanel(Basket, settings=Settings(seed=2))) as panel:

        def stop(event):
            if isinstance(event, ExampleRun) and event.phase == "shrink":
                panel.stop_button.click()

        panel.start_button.click()
        panel.campaign.subscribe(stop)
        await panel.wait_idle()
        (failure,) = panel.report.failures
        assert panel.report.routes[0].stopped == "cancelled"
        assert text(panel.state) == "✗ 1 route, 1 failed"
        assert text(panel.failure.step_words).endswith(
            "; the search ended early, and less may do as well"
        )
        assert panel.program.text == failure.program()


async def test_failures_beyond_the_list_are_counted_below_it():
    async with aclosing(PropertyPanel(Echo)) as panel:
        panel._begin(panel.campaign)
        for number in range(MOST_FAILURES + 2):
            panel._on_event(found(f"cause {number}", is_new=True))
        await panel.wait_idle()
        assert len(panel.failures.options) == MOST_FAILURES
        assert text(panel.more_failures) == "2 more: see panel.report.failures"


def test_steps_are_kept_up_to_a_number_and_the_first_and_last_always():
    seen = Seen(1, 100)
    for size in range(1000, 0, -1):
        seen.take(found("a", "x" * size))
    (steps,) = seen.steps.values()
    sizes = [len(step.example.messages[0][1]) for step in steps]
    assert (sizes[0], sizes[-1]) == (1000, 1)
    assert sizes == sorted(sizes, reverse=True)
    assert MOST_STEPS // 2 <= len(sizes) <= MOST_STEPS


def test_failures_are_kept_up_to_a_number_and_the_others_counted():
    seen = Seen(1, 100)
    for number in range(MOST_FAILURES + 3):
        seen.take(found(f"cause {number}", "xx", is_new=True))
        seen.take(found(f"cause {number}", "x"))
    assert len(seen.steps) == MOST_FAILURES
    assert all(len(steps) == 2 for steps in seen.steps.values())
    assert seen.more == 3
    last = failure(f"cause {MOST_FAILURES + 1}")
    seen.take(RouteFinished(RouteReport(route="/", failures=(last,))))
    assert len(seen.steps) == MOST_FAILURES


def test_the_failure_of_the_report_is_the_last_step_and_no_step_is_shown_twice():
    seen = Seen(1, 100)
    seen.take(found("a", "xx"))
    seen.take(found("a", "x"))
    seen.take(found("b", "y"))
    final, other = failure("a", "x"), failure("b", "z")
    assert not seen.is_over(("/", "a"))
    seen.take(RouteFinished(RouteReport(route="/", failures=(final, other))))
    assert seen.is_over(("/", "a"))
    assert seen.steps["/", "a"][-1] is final
    assert [len(steps) for steps in seen.steps.values()] == [2, 2]
    assert seen.steps["/", "b"][-1] is other
