"""Text as HTML that can only be read: never run, never hide, never reorder its surroundings."""

from __future__ import annotations

from html import escape

__all__ = ["visible"]


def visible(text: str) -> str:
    """Return ``text`` as HTML: characters that do not print are shown as Python escapes.

    Control characters, lone surrogates and the marks that reorder text (U+202E and its kind) are
    such characters; line breaks stay. ``<bdi>`` keeps right-to-left text from reordering what
    stands beside it.
    """
    shown = "".join(
        character if character.isprintable() or character == "\n" else repr(character)[1:-1]
        for character in text
    )
    return f"<bdi>{escape(shown)}</bdi>"
