"""A burst into an open panel in a browser: how long the page and the kernel stop at most.

The peer that the panel is compared with shows the same log, and draws it for every message. More
updates than the kernel's socket holds are lost, so what it shows in the end may be out of date.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .frame import TIME, Bench, Subject, Variant
from .lab import notebook, run_cell

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["NAIVE", "PANEL", "SUBJECTS", "burst"]

BURST = 5_000
SIZE = 80
_TOLD = "told"
_PATIENCE = 10_000  # milliseconds until the end of a burst is shown

_EVERY_MESSAGE = "drawn for each message"
PANEL = """
from wsnotebook.widgets import ClientPanel

panel = ClientPanel({url!r}, name="burst")
panel.connect_button.click()
await panel.wait_idle()
client = panel.client
panel
"""
NAIVE = """
from html import escape
from ipywidgets import HTML
from wsnotebook import connect

client = await connect({url!r}, name="burst")
log, rows = HTML(), []

def draw(event):
    cells = (f"{{event.time:.3f}} s", event.direction, event.size, repr(event.data))
    rows.append("<tr>" + "".join(f"<td>{{escape(str(cell))}}</td>" for cell in cells) + "</tr>")
    note = f"<tr><td>{{len(client.timeline) - 200:,}} earlier rows not shown</td></tr>"
    log.value = f"<table>{{note}}{{''.join(rows[-200:])}}</table>"

unsubscribe = client.timeline.subscribe(draw)
log
"""
# How late a task of the kernel comes that asks for its turn every 2 ms: what a click would wait. It
# is told by a file: of more output than the kernel's socket holds, the end is lost.
_BURST = f"""
import asyncio, os
from pathlib import Path
from time import perf_counter

async def ping():
    while True:
        asked = perf_counter()
        await asyncio.sleep(0.002)
        late.append(perf_counter() - asked - 0.002)

late = []
pinging = asyncio.create_task(ping())
await asyncio.sleep(0.01)
late.clear()
await client.send("go")
await client.wait_for_message_count({BURST}, timeout=300)
await client.close()
await asyncio.sleep(0.2)
pinging.cancel()
Path("late").write_text(str(1000 * max(late)))
os.rename("late", {_TOLD!r})
"""
_WATCH = """() => {
    window.gap = 0;
    let last = performance.now();
    const tick = now => {
        window.gap = Math.max(window.gap, now - last);
        last = now;
        window.ticking = requestAnimationFrame(tick);
    };
    cancelAnimationFrame(window.ticking);
    window.ticking = requestAnimationFrame(tick);
    window.tasks = [];
    window.observer ??= new PerformanceObserver(
        list => window.tasks.push(...list.getEntries().map(entry => entry.duration)));
    window.observer.observe({entryTypes: ['longtask']});
}"""
_SHOWN = "words => document.querySelector('.jp-Notebook').textContent.includes(words)"


async def burst(bench: Bench, cell: str) -> tuple[float, float, bool]:
    """Return the longest stop of page and kernel in ms, and whether the end was shown."""
    url = f"{bench.url}/burst/{BURST}/{SIZE}"
    async with notebook([cell.format(url=url), _BURST]) as (page, folder):
        await run_cell(page, 0)
        await page.evaluate(_WATCH)
        start_cell = asyncio.ensure_future(run_cell(page, 1))
        while not (told := folder / _TOLD).exists():  # noqa: ASYNC110  # a file: nothing else tells
            await asyncio.sleep(0.1)
        is_shown = await _is_shown(page, f"{BURST + 3 - 200:,} earlier rows not shown")
        start_cell.cancel()
        gap, task = await page.evaluate("() => [window.gap, Math.max(0, ...window.tasks)]")
        return max(gap, task), float(told.read_text()), is_shown


async def _is_shown(page: Page, words: str) -> bool:
    from playwright.async_api import TimeoutError as TooLate

    try:
        await page.wait_for_function(_SHOWN, arg=words, timeout=_PATIENCE)
    except TooLate:
        return False
    return True


panel = Subject(
    "panel burst",
    f"longest stop of page or kernel in {BURST:,} messages",
    TIME,
    _EVERY_MESSAGE,
    {"": Variant(1)},
    needs_server=True,
)


@panel.peer(_EVERY_MESSAGE)
async def panel_every_message(bench: Bench) -> None:
    page, kernel, _ = await burst(bench, NAIVE)
    bench.note(max(page, kernel))


@panel.peer("wsnotebook")
async def panel_wsnotebook(bench: Bench) -> None:
    page, kernel, is_shown = await burst(bench, PANEL)
    assert is_shown
    bench.note(max(page, kernel))


SUBJECTS = [panel]
