"""The frame of the benchmarks: who runs when, what figures come to, what is printed.

Nothing is measured here; that is ``python -m benchmarks``.
"""

from __future__ import annotations

import json
from itertools import count

import pytest

from benchmarks import subjects
from benchmarks.__main__ import main
from benchmarks.frame import RATE, TIME, Bench, Row, Subject, Variant, find_rows, payload
from benchmarks.report import as_json, heading, ratio, table
from benchmarks.runner import ENVIRONMENT, Result, run_child, run_row, serving


async def nothing(bench: Bench) -> None:
    for _ in bench.laps:
        pass


def subject(*peers: str, unit=RATE, samples: int = 1) -> Subject:
    made = Subject(
        "echo", "round trips", unit, peers[0], {"32 B": Variant(10, 32)}, samples=samples
    )
    for name in peers:
        made.peer(name)(nothing)
    return made


def row(*peers: str, **options) -> Row:
    return subject(*peers, **options).rows[0]


# Which rows there are


def test_every_subject_has_its_reference_among_its_peers():
    assert [s.name for s in subjects.ALL if s.reference not in s.peers] == []


def test_row_names_are_told_apart():
    names = [row.name for row in find_rows(subjects.ALL, None)]
    assert len(names) == len(set(names))


def test_only_names_a_subject_or_one_of_its_rows():
    names = [row.name for row in find_rows(subjects.ALL, "echo")]
    assert names == ["echo 32 B", "echo 1 kB", "echo 64 kB"]
    assert [row.name for row in find_rows(subjects.ALL, "echo 1 kB")] == ["echo 1 kB"]


def test_an_unknown_name_is_an_error_that_lists_the_rows():
    with pytest.raises(LookupError) as caught:
        find_rows([subject("a")], "ecco")
    assert caught.value.args == ("there is no benchmark 'ecco'; there are 'echo 32 B'",)


def test_an_unknown_only_ends_the_command_before_anything_runs(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--only", "ecco"])
    assert caught.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "python -m benchmarks: error: there is no benchmark 'ecco'; there are " in output.err


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_rounds_must_be_one_or_more(rounds, capsys):
    with pytest.raises(SystemExit):
        main([f"--rounds={rounds}"])
    complaint = f"error: argument --rounds: must be 1 or more, not {rounds!r}\n"
    assert capsys.readouterr().err.endswith(complaint)


# Who runs when


def test_peers_take_turns_and_each_round_starts_with_another():
    order = []

    def measure(_, peer):
        order.append(peer)
        return 1.0

    result = run_row(row("a", "b", "c"), 3, measure)
    assert "".join(order) == "abcbcacab"
    assert result.figures == {"a": [1.0] * 3, "b": [1.0] * 3, "c": [1.0] * 3}


def test_a_subject_may_ask_for_several_samples_a_round():
    result = run_row(row("a", samples=4), 2, lambda *_: 1.0)
    assert len(result.figures["a"]) == 8


def test_a_peer_that_is_not_installed_is_noted_once_and_left_out():
    figures = count(1)

    def measure(_, peer):
        return "aiohttp" if peer == "b" else float(next(figures))

    result = run_row(row("a", "b"), 2, measure)
    assert result.figures == {"a": [1.0, 2.0]}
    assert result.missing == {"b": "aiohttp"}


# What a peer is handed


def test_a_bench_has_a_message_of_the_size_and_scaled_laps():
    bench = Bench(Variant(100, 1024, per_lap=7), scale=0.1, url="ws://here")
    assert len(bench.message.encode()) == 1024
    assert (bench.count, bench.per_lap, bench.url) == (10, 7, "ws://here")


def test_payloads_are_the_same_every_time():
    assert payload(5000) == payload(5000)
    assert payload(5000).startswith(payload(32))
    assert payload(0) == ""


def test_a_tenth_of_the_laps_is_run_first_and_not_counted():
    bench = Bench(Variant(100, per_lap=3))
    assert sum(1 for _ in bench.laps) == 110
    bench._lapped = 2.0
    assert bench.figure(RATE) == 150


def test_spans_come_to_their_median_in_milliseconds():
    bench = Bench(Variant(3))
    with bench.span():
        pass
    bench.note(2.0)
    bench.note(3.0)
    assert bench.figure(TIME) == 2.0


# What the figures come to


def test_a_ratio_is_the_median_over_rounds_of_pairs_measured_together():
    result = Result(row("a", "b"), {"a": [10.0, 20.0, 40.0], "b": [5.0, 20.0, 60.0]})
    assert ratio(result, "a") == 1.0
    assert ratio(result, "b") == 1.0  # of 0.5, 1.0 and 1.5


def test_the_table_shows_median_ratio_and_range():
    result = Result(
        row("websockets", "ours"),
        {"websockets": [20000.0, 22000.0, 21000.0], "ours": [10000.0, 11000.0, 10500.0]},
    )
    assert table(result).splitlines() == [
        "echo 32 B: round trips, per second; more is better",
        "  websockets     21,000  1.00  20,000 to 22,000",
        "  ours           10,500  0.50  10,000 to 11,000",
    ]


def test_times_are_shown_in_milliseconds():
    result = Result(row("a", unit=TIME), {"a": [0.25, 0.5, 0.125]})
    assert table(result).splitlines() == [
        "echo 32 B: round trips, ms; less is better",
        "  a      0.250  1.00  0.125 to 0.500",
    ]


def test_the_table_says_what_is_not_installed():
    result = Result(row("a", "b"), {"a": [1.0]}, {"b": "aiohttp"})
    assert table(result).splitlines()[2] == "  b  aiohttp is not installed"


def test_without_its_reference_a_row_has_no_ratios():
    result = Result(row("a", "b"), {"b": [1.0]}, {"a": "websockets"})
    assert ratio(result, "b") is None
    assert table(result).splitlines()[2] == "  b          1     -  1 to 1"


def test_the_heading_tells_the_machine_and_the_amount(monkeypatch):
    monkeypatch.setattr(
        "benchmarks.report.machine",
        lambda: {"python": "3.11.7", "cores": 2, "system": "Linux x86_64", "packages": {"p": "1"}},
    )
    assert heading(2, 0.1, one_core=True).splitlines() == [
        "Python 3.11.7, Linux x86_64, 2 cores, one used; p 1",
        "rounds: 2, 10% of the work; shown: median, ratio to the reference, range",
    ]
    assert heading(5, 1.0, one_core=False).splitlines() == [
        "Python 3.11.7, Linux x86_64, 2 cores; p 1",
        "rounds: 5; shown: median, ratio to the reference, range",
    ]


def test_json_holds_every_figure():
    result = Result(row("a", "b"), {"a": [2.0, 4.0], "b": [1.0, 2.0]})
    stored = json.loads(json.dumps(as_json([result], 2, 1.0)))
    assert stored["rounds"] == 2
    assert stored["machine"]["packages"]["websockets"]
    assert stored["rows"] == [
        {
            "name": "echo 32 B",
            "what": "round trips",
            "unit": "per second",
            "reference": "a",
            "missing": {},
            "peers": {
                "a": {"median": 3.0, "ratio": 1.0, "figures": [2.0, 4.0]},
                "b": {"median": 1.5, "ratio": 0.5, "figures": [1.0, 2.0]},
            },
        }
    ]


# Child processes


def statement_row(statement: str) -> Row:
    made = Subject("import", "import", TIME, "a", {"": Variant(1)})
    made.peers["a"] = statement
    return made.rows[0]


def test_a_statement_runs_in_a_fresh_interpreter_with_the_environment_of_all():
    statement = "import os, sys; assert 'asyncio' not in sys.modules; " + "; ".join(
        f"assert os.environ[{name!r}] == {value!r}" for name, value in ENVIRONMENT.items()
    )
    assert isinstance(run_child(statement_row(statement), "a", scale=1.0, url=""), float)


def test_a_statement_that_misses_a_package_names_it():
    figure = run_child(statement_row("import no_such_package"), "a", scale=1.0, url="")
    assert figure == "no_such_package"


def test_a_peer_that_fails_shows_what_it_wrote():
    with pytest.raises(RuntimeError) as caught:
        run_child(statement_row("1 / 0"), "a", scale=1.0, url="")
    first, *_, last = str(caught.value).strip().splitlines()
    assert first == "'a' failed in 'import':"
    assert last == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("peer", ["websockets", "wsnotebook", "aiohttp"])
@pytest.mark.parametrize("name", ["echo 32 B", "receive 64 kB", "send 64 kB"])
def test_peers_finish_against_the_server_process(name, peer):
    [chosen] = find_rows(subjects.ALL, name)
    with serving() as url:
        assert isinstance(run_child(chosen, peer, scale=0.0, url=url), float)
