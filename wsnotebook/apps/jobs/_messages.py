"""What a client of JobChannel says, and what it is told."""

from __future__ import annotations

from typing import Any, Literal

from ...messages import Message

__all__ = [
    "Error",
    "Failed",
    "Missed",
    "Queued",
    "Queuing",
    "Result",
    "Retrying",
    "StartJob",
]


class StartJob(Message):
    """Asks for a job."""

    type: Literal["job"] = "job"
    job: str
    payload: dict[str, Any] = {}  # noqa: RUF012  # pydantic copies it


class Queuing(Message):
    """Says that it is about to be queued."""

    type: Literal["queuing"] = "queuing"
    id: str
    job: str


class Queued(Message):
    """Says that it is queued."""

    type: Literal["queued"] = "queued"
    id: str


class Result(Message):
    """Says what it came to."""

    type: Literal["result"] = "result"
    id: str
    result: Any


class Failed(Message):
    """Says that it failed, for good."""

    type: Literal["failed"] = "failed"
    id: str
    error: str


class Retrying(Message):
    """Says which attempt comes next."""

    type: Literal["retrying"] = "retrying"
    id: str
    attempt: int


class Error(Message):
    """Says why nothing comes of it."""

    type: Literal["error"] = "error"
    message: str


class Missed(Message):
    """Says how many messages were lost."""

    type: Literal["missed"] = "missed"
    count: int
