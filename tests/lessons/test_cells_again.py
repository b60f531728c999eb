"""Lessons as learners run them: every cell twice, the second time out of its order.

What no longer fits (a group that exists already, a message that was taken) is told by an error of
the library; nothing hangs, and nothing is told on the side.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from wsnotebook import errors

pytestmark = pytest.mark.kernel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE = 60  # seconds, for one cell; every wait in the lessons gives up long before


def twice(path: Path) -> nbformat.NotebookNode:
    """Return a lesson with every code cell twice in a row."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells = [
        nbformat.v4.new_code_cell(cell.source, id=f"{cell.id}-{turn}")
        for cell in cells
        for turn in ("first", "again")
    ]
    return notebook


async def run(notebook: nbformat.NotebookNode) -> None:
    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        allow_errors=True,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    await client.async_execute()


async def test_every_cell_can_be_run_again():
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    lessons = [twice(path) for path in paths]
    await asyncio.gather(*map(run, lessons))  # most of the time passes in their waits

    for path, lesson in zip(paths, lessons, strict=True):
        cells = {cell.id: cell for cell in lesson.cells}
        shown = [(cell.id, output) for cell in lesson.cells for output in cell.outputs]
        told = {output.ename for _, output in shown if output.output_type == "error"}
        assert told <= {*errors.__all__}, path.name
        assert [output for _, output in shown if output.get("name") == "stderr"] == []
        assert all(cell.execution_count for cell in lesson.cells)
        stopped = str(next(reversed(cells.values())).outputs)
        assert not re.search(
            r"<(Client|ClientPanel|Server) [^>]*: (open|[1-9]\d* clients?)", stopped
        ), path.name
