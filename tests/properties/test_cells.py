"""What a failure tells of the cells of a notebook: nothing that the next kernel tells otherwise."""

from __future__ import annotations

import pytest

from wsnotebook import Settings, check
from wsnotebook.properties._describe import _lasting

APP = """\
import asyncio

async def crashes(connection):
    async for text in connection:
        raise ValueError("no")

async def hangs(connection):
    async for text in connection:
        await asyncio.Event().wait()
"""


@pytest.mark.parametrize(
    "folder",
    ["/tmp/ipykernel_7/", "C:\\Users\\Ann Lee\\Temp\\ipykernel_7\\"],
    ids=["Linux", "Windows"],
)
def test_a_traceback_tells_the_name_of_the_cell_alone(folder):
    failure = first_failure("crashes", folder)
    assert 'File "1234.py", line 5, in crashes\n' in failure.traceback
    assert "ipykernel" not in failure.traceback


def test_so_does_where_a_handler_stands():
    failure = first_failure("hangs", "/tmp/ipykernel_7/")
    assert failure.actual.startswith("it stands at 1234.py:9 in hangs")
    assert "ipykernel" not in str(failure)


def test_a_long_word_is_looked_through_once():
    # From each of its characters on, that would take minutes.
    word = "ipykernel_" * 100_000
    assert _lasting(f"{word} at 0x1 (/tmp/ipykernel_7/1234.py:9)") == f"{word} (1234.py:9)"


def first_failure(name, folder):
    names = {}
    exec(compile(APP, f"{folder}1234.py", "exec"), names)
    return check(names[name], settings=Settings(seed=1)).failures[0]
