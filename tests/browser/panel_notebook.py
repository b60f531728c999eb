"""The notebook that the browser tests of ClientPanel run cells of, and how they drive it."""

from __future__ import annotations

import re

from browser.pages import PICTURES, Lesson
from nbformat.v4 import new_code_cell, new_notebook, writes
from playwright.sync_api import Locator, expect

CELLS = {
    "start": """\
import asyncio

from wsnotebook import connect, serve
from wsnotebook.apps import echo
from wsnotebook.widgets import ClientPanel

server = await serve(echo, name="echo")""",
    "panel": """\
panel = ClientPanel(server, name="you")
panel""",
    "mean": """\
script = "<script>window.ran = 1</script>"
image = "<img src=x onerror='window.ran = 1'>"
payloads = [
    script,
    image,
    '{"lone": "\\\\ud800", "image": "%s"}' % image,
    "a\\u202etxt.exe",
    "\\u05e9\\u05dc\\u05d5\\u05dd",
    "\\x00\\x07\\x1b[31m",
    b"\\x00\\xff<b>",
    "x" * 1_000_000,
]


async def mean(connection):
    for payload in payloads:
        await connection.send(payload)
    await connection.recv()
    await connection.close(4002, image + "\\u202e\\x07")


bad = ClientPanel(mean, name=image + "\\u202e\\x07")
bad""",
    "burst": """\
async def burst(connection):
    async for _ in connection:
        for number in range(5000):
            await connection.send(f"message {number}")


busy = ClientPanel(burst, name="busy")
busy""",
    "counted": "len(busy.client.messages), len(busy.timeline.filter(direction='received'))",
    "restart": """\
await server.stop()
await panel.client.wait_until("closed")
server = await serve(echo, name="echo")
panel""",
    "again": """\
await panel.aclose()
panel.close()
len(server.clients), panel.connect_button.comm""",
    "wait": 'await panel.client.wait_for_message("never", timeout=1000)',
    "left": """\
for other in (panel, bad, busy):
    await other.aclose()
await server.stop()
names = sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks())
[name for name in names if "wsnotebook" in name or "Client" in name or "Home" in name]""",
}

IS_CUT_OFF = """panel => [...panel.querySelectorAll('input, select, textarea, button, td')]
    .filter(part => part.getBoundingClientRect().right > panel.getBoundingClientRect().right - 4)
    .map(part => part.outerHTML)"""
# In one turn of the page, so that nothing has time to be told in between.
TYPE_AND_CLICK_SEND = """(panel, text) => {
    const area = panel.querySelector('textarea');
    area.focus();
    area.value = text;
    area.dispatchEvent(new Event('input'));
    const send = [...panel.querySelectorAll('button')].find(one => one.textContent === 'Send');
    send.focus();
    send.click();
}"""


def notebook() -> str:
    """Return the notebook as JSON."""
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return writes(new_notebook(cells=cells, metadata={"kernelspec": kernel}))


def start(lesson: Lesson, cell_id: str) -> Locator:
    """Run one cell as a learner does, and return it."""
    cell = lesson.cell(cell_id)
    cell.locator(".cm-content").click()
    lesson.page.keyboard.press("Shift+Enter")
    return cell


def run(lesson: Lesson, cell_id: str) -> Locator:
    """Run one cell, wait until it is done, and return it."""
    cell = start(lesson, cell_id)
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    return cell


def connected(lesson: Lesson, cell_id: str) -> Locator:
    """Return the panel of a cell that was just run, connected."""
    panel = run(lesson, cell_id).locator(".wsn-panel")
    panel.get_by_role("button", name="Connect").click()
    expect(panel.locator(".wsn-badge")).to_have_class(re.compile("wsn-open|wsn-closed"))
    return panel


def picture(panel: Locator, name: str) -> None:
    """Take a picture of a panel: what it looks like is in ``build/screenshots``."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    panel.page.mouse.move(0, 0)
    panel.screenshot(path=PICTURES / f"client_panel_{name}.png")


def payloads(panel: Locator) -> Locator:
    """Return the payloads received that the log shows."""
    return panel.locator(".wsn-received td:last-child")
