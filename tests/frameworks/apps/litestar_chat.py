"""The chat on Litestar, its user checked by a guard."""

from frameworks.apps import LEFT, USERS, Chat, Hub
from litestar import Litestar, WebSocket, websocket
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException, WebSocketDisconnect
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath


def is_known(connection: ASGIConnection, _: BaseRouteHandler) -> None:
    """Refuse a token that nobody has."""
    if connection.query_params.get("token") not in USERS:
        raise PermissionDeniedException


def make() -> Chat:
    """Return a chat of its own."""
    hub = Hub()

    @websocket("/chat/{room:str}", guards=[is_known])
    async def chat(socket: WebSocket, room: FromPath[str]) -> None:
        user = USERS[socket.query_params["token"]]
        await socket.accept()
        await hub.enter(room, user, socket.send_json)
        try:
            while await hub.handle(room, user, await socket.receive_json()):
                pass
            await socket.close(*LEFT)
        except WebSocketDisconnect:
            pass
        finally:
            await hub.leave(room, user)

    return Chat(Litestar([chat], openapi_config=None, logging_config=None))
