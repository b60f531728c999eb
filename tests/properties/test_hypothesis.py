"""The same seed gives the same messages, whatever is loaded."""

from __future__ import annotations

import subprocess
import sys
from threading import Barrier, Thread

import pytest

from wsnotebook.properties import _hypothesis
from wsnotebook.properties._hypothesis import (
    begin_thread,
    hypothesis,
    providers,
    without_local_constants,
)

MESSAGES = """
from hypothesis import given, seed, settings
from wsnotebook.apps.notifications import NotificationChannel
from wsnotebook.properties.strategies import constants_of, message_sequences

@settings(max_examples=30, database=None)
@seed(7)
@given(message_sequences(accepts=NotificationChannel, constants=constants_of(NotificationChannel)))
def show(sequence):
    print(ascii(sequence)[:300])

show()
"""

# Texts and numbers of Hypothesis's own strategies, which draw constants.
PLAIN = """
import sys
from hypothesis import given, seed, settings, strategies as st
from wsnotebook.properties._hypothesis import without_local_constants

if "odd" in sys.argv:
    import odd

@settings(max_examples=40, database=None)
@seed(7)
@given(st.lists(st.text() | st.integers() | st.floats(), max_size=5))
def show(values):
    print(ascii(values)[:300])

show()
print("in the block")
with without_local_constants():
    show()
"""


def printed(program, *arguments, folder=None):
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)


def outputs(*runs):
    return [run.communicate()[0] for run in runs]


def test_the_same_seed_gives_the_same_messages_in_every_process():
    first, second = outputs(printed(MESSAGES), printed(MESSAGES))
    assert first == second
    assert len(first.splitlines()) >= 30


def test_a_module_that_is_loaded_changes_what_is_drawn_only_without_the_block(tmp_path):
    odd = "".join(f"A{n} = 'odd text {n}'\nB{n} = {n * 7919 + 104729}\n" for n in range(50))
    (tmp_path / "odd.py").write_text(odd)
    runs = printed(PLAIN, folder=tmp_path), printed(PLAIN, "odd", folder=tmp_path)
    (plain, held), (changed, also_held) = (
        output.split("in the block\n") for output in outputs(*runs)
    )
    assert plain != changed
    assert held == also_held
    assert "odd text" not in held
    assert len(held.splitlines()) >= 40


def test_what_was_there_is_back_after_the_last_of_several_threads():
    original = providers._get_local_constants
    both_in, first_out = Barrier(2), Barrier(2)
    seen = []

    def first():
        with without_local_constants():
            both_in.wait(10)
        first_out.wait(10)

    thread = Thread(target=first)
    thread.start()
    with without_local_constants():
        both_in.wait(10)
        first_out.wait(10)
        seen.append(list(providers._get_local_constants()))
    thread.join()
    assert seen == [[]]
    assert providers._get_local_constants is original


def test_what_was_there_is_back_after_an_error():
    original = providers._get_local_constants
    with pytest.raises(KeyError), without_local_constants():
        raise KeyError
    assert providers._get_local_constants is original


def test_a_kept_choice_is_forgotten_at_both_ends():
    cache = providers.CONSTANTS_CACHE.cache
    cache["kept"] = ((), ())
    with without_local_constants():
        assert "kept" not in cache
        cache["kept"] = ((), ())
    assert "kept" not in cache


@pytest.mark.parametrize("name", ["_get_local_constants", "Constants", "CONSTANTS_CACHE"])
def test_another_version_is_left_as_it_is(monkeypatch, name):
    monkeypatch.delattr(providers, name)
    before = vars(providers).copy()
    with without_local_constants():
        assert vars(providers) == before


def test_a_version_without_constants_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(_hypothesis, "providers", None)
    with without_local_constants():
        pass


def test_threads_share_one_random_generator_of_hypothesis_s():
    found = []

    def look():
        begin_thread()
        begin_thread()
        found.append(hypothesis.core.threadlocal._hypothesis_global_random)

    threads = [Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()

    assert found[0] is found[1] is not None
