"""What tests of strategies share: whether a strategy gives a value, and how often."""

from __future__ import annotations

from hypothesis import Phase, find, given, settings

# Without the phase that explains a failure, which runs it again and again.
PHASES = [Phase.generate, Phase.shrink]
MANY = settings(max_examples=2_000, database=None, derandomize=True, phases=PHASES)
UNSHRUNK = settings(MANY, phases=[Phase.generate])
FEW = settings(max_examples=50, phases=PHASES)


def is_found(strategy, condition):
    """Return whether the strategy gives such a value."""
    # A wide value is not shown: Hypothesis would warn of its length.
    return find(strategy.map(condition), bool, settings=UNSHRUNK)


def mostly(strategy, message):
    """Return which part of the messages in the sequences of a strategy is ``message``."""
    seen = []

    @settings(max_examples=100)
    @given(strategy)
    def look(sequence):
        seen.extend(sequence)

    look()
    return seen.count(message) / len(seen)


def size(message):
    """Return the size of a message in bytes."""
    return len(message if isinstance(message, bytes) else message.encode())
