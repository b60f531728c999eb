"""System chat and room chat as consumers of Chanx, on Starlette."""

from typing import Literal

from chanx.core.decorators import event_handler, ws_handler
from chanx.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages.base import BaseMessage
from chanx.messages.incoming import PingMessage
from chanx.messages.outgoing import PongMessage
from fast_channels.layers import InMemoryChannelLayer, register_channel_layer
from frameworks.apps import chanx_chat  # noqa: F401  # it imports Chanx first, apart from Django
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


class System(BaseMessage):
    action: Literal["system"] = "system"
    payload: str


class Echo(BaseMessage):
    action: Literal["echo"] = "echo"
    payload: str


class Echoed(BaseMessage):
    action: Literal["echoed"] = "echoed"
    payload: str


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Joined(BaseMessage):
    action: Literal["joined"] = "joined"
    payload: str


class News(BaseMessage):
    action: Literal["news"] = "news"
    payload: str


class SystemChat(AsyncJsonWebsocketConsumer):
    """Greets, answers a ping, echoes, and says when it is done."""

    channel_layer_alias = "foreign"
    groups = ()
    send_completion = True
    emits = [System]  # noqa: RUF012  # Chanx asks for a list

    async def post_authentication(self) -> None:
        await self.send_message(System(payload="welcome"))

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def echo(self, message: Echo) -> Echoed:
        return Echoed(payload=message.payload)


class RoomChat(AsyncJsonWebsocketConsumer[News]):
    """Tells the others who joined, all what is said, and what the server has to say."""

    channel_layer_alias = "foreign"
    groups = ()
    send_completion = True
    emits = [Joined, Said]  # noqa: RUF012

    async def post_authentication(self) -> None:
        room = self.url_params["room"]
        await self.join_group(room)
        await self.broadcast_message(Joined(payload=room), [room], exclude_current=True)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload), [self.url_params["room"]])

    @event_handler
    async def news(self, event: News) -> News:
        return event


register_channel_layer("foreign", InMemoryChannelLayer())
application = Starlette(
    routes=[
        WebSocketRoute("/ws/system", SystemChat.as_asgi()),
        WebSocketRoute("/ws/room/{room}", RoomChat.as_asgi()),
    ]
)
