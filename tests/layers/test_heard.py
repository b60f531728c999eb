"""What a listener has heard of each publisher, and so what it has missed."""

import pytest

from wsnotebook.layers.redis import _heard
from wsnotebook.layers.redis._heard import Heard
from wsnotebook.layers.redis._wire import Ended, Heads

OLD, NEW, NEWER = "100-old", "300-new", "301-newer"


def heads(now=200, living=(), ended=()):
    return Heads(now, tuple(Ended(*one) for one in living), tuple(Ended(*one) for one in ended))


def begun(*living):
    """Return one that began to listen at 200, when those were living."""
    heard = Heard()
    assert heard.catch_up(heads(living=living)) == 0
    return heard


def test_what_comes_before_the_first_heads_is_not_told():
    heard = Heard()
    assert heard.publication(OLD, 1) is None
    assert heard.end(Ended(OLD, 5)) == 0
    assert heard.catch_up(heads(living=[(OLD, 1)], ended=[("99-gone", 9)])) == 0
    assert heard.publication(OLD, 2) == 0


@pytest.mark.parametrize(
    ("numbers", "missed"),
    [
        ([4, 5, 6], [0, 0, 0]),
        ([5, 9], [1, 3]),
        ([6, 5, 6, 7], [2, None, None, 0]),
        ([3, 1, 4], [None, None, 0]),
    ],
)
def test_each_number_is_told_once_and_what_is_left_out_is_missed(numbers, missed):
    heard = begun((OLD, 3))
    assert [heard.publication(OLD, number) for number in numbers] == missed


def test_of_a_publisher_that_is_new_everything_counts():
    heard = begun()
    assert heard.publication(NEW, 3) == 2
    assert heard.catch_up(heads(400, [(NEW, 5), (NEWER, 4)])) == 2 + 4
    assert heard.publication(NEW, 6) == 0


def test_heads_and_ends_that_are_told_again_count_once():
    heard = begun((OLD, 3))
    for _ in range(2):
        expected = 2 + 1 if _ == 0 else 0
        assert heard.catch_up(heads(400, [(OLD, 5)], [(NEW, 1)])) == expected
        assert heard.end(Ended(NEW, 1)) == 0
    assert heard.end(Ended(OLD, 6)) == 1
    assert heard.publication(OLD, 6) is None


def test_the_end_of_one_that_redis_had_forgotten_when_listening_began_is_no_gap():
    heard = begun()
    assert heard.end(Ended(OLD, 50)) == 0
    assert heard.end(Ended(NEW, 2)) == 2


def test_names_that_have_ended_are_forgotten_in_time(monkeypatch):
    monkeypatch.setattr(_heard.time, "monotonic", lambda: now)
    heard, now = begun(), 0.0
    heard.end(Ended(NEW, 1))
    now = 7000.0
    heard.end(Ended(NEWER, 1))
    assert set(heard._last) == {NEW, NEWER}
    now = 7300.0
    heard.end(Ended("302-newest", 1))
    assert set(heard._last) == {NEWER, "302-newest"}
