"""``wsnotebook publish`` and a script of five lines: messages from a process outside."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from served import CHAT, TESTS, connect, process_of, serving
from served_chat import Chat, News

from wsnotebook import cli
from wsnotebook.layers import use_layer

USAGE = (
    "usage: wsnotebook publish [-h] --layer URL [--channel MODULE:CLASS] (ROOM | --everybody) "
    "MESSAGE\nwsnotebook publish: error: "
)
SCRIPT = """
from served_chat import Chat
from wsnotebook import run
from wsnotebook.layers import use_layer

use_layer("{url}")
run(Chat.broadcast("from a script", room="tea"))
"""


@pytest.fixture
def url(redis_url):
    """The layer that Channels of this process use."""
    use_layer(redis_url)
    yield redis_url
    use_layer(None)


async def publish(project, *arguments: str) -> tuple[int, str, str]:
    """Run the command beside this loop."""
    done = await asyncio.to_thread(project.run, "publish", *arguments, PYTHONPATH=str(TESTS))
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="its processes know no signals")
async def test_a_room_in_two_processes_hears_the_command_and_a_script(project, url):
    async with (
        serving(project.folder, CHAT, "--layer", url) as first,
        serving(project.folder, CHAT, "--layer", url) as second,
        connect(first.url + "/rooms/tea") as ann,
        connect(second.url + "/rooms/tea") as bob,
        connect(second.url + "/rooms/milk") as cat,
    ):
        assert [await process_of(one) for one in (ann, bob, cat)] == [
            first.pid,
            second.pid,
            second.pid,
        ]
        said = await publish(project, "--layer", url, "tea", "from outside")
        assert said == (0, "2 processes were told\n", "")
        assert [await one.receive() for one in (ann, bob)] == ["from outside"] * 2

        run_script(project, url)
        assert [await one.receive() for one in (ann, bob)] == ["from a script"] * 2

        await publish(project, "--layer", url, "--everybody", "the end")
        assert [await one.receive() for one in (ann, bob, cat)] == ["the end"] * 3


def run_script(project, url):
    script = project.write("five_lines.py", SCRIPT.format(url=url))
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        env=project.environment(PYTHONPATH=str(TESTS)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Which Channel


async def test_one_is_told_of_by_name_when_there_are_several(project, url):
    async with connect(Chat, "/rooms/tea") as ann, connect(News, "/rooms/tea") as bob:
        await process_of(ann)
        await process_of(bob)
        assert await publish(project, "--layer", url, "tea", "which?") == (
            1,
            "",
            (
                "wsnotebook: clients are connected to served_chat.Chat, served_chat.News on "
                f"{url}; say whose are meant: --channel module:Class\n"
            ),
        )
        arguments = ["--layer", url, "--channel", "served_chat:News"]
        said = await publish(project, *arguments, "tea", "news")
        assert said == (0, "1 process was told\n", "")
        assert await bob.receive() == "news"
        await ann.receive_nothing()


async def test_nobody_is_connected(project, url):
    assert await publish(project, "--layer", url, "tea", "hello?") == (
        1,
        "",
        (
            f"wsnotebook: nobody is connected to any Channel on {url}; wait for a client, or say "
            "whose clients are meant: --channel module:Class\n"
        ),
    )
    said = await publish(project, "--layer", url, "--channel", CHAT, "tea", "hello?")
    nobody = "no process was told: nobody is connected to served_chat.Chat\n"
    assert said == (0, nobody, "")


# What it is given


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tea", "hello"], "hello"),
        (["tea", "--channel", CHAT, "hello"], "hello"),
        (["tea", "--", "--hello"], "--hello"),
        (["--", "tea", "-5"], "-5"),
        (["tea", ""], ""),
        (["tea", "two words, é"], "two words, é"),
        (["--everybody", "all"], "all"),
        (["--everybody", "--", "-all"], "-all"),
    ],
)
async def test_the_message_is_sent_as_it_is(url, capsys, words, message):
    async with connect(Chat, "/rooms/tea") as ann:
        await process_of(ann)
        arguments = ["publish", "--layer", url, *words]
        assert await asyncio.to_thread(cli.main, arguments) == 0
        assert await ann.receive() == message
    assert capsys.readouterr() == ("1 process was told\n", "")


REDIS = ("--layer", "redis://127.0.0.1:1")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["tea", "hello"], "the following arguments are required: --layer"),
        ([*REDIS], "expected ROOM and MESSAGE, not nothing"),
        ([*REDIS, "tea"], "expected ROOM and MESSAGE, not 'tea'"),
        ([*REDIS, "--everybody"], "expected MESSAGE alone, for everybody, not nothing"),
        (
            [*REDIS, "--everybody", "tea", "hello"],
            "expected MESSAGE alone, for everybody, not 'tea' 'hello'",
        ),
        ([*REDIS, "tea", "hello", "again"], "unrecognized arguments: again"),
        (
            ["--layer", "memory://", "tea", "hello"],
            (
                "argument --layer: 'memory://' is a layer of one process, and others hear nothing "
                "of it; give redis://127.0.0.1:6379, say"
            ),
        ),
    ],
)
def test_what_cannot_be_is_misuse(misused, arguments, problem):
    assert misused("publish", *arguments) == f"{USAGE}{problem}\n"


@pytest.mark.parametrize("words", [("tea", "\udcff"), ("\udcff", "hello")], ids=["text", "room"])
def test_a_text_that_cannot_be_sent_is_misuse(misused, words):
    said = misused("publish", *REDIS, *words)
    assert said.startswith(f"{USAGE}cannot send ")
    assert "lone surrogate" in said


def test_what_is_no_channel_is_refused(capsys):
    arguments = ["publish", *REDIS, "--channel", "served_chat:os", "tea", "hello"]
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("wsnotebook: 'served_chat:os' is <module 'os'")
    assert err.endswith(", which is no Channel\n")


def test_a_redis_that_cannot_be_reached_is_told_of_without_its_password(capsys):
    arguments = ["publish", "--layer", "redis://me:geheim@127.0.0.1:1", "tea", "hello"]
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("wsnotebook: nothing arrived at redis://me:***@127.0.0.1:1: ")
