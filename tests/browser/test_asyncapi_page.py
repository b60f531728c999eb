"""The page of an AsyncAPI document in a real browser: light and dark, wide and narrow."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from browser.pages import PICTURES
from described import GEMINI, KRAKEN, SLACK, foreign
from playwright.sync_api import Browser, expect

from wsnotebook import serve
from wsnotebook.apps import Doors, NotificationChannel, RoomChannel
from wsnotebook.asyncapi import AsyncAPI, page, read

pytestmark = pytest.mark.browser

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS = [(theme, width) for theme in ("light", "dark") for width in (1200, 400)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve a page of ours, on a thread with a loop of its own."""
    app = AsyncAPI(
        *(RoomChannel, NotificationChannel, Doors),
        title="Tea rooms",
        version="2.1",
        description="Rooms, **notifications** and doors.",
        app=RoomChannel,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    async def begin():
        return await serve(app)

    server = run(begin())
    yield f"http://127.0.0.1:{server.port}/asyncapi"
    run(server.stop())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def look(browser: Browser):
    """Return a function that opens a page and keeps what it asked for and complained of."""
    contexts = []

    def opened(theme="light", width=1200):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, device_scale_factor=1.5
        )
        contexts.append(context)
        one = context.new_page()
        one.asked, one.complaints = [], []
        one.on("request", lambda request: one.asked.append(request.url))
        one.on("console", lambda message: one.complaints.append(message.text))
        one.on("pageerror", lambda error: one.complaints.append(str(error)))
        return one

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_our_own_page_asks_for_itself_alone_and_fits(look, address, theme, width):
    shown = look(theme, width)
    shown.goto(address)
    expect(shown.get_by_role("heading", name="Tea rooms")).to_be_visible()
    assert shown.asked == [address]
    assert shown.complaints == []
    assert shown.evaluate(TOO_WIDE) == 0
    back = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 22, 22)"}[theme]
    PICTURES.mkdir(parents=True, exist_ok=True)
    shown.screenshot(path=PICTURES / f"asyncapi_{theme}_{width}.png", full_page=True)


@pytest.mark.parametrize("name", [GEMINI, KRAKEN, SLACK])
@pytest.mark.parametrize("width", [1200, 400])
def test_a_page_of_a_foreign_document_fits_and_asks_for_nothing(look, name, width):
    shown = look("light", width)
    shown.set_content(page(read(foreign(name))))
    assert (shown.asked, shown.complaints) == ([], [])
    assert shown.evaluate(TOO_WIDE) == 0
    shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert shown.evaluate(TOO_WIDE) == 0


def test_a_message_unfolds_by_keyboard(look, address):
    shown = look()
    shown.goto(address)
    subscribe = shown.locator("details", has=shown.get_by_text("Subscribe", exact=True))
    expect(subscribe.locator("pre")).to_be_hidden()
    subscribe.locator("summary").focus()
    shown.keyboard.press("Enter")
    expect(subscribe.locator("pre")).to_have_text('{"type": "subscribe", "topic": "text"}')


def test_on_paper_it_is_dark_on_white_and_nothing_is_folded(look, address):
    shown = look("dark", 700)
    shown.goto(address)
    example = shown.get_by_text('{"type": "subscribe", "topic": "text"}', exact=True)
    expect(example).to_be_hidden()
    shown.emulate_media(media="print", color_scheme="dark")
    expect(example).to_be_visible()
    style = "getComputedStyle(document.body)"
    assert shown.evaluate(f"[{style}.color, {style}.backgroundColor]") == [
        "rgb(27, 27, 27)",
        "rgb(255, 255, 255)",
    ]
    assert shown.evaluate(TOO_WIDE) == 0


def test_links_lead_to_channels_and_to_the_document(look, address):
    shown = look()
    shown.goto(address)
    shown.get_by_role("link", name="/{via}").click()
    expect(shown.locator("section:target h2")).to_have_text("/{via}")
    shown.get_by_role("link", name="asyncapi.json").click()
    assert shown.url == f"{address}.json"
    assert '"asyncapi": "3.0.0"' in shown.content()


def test_the_call_that_the_page_shows_works_where_it_is_served(look, address):
    shown = look()
    shown.goto(address)
    call = shown.locator("#channel-0 > pre").inner_text()
    heard = shown.evaluate(
        f"""() => new Promise((resolve, reject) => {{
            const heard = [], room_id = "tea";
            console.log = (message) => {{
                heard.push(message);
                if (heard.length === 2) resolve(heard);
            }};
            {call}
            socket.onerror = () => reject("no connection");
        }})"""
    )
    assert heard == [{"type": "joined", "room": "tea"}, {"type": "said", "text": "text"}]
