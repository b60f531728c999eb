"""All subjects, in the order of the report."""

from __future__ import annotations

from . import (
    auth,
    channel,
    ends,
    faults,
    imports,
    in_process,
    layers,
    network,
    panel,
    search,
    served_rooms,
)
from .frame import Subject

__all__ = ["ALL"]

ALL: list[Subject] = [
    *network.SUBJECTS,
    *in_process.SUBJECTS,
    *channel.SUBJECTS,
    *layers.SUBJECTS,
    *served_rooms.SUBJECTS,
    *auth.SUBJECTS,
    *search.SUBJECTS,
    *faults.SUBJECTS,
    *imports.SUBJECTS,
    *ends.SUBJECTS,
    *panel.SUBJECTS,
]
