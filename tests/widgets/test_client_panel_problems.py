"""What goes wrong in a panel: every cause is shown, none vanishes."""

from __future__ import annotations

from panels import click, disabled, log, send, text

from wsnotebook import Client, serve


async def test_a_refused_port_is_shown_with_its_cause(server, make_panel):
    url = server.url
    await server.stop()
    panel = make_panel(url, name="alice")
    await click(panel.connect_button, panel)

    cause = (
        f"cannot connect to {url}/: connection refused; is the server running, and on that port?"
    )
    assert text(panel.problem) == f"ConnectFailed: {cause}"
    assert text(panel.state) == "alice did not open"
    assert log(panel) == [f"✗ error    {cause}"]
    assert disabled(panel) == (False, True, True)


async def test_a_refused_port_can_be_tried_again(server, make_panel):
    panel = make_panel(server, name="alice")
    await server.stop()
    await click(panel.connect_button, panel)
    assert text(panel.problem) == (
        "SetupError: <Server: stopped>; start it with 'async with' or 'await'"
    )
    async with server:
        await click(panel.connect_button, panel)
        assert text(panel.problem) == ""
        assert text(panel.state) == "alice open"


async def test_a_crash_of_the_server_is_shown(make_panel):
    async def crash(connection):
        await connection.recv()
        raise ValueError("no <b>tea</b> left")

    async with serve(crash) as server:
        panel = make_panel(server, name="alice")
        await click(panel.connect_button, panel)
        await send(panel, "tea")
        await panel.client.wait_until("closed")
        await panel.wait_idle()

        assert text(panel.problem) == "the app raised ValueError('no <b>tea</b> left')"
        assert "<b>tea" not in panel.problem.value + panel.log.value
        assert text(panel.state) == "alice closed 1011 (internal error)"
        assert log(panel)[2:] == [
            "✗ error    the app raised ValueError('no <b>tea</b> left')",
            "○ closed    1011 (internal error)",
        ]


async def test_sending_before_connecting_says_so(server, make_panel):
    panel = make_panel(server, name="alice")
    await send(panel, "too early")
    assert text(panel.problem) == (
        "SetupError: alice is not open yet: await open() or wait_until('open') before sending"
    )


async def test_sending_after_the_end_says_how_it_ended(panel):
    await click(panel.close_button, panel)
    await send(panel, "too late")
    assert text(panel.problem) == (
        "Closed: the connection closed with 1000 (OK) before the message was sent\n"
        "  alice is closed (1000 (OK)); nothing received"
    )


async def test_a_close_code_that_may_not_be_sent_is_refused_and_the_connection_lives(panel):
    panel.close_code.value = 1006
    await click(panel.close_button, panel)
    assert text(panel.problem) == (
        "ValueError: close code 1006 may not be sent (RFC 6455 section 7.4); "
        "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
    )
    assert text(panel.state) == "alice open"


async def test_whatever_an_action_raises_is_shown_until_the_next_click(panel, monkeypatch):
    async def fail(self, message):
        raise RuntimeError("out of <i>luck</i>")

    with monkeypatch.context() as patch:
        patch.setattr(Client, "send", fail)
        await send(panel, "hello")
    assert text(panel.problem) == "RuntimeError: out of <i>luck</i>"
    assert "<i>" not in panel.problem.value

    panel.composer.value = "typing does not hide it"
    assert text(panel.problem) == "RuntimeError: out of <i>luck</i>"
    await click(panel.send_button, panel)
    assert text(panel.problem) == ""


async def test_what_typing_raises_is_shown(panel, monkeypatch):
    def fail(mode, typed):
        raise RuntimeError("no tea")

    monkeypatch.setattr("wsnotebook.widgets.client_panel.read_payload", fail)
    panel.composer.value = "hello"
    assert text(panel.problem) == "RuntimeError: no tea"


async def test_a_problem_with_a_long_text_is_cut(panel, monkeypatch):
    async def fail(self, message):
        raise RuntimeError("x" * 10_000)

    monkeypatch.setattr(Client, "send", fail)
    await send(panel, "hello")
    assert text(panel.problem) == f"RuntimeError: {'x' * 3986}... (10,014 characters)"
