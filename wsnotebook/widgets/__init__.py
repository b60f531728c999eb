"""What a learner clicks: views over Clients and their Timelines, made of ipywidgets.

``auth_panel`` is a door to try, with good tokens and bad ones: ``_visits`` (what is tried, and how
it reads) and ``_auth_face`` (how it looks). ``chat_panel`` is several people in one chat: a
``client_panel`` for each and a ``timeline_view`` of all. ``client_panel`` is one client by hand.
Its parts: ``_client_face`` (how it looks), ``_home`` (on which loop a click acts),
``_message_box``, ``_composer`` and ``_history`` (typing, reading what was typed, having it again),
``_log_view`` with ``_log_filter``, ``_log_html`` and ``_formats`` (showing what happened),
``_log_tools`` (what can be done with that), ``_replay`` (making a test of it). ``property_panel``
is the search of an app, a view of a Campaign: ``_property_face`` (how it looks), ``_route_choice``
and ``_search_controls`` (what is chosen), ``_seen`` and ``_sent_counts`` (what was told so far),
``_failure_choice`` and ``_failure_view`` with ``_step_slider`` (one failure, step by step),
``_cells`` (what a cell that is run again leaves behind). All HTML is escaped in ``_html``, and
``_parts`` closes what a widget is made of. A widget owns no message state, and nothing below this
package imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra

try:
    import anywidget  # noqa: F401  # without these nothing here can be had
    import ipywidgets  # noqa: F401
except ModuleNotFoundError as exc:
    raise MissingExtra(exc.name or "ipywidgets", "notebook") from None

from .auth_panel import AuthPanel
from .chat_panel import ChatPanel
from .client_panel import ClientPanel
from .timeline_view import TimelineView

if TYPE_CHECKING:
    from .property_panel import PropertyPanel

__all__ = ["AuthPanel", "ChatPanel", "ClientPanel", "PropertyPanel", "TimelineView"]


def __getattr__(name: str) -> Any:
    if name != "PropertyPanel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Loaded when it is first touched: the other panels do without Hypothesis, an extra of its own.
    from .property_panel import PropertyPanel

    return PropertyPanel


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
