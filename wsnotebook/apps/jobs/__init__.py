"""Background jobs: a client asks for one, a worker does it, the client is told what became of it.

``_channel`` is what the client talks to, ``_messages`` what is said; ``_work`` is what a job is,
and one attempt at it; ``_memory`` and ``_arq`` are the two queues, ``_worker`` the settings of a
worker, ``_tea`` the jobs that come with it. ARQ need not be there until it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._channel import JobChannel, use_jobs
from ._memory import MemoryQueue
from ._work import Job, Queue, Retry

if TYPE_CHECKING:
    from ._arq import ArqQueue, functions_of
    from ._worker import WorkerSettings

__all__ = [
    "ArqQueue",
    "Job",
    "JobChannel",
    "MemoryQueue",
    "Queue",
    "Retry",
    "WorkerSettings",
    "functions_of",
    "use_jobs",
]

_LAZY = {"ArqQueue": "._arq", "WorkerSettings": "._worker", "functions_of": "._arq"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
