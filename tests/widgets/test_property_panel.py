"""PropertyPanel without a browser: choose, start, stop, start again, and what stands in its way."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest
from baskets import Basket, Echo, Shout, routed
from panels import click, text

from wsnotebook import Channel, Settings
from wsnotebook.widgets import PropertyPanel

SEEDED = Settings(seed=1, max_examples=20)
ENDLESS = Settings(seed=1, max_examples=1_000_000)


def state(panel):
    return text(panel.state), text(panel.problem)


def disabled(panel):
    """Return whether Start, Stop and the settings are disabled."""
    return (
        panel.start_button.disabled,
        panel.stop_button.disabled,
        panel.settings["seed"].disabled,
    )


async def moved(panel):
    """Return when the panel shows that examples were run."""
    reached = asyncio.Event()
    panel.progress.observe(lambda change: change.new and reached.set(), "value")
    await reached.wait()


async def test_a_search_is_started_and_shown_to_its_end():
    async with aclosing(PropertyPanel(routed(Echo, Shout), settings=SEEDED)) as panel:
        assert state(panel) == ("not started", "")
        assert disabled(panel) == (False, True, False)
        assert (panel.report, panel.campaign.done) == (None, False)
        assert repr(panel) == "<PropertyPanel of /echo, /shout: not started>"
        assert (panel.progress.layout.display, panel.counts.value, text(panel.results)) == (
            "none",
            "",
            "",
        )

        await click(panel.start_button, panel)
        assert state(panel) == ("✗ 2 routes, 1 failed", "")
        assert disabled(panel) == (False, True, False)
        assert repr(panel) == "<PropertyPanel of /echo, /shout: ✗ 2 routes, 1 failed>"
        echo, shout = panel.report.routes
        assert text(panel.results).splitlines() == [
            "route  verdict  examples  messages  failures  seed",
            f"/echo  ✓ passed  20  {echo.messages}  0  1",
            f"/shout  ✗ failed  {shout.examples}  {shout.messages}  1  1",
        ]
        assert text(panel.progress_words) == (
            f"{20 + shout.examples} examples, {echo.messages + shout.messages} messages sent, "
            f"{echo.replies + shout.replies} received"
        )
        assert (panel.progress.value, panel.progress.max, panel.progress.bar_style) == (
            40,
            40,
            "danger",
        )
        assert panel.progress.layout.display is None


async def test_what_was_sent_is_counted_by_kind_length_and_reply():
    async with aclosing(PropertyPanel(Echo, settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        sent = [one for run in panel.report.routes[0].history for one in run.sent]
        shown = text(panel.counts).splitlines()
        assert len(shown) == 14
        kinds = {"text": "text", "JSON": "json", "bytes": "bytes"}
        for row in shown[:3]:
            name, _, count = row.removeprefix("sent, by kind").split("  ")
            assert int(count) == sum(one.kind == kinds[name] for one in sent)
        small = sum(1 <= one.size <= 9 for one in sent)
        assert small > 0
        assert shown[4] == f"1 to 9    {small}"
        assert shown[-1] == f"nothing    {sum(one.reply == 'nothing' for one in sent)}"


async def test_the_same_seed_shows_the_same_html():
    def html(panel):
        parts = [panel.state, panel.progress_words, panel.counts, panel.results]
        parts += [panel.failure.heading, panel.failure.step_words, panel.picture]
        shown = [part.value for part in [*parts, panel.failure.facts]]
        return [*shown, panel.failures.options, panel.steps.max, panel.program.text]

    async with aclosing(PropertyPanel(Basket, settings=Settings(seed=2))) as panel:
        await click(panel.start_button, panel)
        first = html(panel)
        await click(panel.start_button, panel)
        assert html(panel) == first
    async with aclosing(PropertyPanel(Basket, settings=Settings(seed=2))) as another:
        await click(another.start_button, another)
        assert html(another) == first
    assert "ZeroDivisionError" in first[4]


# Stopping and starting again


async def test_the_loop_is_free_meanwhile_and_stop_ends_the_search_and_start_begins_another():
    async with aclosing(PropertyPanel(routed(Echo, Shout), settings=ENDLESS)) as panel:
        panel.routes.value = ["/echo"]
        panel.start_button.click()
        await moved(panel)
        assert state(panel) == ("searching", "")
        assert disabled(panel) == (True, False, True)
        assert all(box.disabled for box in panel.routes.boxes.values())
        assert text(panel.progress_words).endswith(" of 1,000,000 examples")
        first = panel.campaign
        panel.start_button.click()  # nothing more

        await click(panel.stop_button, panel)
        assert panel.campaign is first
        assert state(panel) == ("◼ 1 route, 1 stopped", "")
        assert "/echo ended early: it was stopped" in text(panel.results)
        assert panel.progress.bar_style == "warning"
        assert panel.progress.value == panel.report.routes[0].examples < 1_000_000

        panel.routes.value = ["/shout"]
        panel.settings["max_examples"].value = 30
        await click(panel.start_button, panel)
        assert panel.campaign is not first
        assert state(panel) == ("✗ 1 route, 1 failed", "")
        assert "/echo" not in text(panel.results)
        assert panel.progress.max == 30


async def test_stop_right_after_start_ends_the_search():
    async with aclosing(PropertyPanel(Echo, settings=ENDLESS)) as panel:
        panel.start_button.click()
        assert disabled(panel) == (True, False, True)
        panel.stop_button.click()
        await panel.wait_idle()
        assert state(panel) == ("◼ 1 route, 1 stopped", "")
        assert panel.report.routes[0].examples <= 1


async def test_a_panel_that_is_closed_right_after_start_searches_nothing_more():
    panel = PropertyPanel(Echo, settings=ENDLESS)
    panel.start_button.click()
    await panel.aclose()
    assert state(panel) == ("◼ 1 route, 1 stopped", "")
    panel.close()


async def test_stop_lets_no_other_conversation_begin():
    seen = []

    class Counted(Channel):
        async def on_connect(self):
            seen.append(self)
            if len(seen) == 3:
                loop.call_soon_threadsafe(reached.set)
                stopping.wait(10)

    loop, reached, stopping = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    async with aclosing(PropertyPanel(Counted, settings=ENDLESS)) as panel:
        panel.start_button.click()
        await reached.wait()
        panel.stop_button.click()
        assert state(panel) == ("stopping", "")
        assert disabled(panel) == (True, True, True)
        stopping.set()
        await panel.wait_idle()
        assert len(seen) == 3
        assert panel.report.routes[0].stopped == "cancelled"


@pytest.mark.parametrize("end", ["close", "aclose"])
async def test_ending_the_panel_ends_the_search(end):
    panel = PropertyPanel(Echo, settings=ENDLESS)
    panel.start_button.click()
    await moved(panel)
    if end == "close":
        panel.close()
        assert panel.comm is None
        assert panel.start_button.comm is None
    else:
        await panel.aclose()
    report = await panel.campaign
    assert report.routes[0].stopped == "cancelled"
    await panel.aclose()
    assert panel.start_button.disabled
    panel.start_button.click()
    await panel.wait_idle()
    assert state(panel)[1] == "SetupError: this panel was closed; make a new one"
    panel.close()


async def test_cancelling_the_wait_leaves_the_search_running():
    async with aclosing(PropertyPanel(Echo, settings=ENDLESS)) as panel:
        panel.start_button.click()
        await moved(panel)
        waiting = asyncio.ensure_future(panel.wait_idle())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not panel.campaign.done
        assert state(panel) == ("searching", "")


# What is chosen


async def test_routes_are_chosen_by_their_boxes():
    app = routed(Echo, Shout, Basket)
    async with aclosing(PropertyPanel(app, settings=SEEDED)) as panel:
        assert panel.routes.value == ("/echo", "/shout", "/basket")
        panel.routes.boxes["/shout"].value = False
        await click(panel.start_button, panel)
        assert [one.route for one in panel.report.routes] == ["/echo", "/basket"]
        with pytest.raises(ValueError) as error:
            panel.routes.value = ["/tea"]
        assert str(error.value) == "no route '/tea'; there are /echo, /shout, /basket"


async def test_a_route_is_taken_by_its_path_and_not_for_a_glob():
    class One(Echo):
        path = "/[ab]"

    class Two(Echo):
        path = "/a"

    async with aclosing(PropertyPanel(routed(One, Two), settings=SEEDED)) as panel:
        panel.routes.value = ["/[ab]"]
        await click(panel.start_button, panel)
        assert [one.route for one in panel.report.routes] == ["/[ab]"]


async def test_one_button_ticks_all_of_many_routes_or_none():
    channels = [type(name, (Echo,), {"path": f"/{name}"}) for name in "abcd"]
    async with aclosing(PropertyPanel(routed(*channels), settings=SEEDED)) as panel:
        button = panel.routes.all_button
        assert (button.layout.display, button.description) == (None, "None")
        button.click()
        assert (panel.routes.value, button.description) == ((), "All")
        button.click()
        assert panel.routes.value == ("/a", "/b", "/c", "/d")
    async with aclosing(PropertyPanel(routed(Echo), settings=SEEDED)) as panel:
        assert panel.routes.all_button.layout.display == "none"


async def test_no_route_at_all_is_a_problem_and_what_was_shown_stays():
    async with aclosing(PropertyPanel(routed(Echo, Shout), settings=SEEDED)) as panel:
        await click(panel.start_button, panel)
        shown, report = panel.results.value, panel.report
        panel.routes.value = ()
        await click(panel.start_button, panel)
        assert state(panel) == (
            "✗ 2 routes, 1 failed",
            "SetupError: no route is chosen: tick at least one of /echo, /shout",
        )
        assert (panel.results.value, panel.report) == (shown, report)

        panel.routes.value = ["/echo"]
        await click(panel.start_button, panel)
        assert state(panel) == ("✓ 1 route, passed", "")
        assert panel.progress.bar_style == "success"


async def test_include_and_exclude_say_which_routes_there_are_to_choose_from():
    settings = Settings(seed=1, max_examples=5, include=["/[es]*"], exclude=["/shout"])
    async with aclosing(PropertyPanel(routed(Basket, Echo, Shout), settings=settings)) as panel:
        assert panel.routes.value == ("/echo",)
        await click(panel.start_button, panel)
        assert [one.route for one in panel.report.routes] == ["/echo"]


async def test_of_many_routes_a_few_are_named():
    channels = [type(name, (Echo,), {"path": f"/{name}"}) for name in "abcdefg"]
    async with aclosing(PropertyPanel(routed(*channels), settings=SEEDED)) as panel:
        few = "/a, /b, /c, /d, /e and 2 more"
        assert repr(panel) == f"<PropertyPanel of {few}: not started>"
        panel.routes.value = ()
        await click(panel.start_button, panel)
        assert state(panel)[1] == f"SetupError: no route is chosen: tick at least one of {few}"
        with pytest.raises(ValueError) as error:
            panel.routes.value = ["/tea"]
        assert str(error.value) == f"no route '/tea'; there are {few}"
