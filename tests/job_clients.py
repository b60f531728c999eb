"""What the clients of a JobChannel say and hear, for the tests of jobs."""

from __future__ import annotations

LOG = "wsnotebook.apps.jobs"


def job(name, **payload):
    """Return what asks for a job."""
    return {"type": "job", "job": name, "payload": payload}


def result(ident, tea="assam"):
    """Return what tells that tea is ready."""
    return {"type": "result", "id": ident, "result": f"a pot of {tea}"}


async def queued(client, name, **payload):
    """Ask for a job, see it queued, and return its id."""
    await client.send_json(job(name, **payload))
    first = await client.receive_json()
    assert first == {"type": "queuing", "id": first["id"], "job": name}
    assert await client.receive_json() == {"type": "queued", "id": first["id"]}
    return first["id"]


def logged(caplog):
    """Return what was logged about jobs, level and text, their ids masked."""
    records = [record for record in caplog.records if record.name == LOG]
    for record in records:
        record.args = tuple("ID" if len(str(arg)) == 32 else arg for arg in record.args)
    return [(record.levelname, record.getMessage()) for record in records]
