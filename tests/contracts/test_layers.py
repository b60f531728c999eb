"""What every layer promises; one suite, run over each of them."""

import asyncio

import pytest
from layers import LAYERS, Listener

from wsnotebook.layers import Publication


@pytest.fixture(params=LAYERS)
async def way(request):
    way = LAYERS[request.param](request)
    yield way
    await way.close()


@pytest.fixture
def layer(way):
    return way.again()


@pytest.fixture
def other(way):
    """The layer as another process has it."""
    return way.again()


# Publishing


async def test_every_listener_of_a_topic_hears_what_is_published(layer, other):
    one, two, elsewhere, deaf = Listener(), Listener(), Listener(), Listener()
    await layer.subscribe("chat", one)
    await layer.subscribe("chat", two)
    await other.subscribe("chat", elsewhere)
    await layer.subscribe("other", deaf)
    await layer.publish("chat", ("a", b"\x00"), room="tea", exclude=frozenset({"ann"}))
    await layer.publish("chat", ("b",))
    for listener in (one, two, elsewhere):
        assert await listener.hears(2) == [("a", b"\x00"), ("b",)]
        assert [heard.room for heard in listener.heard] == ["tea", None]
        assert [heard.exclude for heard in listener.heard] == [{"ann"}, frozenset()]
        assert listener.gaps == []
    await layer.publish("other", ("c",))
    assert await deaf.hears(1) == [("c",)]


async def test_a_publisher_numbers_what_it_publishes_on_each_topic(layer):
    one, other = Listener(), Listener()
    await layer.subscribe("chat", one)
    await layer.subscribe("other", other)
    for topic in ("chat", "other", "chat", "chat"):
        await layer.publish(topic, ("x",))
    await one.hears(3)
    await other.hears(1)
    assert [heard.sequence for heard in one.heard] == [1, 2, 3]
    assert [heard.sequence for heard in other.heard] == [1]
    assert len({heard.publisher for heard in one.heard}) == 1


async def test_who_comes_late_missed_nothing(layer, other):
    early, late = Listener(), Listener()
    await other.subscribe("chat", early)
    await layer.publish("chat", ("x",))
    await early.hears(1)
    await layer.subscribe("chat", late)
    await layer.publish("chat", ("y",))
    assert await late.hears(1) == [("y",)]
    assert late.gaps == []


async def test_two_layers_are_two_publishers(way):
    names = []
    for its in (way.again(), way.apart()):
        listener = Listener()
        await its.subscribe("chat", listener)
        await its.publish("chat", ("x",))
        await listener.hears(1)
        names.append(listener.heard[-1].publisher)
        await its.unsubscribe("chat", listener)
    assert len(set(names)) == 2


async def test_a_listener_is_told_once_and_no_more_after_it_left(layer):
    one, stays = Listener(), Listener()
    await layer.unsubscribe("chat", one)
    await layer.subscribe("chat", one)
    await layer.subscribe("chat", one)
    await layer.subscribe("chat", stays)
    await layer.publish("chat", ("x",))
    await stays.hears(1)
    await layer.unsubscribe("chat", one)
    await layer.publish("chat", ("y",))
    await stays.hears(2)
    assert one.messages == [("x",)]


async def test_one_that_comes_again_hears_what_is_published_from_then_on(layer, other):
    one, stays = Listener(), Listener()
    await other.subscribe("chat", stays)
    for count, text in enumerate("abc", 1):
        await layer.subscribe("chat", one)
        await other.publish("chat", (text,))
        await one.hears(count)
        await layer.unsubscribe("chat", one)
        await other.publish("chat", ("unheard",))
    await stays.hears(6)
    assert one.messages == [("a",), ("b",), ("c",)]
    assert one.gaps == []


async def test_publishing_where_nobody_listens_does_nothing(layer):
    await layer.publish("chat", ("x",), room="tea")


async def test_many_publishers_at_once_are_heard_each_in_order(layer, other):
    one, two = Listener(), Listener()
    await layer.subscribe("chat", one)
    await other.subscribe("chat", two)

    async def publish(its, name):
        for number in range(50):
            await its.publish("chat", (f"{name} {number}",))

    await asyncio.gather(*(publish(its, n) for n in range(5) for its in (layer, other)))
    for listener in (one, two):
        await listener.hears(500)
        by_publisher = {}
        for heard in listener.heard:
            by_publisher.setdefault(heard.publisher, []).append(heard.sequence)
        assert sum(map(len, by_publisher.values())) == 500
        assert all(numbers == sorted(set(numbers)) for numbers in by_publisher.values())
        for name in range(5):
            said = [text for (text,) in listener.messages if text.startswith(f"{name} ")]
            assert sorted(said) == sorted(2 * [f"{name} {number}" for number in range(50)])
        assert listener.gaps == []


async def test_what_is_published_at_once_leaves_in_the_order_of_the_calls(layer):
    one = Listener()
    await layer.subscribe("chat", one)
    await asyncio.gather(*(layer.publish("chat", (str(number),)) for number in range(300)))
    assert await one.hears(300) == [(str(number),) for number in range(300)]


@pytest.mark.parametrize(
    "messages",
    [
        ("",),
        (b"",),
        ("", b"", "x", b"y"),
        ("two\nlines", "\n"),
        (b"\n\x00\xff\r\n", "\r\n"),
        ("ÄÖ 中文 \U0001f600 \x00 \ud800",),
        (bytes(range(256)),),
    ],
    ids=repr,
)
async def test_any_text_and_any_bytes_arrive_as_they_were(messages, layer):
    one = Listener()
    await layer.subscribe("chat", one)
    await layer.publish("chat", messages)
    assert await one.hears(1) == [messages]
    assert list(map(type, one.messages[0])) == list(map(type, messages))


async def test_large_messages_arrive_whole(layer, other):
    one = Listener()
    await layer.subscribe("chat", one)
    text, data = "ä" * 2**20, bytes(range(256)) * 2**14
    await asyncio.gather(*(other.publish("chat", (text, data)) for _ in range(3)))
    assert await one.hears(3) == [(text, data)] * 3


ODD_NAMES = ["", "a:b", "*", "tea\n", "ä中\U0001f600", "\ud800", "x" * 300]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
async def test_topics_rooms_and_ids_have_any_name(name, layer, other):
    one = Listener()
    await layer.subscribe(name, one)
    await other.publish(name, ("x",), room=name, exclude=frozenset({name}))
    await one.hears(1)
    (heard,) = one.heard
    assert heard == Publication(heard.publisher, 1, ("x",), name, frozenset({name}))
    await layer.join(name, name, name)
    assert await other.members(name, name) == {name}
    await layer.leave(name, name, name)
    assert await other.members(name, name) == frozenset()


async def test_a_name_is_no_pattern_and_no_part_of_another(layer):
    star, part, whole = Listener(), Listener(), Listener()
    for topic, listener in (("*", star), ("a", part), ("a:b", whole)):
        await layer.subscribe(topic, listener)
    await layer.publish("a:b", ("x",))
    await whole.hears(1)
    for topic, listener in (("*", star), ("a", part)):
        await layer.publish(topic, ("y",))
        assert await listener.hears(1) == [("y",)]
    await layer.join("a", "b:c", "ann")
    assert await layer.members("a:b", "c") == frozenset()
    await layer.leave("a", "b:c", "ann")


async def test_a_listener_that_is_slow_loses_nothing_and_holds_up_nobody(layer, other):
    """Layers tell at once, and it is the listener who keeps: nothing waits in between."""
    kept, quick = asyncio.Queue(), Listener()
    await layer.subscribe("chat", kept.put_nowait)
    await layer.subscribe("chat", quick)
    for number in range(100):
        await other.publish("chat", (str(number),))
    await quick.hears(100)
    assert [kept.get_nowait().messages for _ in range(100)] == quick.messages


# Members


async def test_members_join_and_leave(layer, other):
    await layer.join("chat", "tea", "ann")
    await other.join("chat", "tea", "bob")
    await other.join("chat", "tea", "bob")
    await layer.join("chat", "milk", "cat")
    await layer.join("other", "tea", "dan")
    for its in (layer, other):
        assert await its.members("chat", "tea") == {"ann", "bob"}
        assert await its.members("other", "tea") == {"dan"}
    await other.leave("chat", "tea", "bob")
    assert await layer.members("chat", "tea") == {"ann"}
    await layer.leave("chat", "tea", "ann")
    assert await other.members("chat", "tea") == frozenset()
    assert await other.members("chat", "milk") == {"cat"}


async def test_leaving_what_was_not_joined_does_nothing(layer):
    await layer.leave("chat", "tea", "ann")
    assert await layer.members("chat", "tea") == frozenset()


async def test_thousands_of_rooms(layer, other):
    one = Listener()
    await layer.subscribe("chat", one)
    rooms = [f"room {number}" for number in range(2000)]
    await asyncio.gather(*(layer.join("chat", room, f"{room}'s") for room in rooms))
    await asyncio.gather(*(other.join("chat", room, "everywhere") for room in rooms))
    for room in rooms[::100]:
        assert await layer.members("chat", room) == {f"{room}'s", "everywhere"}
    await asyncio.gather(*(other.publish("chat", (room,), room=room) for room in rooms))
    await one.hears(2000)
    assert [(heard.room,) for heard in one.heard] == one.messages
    await asyncio.gather(*(other.leave("chat", room, "everywhere") for room in rooms))
    for room in rooms[::100]:
        assert await layer.members("chat", room) == {f"{room}'s"}


# Being there


async def test_who_leaves_last_leaves_no_task_behind(layer, other):
    one, before = Listener(), asyncio.all_tasks()
    await layer.subscribe("chat", one)
    await layer.join("chat", "tea", "ann")
    await layer.publish("chat", ("x",))
    await one.hears(1)
    await layer.leave("chat", "tea", "ann")
    await layer.unsubscribe("chat", one)
    assert asyncio.all_tasks() == before
