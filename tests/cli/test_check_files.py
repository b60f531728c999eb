"""``wsnotebook check --json FILE --html FILE --junit FILE``: which reports go where."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml

from wsnotebook import cli
from wsnotebook.properties import Campaign

FAST = ("--max-examples", "5", "--seed", "1")
FORMATS = ("json", "html", "junit")


def check(capsys, *arguments: str) -> tuple[int, str, str]:
    """Return the status, and what was written to the two streams."""
    status = cli.main(["check", *arguments])
    return status, *capsys.readouterr()


def test_each_report_goes_to_a_file_of_its_own_and_the_text_is_printed(shop, capsys):
    files = [part for name in FORMATS for part in (f"--{name}", f"report.{name}")]
    status, out, err = check(capsys, "shop:app", "--seed", "1", *files)
    assert (status, err) == (1, "")
    assert out.startswith("route ")
    as_json, as_html, as_xml = [
        (shop.folder / f"report.{name}").read_text("ascii") for name in FORMATS
    ]
    program = json.loads(as_json)["routes"][1]["failures"][0]["program"]
    (suite,) = JUnitXml.fromstring(as_xml)
    rooms, orders = suite
    assert suite.name == "shop:app"
    assert rooms.result == []
    assert orders.result[0].text.endswith(program)
    assert as_html.startswith("<!doctype html>\n")
    assert "<code>shop:app</code>: 2 routes, 1 failed; to repeat: Settings(seed=1)" in as_html
    assert all(text.endswith("\n") for text in (as_json, as_html, as_xml))


def test_only_what_is_asked_for_is_written(shop, capsys):
    assert check(capsys, "shop:echo", *FAST, "--junit", "report.xml")[0] == 0
    assert {path.name for path in shop.folder.glob("report*")} == {"report.xml"}


TALKS = """
    print("imported")


    async def app(connection):
        print("served")
        async for message in connection:
            raise LookupError("\\u2713")
"""


@pytest.mark.parametrize(
    ("name", "begin"),
    [("html", "<!doctype html>\n<html"), ("junit", '<?xml version="1.0"?>\n<testsuites')],
)
def test_a_dash_writes_a_report_and_nothing_else_whatever_the_app_prints(
    project, capsys, name, begin
):
    project.write("talks.py", TALKS)
    status, out, err = check(capsys, "talks:app", "--seed", "1", f"--{name}", "-")
    assert status == 1
    assert out.startswith(begin)
    assert out.isascii()  # so that a stream of any encoding takes it as it is
    assert "&#10003;" in out
    assert set(err.splitlines()) == {"imported", "served"}


def test_a_dash_goes_with_files(shop, capsys):
    status, out, _ = check(capsys, "shop:echo", *FAST, "--junit", "-", "--html", "report.html")
    assert status == 0
    assert ET.fromstring(out).get("name") == "shop:echo"
    assert (shop.folder / "report.html").read_text("ascii").startswith("<!doctype html>")


def test_verbose_tells_times_in_the_page(shop, capsys):
    for options, told in (([], False), (["--verbose"], True)):
        _, out, _ = check(capsys, "shop:echo", *FAST, "--html", "-", *options)
        assert ("messages/s" in out) is told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--json", "-", "--html", "-"),
            "--json and --html both go to '-': give each a file of its own",
        ),
        (
            ("--html", "report", "--json", "r", "--junit", "report"),
            "--html and --junit both go to 'report': give each a file of its own",
        ),
    ],
)
def test_two_reports_in_one_place_are_misuse(shop, misused, options, said):
    assert misused("check", "shop:app", *options).endswith(f"wsnotebook check: error: {said}\n")
    assert not (shop.folder / "report").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_that_cannot_be_written_is_told_before_the_search(shop, capsys, monkeypatch, name):
    monkeypatch.setattr(Campaign, "start", None)
    assert check(capsys, "shop:app", f"--{name}", "nowhere/report") == (
        2,
        "",
        (
            "wsnotebook: cannot write the report to 'nowhere/report': No such file or "
            f"directory; name another file: --{name} FILE\n"
        ),
    )


def test_an_app_that_cannot_be_searched_leaves_older_reports_alone(shop, capsys):
    older = [shop.write(name, "older") for name in ("report.html", "report.xml")]
    options = ("--html", "report.html", "--junit", "report.xml")
    assert check(capsys, "shop:ap", *options)[0] == 2
    assert [file.read_text() for file in older] == ["older", "older"]


def test_a_search_that_is_not_possible_is_an_error_in_junit(project, capsys, unused_tcp_port):
    url = f"ws://127.0.0.1:{unused_tcp_port}/chat"
    status, out, _ = check(capsys, url, *FAST, "--junit", "-")
    assert status == 2
    error = ET.fromstring(out).find(".//error")
    assert error.get("message").startswith(f"cannot connect to {url}")
