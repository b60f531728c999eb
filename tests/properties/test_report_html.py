"""A report as HTML: all that its text has, the picture, what was sent; nothing runs or loads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import ALL, ERROR, FAILED, FAILURE, HOSTILE, LEAK, PASSED, Page, saying

from wsnotebook.properties import ExampleRun, Report, Sent, Settings, check


def tags(html):
    """Return the names of the elements, in order."""
    return [tag for tag, _ in Page(html).tags]


# The page


def test_a_page_stands_alone():
    text = ALL.to_html()
    page = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">')
    assert text.endswith("</body></html>")
    assert text.isascii()
    assert page.words["title"][0] == ("failed: shop:app: 5 routes, 1 failed, 1 in error, 2 stopped")
    links = [attributes for _, attributes in page.tags if {"href", "src"} & set(attributes)]
    assert links == [{"rel": "icon", "href": "data:,"}, {"href": "#failure-1"}]
    assert "url(" not in text
    assert "@import" not in text
    policy = {"http-equiv": "Content-Security-Policy"}.items()
    (told,) = [attributes for _, attributes in page.tags if attributes.items() >= policy]
    assert told["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_the_verdict_and_what_was_found_come_first():
    page = Page(ALL.to_html())
    assert page.words["header"] == [
        "✗ failedshop:app: 5 routes, 1 failed, 1 in error, 2 stopped; to repeat: Settings(seed=7)"
    ]
    assert page.words["a"] == ["/ws KeyError: 'text'"]
    on = r"on b'\x00\xff'  (message 2 of 2)"
    assert page.words["li"][:2] == [
        f"{page.words['a'][0]}app-crashed: KeyError at shop.py:31 {on}",
        "/other the app does not start: no\ndatabase",
    ]
    order = [tag for tag in tags(ALL.to_html()) if tag in ("header", "ol", "article", "section")]
    assert order == ["header", "ol", "article", "section", "section"]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (Report(routes=(PASSED,), target="a:b"), "✓ passeda:b: 1 route, passed; to repeat: "),
        (Report(routes=(PASSED, ERROR)), "! error2 routes, 1 in error; to repeat: "),
        (Report(routes=ALL.routes[2:3]), "… stopped1 route, 1 stopped; to repeat: "),
        (Report(), "! error0 routes"),
    ],
)
def test_every_verdict(report, said):
    page = Page(report.to_html())
    assert page.words["header"][0].startswith(said)
    assert ("ol" in page.words) == any(one.error for one in report.routes)


def test_the_table_of_routes():
    assert Page(ALL.to_html()).words["tr"][:6] == [
        "routeverdictexamplesmessagesconnectionsfailures",
        "/rooms/{id:int}✓ passed1005231010",
        "/ws✗ failed1240121",
        "/slow… stopped35231010",
        "/last… stopped0000",
        "/other! error0000",
    ]


def test_what_is_to_be_known_besides():
    assert Page(ALL.to_html()).words["li"][2:] == [
        "note   /ws: the app uses threads",
        "note   /slow: stopped after 3 examples: max_seconds had passed",
        "note   /last: stopped after 0 examples: max_seconds had passed",
        r"error  /other: the app does not start: no\ndatabase",
    ]
    assert "Notes" not in Report(routes=(PASSED,)).to_html()


def test_times_are_told_if_asked_for():
    page = Page(ALL.to_html(verbose=True))
    assert page.words["tr"][2] == "/ws✗ failed12401212.00620"
    assert " in 2.75 s; to repeat" in page.words["header"][0]
    assert "after 1.50 s" in page.words["dd"]
    later = replace(FAILED, elapsed=9.0, failures=(replace(FAILURE, elapsed=8.0),))
    routes = tuple([later if one is FAILED else one for one in ALL.routes])
    assert replace(ALL, routes=routes, elapsed=9.5).to_html() == ALL.to_html()


def test_the_same_search_gives_the_same_page():
    async def app(connection):
        async for message in connection:
            await connection.send(message[:3])

    once = Settings(seed=1, max_examples=10)
    pages = {check(app, settings=once).to_html() for _ in range(2)}
    assert len(pages) == 1
    assert "What was sent" in pages.pop()


# A failure


def test_a_failure_has_all_that_its_text_has():
    page = Page(ALL.to_html())
    facts = dict(zip(page.words["dt"], page.words["dd"], strict=True))
    for name, told in facts.items():
        assert f"  {name:<8}  {told}\n" in FAILURE.text()
    assert list(facts) == [
        *("route", "cause", "sent", "expected", "actual", "state", "counts", "seed", "help")
    ]
    assert page.words["summary"] == [
        "Traceback of the app",
        "A program that reproduces it",
        "What happened, as text",
    ]
    assert page.words["pre"] == [FAILURE.traceback, FAILURE.program(), FAILURE.transcript]
    assert page.words["h2"][0] == "app-crashed KeyError: 'text'"
    assert ("article", {"class": "wsn-failure", "id": "failure-1"}) in page.tags


def test_the_picture_is_that_of_the_failure():
    text = ALL.to_html()
    picture = FAILURE.picture()
    assert picture.encode("ascii", "xmlcharrefreplace").decode() in text
    assert text.count("<svg") == 1


def test_what_is_not_known_is_left_out():
    bare = replace(FAILURE, events=(), traceback="", transcript="", cause="", sent=None)
    text = Report(routes=(replace(FAILED, failures=(bare,)),)).to_html()
    page = Page(text)
    assert page.words["summary"] == ["A program that reproduces it"]
    assert page.words["ol"] == ["/ws KeyError: 'text'app-crashed"]
    assert "figure" not in page.words
    assert "cause" not in page.words["dt"]


def test_an_oracle_has_a_traceback_of_its_own():
    judged = replace(FAILURE, code="oracle:totals", oracle=repr)
    page = Page(Report(routes=(replace(FAILED, failures=(judged,)),)).to_html())
    assert page.words["summary"][0] == "Traceback of the oracle"


def test_each_failure_has_a_line_that_leads_to_it():
    page = Page(Report(routes=(replace(FAILED, failures=(FAILURE, LEAK)),)).to_html())
    assert [of["href"] for tag, of in page.tags if tag == "a"] == ["#failure-1", "#failure-2"]
    assert [of["id"] for tag, of in page.tags if tag == "article"] == ["failure-1", "failure-2"]
    assert page.words["li"][1].startswith("/ws a task is left behindleaked-task: shop.py:9 on ")


# What was sent


def test_what_was_sent_is_counted():
    page = Page(ALL.to_html())
    assert page.words["section"][1].startswith("What was sent4 messages in 2 conversations")
    assert page.words["caption"] == ["by kind", "by size, in bytes", "what came next"]
    assert page.words["tr"][6:] == [
        *("text1", "JSON2", "bytes1"),
        *("01", "1 to 91", "10 to 991", "100 to 9990", "1,000 to 9,9990", "10,000 or more1"),
        *("text0", "JSON2", "bytes0", "a close1", "nothing1"),
    ]
    widths = [of["style"] for tag, of in page.tags if "style" in of]
    assert widths[:3] == ["width:25%", "width:50%", "width:25%"]


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (0, "0"),
        (1, "1 to 9"),
        (9, "1 to 9"),
        (10, "10 to 99"),
        (100, "100 to 999"),
        (9_999, "1,000 to 9,999"),
        (10_000, "10,000 or more"),
    ],
)
def test_sizes_have_bins(size, name):
    run = ExampleRun("/ws", 1, 1, 0, "generate", 100, sent=(Sent("text", size, "text"),))
    page = Page(Report(routes=(replace(PASSED, history=(run,)),)).to_html())
    assert f"{name}1" in page.words["tr"]
    assert page.words["section"][0].startswith("What was sent1 message in 1 conversation")


def test_where_nothing_was_sent_nothing_is_counted():
    silent = ExampleRun("/ws", 1, 0, 0, "generate", 100)
    text = Report(routes=(PASSED, replace(PASSED, history=(silent,)))).to_html()
    assert "What was sent" not in text


# In a notebook


def test_a_notebook_shows_a_report():
    shown = ALL._repr_html_()
    page = Page(shown)
    assert shown.startswith('<div class="wsn-report"><style>')
    assert page.words["header"] == Page(ALL.to_html()).words["header"]
    assert page.words["tr"] == Page(ALL.to_html()).words["tr"]
    assert page.words["pre"][-2:] == [FAILURE.program(), FAILURE.transcript]
    assert all(of == {} for tag, of in page.tags if tag == "details")  # folded
    assert not any("id" in attributes for _, attributes in page.tags)
    assert "a" not in page.words


def test_a_notebook_shows_the_report_of_a_route_and_a_failure():
    route = Page(FAILED._repr_html_())
    assert route.words["tr"][:2] == Page(ALL.to_html()).words["tr"][0:3:2]
    assert route.words["li"] == ["note   /ws: the app uses threads"]
    assert len(route.words["article"]) == len(route.words["figure"]) == 1
    failure = Page(FAILURE._repr_html_())
    assert failure.words["article"] == route.words["article"]
    assert "table" not in failure.words


def test_what_a_notebook_stores_holds_no_times():
    later = replace(FAILURE, elapsed=9.0)
    route = replace(FAILED, elapsed=9.0, failures=(later,))
    assert later._repr_html_() == FAILURE._repr_html_()
    assert route._repr_html_() == FAILED._repr_html_()
    assert replace(ALL, elapsed=9.0)._repr_html_() == ALL._repr_html_()


def test_a_notebook_leaves_its_headings_out_of_the_contents():
    headings = [of for tag, of in Page(ALL._repr_html_()).tags if tag in ("h1", "h2")]
    assert headings == [{"class": "jp-toc-ignore"}] * 4


# What servers say


def test_what_a_server_says_is_read_and_no_more():
    for text, harmless in (
        (saying(HOSTILE).to_html(), saying("x").to_html()),
        (saying(HOSTILE)._repr_html_(), saying("x")._repr_html_()),
    ):
        page = Page(text)
        assert tags(text) == tags(harmless)
        assert not any(name.startswith("on") for _, of in page.tags for name in of)
        assert all(char.isprintable() or char == "\n" for char in text)
        assert "<script>ran = 1</script>" in page.words["h2"][0]
        assert r"\x00\x1b[31m\x7f\x85" in page.words["dd"][0]
        assert r"\u202egnp\u2066\ufeff\ufffe\uffff\ud800\U0010ffff" in page.words["dd"][0]


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), min_size=1))
def test_no_text_breaks_a_page(text):
    page = saying(text).to_html()
    assert tags(page) == tags(saying("x").to_html())
    assert page.isascii()


def test_nothing_long_is_shown_whole():
    page = Page(saying("ab" + "<&\x00" * 30_000).to_html())
    parts = ("title", "header", "li", "tr", "h2", "dd", "summary", "figcaption")
    assert max(len(words) for part in parts for words in page.words[part]) < 5000
    traceback, _, transcript = page.words["pre"]
    for words in (page.words["h2"][0], traceback, transcript):
        assert words.endswith("... (90,002 characters)")
        assert len(words) < 3000
    lines = replace(FAILURE, traceback="\n".join(map(str, range(1000))))
    page = Page(lines._repr_html_())
    told = page.words["pre"][1].splitlines()
    assert (told[199:202], told[-1], len(told)) == (["199", "(600 more lines)", "800"], "999", 401)
