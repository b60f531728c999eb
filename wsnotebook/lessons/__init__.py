"""Exercises of the lessons: each has ``check(answer)``, ``hint()`` and ``solution()``.

One module a lesson (``echo``, ``group_chat``, ``mock_sockets``, ``auth``, ``property_based``,
``rooms_across_processes``, ``background_jobs``), each exercise a name in it::

    from wsnotebook import lessons

    lessons.echo.wait_for_shout.check(wait_for_shout)

``_exercise`` is what a learner sees of an exercise, ``_answer`` runs what a learner wrote. The
servers that answers are tried on stand beside them. ``processes`` is what two of the lessons start:
Redis, servers and workers.
"""

from __future__ import annotations

from . import (
    auth,
    background_jobs,
    echo,
    group_chat,
    mock_sockets,
    property_based,
    rooms_across_processes,
)

__all__ = [
    "auth",
    "background_jobs",
    "echo",
    "group_chat",
    "mock_sockets",
    "property_based",
    "rooms_across_processes",
]
