"""Failures with an app each, and what their programs end with; several run in one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

from wsnotebook.properties._example import Example
from wsnotebook.properties._source import source_of
from wsnotebook.properties.failures import Failure

HELLO = Example(messages=((0, "hello"),))
ACCEPT = 'await send({"type": "websocket.accept"})'
REPLY = 'await send({"type": "websocket.send", "text": text})'

_ASGI = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] != "websocket":
        return
    path = scope["path"]
    await receive()
    {accept}
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        {body}
    {end}
"""

# Runs each program in a namespace of its own, and says how it ended.
_RUNNER = """
import json, pathlib, sys

ends = {}
for name in sys.argv[1:]:
    try:
        code = compile(pathlib.Path(name).read_text("utf-8"), name, "exec")
        exec(code, {"__name__": "__main__"})
    except Exception as exc:
        ends[name] = f"{type(exc).__name__}: {exc}"
    else:
        ends[name] = ""
print(json.dumps(ends))
"""


def asgi(body=REPLY, *, accept=ACCEPT, end="", top=""):
    """Return the text of a module whose ``app`` runs ``body`` for each message."""
    return top + _ASGI.format(body=body, accept=accept, end=end)


@dataclass
class Case:
    """An app that fails, the same mended, and what the program ends with."""

    code: str
    bad: str
    ends: str
    good: str = field(default_factory=asgi)
    example: Example = HELLO
    more: dict = field(default_factory=dict)

    def failure(self, module, **more):
        """Return the failure of the app in ``module``."""
        return Failure(
            code=self.code,
            title="it fails",
            route="/ws",
            example=self.example,
            seed=7,
            source=source_of(None, None, f"{module}:app"),
            **{**self.more, **more},
        )


def outcomes_of(cases, folder, **more):
    """Return how each program ends, by the case's name: on the bad app, and on the good one."""
    for name, case in cases.items():
        for kind in ("bad", "good"):
            module = f"{name}_{kind}"
            (folder / f"{module}.py").write_text(getattr(case, kind), "utf-8")
            program = case.failure(module, **more).program()
            (folder / f"run_{module}.py").write_text(program, "utf-8")
    names = [f"run_{name}_{kind}.py" for name in cases for kind in ("bad", "good")]
    ends = json.loads(run_python("-c", _RUNNER, *names, folder=folder).stdout)
    return {name: (ends[f"run_{name}_bad.py"], ends[f"run_{name}_good.py"]) for name in cases}


def run_python(*arguments, folder, env=None):
    """Run Python in ``folder``; warnings are errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
