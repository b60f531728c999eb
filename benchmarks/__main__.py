"""The command: ``python -m benchmarks [--quick] [--only NAME] [--rounds N] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from . import subjects
from .frame import find_rows
from .report import as_json, heading, table
from .runner import run_child, run_row, serving, stay_on_one_core

__all__ = ["main"]

ROUNDS = 5
QUICK_ROUNDS = 2
QUICK_SCALE = 0.1


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for, printing each row when it is done."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        rows = find_rows(subjects.ALL, options.only)
    except LookupError as exc:
        parser.error(str(exc))
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    scale = QUICK_SCALE if options.quick else 1.0
    print(heading(rounds, scale, one_core=stay_on_one_core()))
    results = []
    with serving() as url:
        measure = partial(run_child, scale=scale, url=url)
        for row in rows:
            results.append(run_row(row, rounds, measure))
            print("\n" + table(results[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(as_json(results, rounds, scale), indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, fewer rounds")
    parser.add_argument("--only", metavar="NAME", help="one subject ('echo') or row ('echo 32 B')")
    parser.add_argument("--rounds", metavar="N", type=_positive, help=f"instead of {ROUNDS}")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write all figures")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
