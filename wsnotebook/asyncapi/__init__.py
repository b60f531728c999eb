"""AsyncAPI 3: Channel classes as a document, and what a document says as messages and types.

:func:`document` writes one and :class:`AsyncAPI` serves it, as JSON and as a page to read
(:func:`page`); :func:`read` reads one, from whomever. The document describes the server: what it
*receives* is what its clients send.

Writing is ``_writing`` with ``_declared``, reading ``_document`` with ``_yaml``, ``_tree``,
``_info``, ``_schemas`` and ``_types``, the page ``_page`` with ``_tables``, ``_prose`` and
``_examples``. Which routes of an app a document is about is ``_routes``; what makes messages of a
schema, and searches, is ``properties``.
"""

from ._app import AsyncAPI
from ._document import Document, read
from ._info import ChannelInfo, MessageInfo, ParameterInfo, ServerInfo
from ._page import page
from ._writing import document

__all__ = [
    "AsyncAPI",
    "ChannelInfo",
    "Document",
    "MessageInfo",
    "ParameterInfo",
    "ServerInfo",
    "document",
    "page",
    "read",
]
