"""All subjects, in the order of the report."""

from __future__ import annotations

from . import auth, channel, ends, faults, imports, in_process, network, panel, search
from .frame import Subject

__all__ = ["ALL"]

ALL: list[Subject] = [
    *network.SUBJECTS,
    *in_process.SUBJECTS,
    *channel.SUBJECTS,
    *auth.SUBJECTS,
    *search.SUBJECTS,
    *faults.SUBJECTS,
    *imports.SUBJECTS,
    *ends.SUBJECTS,
    *panel.SUBJECTS,
]
