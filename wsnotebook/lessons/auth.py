"""Exercises of lesson 04: asking who is there, and a test that a door stays shut."""

from __future__ import annotations

from typing import Any

from ..auth import check_origin, read_token, sign_token, verify_token
from ..channel import Channel
from ..errors import Refused
from ..mock import MockWebSocket
from ._answer import Answer, Off, fails
from ._exercise import exercise

__all__ = ["stays_shut", "who_is_it"]

_KEY = "the key of this exercise, 32 bytes and more"
_HOME = "https://tea.example"


# Asking who is there


@exercise(
    right="you let in who has a good token, and refused the seven others.",
    hints="""
    Three steps: `check_origin(socket, [...])`, `read_token(socket, via="header")`, and
    `verify_token(...)`. Each that has something to refuse raises `Refused` by itself.

    `verify_token(token, key, audience="tea")` returns what the token says, as a dict. The name
    is its `"sub"`. It takes `None`, too: no token, no entry.

    A token says for whom it is. Without `audience="tea"` you verify for nobody in particular.
    """,
    solution="""
    from wsnotebook.auth import check_origin, read_token, verify_token


    def who_is_it(socket, key):
        check_origin(socket, ["https://tea.example"])
        token = read_token(socket, via="header")
        return verify_token(token, key, audience="tea")["sub"]
    """,
)
async def who_is_it(answer: Answer) -> None:
    """Return the name in the token of the header; refuse what is not to be trusted."""
    good = sign_token("ann", _KEY, audience="tea")
    bob = sign_token("bob", _KEY, audience="tea")
    _lets_in(answer, "ann", good, None)
    _lets_in(answer, "bob", bob, _HOME)
    for what, token, origin, status in (
        ("who has no token", None, None, 401),
        ("who has made up a token", "let-me-in", None, 401),
        ("a token that has expired", sign_token("ann", _KEY, audience="tea", now=0), None, 401),
        ("a token of which one character was changed", _changed(good), None, 401),
        (
            "a token signed with another key",
            sign_token("ann", _KEY[::-1], audience="tea"),
            None,
            401,
        ),
        ("a token for another house", sign_token("ann", _KEY, audience="cake"), None, 401),
        ("a page of another site", good, "https://evil.example", 403),
    ):
        _refuses(answer, what, status, token, origin)


def _lets_in(answer: Answer, name: str, token: str | None, origin: str | None) -> None:
    try:
        found = answer.now(_socket(token, origin), _KEY)
    except Off as off:
        if isinstance(off.__cause__, Refused):
            page = f" on a page of {origin}" if origin else ""
            raise Off(f"you refused {name}{page}, whose token is good.\n{off.__cause__}") from off
        raise
    if found != name:
        raise Off(f"{name} has a good token, but you returned {found!r}.")


def _refuses(answer: Answer, what: str, status: int, token: str | None, origin: str | None) -> None:
    try:
        found = answer.now(_socket(token, origin), _KEY)
    except Off as off:
        if not isinstance(off.__cause__, Refused):
            raise
        if off.__cause__.status != status:
            raise Off(
                f"you refused {what} with HTTP {off.__cause__.status}, but it should be {status}."
            ) from off.__cause__
        return
    raise Off(f"you let in {what}, as {found!r}.")


def _socket(token: str | None, origin: str | None) -> MockWebSocket:
    headers = {}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if origin is not None:
        headers["Origin"] = origin
    return MockWebSocket(headers=headers)


def _changed(token: str) -> str:
    at = len(token) // 2
    return f"{token[:at]}{'B' if token[at] == 'A' else 'A'}{token[at + 1 :]}"


# A test that a door stays shut


class _Door(Channel):
    """Lets in who has a good token for tea."""

    async def authenticate(self) -> None:
        check_origin(self, [_HOME])
        verify_token(read_token(self, via="header"), _KEY, audience="tea")


class _Everybody(_Door):
    async def authenticate(self) -> None:
        """Ask nobody."""


class _AnyToken(_Door):
    async def authenticate(self) -> None:
        """Ask for a token, and do not look at it."""
        if read_token(self, via="header") is None:
            raise Refused(401)


class _OnlyTokens(_Door):
    async def authenticate(self) -> None:
        """Look at a token, if there is one."""
        token = read_token(self, via="header")
        if token is not None:
            verify_token(token, _KEY, audience="tea")


class _TooLate(_Door):
    async def authenticate(self) -> None:
        """Let everybody in, and look then."""

    async def on_connect(self) -> None:
        await self.send("welcome")
        try:
            verify_token(read_token(self, via="header"), _KEY, audience="tea")
        except Refused as refusal:
            await self.close(4401, refusal.reason)


class _Forbids(_Door):
    async def authenticate(self) -> None:
        """Refuse with the wrong status."""
        try:
            await super().authenticate()
        except Refused as refusal:
            raise Refused(403, reason=refusal.reason) from None


@exercise(
    right="your test passes with a door that is shut, and fails with each of five that are not.",
    hints="""
    Two are to be refused: who has no token, and who has one that has expired. Try both:
    `for token in (None, expired):`.

    `with pytest.raises(Refused) as caught:` and in it `await connect(door, token=token)`. If the
    door opens, nothing is raised, and so the test fails.

    Behind the `with`: `assert caught.value.status == 401`.
    """,
    solution="""
    import pytest

    from wsnotebook import Refused, connect


    async def stays_shut(door, expired):
        for token in (None, expired):
            with pytest.raises(Refused) as caught:
                await connect(door, token=token)
            assert caught.value.status == 401
    """,
)
async def stays_shut(answer: Answer) -> None:
    """Write a test: without a token, and with an expired one, the door answers with HTTP 401."""
    expired = sign_token("ann", _KEY, audience="tea", now=0)
    knocked: list[Any] = []

    class Shut(_Door):
        async def authenticate(self) -> None:
            knocked.append(self)
            await super().authenticate()

    if await _fails(answer, Shut, expired):
        raise Off("your test fails with a door that is shut, where it should pass.")
    if not knocked:
        raise Off("your test never knocked: `await connect(door, token=token)`.")
    for broken, what in (
        (_Everybody, "lets everybody in"),
        (_AnyToken, "asks for a token, but does not look at it"),
        (_OnlyTokens, "lets in who has no token at all"),
        (_TooLate, "says welcome first, and turns away then"),
        (_Forbids, "refuses with HTTP 403 in place of 401"),
    ):
        if not await _fails(answer, broken, expired):
            raise Off(f"your test passes with a door that {what}. It should fail there.")


async def _fails(answer: Answer, door: Any, expired: str) -> bool:
    try:
        return await fails(answer, door, expired)
    except BaseException as exc:
        # What pytest.raises and pytest.fail raise is no Exception.
        if not any(kind.__name__ == "OutcomeException" for kind in type(exc).__mro__):
            raise
        return True
