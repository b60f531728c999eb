"""Signed tokens: what lets in, and every attack that does not."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook import MissingExtra, Refused, run
from wsnotebook.auth import sign_token, verify_token

KEY = b"a key of thirty-two bytes, or so"
OTHER_KEY = b"another key of thirty-two bytes!"
NOW = 1_000
GOOD = {"sub": "ann", "exp": NOW + 1}
CHANGED = "the token was changed, or signed with another key"
MALFORMED = "the token is malformed"
ALGORITHM = "the token is not signed with HS256"


def refusal(token, **options):
    """Return the reason with which a token is refused."""
    with pytest.raises(Refused) as caught:
        verify_token(token, KEY, **{"now": NOW, **options})
    assert caught.value.status == 401
    assert caught.value.code == options.get("code")
    assert len(caught.value.reason.encode()) <= 123  # RFC 6455 section 5.5: fits a close frame
    return caught.value.reason


def signed(claims, **options):
    """Return a token as another library than ours makes it."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), KEY, **options)


def encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# What lets in


def test_a_token_says_who_and_until_when():
    token = sign_token("ann", KEY, audience="chat", expires_in=60, now=NOW)
    claims = verify_token(token, KEY, audience="chat", now=NOW + 59.9)
    assert claims == {"sub": "ann", "iat": NOW, "exp": NOW + 60, "aud": "chat"}


def test_it_is_a_json_web_token_that_others_read():
    token = sign_token("ann", KEY, audience="chat", claims={"role": "cook"})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(token, KEY, algorithms=["HS256"], audience="chat")["role"] == "cook"


def test_tokens_of_others_are_read():
    assert verify_token(jwt.encode(GOOD, KEY), KEY, now=NOW) == GOOD


def test_the_same_arguments_give_the_same_token():
    assert sign_token("ann", KEY, now=NOW) == sign_token("ann", KEY.decode(), now=NOW)


def test_without_now_it_is_the_time_of_day():
    claims = verify_token(sign_token("ann", KEY), KEY)
    assert claims["exp"] == claims["iat"] + 300
    with pytest.raises(Refused, match="the token has expired"):
        verify_token(sign_token("ann", KEY, now=NOW), KEY)


def test_under_virtual_time_the_loop_s_clock_will_do():
    async def wait(seconds):
        loop = asyncio.get_running_loop()
        token = sign_token("ann", KEY, expires_in=3600, now=loop.time())
        await asyncio.sleep(seconds)
        return verify_token(token, KEY, now=loop.time())["sub"]

    assert run(wait(3599), virtual_time=True) == "ann"
    with pytest.raises(Refused, match="the token has expired"):
        run(wait(3600), virtual_time=True)


@pytest.mark.parametrize("audience", ["chat", ["news", "chat"]])
def test_a_token_may_be_for_several(audience):
    claims = {**GOOD, "aud": audience}
    assert verify_token(signed(claims), KEY, audience="chat", now=NOW) == claims


# What does not


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW}, "the token has expired"),
        ({"exp": NOW - 1}, "the token has expired"),
        ({"nbf": NOW + 0.1}, "the token is not valid yet"),
        ({"aud": "news"}, "the token is for another audience"),
        ({"aud": ["news"]}, "the token is for another audience"),
        ({"aud": {}}, "the token is for another audience"),
        ({"exp": "soon"}, "the token's 'exp' is not a time"),
        ({"exp": None}, "the token's 'exp' is not a time"),
        ({"exp": True}, "the token's 'exp' is not a time"),
        ({"exp": float("nan")}, "the token's 'exp' is not a time"),
        ({"exp": float("inf")}, "the token's 'exp' is not a time"),
        ({"nbf": float("nan")}, "the token's 'nbf' is not a time"),
        ({"sub": 7}, "the token's 'sub' is not text"),
    ],
)
def test_claims_that_are_wrong(claims, reason):
    assert refusal(signed({**GOOD, **claims})) == reason


@pytest.mark.parametrize("exp", [NOW + 0.1, 10**400])
def test_a_time_may_be_a_fraction_or_far_away(exp):
    assert verify_token(signed({**GOOD, "exp": exp}), KEY, now=NOW)["exp"] == exp


@pytest.mark.parametrize("missing", ["sub", "exp"])
def test_claims_that_are_missing(missing):
    claims = {name: value for name, value in GOOD.items() if name != missing}
    assert refusal(signed(claims)) == f"the token has no '{missing}'"


def test_a_token_for_anybody_is_refused_where_one_for_somebody_is_wanted():
    assert refusal(signed(GOOD), audience="chat") == "the token has no 'aud'"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_tampered_token(part):
    parts = sign_token("ann", KEY, now=NOW).split(".")
    other = sign_token("eve", OTHER_KEY, now=NOW, claims={"more": 1}).split(".")
    parts[part] = encoded({"typ": "JWT", "alg": "HS256", "kid": "x"}) if part == 0 else other[part]
    assert refusal(".".join(parts)) == CHANGED


def test_a_token_signed_with_another_key():
    assert refusal(sign_token("ann", OTHER_KEY, now=NOW)) == CHANGED


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "nOnE", "HS512", "RS256", "", None, ["HS256"]]
)
def test_a_token_with_another_algorithm(algorithm):
    head = {"typ": "JWT", "alg": algorithm}
    signature = sign_token("ann", KEY, now=NOW).rpartition(".")[2]
    for last in ("", signature):
        assert refusal(f"{encoded(head)}.{encoded(GOOD)}.{last}") == ALGORITHM


def test_a_token_whose_algorithm_was_swapped():
    longer = KEY + KEY
    swapped = jwt.encode(GOOD, longer, algorithm="HS512")
    with pytest.raises(Refused) as caught:
        verify_token(swapped, longer, now=NOW)
    assert caught.value.reason == ALGORITHM
    assert refusal(f"{encoded({'typ': 'JWT'})}.{encoded(GOOD)}.") == ALGORITHM


@pytest.mark.parametrize(
    "token",
    [
        *("hello", "a.b", "a.b.c", "...", "é.é.é", "\ud800.a.b", "a" * 100_000),
        f"{encoded([])}.{encoded(GOOD)}.",
        f"{encoded(b'[' * 100_000)}.{encoded(GOOD)}.",
        f"{encoded({'alg': 'HS256', 'kid': 7})}.{encoded(GOOD)}.",
        f"{encoded({'alg': 'HS256', 'crit': ['x'], 'x': 1})}.{encoded(GOOD)}.",
        f"{encoded({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}..",
    ],
)
def test_a_malformed_token(token):
    assert refusal(token) == MALFORMED


@pytest.mark.parametrize("payload", [b"", b"hello", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_a_signed_token_that_says_nothing(payload):
    assert refusal(jwt.PyJWS().encode(payload, KEY)) == MALFORMED


def test_a_number_beyond_what_python_reads():
    payload = b'{"sub": "ann", "exp": ' + b"9" * 5_000 + b"}"
    assert refusal(jwt.PyJWS().encode(payload, KEY)) == MALFORMED


@pytest.mark.parametrize("token", [None, ""])
def test_no_token(token):
    assert refusal(token) == "no token was sent"


@given(st.text())
def test_any_text_is_refused_and_crashes_nothing(token):
    refusal(token)


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_refused(place, character):
    token = sign_token("ann", KEY, now=NOW)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        refusal(changed)


def test_at_no_time_at_all_nothing_is_good():
    assert refusal(signed(GOOD), now=float("nan")) == "the token has expired"


def test_a_close_code_instead_of_a_status():
    assert refusal("hello", code=4401) == MALFORMED


# What its user does wrong


@pytest.mark.parametrize("key", ["short", b"x" * 31, "", "é" * 15])
def test_a_key_that_is_too_short(key):
    size = len(key.encode() if isinstance(key, str) else key)
    for call in (lambda: sign_token("ann", key), lambda: verify_token("a.b.c", key)):
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value) == (
            f"key must hold 32 bytes or more (RFC 7518 section 3.2), not {size}: make one with "
            "secrets.token_bytes(32)"
        )


def test_a_public_key():
    key = "-----BEGIN PUBLIC KEY-----\n" + "A" * 64 + "\n-----END PUBLIC KEY-----"
    for call in (lambda: sign_token("ann", key), lambda: verify_token(jwt.encode(GOOD, KEY), key)):
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value) == (
            "key cannot be used with HS256: The specified key is an asymmetric key or x509 "
            "certificate and should not be used as an HMAC secret."
        )


@pytest.mark.parametrize(
    ("kind", "options", "problem"),
    [
        (TypeError, {"key": None}, "key must be str or bytes, not NoneType"),
        (TypeError, {"subject": 7}, "subject must be a str that is not empty, not 7"),
        (TypeError, {"subject": ""}, "subject must be a str that is not empty, not ''"),
        (ValueError, {"expires_in": 0}, "expires_in must be a number of seconds over 0, not 0"),
        (ValueError, {"expires_in": -1}, "expires_in must be a number of seconds over 0, not -1"),
        (
            ValueError,
            {"claims": {"exp": 5}},
            "claims must not hold 'exp', which is an argument's or the clock's",
        ),
        (TypeError, {"claims": {"a": b""}}, "Object of type bytes is not JSON serializable"),
    ],
)
def test_arguments_that_cannot_be(kind, options, problem):
    with pytest.raises(kind) as caught:
        sign_token(**{"subject": "ann", "key": KEY, **options})
    assert str(caught.value) == problem


def test_a_token_is_text():
    with pytest.raises(TypeError) as caught:
        verify_token(b"a.b.c", KEY)
    assert str(caught.value) == "token must be a str or None, not bytes"


# PyJWT


def test_pyjwt_is_loaded_when_a_token_is_signed():
    code = (
        "import sys\nimport wsnotebook.auth as auth, wsnotebook\nprint('jwt' in sys.modules)\n"
        "auth.Tickets().issue('ann'); auth.read_token({'type': 'x'}, via='message')\n"
        "print('jwt' in sys.modules)\nauth.sign_token('ann', 'k' * 32)\nprint('jwt' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True"]


def test_without_pyjwt_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)
    for call in (lambda: sign_token("ann", KEY), lambda: verify_token("a.b.c", KEY)):
        with pytest.raises(MissingExtra) as caught:
            call()
        assert str(caught.value) == ("PyJWT is not installed; run: pip install 'wsnotebook[auth]'")
