"""The fixtures for Redis, as a suite that uses the plugin has them."""

import os
import socket

import pytest
from in_pytest import run_tests

from wsnotebook import SetupError
from wsnotebook.pytest_plugin._redis import RedisServer

SUITE = """
import pytest
from redis import Redis

urls = []

@pytest.mark.parametrize("text", ["a", "b"])
def test_each_has_an_empty_database(redis_url, text):
    urls.append(redis_url)
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("key", text)
    assert redis_url.startswith("redis://127.0.0.1:")
    assert len(set(urls)) == 1

def test_one_that_is_stopped_has_its_port_again_and_nothing_in_it(redis_server):
    assert redis_server.url not in urls
    with Redis.from_url(redis_server.url) as client:
        client.set("key", "x")
    redis_server.stop()
    redis_server.stop()
    assert repr(redis_server) == f"<RedisServer {redis_server.url}: stopped>"
    redis_server.start()
    redis_server.start()
    with Redis.from_url(redis_server.url) as client:
        assert client.dbsize() == 0
    assert repr(redis_server) == f"<RedisServer {redis_server.url}: running>"
"""


def test_a_suite_has_a_redis_of_its_own(pytester):
    run_tests(pytester, SUITE).assert_outcomes(passed=3)


def test_where_there_is_none_the_test_is_skipped(pytester, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    source = "def test_it(redis_url): ...\ndef test_that(redis_server): ..."
    result = run_tests(pytester, source, "-rs")
    result.assert_outcomes(skipped=2)
    reason = "redis-server is not installed; run: apt install redis-server, or: brew install redis"
    result.stdout.fnmatch_lines([f"SKIPPED*{reason}"])


def test_one_that_does_not_start_says_why(tmp_path):
    server = RedisServer(str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        with pytest.raises(SetupError, match=r"(?s)^redis-server does not start; it says:\n.*bind"):
            server.start()
    server.start()
    server.stop()
