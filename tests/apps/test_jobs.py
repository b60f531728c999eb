"""Jobs in this process: what a client is told, whatever becomes of its job.

What is the same with ARQ and Redis is tests/apps/test_jobs_on_arq.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import pytest
from job_clients import LOG, job, queued

from wsnotebook import MockWebSocket, Settings, apps, check, connect
from wsnotebook.apps.jobs import Job, JobChannel, Retry


async def refusal(client, message):
    """Send what nothing comes of, and return what the client is told."""
    await client.send_json(message)
    answer = await client.receive_json()
    assert answer["type"] == "error"
    return answer["message"]


# What becomes of a job


async def test_the_result_comes_back():
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "brew", tea="assam")
        assert await client.receive_json() == {
            "type": "result",
            "id": ident,
            "result": "a pot of assam",
        }
        await client.receive_nothing()


async def test_a_job_that_raises_has_failed():
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "read_the_leaves")
        assert await client.receive_json() == {
            "type": "failed",
            "id": ident,
            "error": "ValueError: there is no pot",
        }
        await client.receive_nothing()


@pytest.mark.virtual_time
async def test_a_retry_in_an_hour_costs_nothing(ws_connect):
    client = await ws_connect(JobChannel, "/jobs")
    ident = await queued(client, "fetch_milk", minutes=60)
    retrying = {"type": "retrying", "id": ident, "attempt": 2}
    assert await client.receive_json() == retrying
    await client.receive_nothing(during=3599)
    assert await client.receive_json() == {
        "type": "result",
        "id": ident,
        "result": "milk from shop 2",
    }
    assert asyncio.get_running_loop().time() >= 3600


async def test_who_has_no_attempt_left_has_failed():
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "fetch_milk", shops=9)
        told = await client.receive_all_json()
        assert told == [
            {"type": "retrying", "id": ident, "attempt": 2},
            {"type": "retrying", "id": ident, "attempt": 3},
            {"type": "failed", "id": ident, "error": "gave up after 3 attempts"},
        ]


async def stare(ctx):
    await asyncio.Event().wait()


async def time_out(ctx):
    raise TimeoutError("the kettle was slow")


async def never(ctx):
    raise Retry


async def mumble(ctx):
    raise ValueError("\udc80")


async def hush(ctx):
    raise RuntimeError


async def a_thing(ctx):
    return object()


async def leave(ctx):
    sys.exit(3)


async def cancel_itself(ctx):
    raise asyncio.CancelledError


async def numbers(ctx, *, of):
    return {"try": ctx["job_try"], "id": ctx["job_id"], "of": of}


class Kitchen(JobChannel):
    jobs = (
        Job(stare, timeout=60),
        Job(time_out),
        Job(never, max_tries=1),
        Job(mumble),
        Job(hush),
        Job(a_thing),
        Job(leave),
        Job(cancel_itself),
        Job(numbers),
    )


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("stare", "not done within 60 s"),
        ("time_out", "TimeoutError: the kettle was slow"),
        ("never", "gave up after 1 attempt"),
        ("mumble", "ValueError: \\udc80"),
        ("hush", "RuntimeError"),
        ("leave", "SystemExit: 3"),
        ("cancel_itself", "CancelledError"),
        (
            "a_thing",
            "PydanticSerializationError: Unable to serialize unknown type: <class 'object'>",
        ),
    ],
)
async def test_a_job_that_comes_to_nothing_has_failed(ws_connect, name, error):
    client = await ws_connect(Kitchen, "/jobs", timeout=100)
    ident = await queued(client, name)
    assert await client.receive_json() == {"type": "failed", "id": ident, "error": error}
    await client.receive_nothing()


async def test_a_job_is_told_its_id_and_its_attempt():
    async with connect(Kitchen, "/jobs") as client:
        ident = await queued(client, "numbers", of=[1, None])
        result = {"try": 1, "id": ident, "of": [1, None]}
        assert await client.receive_json() == {"type": "result", "id": ident, "result": result}


@pytest.mark.parametrize("minutes", ["-1", "61", "NaN", "Infinity"])
async def test_nobody_can_have_it_take_for_ever(minutes):
    async with connect(JobChannel, "/jobs") as client:
        payload = f'{{"tea":"x","minutes":{minutes}}}'
        await client.send(f'{{"type":"job","job":"brew","payload":{payload}}}')
        told = await client.receive_all_json()
        assert [message["type"] for message in told] == ["queuing", "queued", "failed"]
        assert told[-1]["error"].endswith(" s is not between 0 and 3600 s")


async def test_each_client_is_told_of_its_own_jobs_only():
    async with connect(JobChannel, "/jobs") as ann, connect(JobChannel, "/jobs") as bob:
        ident = await queued(ann, "brew", tea="assam")
        other = await queued(bob, "brew", tea="sencha")
        assert [message["id"] for message in await ann.receive_all_json()] == [ident]
        assert [message["id"] for message in await bob.receive_all_json()] == [other]


@pytest.mark.virtual_time
async def test_jobs_run_side_by_side(ws_connect):
    client = await ws_connect(JobChannel, "/jobs", timeout=1000)
    slow = await queued(client, "brew", tea="pu-erh", minutes=6)
    fast = await queued(client, "brew", tea="sencha", minutes=1)
    assert [(await client.receive_json())["id"] for _ in range(2)] == [fast, slow]
    assert asyncio.get_running_loop().time() < 361


# What is no job


async def test_an_unknown_job_is_refused_and_the_connection_lives():
    async with connect(JobChannel, "/jobs") as client:
        known = "'brew', 'fetch_milk', 'read_the_leaves'"
        assert await refusal(client, job("dance")) == f"unknown job 'dance': there are {known}"
        await queued(client, "brew", tea="assam")


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({}, "missing a required argument: 'tea'"),
        ({"tea": "x", "sugar": 1}, "got an unexpected keyword argument 'sugar'"),
        ({"tea": "x", "ctx": 1}, "multiple values for argument 'ctx'"),
        ({"tea": "x", "_queue_name": 1}, "got an unexpected keyword argument '_queue_name'"),
    ],
)
async def test_a_payload_that_does_not_fit_is_refused(payload, problem):
    async with connect(JobChannel, "/jobs") as client:
        told = await refusal(client, job("brew", **payload))
        assert told == f"the payload does not fit job 'brew': {problem}"


async def test_what_makes_no_sense_is_refused():
    async with connect(JobChannel, "/jobs") as client:
        assert await refusal(client, {"type": "job"}) == "job: Field required"


# By hand, and by search


async def test_it_can_be_driven_by_hand():
    one = JobChannel()
    one.socket = MockWebSocket(path="/jobs")
    await one.handle_connect()
    await one.handle_message('{"type":"job","job":"brew","payload":{"tea":"assam"}}')
    sent = [json.loads(text) for text in await one.socket.wait_for_message_count(3)]
    assert [message["type"] for message in sent] == ["queuing", "queued", "result"]
    await one.handle_close(1000, "")


def test_no_conversation_breaks_it(caplog):
    caplog.set_level(logging.CRITICAL, LOG)
    report = check(JobChannel, settings=Settings(seed=1, max_examples=30))
    assert report.ok, report


def test_it_is_found_among_the_apps():
    assert apps.JobChannel is JobChannel
