"""Exercises of the lessons: each has ``check(answer)``, ``hint()`` and ``solution()``.

One module a lesson (``echo``, ``group_chat``, ``mock_sockets``, ``auth``, ``property_based``), each exercise a name in it::

    from wsnotebook import lessons

    lessons.echo.wait_for_shout.check(wait_for_shout)

``_exercise`` is what a learner sees of an exercise, ``_answer`` runs what a learner wrote. The
servers that answers are tried on stand beside them.
"""

from __future__ import annotations

from . import auth, echo, group_chat, mock_sockets, property_based

__all__ = ["auth", "echo", "group_chat", "mock_sockets", "property_based"]
