"""Texts on streams that cannot take them."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from wsnotebook.cli._output import say, writable


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", "\\u2713 caf\\xe9"), ("latin-1", "\\u2713 café"), ("utf-8", "✓ café")],
)
def test_what_an_encoding_has_not_is_escaped(encoding, written):
    assert writable("✓ café", io.TextIOWrapper(io.BytesIO(), encoding)) == written


def test_a_lone_surrogate_is_escaped():
    assert writable("\ud800", io.TextIOWrapper(io.BytesIO(), "utf-8")) == "\\ud800"


def test_a_stream_without_an_encoding_takes_everything():
    stream = io.StringIO()
    say("✓", stream)
    assert stream.getvalue() == "✓\n"


def test_a_line_is_written_in_one_piece_even_where_nothing_is_buffered():
    pieces = []

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def write(self, piece):
            pieces.append(bytes(piece))
            return len(piece)

    say("✓", io.TextIOWrapper(Raw(), "utf-8", write_through=True))
    assert pieces == ["✓\n".encode()]


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is told of otherwise there")
def test_a_reader_who_has_gone_is_not_complained_of():
    code = "import sys; from wsnotebook.cli._output import say; say('x', sys.stdout)"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
