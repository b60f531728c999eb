"""Lessons 09 and 10 show what they store, with Redis as well as without."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.kernel

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def without_redis(monkeypatch, tmp_path):
    monkeypatch.delenv("WSNOTEBOOK_REDIS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def with_redis(monkeypatch, redis_url):
    monkeypatch.setenv("WSNOTEBOOK_REDIS", redis_url)


def shown(notebook):
    """Return what stands below each cell; where prints break into pieces is chance."""
    found = {}
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        printed = "".join(output.text for output in outputs if output.output_type == "stream")
        found[cell.id] = printed, [output.data for output in outputs if "data" in output]
    return found


@pytest.mark.parametrize("way", ["without_redis", "with_redis"])
@pytest.mark.parametrize("lesson", ["09_rooms_across_processes", "10_background_jobs"])
async def test_a_lesson_shows_what_it_stores(lesson, way, request):
    request.getfixturevalue(way)
    notebook = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4)
    stored = shown(notebook)
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    await NotebookClient(notebook, timeout=60, resources=resources).async_execute()
    assert shown(notebook) == stored
