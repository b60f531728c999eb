import pytest

from wsnotebook.draw.counted import KINDS, REPLIES, SIZES, size_name


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (0, "0"),
        (1, "1 to 9"),
        (9, "1 to 9"),
        (10, "10 to 99"),
        (999, "100 to 999"),
        (9_999, "1,000 to 9,999"),
        (10_000, "10,000 or more"),
        (10**9, "10,000 or more"),
    ],
)
def test_the_name_of_a_size(size, name):
    assert size_name(size) == name
    assert name in SIZES


def test_whatever_can_be_sent_can_come_back():
    assert list(REPLIES) == [*KINDS, "close", "nothing"]
