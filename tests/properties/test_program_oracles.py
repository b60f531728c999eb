"""The program of what an oracle found: it asks that oracle, imported or to be put there."""

from __future__ import annotations

import importlib
import re

import pytest
from programs import ACCEPT, HELLO, REPLY, Case, asgi, outcomes_of
from pydantic import BaseModel

from wsnotebook.properties import (
    echo,
    nothing_before,
    order_kept,
    replies_by_id,
    replies_fit,
    rooms_apart,
)
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import source_of
from wsnotebook.properties.failures import Failure

MODELS = """
from typing import Literal
from pydantic import BaseModel
from wsnotebook import Channel, Message

class Reply(BaseModel):
    text: str

class Bye(BaseModel):
    bye: int

class Join(Message):
    action: Literal["join"] = "join"

class Polite:
    class Answer(BaseModel):
        text: str

    def __init__(self, word):
        self.word = word

    def __call__(self, conversation):
        assert all(self.word in text for text in conversation.received), "please!"

def shouted(conversation):
    assert all(text.isupper() for text in conversation.received), "somebody whispers"

def knows_its_route(conversation):
    assert conversation.route is not None, "no route"
    assert conversation.route.path == "/ws", conversation.route
    shouted(conversation)

def welcome(conversation):
    assert conversation.refused is None, "not welcome"

polite = Polite("please")
"""

WELCOME = ACCEPT + """; await send({"type": "websocket.send", "text": '{"type": "welcome"}'})"""
TWICE = REPLY + "; " + REPLY
BY_ID = Example(messages=((0, '{"id": 1}'),))
TWO = Example(paths=("/one", "/two"), messages=((0, "hello"),))
ROOMS = "peers = {}\n"
PEERS = "peers.setdefault(%s, []).append(send)"
TELL = "[await tell({'type': 'websocket.send', 'text': text}) for tell in peers[%s]]"


NOT_BACK = "Mismatch: client-1 did not get back what it sent"
NO_FIT = "Mismatch: client-1 received what fits no schema"
EARLY = "Mismatch: client-1 heard something before it authenticated"
ROUTED = """
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

async def talk(socket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(%s)

app = Starlette(routes=[WebSocketRoute("/other", talk), WebSocketRoute("/ws", talk)])
"""


def answer(text):
    return f"text = {text!r}; {REPLY}"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracles")
    (folder / "shop_models.py").write_text(MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("shop_models"), folder


@pytest.fixture(scope="module")
def cases(models):
    module, _ = models
    reply, wrong = answer('{"text": "hi"}'), answer('{"text": 3}')
    fits, keeps = replies_fit(module.Reply), {"oracle": order_kept()}
    union = replies_fit(module.Reply | module.Bye, {"type": "object", "required": ["ok"]})
    apart, first = {"oracle": rooms_apart()}, nothing_before(re.compile("^hi$", re.IGNORECASE))
    join = nothing_before(module.Join, allowed=[{"type": "welcome"}, module.Join()])
    return {
        "echo": Case("not-echoed", asgi(answer("bye")), NOT_BACK, more={"oracle": echo()}),
        "by_id": Case(
            "uncorrelated-reply",
            asgi("pass"),
            "Mismatch: client-1 received no reply to a request",
            example=BY_ID,
            more={"oracle": replies_by_id()},
        ),
        "fit": Case("schema-broken", asgi(wrong), NO_FIT, asgi(reply), more={"oracle": fits}),
        "fit_one": Case("schema-broken", asgi(wrong), NO_FIT, asgi(reply), more={"oracle": union}),
        "order": Case(
            "order-broken", asgi(TWICE), "Mismatch: client-1 heard a message", more=keeps
        ),
        "before": Case(
            "spoke-before-authentication",
            asgi(accept=WELCOME),
            EARLY,
            asgi("pass"),
            more={"oracle": first},
        ),
        "before_joining": Case(
            "spoke-before-authentication",
            asgi(),
            EARLY,
            asgi("pass", accept=WELCOME),
            more={"oracle": join},
        ),
        "rooms": Case(
            "wrong-room",
            asgi(TELL % "0", accept=ACCEPT + "; " + PEERS % "0", top=ROOMS),
            "Mismatch: ",
            asgi(TELL % "path", accept=ACCEPT + "; " + PEERS % "path", top=ROOMS),
            TWO,
            more=apart,
        ),
        "function": Case(
            "oracle:shouted",
            asgi(),
            "AssertionError: somebody whispers",
            asgi(answer("HI")),
            more={"oracle": module.shouted},
        ),
        "object": Case(
            "oracle:Polite",
            asgi(),
            "AssertionError: please!",
            asgi(answer("yes, please")),
            more={"oracle": module.polite},
        ),
        "refused": Case(
            "oracle:welcome",
            asgi(accept='await send({"type": "websocket.close"}); return'),
            "AssertionError: not welcome",
            asgi("pass"),
            Example(),
            more={"oracle": module.welcome, "refused": (0,)},
        ),
        "route": Case(
            "oracle:knows_its_route",
            ROUTED % "text",
            "AssertionError: somebody whispers",
            ROUTED % "text.upper()",
            Example(paths=("/ws",), messages=((0, "hello"),)),
            more={"oracle": module.knows_its_route, "is_found": True},
        ),
    }


NAMES = [
    *("echo", "by_id", "fit", "fit_one", "order", "before", "before_joining", "rooms"),
    *("function", "object", "refused", "route"),
]


@pytest.fixture(scope="module")
def outcomes(cases, models):
    return outcomes_of(cases, models[1])


def test_every_case_is_looked_at(cases):
    assert list(cases) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_the_oracle(name, cases, outcomes):
    bad, good = outcomes[name]
    assert bad.startswith(cases[name].ends)
    assert good == ""


def failure(oracle, *, code="oracle:x", **more):
    return Failure(
        code=code,
        title="wrong",
        route="/ws",
        example=HELLO,
        seed=7,
        source=source_of(None, None, "shop:app"),
        oracle=oracle,
        **more,
    )


def test_models_are_imported(models):
    module, _ = models
    lines = failure(replies_fit(module.Reply)).program().splitlines()
    assert lines[3:8] == [
        "from wsnotebook import connect, run",
        "from wsnotebook.properties import Conversation, replies_fit",
        "",
        "from shop import app",
        "from shop_models import Reply",
    ]
    assert lines[-4] == "    replies_fit(Reply)(Conversation.of(client))"
    lines = failure(replies_fit(module.Reply | module.Bye)).program().splitlines()
    assert "import shop_models" in lines
    asked = "    replies_fit(shop_models.Reply | shop_models.Bye)(Conversation.of(client))"
    assert lines[-4] == asked


def test_what_was_not_settled_is_judged_so():
    lines = failure(echo(), settled=False).program().splitlines()
    assert lines[-4] == "    echo()(Conversation.of(client, settled=False))"


def test_a_nested_model_is_imported_by_what_it_stands_in(models):
    lines = failure(replies_fit(models[0].Polite.Answer)).program().splitlines()
    assert "from shop_models import Polite" in lines
    assert lines[-4] == "    replies_fit(Polite.Answer)(Conversation.of(client))"


def test_patterns_and_messages_can_be_written(models):
    module, _ = models
    lines = failure(nothing_before(re.compile("^hi"), allowed=module.Join())).program().splitlines()
    assert lines[3] == "import re"
    assert "from shop_models import Join" in lines
    asked = "nothing_before(re.compile('^hi'), allowed=Join(action='join'))"
    assert lines[-4] == f"    {asked}(Conversation.of(client))"


@pytest.mark.parametrize("kind", ["function", "ready", "model"])
def test_what_cannot_be_imported_is_to_be_put_there(kind):
    class Local(BaseModel):
        text: str

    def local(conversation):
        raise AssertionError(conversation.received)

    oracles = {
        "function": local,
        "ready": nothing_before(lambda message: message == "hi"),
        "model": replies_fit(Local),
    }
    program = failure(oracles[kind]).program()
    (line,) = [line for line in program.splitlines() if line.startswith("# oracle: what judged, ")]
    assert line.endswith("; define it here")
    assert program.splitlines()[-4] == "    oracle(Conversation.of(client))"


def test_a_model_that_no_module_has_is_to_be_put_there(models, monkeypatch):
    bye = models[0].Bye
    monkeypatch.delattr(models[0], "Bye")
    lines = failure(replies_fit(bye)).program().splitlines()
    assert "# Bye: what the oracle was given; define it here" in lines
    assert lines[-4] == "    replies_fit(Bye)(Conversation.of(client))"


def test_an_oracle_that_comes_with_the_library_needs_no_route():
    assert "find_routes" not in failure(echo(), is_found=True).program()
    lines = failure(replies_fit({}), code="schema-broken", is_found=True).program().splitlines()
    assert lines[-5:-3] == [
        '    route, *_ = find_routes(app, include="/ws")',
        "    replies_fit({})(Conversation.of(client, route=route))",
    ]


def test_what_every_program_has_is_not_imported():
    lines = failure(nothing_before(str.isdigit)).program().splitlines()
    assert [line for line in lines if "import" in line] == [
        "from wsnotebook import connect, run",
        "from wsnotebook.properties import Conversation, nothing_before",
        "from shop import app",
    ]
    assert lines[-4] == "    nothing_before(str.isdigit)(Conversation.of(client))"
