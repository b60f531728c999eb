"""The three channel apps, by hand, in process and on a real socket: one suite."""

import pytest
from channel_ways import WAYS, heard

from wsnotebook import Refused
from wsnotebook.apps import AuthenticatedChannel, NotificationChannel, RoomChannel

CONNECTED = {"type": "connected"}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def answers(peer):
    """Return what a peer got after the greeting."""
    return heard(peer)[1:]


# The socket


async def test_each_socket_has_an_identity_of_its_own(way):
    async with way(NotificationChannel) as reach:
        ann, bob = await reach(), await reach()
        assert ann.socket.id != bob.socket.id
        assert ann.socket != bob.socket


# Notifications


async def test_connecting_adds_to_the_connections_and_greets(way):
    async with way(NotificationChannel) as reach:
        ann = await reach()
        assert NotificationChannel.connections == (ann.channel,)
        assert heard(ann) == [CONNECTED]


async def test_a_ping_is_answered(way):
    async with way(NotificationChannel) as reach:
        ann = await reach()
        await ann.say({"type": "ping"})
        assert heard(ann) == [CONNECTED, {"type": "pong"}]


async def test_a_topic_can_be_subscribed_to_and_left(way):
    async with way(NotificationChannel) as reach:
        ann = await reach()
        await ann.say({"type": "subscribe", "topic": "tea"})
        assert ann.channel.subscriptions == {"tea"}
        assert NotificationChannel.room_members("tea") == (ann.socket,)
        await NotificationChannel.notify("tea", "ready")
        await NotificationChannel.notify("milk", "sour")
        await ann.say({"type": "unsubscribe", "topic": "tea"})
        await NotificationChannel.notify("tea", "cold")
        await ann.settle()
        assert ann.channel.subscriptions == set()
        assert answers(ann) == [
            {"type": "subscribed", "topic": "tea"},
            {"type": "notification", "topic": "tea", "text": "ready"},
            {"type": "unsubscribed", "topic": "tea"},
        ]


TAGS = "does not match any of the expected tags: 'ping', 'subscribe', 'unsubscribe'"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("not json", "Invalid JSON: expected ident at line 1 column 2"),
        (b"\xff", "Invalid JSON: expected value at line 1 column 1"),
        ("[]", "Input should be an object"),
        ("{}", "Unable to extract tag using discriminator 'type'"),
        ('{"type":"dance"}', f"Input tag 'dance' found using 'type' {TAGS}"),
        ('{"type":"subscribe"}', "subscribe.topic: Field required"),
        ('{"type":"subscribe","topic":3}', "subscribe.topic: Input should be a valid string"),
    ],
)
async def test_what_makes_no_sense_is_answered_and_the_connection_lives(way, sent, told):
    async with way(NotificationChannel) as reach:
        ann = await reach()
        await ann.say(sent)
        await ann.say({"type": "ping"})
        assert answers(ann) == [{"type": "error", "message": told}, {"type": "pong"}]


async def test_closing_removes_the_connection_and_its_subscriptions(way):
    async with way(NotificationChannel) as reach:
        ann = await reach()
        await ann.say({"type": "subscribe", "topic": "tea"})
        await ann.leave()
        assert NotificationChannel.connections == ()
        assert NotificationChannel.room_members("tea") == ()
        assert await NotificationChannel.members("tea") == set()
        assert ann.channel.subscriptions == set()


async def test_a_broadcast_reaches_all_connections(way):
    async with way(NotificationChannel) as reach:
        peers = [await reach() for _ in range(3)]
        await NotificationChannel.broadcast("tea is ready")
        for peer in peers:
            await peer.settle()
            assert peer.messages[1:] == ["tea is ready"]


async def test_a_broadcast_can_leave_one_socket_out(way):
    async with way(NotificationChannel) as reach:
        ann, bob = await reach(), await reach()
        await NotificationChannel.broadcast("tea is ready", exclude=ann.socket)
        await ann.settle()
        await bob.settle()
        assert (ann.messages[1:], bob.messages[1:]) == ([], ["tea is ready"])


# Rooms


async def test_the_path_names_the_room(way):
    async with way(RoomChannel) as reach:
        ann = await reach("/rooms/tea")
        assert ann.channel.params["room_id"] == "tea"
        assert heard(ann) == [{"type": "joined", "room": "tea"}]
        assert RoomChannel.room_members("tea") == (ann.socket,)
        assert await RoomChannel.members("tea") == {str(ann.socket.id)}


async def test_what_is_said_reaches_that_room_only_the_sender_too(way):
    async with way(RoomChannel) as reach:
        ann, bob, cat = [await reach(f"/rooms/{room}") for room in ("tea", "tea", "milk")]
        await ann.say({"type": "say", "text": "hi"})
        for peer in (bob, cat):
            await peer.settle()
        assert answers(ann) == answers(bob) == [{"type": "said", "text": "hi"}]
        assert answers(cat) == []


async def test_a_room_can_be_told_from_outside(way):
    async with way(RoomChannel) as reach:
        ann, cat = await reach("/rooms/tea"), await reach("/rooms/milk")
        await RoomChannel.broadcast_to("tea", "closing")
        await ann.settle()
        await cat.settle()
        assert (ann.messages[1:], cat.messages[1:]) == (["closing"], [])


@pytest.mark.parametrize("path", ["/", "/rooms", "/rooms/", "/rooms/a/b", "/room/a", "/x/rooms/a"])
async def test_a_wrong_path_is_refused_with_404(way, path):
    async with way(RoomChannel) as reach:
        with pytest.raises(Refused) as caught:
            await reach(path)
        assert str(caught.value) == (
            "the server refused the handshake with HTTP 404: "
            "'no such path; it is like /rooms/{room_id}'"
        )
        assert RoomChannel.connections == ()


# Authentication


async def test_a_valid_token_opens(way):
    async with way(AuthenticatedChannel) as reach:
        ann = await reach("/?token=tea-4-two")
        assert heard(ann) == [{"type": "authenticated", "user": "ann"}]
        assert AuthenticatedChannel.connections == (ann.channel,)


@pytest.mark.parametrize("path", ["/?token=guess", "/?token=", "/"])
async def test_an_invalid_token_is_told_and_closed(way, path):
    async with way(AuthenticatedChannel) as reach:
        eve = await reach(path)
        await eve.settle()
        assert heard(eve) == [{"type": "error", "message": "invalid token"}]
        assert eve.closure == (4401, "invalid token")
        assert AuthenticatedChannel.connections == ()
