"""What every layer promises; one suite, run over each of them."""

import pytest

from wsnotebook import MemoryLayer
from wsnotebook.layers import Publication

LAYERS = {"memory": MemoryLayer}


@pytest.fixture(params=LAYERS)
def layer(request):
    return LAYERS[request.param]()


class Listener:
    """Keeps what it is told."""

    def __init__(self):
        self.heard: list[Publication] = []

    def __call__(self, publication):
        self.heard.append(publication)

    @property
    def messages(self):
        return [publication.messages for publication in self.heard]


# Publishing


async def test_every_listener_of_a_topic_hears_what_is_published(layer):
    one, two, other = Listener(), Listener(), Listener()
    await layer.subscribe("chat", one)
    await layer.subscribe("chat", two)
    await layer.subscribe("other", other)
    await layer.publish("chat", ("a", b"\x00"), room="tea", exclude=frozenset({"ann"}))
    await layer.publish("chat", ("b",))
    assert one.messages == two.messages == [("a", b"\x00"), ("b",)]
    assert [heard.room for heard in one.heard] == ["tea", None]
    assert [heard.exclude for heard in one.heard] == [{"ann"}, frozenset()]
    assert other.heard == []


async def test_a_publisher_numbers_what_it_publishes_on_each_topic(layer):
    one, other = Listener(), Listener()
    await layer.subscribe("chat", one)
    await layer.subscribe("other", other)
    for topic in ("chat", "other", "chat", "chat"):
        await layer.publish(topic, ("x",))
    assert [heard.sequence for heard in one.heard] == [1, 2, 3]
    assert [heard.sequence for heard in other.heard] == [1]
    assert len({heard.publisher for heard in one.heard}) == 1


async def test_what_nobody_hears_is_numbered_as_well(layer):
    one = Listener()
    await layer.publish("chat", ("x",))
    await layer.subscribe("chat", one)
    await layer.publish("chat", ("y",))
    assert [heard.sequence for heard in one.heard] == [2]


async def test_two_layers_are_two_publishers(layer):
    one, two = Listener(), Listener()
    for listener, its in ((one, layer), (two, type(layer)())):
        await its.subscribe("chat", listener)
        await its.publish("chat", ("x",))
    assert one.heard[0].publisher != two.heard[0].publisher


async def test_a_listener_is_told_once_and_no_more_after_it_left(layer):
    one = Listener()
    await layer.unsubscribe("chat", one)
    await layer.subscribe("chat", one)
    await layer.subscribe("chat", one)
    await layer.publish("chat", ("x",))
    await layer.unsubscribe("chat", one)
    await layer.publish("chat", ("y",))
    assert one.messages == [("x",)]


async def test_publishing_where_nobody_listens_does_nothing(layer):
    await layer.publish("chat", ("x",), room="tea")


# Members


async def test_members_join_and_leave(layer):
    await layer.join("chat", "tea", "ann")
    await layer.join("chat", "tea", "bob")
    await layer.join("chat", "tea", "bob")
    await layer.join("chat", "milk", "cat")
    await layer.join("other", "tea", "dan")
    assert await layer.members("chat", "tea") == {"ann", "bob"}
    await layer.leave("chat", "tea", "bob")
    assert await layer.members("chat", "tea") == {"ann"}
    await layer.leave("chat", "tea", "ann")
    assert await layer.members("chat", "tea") == frozenset()


async def test_leaving_what_was_not_joined_does_nothing(layer):
    await layer.leave("chat", "tea", "ann")
    assert await layer.members("chat", "tea") == frozenset()
