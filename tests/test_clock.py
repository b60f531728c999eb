"""``run``: in a script, and inside a loop that is already running.

The latter patches its process for good, so it is tried in processes of its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import pytest

from wsnotebook import MissingExtra, clock, run


def test_in_a_script_it_runs_a_coroutine_to_its_end():
    async def main():
        await asyncio.sleep(0)
        return "done"

    assert run(main()) == "done"


def test_in_a_script_each_run_has_a_loop_of_its_own():
    async def loop():
        return asyncio.get_running_loop()

    first, second = run(loop()), run(loop())
    assert first is not second
    assert first.is_closed()


def test_what_the_coroutine_raises_comes_out_as_it_is():
    async def main():
        raise LookupError("lost")

    with pytest.raises(LookupError) as caught:
        run(main())
    assert caught.value.__context__ is None


def an_async_generator():
    async def numbers():
        yield 1

    return numbers()


@pytest.mark.parametrize(
    "argument",
    [None, 3, asyncio.sleep, an_async_generator()],
    ids=lambda value: type(value).__name__,
)
def test_anything_but_a_coroutine_is_refused(argument):
    with pytest.raises(TypeError) as caught:
        run(argument)
    assert str(caught.value) == f"run needs a coroutine, as in run(main()), not {argument!r}"


async def test_a_future_of_the_running_loop_is_refused():
    future = asyncio.get_running_loop().create_future()
    with pytest.raises(TypeError) as caught:
        run(future)
    assert str(caught.value) == f"run needs a coroutine, as in run(main()), not {future!r}"


async def test_without_nest_asyncio_the_error_gives_the_pip_line(monkeypatch):
    for name in ("nest_asyncio", "nest_asyncio2"):
        monkeypatch.setitem(sys.modules, name, None)

    async def never_run():
        raise AssertionError("it ran")

    coroutine = never_run()
    with pytest.raises(MissingExtra) as caught:
        run(coroutine)
    assert str(caught.value) == (
        "nest-asyncio is not installed; run: pip install 'wsnotebook[notebook]'"
    )
    assert coroutine.cr_frame is None, "closed, so that nothing warns that it was never awaited"


async def test_the_continuation_of_nest_asyncio_is_used_where_it_alone_is_installed(monkeypatch):
    used = []

    class Continuation:
        @staticmethod
        def apply(loop):
            used.append(loop)
            raise RuntimeError("far enough")

    async def never_run():
        raise AssertionError("it ran")

    monkeypatch.setitem(sys.modules, "nest_asyncio", None)
    monkeypatch.setitem(sys.modules, "nest_asyncio2", Continuation)
    coroutine = never_run()
    with pytest.raises(RuntimeError, match="far enough"):
        run(coroutine)
    assert used == [asyncio.get_running_loop()]
    assert coroutine.cr_frame is None


def test_nest_asyncio_comes_first_where_it_works():
    first = "nest_asyncio2" if sys.version_info >= (3, 14) else "nest_asyncio"
    assert clock._NESTERS[0] == first
    assert sorted(clock._NESTERS) == ["nest_asyncio", "nest_asyncio2"]


# Inside a running loop


def outcome_of(program):
    """Return what ``program`` prints, run as a script of its own in which warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_inside_a_running_loop_it_runs_on_that_loop():
    program = """
    import asyncio, wsnotebook

    async def inner():
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    async def cell():
        print(wsnotebook.run(inner()) is asyncio.get_running_loop())
        print(wsnotebook.run(inner()) is asyncio.get_running_loop())

    asyncio.run(cell())
    """
    assert outcome_of(program) == ["True", "True"]


def test_a_server_and_a_client_on_the_loop_go_on_working_inside_and_after():
    program = """
    import asyncio
    from wsnotebook import apps, connect, run, serve

    async def conversation(client, text):
        await client.send(text)
        return await client.receive()

    async def another(server, text):
        async with connect(server) as client:
            return await conversation(client, text)

    async def cell():
        async with serve(apps.echo) as server, connect(server) as client:
            print(await conversation(client, "before"))
            print(run(conversation(client, "inside")))
            print(run(another(server, "another client")))
            print(await conversation(client, "after"))
            print(client.messages)
        print(client.close_code)

    asyncio.run(cell())
    """
    assert outcome_of(program) == [
        "before",
        "inside",
        "another client",
        "after",
        "['before', 'inside', 'after']",
        "1000",
    ]


def test_inside_a_running_loop_what_the_coroutine_raises_comes_out():
    program = """
    import asyncio, wsnotebook

    async def inner():
        raise LookupError("lost")

    async def cell():
        try:
            wsnotebook.run(inner())
        except LookupError as error:
            print(repr(error), error.__context__)

    asyncio.run(cell())
    """
    assert outcome_of(program) == ["LookupError('lost') None"]


def test_nothing_is_patched_until_it_is_asked_for_inside_a_loop():
    program = """
    import asyncio, sys
    from wsnotebook import run

    async def inner():
        return 1

    task = asyncio.Task
    run(inner())
    print(asyncio.Task is task, "nest_asyncio" in sys.modules)

    async def cell():
        return run(inner())

    asyncio.run(cell())
    print(any(name.startswith("nest_asyncio") for name in sys.modules))
    """
    assert outcome_of(program) == ["True False", "True"]
