"""Apps with known verdicts, which the search must all come to: ``CASES``.

One module for each theme of apps; ``table`` says what each must be found to be.
"""

from __future__ import annotations

from .cases import Case
from .table import CASES

__all__ = ["CASES", "Case"]
