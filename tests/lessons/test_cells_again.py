"""Lessons as learners run them: every cell twice, the second time out of its order; or backwards.

What no longer fits (a group that exists already, a message that was taken) is told by an error of
the library; nothing hangs, and nothing is told on the side.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from wsnotebook import errors

pytestmark = pytest.mark.kernel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE = 60  # seconds, for one cell; every wait in the lessons gives up long before


def twice(path: Path) -> nbformat.NotebookNode:
    """Return a lesson with every code cell twice in a row."""
    return lesson_of(path, lambda cells: [cell for cell in cells for _ in range(2)])


def backwards(path: Path) -> nbformat.NotebookNode:
    """Return a lesson with its code cells from the last to the first, and that twice."""
    return lesson_of(path, lambda cells: cells[::-1] * 2)


def lesson_of(path: Path, order: Callable[[list[Any]], list[Any]]) -> nbformat.NotebookNode:
    """Return a lesson with its code cells in another order; ids end with the turn of a cell."""
    notebook = nbformat.read(path, as_version=4)
    cells = order([cell for cell in notebook.cells if cell.cell_type == "code"])
    seen: Counter[str] = Counter()
    notebook.cells = []
    for cell in cells:
        seen[cell.id] += 1
        again = nbformat.v4.new_code_cell(cell.source, id=f"{cell.id}-{seen[cell.id]}")
        notebook.cells.append(again)
    return notebook


def told(lesson: nbformat.NotebookNode) -> tuple[set[str], list[Any]]:
    """Return the kinds of errors that a lesson showed, and what it showed on the side."""
    shown = [(cell.id, output) for cell in lesson.cells for output in cell.outputs]
    kinds = {output.ename for _, output in shown if output.output_type == "error"}
    return kinds, [output for _, output in shown if output.get("name") == "stderr"]


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
        kinds, on_the_side = told(lesson)
        assert kinds <= {*errors.__all__}, path.name
        assert on_the_side == [], path.name
        assert all(cell.execution_count for cell in lesson.cells)
        stopped = str(lesson.cells[-1].outputs)
        assert not re.search(
            r"<(Client|ClientPanel|Server) [^>]*: (open|[1-9]\d* clients?)", stopped
        ), path.name


@pytest.mark.parametrize("name", ["09_rooms_across_processes", "10_background_jobs"])
async def test_what_one_cell_starts_makes_no_other_hang(name):
    lesson = backwards(NOTEBOOKS / f"{name}.ipynb")
    await run(lesson)

    kinds, on_the_side = told(lesson)
    assert kinds <= {*errors.__all__, "NameError"}  # of what a cell above would have made
    assert on_the_side == []
    assert all(cell.execution_count for cell in lesson.cells)
