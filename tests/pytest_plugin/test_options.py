"""Each option of the search changes what a search does, and stands above the pyproject.toml."""

from __future__ import annotations

import pytest
from searched import items, remarks, search, summary, verdicts

__all__ = ["search"]

FEW = "--ws-max-examples=30"


def code_of(result):
    """Return the codes of failures in the short summary."""
    (line,) = [line for line in result.outlines if line.startswith("FAILED ")]
    return line.partition(" - ")[2].partition(":")[0]


# What is searched


@pytest.mark.parametrize(
    ("options", "table"), [(["--ws-app=shop:app"], ""), ([], 'app = "shop:app"')]
)
def test_an_app_is_named_by_an_option_or_by_the_table(search, options, table):
    result = search("app = app_of(echo)", FEW, *options, table=table)
    result.assert_outcomes(passed=1)
    assert verdicts(result) == {"/echo": "passed"}


def test_the_app_of_the_command_line_is_searched_in_place_of_the_tables(search):
    source = "app = app_of(crash)\nother = app_of(echo)"
    result = search(source, FEW, "--ws-app=shop:other", table='app = "shop:app"')
    assert verdicts(result) == {"/echo": "passed"}


ONCE = """
def make_app():
    seen = []

    async def once(ws):
        seen.append(ws)
        await ws.accept()
        if len(seen) > 1:
            raise LookupError("again")
        await ws.receive()

    return app_of(once)

app = make_app()
"""


def test_a_factory_makes_an_app_for_each_conversation(search):
    shared = search(ONCE, FEW, "--ws-app=shop:app")
    assert verdicts(shared) == {"/once": "failed"}
    fresh = search(ONCE, FEW, "--ws-app=shop:make_app", "--ws-factory")
    assert verdicts(fresh) == {"/once": "passed"}
    told = search(ONCE, FEW, table='app = "shop:make_app"\nfactory = true')
    assert verdicts(told) == {"/once": "passed"}


def test_an_app_of_the_command_line_is_no_factory_whatever_the_table_says_of_its_own(search):
    table = 'app = "shop:make_app"\nfactory = true'
    result = search(ONCE + "other = app_of(echo)", FEW, "--ws-app=shop:other", table=table)
    assert verdicts(result) == {"/echo": "passed"}


ORACLES = """
app = app_of(echo)

def quiet(conversation):
    assert not conversation.received, "it spoke"

def content(conversation):
    pass
"""


def test_oracles_judge_each_conversation(search):
    result = search(ORACLES, "--ws-app=shop:app", "--ws-oracle=shop:quiet")
    assert "actual      AssertionError: it spoke" in " ".join(result.outlines)


@pytest.mark.parametrize("oracles", [("content", "quiet"), ("quiet", "content")])
def test_every_oracle_judges(search, oracles):
    options = [f"--ws-oracle=shop:{oracle}" for oracle in oracles]
    result = search(ORACLES, "--ws-app=shop:app", *options)
    assert verdicts(result) == {"/echo": "failed"}


def test_a_ready_oracle_is_named_by_its_class(search):
    result = search(ORACLES, FEW, "--ws-app=shop:app", "--ws-oracle=wsnotebook.properties:echo")
    assert verdicts(result) == {"/echo": "passed"}


def test_oracles_of_the_command_line_stand_in_place_of_the_tables(search):
    table = 'app = "shop:app"\noracles = "shop:quiet"'
    assert verdicts(search(ORACLES, FEW, table=table)) == {"/echo": "failed"}
    result = search(ORACLES, FEW, "--ws-oracle=shop:content", table=table)
    assert verdicts(result) == {"/echo": "passed"}


def test_the_search_is_switched_on_and_off(search):
    on, off = 'app = "shop:app"', 'app = "shop:app"\nenabled = false'
    listed = "--collect-only", "-q"
    source = "app = app_of(echo)"
    there = ["wsnotebook::shop:app[/echo]"]
    assert items(search(source, *listed, table=on)) == there
    assert items(search(source, *listed, "--ws-disable", table=on)) == []
    assert items(search(source, *listed, table=off)) == []
    assert items(search(source, *listed, "--ws-enable", table=off)) == there


def test_routes_are_included_and_excluded(search):
    source = (
        "async def tea(ws): ...\nasync def tea_time(ws): ...\napp = app_of(echo, tea, tea_time)"
    )
    options = ["--collect-only", "-q", "--ws-app=shop:app", "--ws-include=/tea*"]
    both = ["wsnotebook::shop:app[/tea]", "wsnotebook::shop:app[/tea_time]"]
    assert items(search(source, *options)) == both
    assert items(search(source, *options, "--ws-exclude=*time")) == both[:1]
    assert len(items(search(source, *options, "--ws-include=/echo"))) == 3
    table = 'include = "/echo"'
    assert items(search(source, *options, table=table)) == both


def test_a_url_beyond_this_machine_must_be_allowed(search):
    source = "url = 'ws://0.0.0.0:1/'"  # where nobody listens
    refused = search(source, "--ws-app=shop:url")
    (remark,) = remarks(refused)
    assert remark == (
        "error  /: 'ws://0.0.0.0:1/' is not on this machine: a search sends hundreds of strange "
        "messages; if it is yours to test, say Settings(allow_remote=True) or --allow-remote"
    )
    allowed = search(source, "--ws-app=shop:url", "--ws-allow-remote")
    assert "is not on this machine" not in str(allowed.outlines)
    assert verdicts(allowed) == {"/": "error"}


# How


def test_so_many_examples_are_held(search):
    result = search("app = app_of(echo)", "--ws-max-examples=7", table='app = "shop:app"')
    assert summary(result)["/echo"]["examples"] == "7"


def fails_only_with(search, source, fine, wrong):
    """Search for a fault that the settings hide or uncover; return the code of the failure."""
    options = ["--ws-app=shop:app", "--ws-seed=1", "--ws-max-examples=60"]
    search(source, *options, *fine).assert_outcomes(passed=1)
    result = search(source, *options, *wrong)
    result.assert_outcomes(failed=1)
    return code_of(result)


def test_no_conversation_has_more_messages(search):
    source = """
async def third(ws):
    await ws.accept()
    for _ in range(3):
        if (await ws.receive())["type"] == "websocket.disconnect":
            return
    raise LookupError("too many")

app = app_of(third)
"""
    code = fails_only_with(search, source, ["--ws-max-messages=2"], ["--ws-max-messages=6"])
    assert code == "app-crashed"


def test_no_message_is_larger(search):
    source = """
async def small(ws):
    await ws.accept()
    async for event in ws.iter_text():
        if len(event) > 20:
            raise LookupError("too long")

app = app_of(small)
"""
    small, large = "--ws-max-message-size=20", "--ws-max-message-size=200"
    assert fails_only_with(search, source, [small], [large]) == "app-crashed"


def test_a_handshake_has_its_time(search):
    source = """
async def slow(ws):
    await asyncio.sleep(20)
    await ws.accept()
    await ws.receive()

app = app_of(slow)
"""
    code = fails_only_with(search, source, [], ["--ws-connection-timeout=10"])
    assert code == "handshake-unanswered"


def test_a_message_has_its_time(search):
    source = """
async def slow(ws):
    await ws.accept()
    while (await ws.receive())["type"] == "websocket.receive":
        await asyncio.sleep(5)

app = app_of(slow)
"""
    assert fails_only_with(search, source, [], ["--ws-message-timeout=1"]) == "hang"


def test_clients_close_with_the_codes_that_are_given(search):
    source = """
async def strict(ws):
    await ws.accept()
    while (event := await ws.receive())["type"] == "websocket.receive":
        pass
    if event["code"] == 4001:
        raise LookupError("no such code")

app = app_of(strict)
"""
    code = fails_only_with(search, source, [], ["--ws-test-close-codes=1000,4001"])
    assert code == "app-crashed"


def test_a_subprotocol_that_nobody_offered_is_a_failure_or_is_not(search):
    source = """
async def own(ws):
    await ws.accept(subprotocol="tea")
    await ws.receive()

app = app_of(own)
"""
    code = fails_only_with(search, source, ["--ws-no-validate-subprotocols"], [])
    assert code == "wrong-subprotocol"
    table = 'app = "shop:app"\nvalidate_subprotocols = false'
    assert verdicts(search(source, FEW, table=table)) == {"/own": "passed"}
    checked = search(source, FEW, "--ws-validate-subprotocols", table=table)
    assert verdicts(checked) == {"/own": "failed"}


@pytest.mark.parametrize("auth", ["bearer:s3cret", "$SHOP_TOKEN"])
def test_clients_prove_who_they_are_and_the_token_is_not_shown(search, monkeypatch, auth):
    source = """
async def members(ws):
    await ws.accept()
    if ws.headers.get("authorization") != "Bearer s3cret":
        raise LookupError("a stranger")
    await ws.receive()

app = app_of(members)
"""
    monkeypatch.setenv("SHOP_TOKEN", "s3cret")
    assert fails_only_with(search, source, [f"--ws-auth={auth}"], []) == "app-crashed"
    wrong = search(source, FEW, "--ws-app=shop:app", "--ws-auth=bearer:s3kret", "-vv")
    wrong.assert_outcomes(failed=1)
    assert "s3kret" not in str(wrong.outlines)


def test_several_clients_are_connected_at_once(search):
    source = """
here = []

async def single(ws):
    await ws.accept()
    here.append(ws)
    try:
        if len(here) > 1:
            raise LookupError("a crowd")
        await ws.receive()
    finally:
        here.remove(ws)

app = app_of(single)
"""
    assert fails_only_with(search, source, [], ["--ws-clients=2"]) == "app-crashed"


def test_no_search_takes_longer(search):
    result = search("app = app_of(echo)", "--ws-app=shop:app", "--ws-max-seconds=1e-9")
    result.assert_outcomes(failed=1)
    assert remarks(result) == ["note  /echo: stopped after 0 examples: max_seconds had passed"]
    assert code_of(result) == "stopped after 0 examples"


def test_a_verbose_search_tells_of_each_example_and_of_rates(search):
    options = ["--ws-app=shop:app", "--ws-max-examples=3", "-rP"]
    result = search("app = app_of(echo)", *options, "--ws-verbose")
    told = [line for line in result.outlines if line.startswith("/echo: ")]
    assert [line.partition(",")[0] for line in told] == [
        f"/echo: {number} of 3 examples" for number in (1, 2, 3)
    ]
    more = ["seconds", "examples/s", "messages/s"]
    assert list(summary(result)["/echo"])[-3:] == more
    plain = search("app = app_of(echo)", *options)
    assert not [line for line in plain.outlines if line.startswith("/echo: ")]
    assert not {*more} & {*summary(plain)["/echo"]}


# Seeds


def test_a_seed_repeats_a_search(search):
    source = "app = app_of(echo)"
    options = [FEW, "--ws-app=shop:app"]
    first, again = (search(source, *options, "--ws-seed=7") for _ in range(2))
    assert summary(first) == summary(again)
    assert summary(first)["/echo"]["seed"] == "7"
    other = search(source, *options, "--ws-seed=8")
    assert summary(other)["/echo"]["messages"] != summary(first)["/echo"]["messages"]


@pytest.mark.parametrize(("given", "seed"), [("7", "7"), ("tea", "2851556638")])
def test_the_seed_of_hypothesis_counts_where_there_is_no_other(search, given, seed):
    options = ["-p", "_hypothesis_pytestplugin", f"--hypothesis-seed={given}", "-p", "no:logging"]
    options += ["--ws-max-examples=1", "--ws-app=shop:app"]
    source = "app = app_of(echo)"
    assert summary(search(source, *options, apart=True))["/echo"]["seed"] == seed
    result = search(source, *options, "--ws-seed=3", apart=True)
    assert summary(result)["/echo"]["seed"] == "3"


# What cannot be


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("max_exampels = 3", "unknown setting 'max_exampels'; did you mean 'max_examples'?"),
        ("max_examples = 0", "max_examples must be an int, 1 or more, not 0"),
        ('app = "shop"', "app: expected 'module:attribute', such as 'shop:app', not 'shop'"),
        ('include = "ws"', "include: glob 'ws' matches no path: write '/ws' or '*ws'"),
    ],
)
def test_a_wrong_table_is_an_error(search, pytester, line, text):
    result = search("app = app_of(echo)", table=line)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    where = f"[tool.wsnotebook.websocket] in {pytester.path / 'pyproject.toml'}"
    assert f"ERROR: {where}: {text}" in result.errlines


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--ws-app=shop", "app: expected 'module:attribute', such as 'shop:app', not 'shop'"),
        ("--ws-max-messages=0", "max_messages must be an int, 1 or more, not 0"),
        ("--ws-clients=11", "clients must be an int, 1 to 10, not 11"),
        ("--ws-exclude=[", "exclude: glob '[' has a [ without its ]: write [[] for the character"),
    ],
)
def test_a_wrong_value_on_the_command_line_is_an_error(search, option, text):
    result = search("app = app_of(echo)", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any(line.startswith(f"ERROR: command line: {text}") for line in result.errlines)
