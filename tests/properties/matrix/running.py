"""Searches the cases of the matrix in its own process: ``python -m properties.matrix.running``.

The argument is the seed. Each line of the output is the verdict of a case, in order.
"""

from __future__ import annotations

import json
import logging
import sys

from wsnotebook.properties import Failure, Report, Settings, check

from .cases import Case
from .table import CASES

__all__ = ["search"]


def search(case: Case, seed: int) -> Report:
    """Return what a search of ``case`` finds."""
    return check(
        case.make() if case.is_shared else None,
        case.path,
        factory=None if case.is_shared else case.make,
        messages=case.messages,
        oracles=case.oracles,
        params=case.params or None,
        settings=Settings(seed=seed, clients=case.clients, max_examples=case.examples),
    )


def ending(failure: Failure) -> str:
    """Run the program of ``failure``, and return the name of the exception that ends it."""
    try:
        exec(failure.program(), {"__name__": "program"})
    except BaseException as exc:
        return type(exc).__name__
    return ""


def main(seed: int) -> None:
    """Search, and print what was found."""
    logging.disable(logging.CRITICAL)  # apps tell of their crashes, and these crash on purpose
    for case in CASES:
        route = search(case, seed).routes[0]
        verdict = {
            "found": sorted({failure.code for failure in route.failures}),
            "error": route.error,
            "notes": route.notes,
            "shrunk": all(failure.shrunk for failure in route.failures),
            "ends": [ending(failure) for failure in route.failures] if seed == 1 else [],
        }
        print(json.dumps(verdict), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
