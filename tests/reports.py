"""Reports made by hand, what a hostile server would say in one, and how their HTML is read."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from wsnotebook import Event
from wsnotebook.properties import ExampleRun, Failure, Report, RouteReport, Sent
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import Source

FAILURE = Failure(
    code="app-crashed",
    title="KeyError: 'text'",
    route="/ws",
    example=Example(messages=((0, '{"a": 1}'), (0, b"\x00\xff"))),
    seed=7,
    source=Source("from shop import app", "app"),
    transcript="client-1  ● open /ws\nclient-1  → b'\\x00\\xff'",
    events=(
        Event(0.0, "client-1", "open", data="/ws"),
        Event(0.25, "client-1", "message", "sent", b"\x00\xff", 2),
        Event(0.25, "client-1", "close", code=1011, reason=""),
    ),
    index=1,
    sent=b"\x00\xff",
    expected="no exception",
    actual="KeyError: 'text'",
    state="closed with 1011 (internal error)",
    messages_sent=2,
    messages_received=1,
    elapsed=1.5,
    traceback='Traceback (most recent call last):\n  File "shop.py", line 31, in ws\nKeyError: 3',
    cause="app-crashed: KeyError at shop.py:31",
    seen=4,
)
LEAK = replace(
    FAILURE, code="leaked-task", title="a task is left behind", cause="leaked-task: shop.py:9"
)
SENT = (Sent("text", 0, "json"), Sent("json", 9, "json"), Sent("bytes", 10_000, "close"))
RUNS = (
    ExampleRun("/ws", 1, 3, 0, "generate", 100, sent=SENT),
    ExampleRun("/ws", 2, 4, 1, "generate", 100, sent=(Sent("json", 99, "nothing"),)),
)
PASSED = RouteReport(
    route="/rooms/{id:int}",
    examples=100,
    messages=523,
    replies=520,
    connections=101,
    elapsed=0.5,
    seed=7,
)
FAILED = RouteReport(
    route="/ws",
    examples=12,
    messages=40,
    connections=12,
    refusals=1,
    elapsed=2.0,
    seed=7,
    failures=(FAILURE,),
    notes=("the app uses threads",),
    history=RUNS,
)
STOPPED = replace(PASSED, route="/slow", examples=3, stopped="max_seconds")
UNSEEN = RouteReport(route="/last", seed=7, stopped="max_seconds")
ERROR = RouteReport(route="/other", seed=7, error="the app does not start: no\ndatabase")
ALL = Report(routes=(PASSED, FAILED, STOPPED, UNSEEN, ERROR), target="shop:app", elapsed=2.75)

HOSTILE = (
    "<script>ran = 1</script><img src=x onerror='ran = 1'>\"]]>--><!--</title></style></pre>&lt;"
    "\x00\x1b[31m\x7f\x85\r\t\u202egnp\u2066\ufeff\ufffe\uffff\ud800\U0010ffff"
)


def saying(text: str) -> Report:
    """Return the report of a search in which everything that anybody says is ``text``."""
    names = ("code", "title", "route", "transcript", "expected", "actual", "state", "traceback")
    failure = replace(
        FAILURE,
        **dict.fromkeys((*names, "cause", "sent", "last_reply"), text),
        notes=(text,),
        events=(
            Event(0.0, text, "open", data=text),
            Event(0.1, text, "message", "sent", text, len(text)),
            Event(0.2, text, "error", data=text),
            Event(0.2, text, "close", code=4000, reason=text),
        ),
        index=0,
    )
    route = replace(FAILED, route=text, failures=(failure,), notes=(text,), error=text)
    return Report(routes=(route,), target=text, elapsed=1.0)


class Page(HTMLParser):
    """HTML, read: what it is made of, and its words. What is begun is ended, in order.

    Attributes:
        tags: The name of each element and its attributes, in order.
        words: The text within each kind of element, in order.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            told = self.words.setdefault(tag, [])
            told.append("")
            self._open.append((tag, len(told) - 1))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data):
        for tag, place in self._open:
            self.words[tag][place] += data
