"""What every subcommand needs to speak: the version, misuse, texts that any stream can take."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TextIO, TypeAlias

__all__ = ["Misuse", "SubParsers", "say", "version", "writable"]

SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Misuse(Exception):
    """The arguments make no sense, in a way that argparse does not see; the text says how."""


def version() -> str:
    """Return the version of the package."""
    # Not the installed metadata, which an editable installation leaves behind.
    return str(sys.modules["wsnotebook"].__version__)


def say(text: str, stream: TextIO) -> None:
    """Write ``text`` as a line; nobody is there to read it any more: write nothing."""
    try:
        # In one piece: lines of several processes that share the stream stay whole.
        stream.write(writable(f"{text}\n", stream))
        stream.flush()
    except BrokenPipeError:  # it was piped into `head`, say
        # Python would complain once more when it flushes the stream at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def writable(text: str, stream: TextIO) -> str:
    """Return ``text`` with escapes for what the encoding of ``stream`` does not have."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
