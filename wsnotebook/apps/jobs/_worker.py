"""The settings of a worker in a process of its own: ``arq wsnotebook.apps.jobs.WorkerSettings``."""

from __future__ import annotations

import os
from typing import Any

from arq.connections import RedisSettings

from ...layers import layer_of, use_layer, used_layer
from ._arq import functions_of
from ._channel import JobChannel

__all__ = ["WorkerSettings"]

_URL = os.environ.get("WSNOTEBOOK_REDIS", "redis://127.0.0.1:6379")


async def _startup(ctx: dict[Any, Any]) -> None:
    if used_layer(JobChannel.layer) is None:  # where clients are served, too, there is one
        use_layer(_URL)
        ctx["layer"] = layer_of(_URL)


async def _shutdown(ctx: dict[Any, Any]) -> None:
    layer = ctx.pop("layer", None)
    if layer is not None:
        use_layer(None)
        await layer.aclose()


class WorkerSettings:
    """What ARQ's command needs to know to do the jobs of JobChannel and tell its clients.

    The environment variable ``WSNOTEBOOK_REDIS`` is the URL of Redis; without it,
    ``redis://127.0.0.1:6379``. For jobs of your own, a subclass says ``functions =
    functions_of(Kitchen)``, and whatever else ARQ can be told.
    """

    functions = functions_of(JobChannel)
    redis_settings = RedisSettings.from_dsn(_URL)
    on_startup = _startup
    on_shutdown = _shutdown

    def __init_subclass__(cls) -> None:
        # ARQ looks at what stands in the class itself; of what it inherits it would know nothing.
        for base in cls.__mro__[1:]:
            for name, value in vars(base).items():
                if not name.startswith("__") and name not in vars(cls):
                    setattr(cls, name, value)
