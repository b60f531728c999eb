"""The chat on FastAPI, its user a dependency."""

from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from frameworks.apps import LEFT, USERS, Chat, Hub


async def user_of(token: str = "") -> str:
    """Return who the token stands for."""
    if token not in USERS:
        raise WebSocketException(4403)
    return USERS[token]


def make() -> Chat:
    """Return a chat of its own."""
    app, hub = FastAPI(), Hub()

    @app.websocket("/chat/{room}")
    async def chat(websocket: WebSocket, room: str, user: Annotated[str, Depends(user_of)]):
        await websocket.accept()
        await hub.enter(room, user, websocket.send_json)
        try:
            while await hub.handle(room, user, await websocket.receive_json()):
                pass
            await websocket.close(*LEFT)
        except WebSocketDisconnect:
            pass
        finally:
            await hub.leave(room, user)

    return Chat(app)
