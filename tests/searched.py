"""Searching the routes of an app in a pytest of its own, and reading what it says."""

from __future__ import annotations

import re

import pytest

# What pytest within pytest would load again for each test, as other modules of the same name.
from starlette import applications, websockets

from wsnotebook.properties import _program, campaign

LOADED = (applications, websockets, _program, campaign)
ALONE = ("-p", "wsnotebook.pytest_plugin", "-p", "no:cacheprovider", "--color=no", "-W", "error")
HEAD = """
import asyncio
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

def app_of(*handlers):
    return Starlette(routes=[WebSocketRoute(f"/{one.__name__}", one) for one in handlers])

async def echo(ws):
    await ws.accept()
    while (event := await ws.receive())["type"] == "websocket.receive":
        await ws.send(event | {"type": "websocket.send"})

async def crash(ws):
    await ws.accept()
    raise LookupError("lost")
"""


@pytest.fixture
def search(pytester, monkeypatch):
    """Return a function that writes ``shop.py``, runs pytest, and returns its result."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source, *options, table="", apart=False):
        pytester.makepyfile(shop=f"{HEAD}\n{source}")
        pytester.makepyprojecttoml(f"[tool.wsnotebook.websocket]\n{table}")
        how = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return how(*ALONE, *options)

    return run


def summary(result):
    """Return the rows of the table of routes, each its cells by column, by route."""
    lines = result.outlines[result.outlines.index(" WebSocket routes ".center(80, "=")) + 1 :]
    head, *rows = (re.split(r"  +", line) for line in lines)
    return {
        row[0]: dict(zip(head, row, strict=True))
        for row in rows
        if len(row) == len(head) and row[0].startswith("/")
    }


def remarks(result):
    """Return the lines below the table."""
    start = result.outlines.index(" WebSocket routes ".center(80, "="))
    return [
        line
        for line in result.outlines[start:]
        if line.startswith(("note  ", "error  ", "to repeat "))
    ]


def verdicts(result):
    """Return what became of each route."""
    return {route: row["verdict"] for route, row in summary(result).items()}


def items(result):
    """Return the ids that ``--collect-only -q`` lists."""
    return [line for line in result.outlines if "::" in line]
