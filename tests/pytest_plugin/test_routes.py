"""An item for each route: which there are, how they are selected, and what they say."""

from __future__ import annotations

import pytest
from searched import ALONE, items, remarks, search, summary, verdicts

from wsnotebook.pytest_plugin._routes import keyword_for

__all__ = ["search"]

APP = "--ws-app=shop:app"
FEW = "--ws-max-examples=20"
TABLE = 'app = "shop:app"\nmax_examples = 20'
ROOM = """
async def room(ws):
    await ws.accept()
    while (event := await ws.receive())["type"] == "websocket.receive":
        await ws.send_text(event["text"])

app = Starlette(
    routes=[WebSocketRoute("/ws/{room_id:int}", room), WebSocketRoute("/echo", echo)]
)
"""
IDS = ["wsnotebook::shop:app[/ws/{room_id:int}]", "wsnotebook::shop:app[/echo]"]
LISTED = "--collect-only", "-q"


# Which there are


def test_routes_come_after_the_tests_in_the_order_of_the_app(search, pytester):
    pytester.makepyfile(test_it="def test(): pass")
    assert items(search(ROOM, *LISTED, table=TABLE)) == ["test_it.py::test", *IDS]


def test_they_stand_below_a_node_of_their_own(search):
    result = search(ROOM, "--collect-only", APP)
    result.stdout.fnmatch_lines(
        ["<AppRoutes wsnotebook>", "  <RouteSearch shop:app[[]/ws/{room_id:int}[]]>"]
    )


def test_without_an_app_there_are_none(search):
    assert search(ROOM, *LISTED).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_app_is_found_from_below_the_root(search, pytester, monkeypatch):
    below = pytester.mkdir("below")
    (below / "test_it.py").write_text("def test(): pass", encoding="utf-8")
    search(ROOM)
    monkeypatch.chdir(below)
    pytester.makepyprojecttoml(f"[tool.wsnotebook.websocket]\n{TABLE}")
    result = pytester.runpytest_inprocess(*ALONE, f"--rootdir={pytester.path}", "-v")
    assert verdicts(result) == {"/ws/{room_id:int}": "failed", "/echo": "passed"}


def test_who_asks_for_a_file_or_a_test_gets_that_alone(search, pytester):
    pytester.makepyfile(test_it="def test(): pass")
    alone = ["test_it.py::test"]
    assert items(search(ROOM, *LISTED, "test_it.py", table=TABLE)) == alone
    assert items(search(ROOM, *LISTED, "test_it.py::test", table=TABLE)) == alone
    assert items(search(ROOM, *LISTED, ".", table=TABLE)) == alone + IDS
    assert items(search(ROOM, *LISTED, "test_it.py", APP, table=TABLE)) == alone + IDS
    assert items(search(ROOM, *LISTED, "test_it.py", "--ws-enable", table=TABLE)) == alone + IDS


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist.plugin")], ids=["here", "xdist"])
def test_a_route_is_selected_by_its_id(search, pytester, options):
    pytester.makepyfile(test_it="def test(): pass")
    result = search(ROOM, *options, IDS[1], table=TABLE, apart=bool(options))
    assert verdicts(result) == {"/echo": "passed"}
    result.assert_outcomes(passed=1)
    both = search(ROOM, *LISTED, "test_it.py", f"../{IDS[0]}", table=TABLE)
    assert items(both) == ["test_it.py::test", IDS[0]]


def test_an_id_of_no_route_is_an_error(search):
    result = search(ROOM, "wsnotebook::shop:app[/tea]", table=TABLE)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = "no route 'shop:app[/tea]'; there are shop:app[/ws/{room_id:int}], shop:app[/echo]"
    assert text in result.outlines


def test_an_id_without_an_app_is_an_error(search, pytester):
    result = search(ROOM, IDS[0])
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = (
        "no app is named: give --ws-app=module:attribute, or app in "
        f"[tool.wsnotebook.websocket] of {pytester.path / 'pyproject.toml'}"
    )
    assert text in result.outlines


def test_a_route_is_selected_by_a_keyword(search):
    keyword = "shop:app[/ws/room_id:int]"
    assert keyword_for("shop:app[/ws/{room_id:int}]") == keyword
    assert items(search(ROOM, *LISTED, APP, "-k", keyword)) == IDS[:1]
    assert items(search(ROOM, *LISTED, APP, "-k", "echo")) == IDS[1:]
    assert items(search(ROOM, *LISTED, APP, f"--deselect={IDS[1]}")) == IDS[:1]


def test_only_selected_routes_are_searched(search):
    source = "app = app_of(echo, crash)"
    result = search(source, FEW, APP, "-k", "not crash")
    result.assert_outcomes(passed=1, deselected=1)
    assert verdicts(result) == {"/echo": "passed"}


def test_a_route_can_be_marked(search, pytester):
    pytester.makeconftest("""
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        if item.route.path == "/crash":
            item.add_marker(pytest.mark.xfail(reason="known"))
""")
    result = search("app = app_of(echo, crash)", FEW, APP)
    result.assert_outcomes(passed=1, xfailed=1)
    assert verdicts(result) == {"/echo": "passed", "/crash": "failed"}


# What goes wrong


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist.plugin")], ids=["here", "xdist"])
def test_a_failure_is_told_as_it_is_and_no_traceback_of_the_library(search, options):
    result = search("app = app_of(crash)", APP, FEW, "--ws-seed=3", *options, apart=bool(options))
    result.assert_outcomes(failed=1)
    start = result.outlines.index(" shop:app[/crash] ".center(80, "_"))
    end = result.outlines.index(" WebSocket routes ".center(80, "="))
    shown = [line.rstrip() for line in result.outlines[start + 1 : end]]
    shown = [line for line in shown if not line.startswith("[gw")]  # the worker
    assert shown[0] == "app-crashed: LookupError: lost"
    assert "    LookupError: lost" in shown
    assert shown[-1] == "run(main(), virtual_time=True)"
    assert not [line for line in shown if "pytest_plugin" in line or line.startswith(">")]
    line = "FAILED wsnotebook::shop:app[/crash] - app-crashed: LookupError: lost"
    assert line in result.outlines


def test_every_failure_of_a_route_is_told(search):
    source = """
seen = []

async def picky(ws):
    await ws.accept()
    event = await ws.receive()
    seen.append(event)
    if len(seen) > 50:  # from here on the search goes on as long again
        raise KeyError("text") if event.get("text") is not None else LookupError("no text")

app = app_of(picky)
"""
    result = search(source, APP, "--ws-seed=3")
    result.assert_outcomes(failed=1)
    line = "FAILED wsnotebook::shop:app[/picky] - 2 failures: app-crashed, app-crashed"
    assert line in result.outlines
    heads = [line for line in result.outlines if line.startswith(("failure ", "app-crashed"))]
    assert sorted(heads) == [
        "app-crashed: KeyError: 'text'",
        "app-crashed: LookupError: no text",
        "failure 1 of 2",
        "failure 2 of 2",
    ]
    assert summary(result)["/picky"]["failures"] == "2"


def test_a_route_that_cannot_be_searched_fails_with_the_reason(search):
    result = search("app = app_of(echo)", APP, "--ws-auth=$SHOP_TOKEN")
    result.assert_outcomes(failed=1)
    error = (
        "auth names the environment variable 'SHOP_TOKEN', which is not set; set it to the token"
    )
    assert f"error: {error}" in result.outlines
    assert remarks(result) == [f"error  /echo: {error}"]


def test_without_hypothesis_it_is_said_how_to_install_it(search, pytester):
    pytester.makeconftest("import sys\nsys.modules['hypothesis'] = None")
    result = search("app = app_of(echo)", APP, apart=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = "hypothesis is not installed; run: pip install 'wsnotebook[properties]'"
    assert text in result.outlines


def test_an_app_that_does_not_start_says_where(search):
    source = """
from contextlib import asynccontextmanager

@asynccontextmanager
async def lifespan(app):
    raise LookupError("no tea")
    yield

app = Starlette(routes=[WebSocketRoute("/echo", echo)], lifespan=lifespan)
"""
    result = search(source, APP)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["error: the app does not start: *", "*shop.py:*: in lifespan", "E   LookupError: no tea"]
    )


@pytest.mark.parametrize("options", [(), ("-n", "1", "-p", "xdist.plugin")], ids=["here", "xdist"])
@pytest.mark.parametrize(
    ("source", "app", "text"),
    [
        ("app = app_of()", "shop:app", "no WebSocket routes found in <starlette.*"),
        ("app = 3", "shop:app", "'shop:app': cannot look for routes in 3: expected an app of *"),
        ("app = 3", "shop:ap", "'shop' has no attribute 'ap'; did you mean 'shop:app'?*"),
        ("raise LookupError('lost')", "shop:app", "*which raised LookupError: lost; see that *"),
    ],
    ids=["no routes", "no app", "no attribute", "no module"],
)
def test_an_app_that_cannot_be_had_is_an_error_of_collection(search, source, app, text, options):
    result = search(source, f"--ws-app={app}", *options, apart=bool(options))
    # With workers, an error of collection is one of a test.
    code = pytest.ExitCode.TESTS_FAILED if options else pytest.ExitCode.INTERRUPTED
    assert result.ret == code
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([text])


def test_a_module_that_raises_says_where(search):
    result = search("raise LookupError('lost')", APP)
    result.stdout.fnmatch_lines(["shop.py:*: in <module>", "E   LookupError: lost"])


@pytest.mark.parametrize(
    ("source", "option", "text"),
    [
        ("make = 3", "--ws-factory", "'shop:make' must be a function that makes the app, not 3"),
        ("def make(): raise KeyError(3)", "--ws-factory", "shop:make() raised KeyError: 3"),
        ("make = app_of(echo)", "--ws-oracle=shop:HEAD", "'shop' has no attribute 'HEAD'; *"),
        (
            "make = app_of(echo)",
            "--ws-oracle=shop:make.routes",
            "'shop:make.routes' is *, no function *",
        ),
    ],
)
def test_a_factory_or_an_oracle_that_is_none_is_one_too(search, source, option, text):
    result = search(source, "--ws-app=shop:make", option)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([text])


def test_an_interrupt_ends_the_search(search, pytester):
    pytester.makeconftest("""
from wsnotebook.properties.campaign import Campaign

def interrupted(self):
    raise KeyboardInterrupt

def told(self):
    print("cancelled")

Campaign.join = interrupted
Campaign.cancel = told
""")
    result = search("app = app_of(echo)", APP, "-s", FEW, apart=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert any(line.endswith("cancelled") for line in result.outlines)


# Nothing heavy


def test_a_session_without_an_app_loads_nothing_heavy(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        test_it="""
import sys

def test():
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"hypothesis", "pydantic", "websockets"}
    assert "wsnotebook.properties.campaign" not in sys.modules
"""
    )
    pytester.runpytest_subprocess(*ALONE).assert_outcomes(passed=1)


def test_listing_the_routes_loads_nothing_heavy(search, pytester):
    pytester.makeconftest("""
import sys

def pytest_sessionfinish():
    print("loaded", sorted({"hypothesis", "pydantic", "websockets"} & {*sys.modules}))
""")
    source = "from wsnotebook import Channel\nclass Chat(Channel):\n    path = '/chat'\napp = Chat"
    result = search(source, "--collect-only", "-q", APP, "-s", apart=True)
    assert [line for line in result.outlines if line.startswith("loaded")] == ["loaded []"]
    assert items(result)
