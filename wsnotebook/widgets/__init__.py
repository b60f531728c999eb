"""What a learner clicks: views over Clients and their Timelines, made of ipywidgets.

``client_panel`` is one client by hand. Its parts: ``_home`` (on which loop a click acts),
``_composer`` (reading what was typed), ``_log_view`` and ``_html`` (showing what happened, all of
it escaped). A widget owns no message state, and nothing below this package imports it.
"""

from __future__ import annotations

from ..errors import MissingExtra

try:
    import ipywidgets  # noqa: F401  # without it nothing here can be had
except ModuleNotFoundError as exc:
    raise MissingExtra(exc.name or "ipywidgets", "notebook") from None

from .client_panel import ClientPanel

__all__ = ["ClientPanel"]
