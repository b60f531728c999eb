"""A report as JSON; its shape is documented at ``Report.to_json``."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from ..timeline import Event
from ._example import Example
from .progress import Sent

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = ["report_json"]

_VERSION = 1


def report_json(report: Report) -> str:
    """Return ``report`` as JSON."""
    whole = {
        "version": _VERSION,
        "target": report.target,
        "ok": report.ok,
        "elapsed": report.elapsed,
        "routes": [_route(one) for one in report.routes],
    }
    return json.dumps(whole, indent=2, allow_nan=False)


def _route(one: RouteReport) -> dict[str, Any]:
    known = {
        field.name: _plain(getattr(one, field.name))
        for field in fields(one)
        if field.name != "failures"
    }
    return {**known, "verdict": one.verdict, "failures": [_failure(each) for each in one.failures]}


def _failure(failure: Failure) -> dict[str, Any]:
    known = {
        field.name: _plain(getattr(failure, field.name))
        for field in fields(failure)
        if field.name not in ("example", "oracle")
    }
    known["example"] = _example(failure.example)
    known["oracle"] = None if failure.oracle is None else repr(failure.oracle)
    known["program"] = failure.program()
    return known


def _example(example: Example) -> dict[str, Any]:
    known = {field.name: _plain(getattr(example, field.name)) for field in fields(example)}
    known["messages"] = [
        {"client": client, "data": _plain(data)} for client, data in example.messages
    ]
    return known


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON has it."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Event | Sent):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
