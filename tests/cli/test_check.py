"""``wsnotebook check``: what it prints where, and its exit status."""

from __future__ import annotations

import json
import re
import sys

import pytest

from wsnotebook import cli
from wsnotebook.cli import _check
from wsnotebook.properties import Campaign, Failure, Report, RouteReport
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import Source

FAST = ("--max-examples", "5", "--seed", "1")


def check(capsys, *arguments: str) -> tuple[int, str, str]:
    """Return the status, and what was written to the two streams."""
    status = cli.main(["check", *arguments])
    return status, *capsys.readouterr()


# What is found


def test_a_route_that_passes_is_status_0(shop, capsys):
    oracle = ("--oracle", "wsnotebook.properties:echo")
    status, out, err = check(capsys, "shop:echo", *FAST, *oracle)
    assert (status, err) == (0, "")
    # How many messages a seed gives is Hypothesis's affair.
    assert re.sub(r" +\d+(?= {12}5)", " N", out) == (
        "route  verdict  examples  messages  connections  failures\n"
        "/      passed          5 N            5         0\n"
        "\n"
        "1 route, passed; to repeat: Settings(seed=1)\n"
    )


def test_a_failure_is_status_1_and_has_a_program_that_imports_the_app(shop, capsys):
    status, out, err = check(capsys, "shop:app", "--seed", "1")
    assert (status, err) == (1, "")
    assert out.startswith("route              verdict  examples")
    assert "\napp-crashed: KeyError: 'order'\n" in out
    assert "\nfrom shop import app\n" in out
    assert out.endswith("2 routes, 1 failed; to repeat: Settings(seed=1)\n")
    assert "\x1b" not in out


def test_the_program_has_the_name_that_was_given(shop, capsys):
    shop.write("holder.py", "import shop\nclass box:\n    app = shop.app\n")
    _, out, _ = check(capsys, "holder:box.app", "/orders", "--seed", "1")
    assert "\nfrom holder import box\n" in out
    assert "connect(box.app, " in out


def test_a_path_is_searched_alone_wherever_it_stands(shop, capsys):
    for arguments in (["/orders", *FAST], [*FAST, "/orders"]):
        status, out, _ = check(capsys, "shop:app", *arguments)
        assert status in (0, 1)
        assert out.splitlines()[1].startswith("/orders ")
        assert "/rooms" not in out


def test_a_path_alone_is_of_the_app_in_the_settings(shop, capsys):
    shop.settings('app = "shop:app"\nmax_examples = 5')
    status, out, _ = check(capsys, "/rooms/{room:int}", "--seed", "1")
    assert status == 0
    assert out.splitlines()[1].startswith("/rooms/{room:int}  passed ")


def test_a_factory_is_called_and_stands_in_the_program(shop, capsys):
    with (shop.folder / "shop.py").open("a") as module:
        module.write(
            "def make_bad():\n    return Starlette(routes=[WebSocketRoute('/', orders)])\n"
        )
    status, out, _ = check(capsys, "shop:make_bad", "--factory", "--seed", "1")
    assert status == 1
    assert "\nfrom shop import make_bad\n" in out
    assert "connect(make_bad()" in out


def test_globs_choose_the_routes(shop, capsys):
    status, out, _ = check(capsys, "shop:app", *FAST, "--include", "/r*")
    assert status == 0
    assert "/orders" not in out


def test_an_oracle_of_ones_own_judges(shop, capsys):
    shop.write("oracles.py", "def polite(conversation):\n    assert False, 'no thanks'\n")
    status, out, _ = check(capsys, "shop:echo", *FAST, "--oracle", "oracles:polite")
    assert status == 1
    assert "no thanks" in out


def test_verbose_tells_of_each_example_and_of_times(shop, capsys):
    status, out, err = check(capsys, "shop:echo", *FAST, "--verbose")
    assert status == 0
    assert out.startswith("route  verdict  examples  messages  connections  failures  seconds")
    lines = err.splitlines()
    assert [line.partition(" examples")[0] for line in lines] == [
        f"/  {number}/5" for number in range(1, 6)
    ]


# The status


def failed() -> Failure:
    example = Example(("/",), (), (), "step", 1000)
    return Failure(
        code="hang", title="", route="/", example=example, seed=1, source=Source("", "app")
    )


@pytest.mark.parametrize(
    ("routes", "status"),
    [
        ([{}], 0),
        ([{}, {"error": "bound to another loop"}], 2),
        ([{"error": "bound to another loop"}, {"failures": (failed(),)}], 1),
        ([{"stopped": "max_seconds", "examples": 3}], 0),
        ([{"stopped": "max_seconds", "examples": 3, "failures": (failed(),)}], 1),
    ],
)
def test_the_status_is_that_of_the_worst_route(capsys, routes, status):
    reports = tuple([RouteReport(route="/", **{"examples": 5, **one}) for one in routes])
    assert _check._status(Report(routes=reports)) == status
    assert capsys.readouterr() == ("", "")


def test_a_route_that_max_seconds_leaves_out_is_no_success(shop, capsys):
    status, out, err = check(capsys, "shop:echo", *FAST, "--max-seconds", "1e-9")
    assert status == 2
    assert "/: stopped after 0 examples: max_seconds had passed\n" in out
    assert err == "wsnotebook: / was not reached in time; raise --max-seconds\n"


def test_a_url_where_nothing_listens_is_no_success(project, capsys, unused_tcp_port):
    status, out, err = check(capsys, f"ws://127.0.0.1:{unused_tcp_port}/chat", *FAST)
    assert (status, err) == (2, "")
    assert f"/chat: cannot connect to ws://127.0.0.1:{unused_tcp_port}/chat" in out


# JSON


def test_a_file_gets_the_json_and_the_standard_output_the_text(shop, capsys):
    status, out, _ = check(capsys, "shop:app", "--seed", "1", "--json", "report.json")
    found = json.loads((shop.folder / "report.json").read_text("utf-8"))
    assert status == 1
    assert out.startswith("route ")
    assert (found["version"], found["target"], found["ok"]) == (1, "shop:app", False)
    assert found["routes"][1]["failures"][0]["code"] == "app-crashed"


def test_a_dash_writes_json_and_nothing_else_whatever_the_app_prints(project, capsys):
    project.write(
        "talks.py",
        """
        print("imported")


        async def app(connection):
            print("served")
            async for message in connection:
                pass
        """,
    )
    status, out, err = check(capsys, "talks:app", *FAST, "--json", "-")
    assert status == 0
    assert json.loads(out)["ok"]
    assert err == "imported\n" + "served\n" * 5


def test_a_report_that_cannot_be_written_is_told_before_the_search(shop, capsys, monkeypatch):
    monkeypatch.setattr(Campaign, "start", None)
    assert check(capsys, "shop:app", "--json", "nowhere/report.json") == (
        2,
        "",
        (
            "wsnotebook: cannot write the report to 'nowhere/report.json': No such file or "
            "directory; name another file: --json FILE\n"
        ),
    )


def test_an_app_that_cannot_be_searched_leaves_an_older_report_alone(shop, capsys):
    older = shop.write("report.json", "{}")
    assert check(capsys, "shop:ap", "--json", "report.json")[0] == 2
    assert older.read_text() == "{}"


# Interrupts

INTERRUPTED = """
    import signal
    import threading

    count = 0


    async def app(connection):
        global count
        count += 1
        if count == 3:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        async for message in connection:
            pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signal for one thread there")
@pytest.mark.parametrize("options", [[], ["--json", "-"]])
def test_an_interrupt_shows_what_was_found_until_then(
    project, capsys, options, interrupts_as_python_does
):
    project.write("interrupted.py", INTERRUPTED)
    status, out, err = check(capsys, "interrupted:app", "--max-examples", "1000000", *options)
    assert (status, err) == (130, "")
    if options:
        assert json.loads(out)["routes"][0]["stopped"] == "cancelled"
    else:
        assert "/: stopped after " in out
        assert " examples: it was cancelled\n" in out
        assert "1 route, 1 stopped" in out


def test_a_second_interrupt_does_not_wait_for_what_does_not_end(shop, capsys, monkeypatch):
    def interrupted(campaign):
        raise KeyboardInterrupt

    monkeypatch.setattr(Campaign, "start", lambda campaign: campaign)
    monkeypatch.setattr(Campaign, "join", interrupted)
    assert check(capsys, "shop:app") == (130, "", "")
