"""The program that reproduces a failure, written from its facts.

How it gets at the app and at the oracle is ``_source``. A program ends with the failure's own
exception, and with none once the app is mended.
"""

from __future__ import annotations

import ast
import glob
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING

from ..closecodes import describe_close
from ..draw.text import in_one_line
from ._source import is_ready, oracle_source
from ._subject import LINGER, patience
from ._writing import call, indented, literal, written

if TYPE_CHECKING:
    from .failures import Failure

__all__ = ["program_of"]

_WIDTH = 100
_MODULES = ("asyncio", "os", "re")
# Not every name that a program imports: only those that this module writes.
_FROM = {
    "contextlib": ("AsyncExitStack", "suppress"),
    "wsnotebook": ("AppCrashed", "Client", "Refused", "WaitTimeout", "connect", "run", "serve"),
}

# Failures that show in how long something takes.
_TIMED = {"hang", "handshake-unanswered", "outlives-client", "leaked-task", "background-crashed"}
# Failures that are the app's own exception.
_RAISED = {"app-crashed", "background-crashed", "protocol-violation"}
_CLOSED_WITH = {"server-error": 1011, "connection-lost": 1006}
_DEFAULT_MAX_SIZE = 2**20
_SHARED = "the_app"


def program_of(failure: Failure) -> str:
    """Return Python that reproduces ``failure``."""
    judging, needed = _judging(failure)
    body = [*_conversation(failure), *_afterwards(failure), *judging]
    last = "run(main(), virtual_time=True)"
    if failure.source.is_network:
        last = "run(main())  # in a notebook: await main()"
    code = [*_helper(failure), "async def main() -> None:", *indented(body), "", "", last]
    imports = _imports("\n".join(code), [*failure.source.imports.splitlines(), *needed])
    return "\n".join([*_heading(failure), "", *imports, "", "", *code, ""])


def _heading(failure: Failure) -> list[str]:
    texts = [f"{failure.code}: {failure.title}", f"route {failure.route}, seed {failure.seed}"]
    if cause := failure.cause.removeprefix(failure.code).removeprefix(": "):
        texts.append(f"cause: {cause}")
    texts += [f"note: {note}" for note in failure.notes]
    return [
        f"# {line}"
        for text in texts
        for line in textwrap.wrap(in_one_line(text), _WIDTH - 2, break_long_words=False)
    ]


def _imports(code: str, needed: list[str]) -> list[str]:
    """Return the imports of ``code``: those that it was found to need, and those of its names."""
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines = [f"import {name}" for name in _MODULES if name in used] + needed
    for module, names in _FROM.items():
        lines += [f"from {module} import {name}" for name in names if name in used]
    groups: dict[int, list[str]] = {}
    for line in _merged(lines):
        groups.setdefault(_group(line), []).append(line)
    ordered = [line for _, group in sorted(groups.items()) for line in ["", *group]]
    return ordered[1:]


def _merged(lines: list[str]) -> list[str]:
    """Return ``lines`` sorted, one import for each module."""
    plain, imported = set(), defaultdict[str, set[str]](set)
    for line in filter(None, lines):
        module, found, names = line.removeprefix("from ").partition(" import ")
        if line.startswith("from ") and found:
            imported[module].update(names.split(", "))
        else:
            plain.add(line)
    merged = [f"from {name} import {', '.join(sorted(imported[name]))}" for name in imported]
    return [*sorted(plain), *sorted(merged)]


def _group(line: str) -> int:
    if line.startswith("#"):
        return 3
    if line.startswith(("import ", "from contextlib ")):
        return 0
    return 1 if line.startswith(("from wsnotebook ", "from wsnotebook.properties ")) else 2


# What is named


def _names(failure: Failure) -> list[str]:
    count = len(failure.example.paths)
    return ["client"] if count == 1 else [f"client_{place + 1}" for place in range(count)]


def _open_names(failure: Failure) -> list[str]:
    names = enumerate(_names(failure))
    return [name for place, name in names if place not in failure.refused]


def _is_helped(failure: Failure) -> bool:
    """Whether waiting for the app takes more than one call."""
    return len(_open_names(failure)) > 1 or _is_restless(failure)


def _is_restless(failure: Failure) -> bool:
    """Whether the app does not come to rest, which is not what is shown."""
    return not failure.settled and failure.code != "hang" and failure.example.pace != "leave"


def _helper(failure: Failure) -> list[str]:
    if not _is_helped(failure):
        return []
    waiting = ["for client in clients:"]
    if _is_restless(failure):
        waiting += indented(
            [
                "with suppress(WaitTimeout):  # it may be busy: that is not what fails here",
                *indented(["await client.settle()"]),
            ]
        )
    else:
        waiting += indented(["await client.settle()"])
    return ["async def settle(*clients: Client) -> None:", *indented(waiting), "", ""]


# The conversation


def _conversation(failure: Failure) -> list[str]:
    """Return the statements that connect, speak and leave."""
    around = []
    if failure.source.is_served:
        around.append(f"async with serve({failure.source.expression}) as server:")
    if failure.code == "outlives-client":
        around.append("async with asyncio.timeout(None) as deadline:")
    if _is_forgiven(failure):
        around.append("with suppress(AppCrashed):  # that is not what fails here")
    room = _WIDTH - 4 * (1 + len(around))
    lines = _connected(failure, _speaking(failure, room - 4), room)
    for context in reversed(around):
        lines = [context, *indented(lines)]
    if _target(failure) == _SHARED:
        lines = [f"{_SHARED} = {failure.source.expression}", *lines]
    return lines


def _is_forgiven(failure: Failure) -> bool:
    """Whether the app raised what is no failure: that a frame is of the wrong kind."""
    told = [str(event.data) for event in failure.events if event.kind == "error"]
    raised = any(text.startswith("the app raised") for text in told)
    return raised and failure.code not in _RAISED


def _target(failure: Failure) -> str:
    """Return what is given to ``connect``: several clients share one app."""
    if failure.source.is_served:
        return "server"
    expression = failure.source.expression
    makes_one = expression.endswith(")") and len(failure.example.paths) > 1
    return _SHARED if makes_one else expression


def _connected(failure: Failure, talk: list[str], room: int) -> list[str]:
    """Return ``talk`` in the context of all clients."""
    names, is_open = _names(failure), _open_names(failure)
    connecting = [_connecting(failure, place) for place in range(len(names))]
    if len(is_open) < len(names):
        return _connected_one_by_one(failure, talk, room)
    if len(names) == 1:
        return [*call("async with connect", connecting[0], " as client:", room), *indented(talk)]
    contexts = [
        line
        for name, arguments in zip(names, connecting, strict=True)
        for line in call("connect", arguments, f" as {name},", room - 4)
    ]
    return ["async with (", *indented(contexts), "):", *indented(talk)]


def _connected_one_by_one(failure: Failure, talk: list[str], room: int) -> list[str]:
    """Do so where the app refuses some of them."""
    lines: list[str] = []
    for place, name in enumerate(_names(failure)):
        arguments = _connecting(failure, place)
        if place in failure.refused:
            lines += call(f"{name} = Client", arguments, "", room - 4)
            lines += ["with suppress(Refused):", *indented([f"await {name}.open()"])]
        else:
            head = f"{name} = await stack.enter_async_context("
            inner = call("connect", arguments, "", room - 8)
            fits = len(inner) == 1 and len(head) + len(inner[0]) < room - 4
            lines += [f"{head}{inner[0]})"] if fits else [head, *indented(inner), ")"]
    if not _open_names(failure):
        return [*lines, *talk]
    return ["async with AsyncExitStack() as stack:", *indented([*lines, *talk])]


def _connecting(failure: Failure, place: int) -> list[str]:
    """Return the arguments of ``connect`` for the client at ``place``."""
    example = failure.example
    arguments = [_target(failure)]
    if example.paths[place] != "/":
        arguments.append(literal(example.paths[place]))
    if example.subprotocols:
        arguments.append(f"subprotocols=[{', '.join(map(literal, example.subprotocols))}]")
    if failure.via is not None:
        arguments.append('token=os.environ["WSNOTEBOOK_TOKEN"]')
        arguments += [f"via={literal(failure.via)}"] if failure.via != "header" else []
    if any((event.size or 0) > _DEFAULT_MAX_SIZE for event in failure.events):
        arguments.append("max_size=None")
    return arguments + _timeouts(failure)


def _timeouts(failure: Failure) -> list[str]:
    """Return the deadlines, where they may matter: a conversation under a second needs none."""
    times = [event.time for event in failure.events]
    if failure.code not in _TIMED and times and max(times) - min(times) < 1.0:
        return []
    arguments = [
        f"timeout={failure.message_timeout:g}",
        f"open_timeout={failure.connection_timeout:g}",
    ]
    if failure.code == "outlives-client":
        # The deadline comes first; and it shall not be waited for ever for those that are left.
        arguments.append(f"close_timeout={2 * _patience(failure):g}")
    elif not failure.source.is_network:
        arguments.append(f"close_timeout={_linger(failure):g}")
    return arguments


def _patience(failure: Failure) -> float:
    """Return the seconds that the app's handlers have to end, one after the other."""
    return _linger(failure) * len(failure.example.paths)


def _linger(failure: Failure) -> float:
    return patience(failure.message_timeout, len(failure.example.messages))


def _speaking(failure: Failure, room: int) -> list[str]:
    """Return the statements within the context."""
    names, is_open, example = _names(failure), _open_names(failure), failure.example
    if not is_open:
        return []
    settle = [f"await settle({', '.join(is_open)})"]
    if not _is_helped(failure):
        settle = [f"await {is_open[0]}.settle()"]
    after_each = settle if example.pace == "step" else []
    lines = [*settle] if example.pace != "leave" else []  # it may have a greeting
    for place, message in example.messages:
        lines += [*_sending(names[place], message, room), *after_each]
    if example.pace == "burst" or (failure.code == "hang" and example.pace == "leave"):
        lines += settle
    return [*lines, *_leaving(failure)]


def _sending(name: str, message: str | bytes, room: int) -> list[str]:
    head = f"await {name}.send"
    parts = written(message, room - len(head) - 2, room - 4)
    return call(head, parts, "", room) if len(parts) == 1 else [f"{head}(", *indented(parts), ")"]


def _leaving(failure: Failure) -> list[str]:
    """Return the check of the close code, and how the clients close if not by leaving."""
    is_open, example = _open_names(failure), failure.example
    check = _close_code_check(failure)
    # Over a network a close may come late, but before the answer to ours.
    checks_last = example.pace == "leave" or (failure.source.is_network and bool(check))
    closing = [f"await {name}.close({example.close_code})" for name in is_open]
    if len(closing) > 1:  # whoever is left behind may be what ends the others
        calls = ", ".join([f"{name}.close({example.close_code})" for name in is_open])
        closing = [f"await asyncio.gather({calls})"]
    if example.pace == "leave":
        closing[0] += "  # at once"
    elif closing == ["await client.close(1000)"] and not checks_last:
        closing = []  # leaving the context does it
    if failure.code == "outlives-client":
        limit = f"asyncio.get_running_loop().time() + {_patience(failure):g}"
        closing = [f"deadline.reschedule({limit})  # for the app to end", *closing]
    return [*closing, *check] if checks_last else [*check, *closing]


def _close_code_check(failure: Failure) -> list[str]:
    wrong = _CLOSED_WITH.get(failure.code)
    if wrong is None:
        return []
    text = literal(f"the server closed with {describe_close(wrong)}")
    if wrong == 1006:
        text = '"the connection was lost (1006)"'
    return [f"assert {name}.close_code != {wrong}, {text}" for name in _open_names(failure)]


# After the conversation


def _afterwards(failure: Failure) -> list[str]:
    """Return the statements that look at what the app left behind."""
    if failure.code not in ("leaked-task", "background-crashed"):
        return []
    is_leak = failure.code == "leaked-task"
    wait = f"{'_, left' if is_leak else 'ended, _'} = await asyncio.wait(left, timeout={LINGER:g})"
    lines = ["left = asyncio.all_tasks() - {asyncio.current_task()}", "if left:"]
    if is_leak:
        return [*lines, *indented([wait]), 'assert not left, f"left behind: {left}"']
    looking = ["for task in ended:", *indented(["if not task.cancelled():"])]
    looking += indented(indented(["task.result()  # raises what the task raised"]))
    return [*lines, *indented([wait, *looking])]


def _judging(failure: Failure) -> tuple[list[str], list[str]]:
    """Return the statements that ask the oracle, and the imports that they need."""
    if failure.oracle is None:
        return [], []
    needed, expression = oracle_source(failure.oracle)
    lines, arguments = [], _names(failure)
    # Of the ready ones, only this looks at the route.
    asks = failure.code == "schema-broken" or not is_ready(failure.oracle)
    if failure.is_found and asks:
        needed = [*needed, f"from {__package__} import find_routes"]
        include = literal(glob.escape(failure.route))
        lines.append(f"route, *_ = find_routes({_target(failure)}, include={include})")
        arguments.append("route=route")
    if not failure.settled:
        arguments.append("settled=False")
    if failure.ended:
        arguments.append(f"ended={failure.ended!r}")
    given = call("Conversation.of", arguments, "", _WIDTH - 8)
    whole = call(expression, given, "", _WIDTH - 4)
    return [
        *lines,
        *(whole if len(given) == 1 else [f"{expression}(", *indented(given), ")"]),
    ], needed
