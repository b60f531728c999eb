"""The same tests under Django's runner and under pytest, as a project would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

SUITE = """
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User

from wsnotebook.django import WebsocketTestCase


class Breaks(AsyncWebsocketConsumer):
    async def disconnect(self, code):
        raise KeyError("boom")


class ChatTests(WebsocketTestCase):
    ws_path = "/ws/chat/tea/"

    def setUp(self):
        self.client.force_login(User.objects.create_user("ann"))

    async def test_hello(self):
        await self.auth_communicator.connect()
        await self.auth_communicator.assert_authenticated_status_ok()
        await self.auth_communicator.send_json({"text": "hello"})
        self.assertEqual((await self.auth_communicator.receive_json())["text"], "hello")

    async def test_breaks(self):
        await self.create_communicator(router=Breaks.as_asgi()).connect()
"""

# What pytest-django would do.
CONFTEST = """
import pytest
from django_project import configure, create_database

configure()


@pytest.fixture(scope="session", autouse=True)
def database():
    create_database()
"""


def run(folder: Path, *arguments: str) -> str:
    """Run Python in a folder that holds the suite; return all that it prints."""
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stdout
    return done.stdout


def assert_crash_is_shown(shown: str) -> None:
    assert 'raise KeyError("boom")' in shown
    assert "wsnotebook.errors.AppCrashed: the app raised KeyError('boom')" in shown
    assert "Warning: " not in shown  # also one that is only told as the process ends


def test_djangos_runner(tmp_path):
    shown = run(tmp_path, "-m", "django", "test", "--settings", "django_project")
    assert "Ran 2 tests in " in shown
    assert "FAILED (errors=1)\n" in shown
    assert "ERROR: test_breaks (test_suite.ChatTests.test_breaks)" in shown
    assert_crash_is_shown(shown)


def test_pytest(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    options = ["-W", "error", "-rA", "-p", "no:cacheprovider", "-p", "no:nbval", "--color=no"]
    loops = ["-o", "asyncio_default_fixture_loop_scope=function"]
    shown = run(tmp_path, "-m", "pytest", *options, *loops)
    assert "PASSED test_suite.py::ChatTests::test_hello\n" in shown
    assert "FAILED test_suite.py::ChatTests::test_breaks" in shown
    assert_crash_is_shown(shown)
    # The timeline is the plugin's, which is there for these tests, too.
    assert "client-1  \N{BLACK CIRCLE} open /ws/chat/tea/" in shown
