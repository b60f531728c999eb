"""Suites as users of other communicators write them, and what they test.

Nothing in a suite is this library's: one line imports the communicator, and ``test_foreign`` runs
each suite as it stands and with that line changed.
"""
