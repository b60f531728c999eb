"""Run every notebook and store its outputs: ``python tools/execute_notebooks.py [notebook ...]``.

The stored outputs are what ``pytest --nbval`` compares with. What differs from run to run without
meaning anything (when a cell ran, widget ids, the version of Python) is left out, so that a diff
shows changes of behaviour alone. Prints which cells changed; a cell that fails ends the run.
"""
# ruff: noqa: INP001, T201  # a script that says what it did

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CELL_TIMEOUT = 60  # seconds
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def execute(path: Path) -> list[str]:
    """Run one notebook in place and return what changed, a line each."""
    notebook = nbformat.read(path, as_version=4)
    before = {cell.id: shown(cell) for cell in notebook.cells}
    text = path.read_text(encoding="utf-8")
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=CELL_TIMEOUT, resources=resources).execute()
    strip(notebook)
    nbformat.validate(notebook)
    now = nbformat.writes(notebook) + "\n"
    if now == text:
        return []
    path.write_text(now, encoding="utf-8")
    changed = [cell.id for cell in notebook.cells if shown(cell) != before[cell.id]]
    return [f"outputs of {cell_id}" for cell_id in changed] or ["metadata"]


def strip(notebook: Any) -> None:
    """Leave out what differs from run to run."""
    kernel = notebook.metadata.kernelspec
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": kernel.language}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", ()):
            # Without its live model a view would only say that it cannot be shown.
            output.get("data", {}).pop(WIDGET_VIEW, None)


def joined(outputs: list[Any]) -> list[Any]:
    """Return ``outputs`` with prints that came in pieces as one; where it breaks is chance."""
    whole: list[Any] = []
    for output in outputs:
        kind = (output.output_type, output.get("name"))
        if whole and kind == ("stream", whole[-1].get("name")):
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def shown(cell: Any) -> list[Any]:
    """Return what a reader sees below ``cell``."""
    return [
        {key: value for key, value in output.items() if key != "execution_count"}
        for output in cell.get("outputs", ())
    ]


def main() -> None:
    """Run the notebooks named on the command line, or all of them."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.rglob("*.ipynb"))
    for path in paths:
        if ".ipynb_checkpoints" not in path.parts:
            print(f"{path.name}: {', '.join(execute(path)) or 'unchanged'}")


if __name__ == "__main__":
    main()
