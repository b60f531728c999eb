"""The rows of layers: that all that is said is heard where it should be, and told how late.

channels_redis is no dependency of the tests: where it is missing, its peers say so. So do all
where ``redis-server`` is.
"""

from __future__ import annotations

import pytest

from benchmarks import layers, served_rooms
from benchmarks.frame import find_rows
from benchmarks.members import LAYERS, Half, Heard, in_another_process
from benchmarks.runner import run_child

MISSING = ("channels_redis", "redis-server")
SUBJECTS = [*layers.SUBJECTS, *served_rooms.SUBJECTS]


def figure_of(name: str, peer: str) -> float | str:
    [row] = find_rows(SUBJECTS, name)
    return run_child(row, peer, scale=0.0, url="")


@pytest.fixture
async def rooms(redis_url):
    made = LAYERS["wsnotebook"](redis_url)
    yield made
    await made.close()


# Rows


def test_each_row_has_peers_of_channels_redis():
    layer = ["wsnotebook", "channels_redis, pub/sub", "channels_redis, core"]
    served = ["wsnotebook serve", "Channels on uvicorn, channels_redis, pub/sub"]
    assert {row.name: list(row.subject.peers) for row in find_rows(SUBJECTS, None)} == {
        "layer delay median": layer,
        "layer delay p99": layer,
        "layer to 1,000": layer,
        "serve 1,000": served,
    }


@pytest.mark.parametrize("peer", list(LAYERS))
def test_each_layer_tells_how_late_it_is(peer):
    figure = figure_of("layer delay p99", peer)
    assert figure in MISSING or figure > 0


@pytest.mark.parametrize("peer", ["wsnotebook", "channels_redis, pub/sub"])
def test_a_layer_reaches_all_members_in_two_processes(peer):
    figure = figure_of("layer to 1,000", peer)
    assert figure in MISSING or figure > 0


@pytest.mark.thorough
@pytest.mark.parametrize("peer", list(served_rooms.rate.peers))
def test_servers_reach_all_clients(peer):
    figure = figure_of("serve 1,000", peer)
    assert figure in MISSING or figure > 0


# What is heard


async def test_what_is_heard_is_waited_for():
    heard = Heard()
    heard("tea")
    heard.add(2)
    await heard.until(3)
    assert heard.count == 3


async def test_hearing_more_than_was_said_gives_no_figure():
    heard = Heard()
    heard.add(3)
    with pytest.raises(AssertionError, match=r"^3 were heard, where 2 were said"):
        await heard.until(2)


async def test_hearing_less_than_was_said_gives_no_figure(monkeypatch):
    monkeypatch.setattr("benchmarks.members._LIMIT", 0.0)
    heard = Heard()
    heard.add(1)
    with pytest.raises(TimeoutError):
        await heard.until(2)


async def test_members_hear_what_is_said_in_their_room_alone(rooms):
    tea, milk = Heard(), Heard()
    await rooms.enter("tea", tea)
    await rooms.enter("milk", milk)
    await rooms.say("tea", "hot")
    await rooms.say("milk", "cold")
    await tea.until(1)
    await milk.until(1)


# The other process


async def test_what_is_said_here_is_heard_in_the_other_process_and_the_other_way(rooms, redis_url):
    here = Half(rooms)
    said = {"rooms": 3, "each": 2, "text": "tea", "expected": 12}
    async with in_another_process("wsnotebook", redis_url) as other:
        await here.enter(6, 3)
        await other.do("enter", members=3, rooms=3)
        await here.talk(**said)
        await other.do("delays", count=6)
        await other.do("talk", **said | {"expected": 12})
        with pytest.raises(AssertionError, match=r"^24 were heard, where 12 were said"):
            await here.delays(12)


async def test_the_other_process_tells_how_old_is_what_it_hears(rooms, redis_url):
    async with in_another_process("wsnotebook", redis_url) as other:
        await other.do("enter_with_a_clock")
        await Half(rooms).say_the_time(3, 0.0)
        delays = await other.do("delays", count=3)
    assert len(delays) == 3
    assert min(delays) > 0


# Servers


async def test_a_server_that_does_not_serve_shows_what_it_says():
    with pytest.raises(RuntimeError, match=r"^it does not serve:\n(.|\n)*no_such_module"):
        async with served_rooms._serving("wsnotebook serve no_such_module:app --port 0", ""):
            pass
