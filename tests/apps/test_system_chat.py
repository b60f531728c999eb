"""The system's line, by hand, in process and on a real socket."""

import pytest
from channel_ways import WAYS, heard

from wsnotebook import Settings, apps, check
from wsnotebook.apps import SystemChat

WELCOME = {"type": "welcome"}
TAGS = "does not match any of the expected tags: 'ping', 'echo'"


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


async def test_it_greets(way):
    async with way(SystemChat) as reach:
        ann = await reach("/system")
        assert heard(ann) == [WELCOME]


async def test_a_ping_is_answered(way):
    async with way(SystemChat) as reach:
        ann = await reach("/system")
        await ann.say({"type": "ping"})
        assert heard(ann) == [WELCOME, {"type": "pong"}]


@pytest.mark.parametrize("text", ["tea", "", "té \U0001fad6"])
async def test_a_text_is_echoed(way, text):
    async with way(SystemChat) as reach:
        ann = await reach("/system")
        await ann.say({"type": "echo", "text": text})
        assert heard(ann) == [WELCOME, {"type": "echoed", "text": text}]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("tea", "Invalid JSON: expected ident at line 1 column 2"),
        ('{"type":"echo"}', "echo.text: Field required"),
        ('{"type":"echo","text":3}', "echo.text: Input should be a valid string"),
        (
            '{"type":"dance"}',
            f"Input tag 'dance' found using 'type' {TAGS}",
        ),
    ],
)
async def test_what_makes_no_sense_is_answered_and_the_connection_lives(way, sent, told):
    async with way(SystemChat) as reach:
        ann = await reach("/system")
        await ann.say(sent)
        await ann.say({"type": "ping"})
        assert heard(ann) == [WELCOME, {"type": "error", "message": told}, {"type": "pong"}]


async def test_an_announcement_reaches_everybody(way):
    async with way(SystemChat) as reach:
        ann, bob = await reach("/system"), await reach("/system")
        await SystemChat.announce("tea is ready")
        for peer in (ann, bob):
            await peer.settle()
            assert heard(peer) == [WELCOME, {"type": "announcement", "text": "tea is ready"}]


def test_no_conversation_breaks_it():
    report = check(SystemChat, settings=Settings(seed=1, max_examples=30))
    assert report.ok, report


def test_it_is_found_among_the_apps():
    assert apps.SystemChat is SystemChat
