"""``wsnotebook check --asyncapi FILE``: an app is searched by a document."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from described import minimal

from wsnotebook import cli

SEARCH = ("check", "split:app", "--asyncapi", "split.yaml", "--seed", "1")
SPLIT = """
    import json
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute


    async def bills(socket):
        await socket.accept()
        async for text in socket.iter_text():
            try:
                cents, people = json.loads(text)["bill"].values()
            except Exception:
                continue
            await socket.send_json({"each": cents / max(people, 1)})


    async def other(socket):
        await socket.accept()
        async for text in socket.iter_text():
            pass


    app = Starlette(
        routes=[WebSocketRoute("/tables/{table:int}", bills), WebSocketRoute("/other", other)]
    )
"""
AMOUNT = {"type": "integer", "minimum": 0, "maximum": 9}
BILL = {
    "type": "object",
    "properties": {
        "bill": {
            "type": "object",
            "properties": {"cents": AMOUNT, "people": AMOUNT},
            "required": ["cents", "people"],
            "additionalProperties": False,
        }
    },
    "required": ["bill"],
}
EACH = {"type": "object", "properties": {"each": {"type": "integer"}}, "required": ["each"]}


@pytest.fixture
def split(project):
    """Return the folder with an app, and a document of one of its routes."""
    project.write("split.py", SPLIT)
    whole = minimal(BILL)
    chat = whole["channels"]["chat"]
    chat["address"] = "/tables/{table}"
    chat["messages"]["each"] = {"payload": EACH}
    for action, name in (("receive", "say"), ("send", "each")):
        whole["operations"][action] = {
            "action": action,
            "channel": {"$ref": "#/channels/chat"},
            "messages": [{"$ref": f"#/channels/chat/messages/{name}"}],
        }
    del whole["operations"]["it"]
    project.write("split.yaml", yaml.safe_dump(whole))
    project.write("split.json", json.dumps(whole))
    return project


@pytest.mark.parametrize("name", ["split.json", "split.yaml"])
def test_what_the_document_says_is_sent_and_what_it_does_not_is_a_failure(split, capsys, name):
    options = ("--seed", "1", "--asyncapi", name, "--json", "report.json")
    assert cli.main(["check", "split:app", *options]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    report = json.loads((split.folder / "report.json").read_text("utf-8"))
    tables, other = report["routes"]
    (failure,) = tables["failures"]
    assert (failure["code"], failure["expected"]) == ("schema-broken", "each")
    assert other["failures"] == []
    note = "the document has no channel at this path: searched without it"
    assert f"\nnote   /other: {note}\n" in out
    assert note in other["notes"]
    assert note not in tables["notes"]
    program = split.write("again.py", failure["program"])
    ended = subprocess.run(
        [sys.executable, program.name],
        cwd=split.folder,
        env=split.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "Mismatch: client-1 received what fits no schema: " in ended.stderr


def test_the_app_that_keeps_to_its_document_passes(split, capsys):
    text = (split.folder / "split.py").read_text("utf-8").replace("cents / max", "cents // max")
    split.write("split.py", text)
    assert cli.main([*SEARCH, "--max-examples", "20"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split()[1] for line in out.splitlines()[1:3]] == ["passed", "passed"]


def test_a_factory_and_a_path_go_with_a_document(split, capsys):
    with (split.folder / "split.py").open("a") as module:
        module.write("\n\ndef make():\n    return app\n")
    options = ("--factory", "--asyncapi", "split.json", "--seed", "1")
    assert cli.main(["check", "split:make", "/tables/{table:int}", *options]) == 1
    out, _ = capsys.readouterr()
    assert "\nschema-broken: " in out
    assert "/other" not in out
    assert "from split import make\n" in out


# What cannot be used


def refused(capsys, *options: str) -> str:
    """Return what the command says with status 2, and nothing else."""
    assert cli.main(["check", "split:app", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_file_that_is_not_there(split, capsys):
    assert refused(capsys, "--asyncapi", "no.yaml") == (
        "wsnotebook: cannot read 'no.yaml': No such file or directory; "
        "name an AsyncAPI document: --asyncapi FILE\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{}",
            "no AsyncAPI document in 'other.yaml': an object with a member 'asyncapi'",
        ),
        (
            "asyncapi: 2.6.0",
            (
                "the document in 'other.yaml' is AsyncAPI '2.6.0': only 3 is read; convert it, for "
                "example with the command line of AsyncAPI: asyncapi convert FILE --target-version "
                "3.0.0"
            ),
        ),
        (
            "asyncapi: 3.0.0\nchannels: {$ref: other.json}",
            "the reference 'other.json' leads out of the document; bundle it into one first",
        ),
    ],
)
def test_what_is_no_document_of_version_3(split, capsys, text, said):
    split.write("other.yaml", text)
    assert refused(capsys, "--asyncapi", "other.yaml") == f"wsnotebook: --asyncapi: {said}\n"


def test_what_is_no_text(split, capsys):
    (split.folder / "other.yaml").write_bytes(b"\xff")
    assert refused(capsys, "--asyncapi", "other.yaml") == (
        "wsnotebook: --asyncapi: 'other.yaml' is not UTF-8: invalid start byte at 0\n"
    )


def test_a_document_of_another_app(split, capsys):
    split.write("other.json", json.dumps(minimal(True)))
    assert refused(capsys, "--asyncapi", "other.json") == (
        "wsnotebook: no channel of 'Chat' is at a route: the channels are at '/chat', the routes "
        "at '/tables/{table}', '/other'; both must have the same path, with the same names in "
        "braces\n"
    )


def test_without_what_makes_messages_of_a_schema_the_extra_is_named(split, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis_jsonschema", None)
    assert refused(capsys, "--asyncapi", "split.json") == (
        "wsnotebook: hypothesis-jsonschema is not installed; "
        "run: pip install 'wsnotebook[properties]'\n"
    )
