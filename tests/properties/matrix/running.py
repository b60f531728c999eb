"""Searches cases of the matrix in a process of its own: ``python -m properties.matrix.running``.

Arguments are the seed, and the numbers of the cases. Each line of the output is one verdict.
"""

from __future__ import annotations

import json
import logging
import sys

from wsnotebook.properties import Failure, Report, Settings, check

from .cases import Case
from .table import CASES

__all__ = ["search"]

EXAMPLES = 200


def search(case: Case, seed: int) -> Report:
    """Return what a search of ``case`` finds."""
    return check(
        case.make() if case.is_shared else None,
        case.path,
        factory=None if case.is_shared else case.make,
        messages=case.messages,
        oracles=case.oracles,
        params=case.params or None,
        settings=Settings(max_examples=EXAMPLES, seed=seed, clients=case.clients),
    )


def ending(failure: Failure) -> str:
    """Run the program of ``failure``, and return the name of the exception that ends it."""
    try:
        exec(failure.program(), {"__name__": "program"})
    except BaseException as exc:
        return type(exc).__name__
    return ""


def main(seed: int, numbers: list[int]) -> None:
    """Search, and print what was found."""
    logging.disable(logging.CRITICAL)  # apps tell of their crashes, and these crash on purpose
    for number in numbers:
        route = search(CASES[number], seed).routes[0]
        verdict = {
            "number": number,
            "found": sorted({failure.code for failure in route.failures}),
            "error": route.error,
            "notes": route.notes,
            "shrunk": all(failure.shrunk for failure in route.failures),
            "examples": route.examples,
            "elapsed": route.elapsed,
            "ends": [ending(failure) for failure in route.failures] if seed == 1 else [],
        }
        print(json.dumps(verdict), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(number) for number in sys.argv[2:]])
