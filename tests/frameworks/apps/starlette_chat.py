"""The chat on Starlette, as a function."""

from frameworks.apps import LEFT, USERS, Chat, Hub
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


def make() -> Chat:
    """Return a chat of its own."""
    hub = Hub()

    async def chat(websocket):
        user = USERS.get(websocket.query_params.get("token"))
        if user is None:
            await websocket.close(4403)
            return
        room = websocket.path_params["room"]
        await websocket.accept()
        await hub.enter(room, user, websocket.send_json)
        try:
            async for received in websocket.iter_json():
                if not await hub.handle(room, user, received):
                    await websocket.close(*LEFT)
                    break
        finally:
            await hub.leave(room, user)

    return Chat(Starlette(routes=[WebSocketRoute("/chat/{room}", chat)]))
