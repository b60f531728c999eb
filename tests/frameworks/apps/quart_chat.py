"""The chat on Quart; a handler is cancelled when its client leaves."""

from frameworks.apps import LEFT, USERS, Chat, Hub
from quart import Quart, abort, websocket


def make() -> Chat:
    """Return a chat of its own."""
    app, hub = Quart(__name__), Hub()

    @app.websocket("/chat/<room>")
    async def chat(room):
        user = USERS.get(websocket.args.get("token"))
        if user is None:
            abort(403)
        await websocket.accept()
        socket = websocket._get_current_object()  # others send to it from contexts of their own
        await hub.enter(room, user, socket.send_json)
        try:
            while await hub.handle(room, user, await websocket.receive_json()):
                pass
            await websocket.close(*LEFT)
        finally:
            await hub.leave(room, user)

    return Chat(app)
