"""The buttons that a failure is chosen with: they stay, whatever comes."""

from __future__ import annotations

import pytest

from wsnotebook.widgets._failure_choice import FailureChoice

A, B, C = ("/", "a"), ("/", "b"), ("/", "c")


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def choice(chosen):
    choice = FailureChoice(lambda: chosen.append(choice.value))
    choice.offer([("1 a", A), ("2 b", B)])
    return choice


def tips(choice):
    return [button.tooltip for button in choice.buttons]


def test_none_is_chosen_until_there_is_one():
    choice = FailureChoice(lambda: None)
    assert (choice.value, choice.index, choice.layout.display) == (None, None, "none")


def test_the_first_is_chosen_and_a_click_chooses_another(choice, chosen):
    assert (choice.value, choice.index, choice.layout.display) == (A, 0, None)
    assert tips(choice) == ["Shown below", "Show this failure"]
    choice.buttons[1].click()
    assert (choice.value, choice.index, chosen) == (B, 1, [B])
    assert tips(choice) == ["Show this failure", "Shown below"]
    assert [button._dom_classes for button in choice.buttons] == [(), ("wsn-chosen",)]


def test_buttons_and_choice_stay_when_others_come_and_words_change(choice, chosen):
    choice.index = 1
    before = choice.buttons
    choice.offer([("1 a", A), ("2 b, smaller", B), ("3 c", C)])
    assert choice.buttons[:2] == before
    assert [button.description for button in choice.buttons] == ["1 a", "2 b, smaller", "3 c"]
    assert (choice.value, chosen) == (B, [B])  # which was told once, of the choice alone


def test_others_take_their_place_and_the_first_of_them_is_chosen(choice):
    choice.index = 1
    surplus = choice.buttons[1]
    choice.offer([("1 c", C)])
    assert (choice.value, len(choice.buttons), surplus.comm) == (C, 1, None)
    choice.offer([])
    assert (choice.value, choice.options, choice.layout.display) == (None, (), "none")


def test_an_index_that_there_is_not_is_refused(choice):
    for index in (2, -1):
        with pytest.raises(IndexError) as error:
            choice.index = index
        assert str(error.value) == f"no failure {index}; there are 2, from 0"
    assert choice.index == 0
