"""The table of all cases; the texts in it stand apart from the apps, whose sources are mined."""

from __future__ import annotations

from hypothesis import strategies as st

from wsnotebook.properties.oracles import nothing_before, order_kept, replies_fit, rooms_apart

from . import crashes, delivery, mined, polite, quickstarts, searched, stuck
from .cases import Case

__all__ = ["CASES"]

ROOMS = {"room": st.sampled_from(["milk", "mint", "tea"])}
LETTERS = st.sampled_from(["log in", "count", "read", "send"])
LOGGED_IN_FIRST = nothing_before("log in", allowed="not allowed")
MIRRORED = st.sampled_from(["{}", "[1]", "null", '"\\ud800"', '{"\\udfff": 1}'])
NESTED = st.integers(0, 20_000).map(lambda depth: "[" * depth + "]" * depth)
WORDS = st.text(st.characters(codec="ascii", categories=["L"]), max_size=20)

_CRASHES = (
    Case("crashes at once", crashes.at_once, "/", "app-crashed"),
    Case("crashes after an await", crashes.after_an_await, "/shop", "app-crashed"),
    Case("crashes when the client left", crashes.when_the_client_left, "/basket", "app-crashed"),
    Case("crashes in the background", crashes.in_the_background, "/upload", "background-crashed"),
    Case("crashes in a listener", crashes.in_a_listener, "/stock", "app-crashed"),
    Case("crashes in a handler", crashes.in_a_handler, "/", "app-crashed"),
    Case("closes with 1011", crashes.closes_with_1011, "/", "server-error"),
    Case("refuses with 500", crashes.refuses_with_500, "/", "server-error"),
    Case("vanishes", crashes.vanishes, "/", "connection-lost"),
    Case("sends after its close", crashes.sends_after_its_close, "/", "protocol-violation"),
    Case(
        "sends after its close, Starlette",
        crashes.sends_after_its_close_in_starlette,
        "/bye",
        "app-crashed",
    ),
    Case("sends a number", crashes.sends_a_number, "/", "protocol-violation"),
    Case(
        "answers by HTTP when open",
        crashes.answers_by_http_when_open,
        "/items",
        "protocol-violation",
    ),
)

_STUCK = (
    Case("never accepts", stuck.never_accepts, "/", "handshake-unanswered"),
    Case("returns without an answer", stuck.returns_without_an_answer, "/", "handshake-unanswered"),
    Case("waits for ever", stuck.waits_for_ever, "/approval", "hang"),
    Case("sleeps an hour", stuck.sleeps_an_hour, "/report", "hang"),
    Case("stops reading", stuck.stops_reading, "/", "hang"),
    Case("goes on in a loop", stuck.goes_on_in_a_loop, "/clock", "outlives-client"),
    Case("goes on waiting", stuck.goes_on_waiting, "/", "outlives-client"),
    Case(
        "goes on after its exception",
        stuck.goes_on_after_its_exception,
        "/prices",
        "outlives-client",
    ),
    Case("leaks a waiter", stuck.leaks_a_waiter_per_connection, "/alerts", "leaked-task"),
    Case("leaks a ticker", stuck.leaks_a_ticker_per_connection, "/", "leaked-task"),
    Case("is bound to another loop", stuck.is_bound_to_another_loop, "/", "error"),
)

_DELIVERY = (
    Case(
        "mixes rooms up",
        delivery.mixes_rooms_up,
        "/rooms/{room}",
        "wrong-room",
        oracles=(rooms_apart(),),
        clients=2,
        params=ROOMS,
    ),
    Case(
        "keeps rooms apart",
        delivery.keeps_rooms_apart,
        "/rooms/{room}",
        None,
        oracles=(rooms_apart(), order_kept()),
        clients=2,
        params=ROOMS,
    ),
    Case(
        "delivers twice",
        delivery.delivers_twice,
        "/",
        "order-broken",
        oracles=(order_kept(),),
        clients=2,
    ),
    Case("delivers once", delivery.delivers_once, "/", None, oracles=(order_kept(),), clients=2),
    Case(
        "delivers out of order",
        delivery.delivers_out_of_order,
        "/",
        "order-broken",
        messages=WORDS,
        oracles=(order_kept(),),
    ),
    Case(
        "answers before authentication",
        delivery.answers_before_authentication,
        "/",
        "spoke-before-authentication",
        messages=LETTERS,
        oracles=(LOGGED_IN_FIRST,),
    ),
    Case(
        "answers when authenticated",
        delivery.answers_when_authenticated,
        "/",
        None,
        messages=LETTERS,
        oracles=(LOGGED_IN_FIRST,),
    ),
    Case(
        "chooses what nobody offered",
        delivery.chooses_what_nobody_offered,
        "/",
        "wrong-subprotocol",
    ),
    Case(
        "chooses what nobody offered, Starlette",
        delivery.chooses_what_nobody_offered_in_starlette,
        "/chat",
        "wrong-subprotocol",
    ),
    Case("chooses what is offered", delivery.chooses_what_is_offered, "/", None),
    Case("breaks its schema", delivery.breaks_its_schema, "/prices", "schema-broken"),
    Case("fits its schema", delivery.fits_its_schema, "/prices", None),
    Case(
        "breaks a JSON schema",
        delivery.breaks_a_json_schema,
        "/",
        "schema-broken",
        oracles=(replies_fit(delivery.PRICE_SCHEMA),),
    ),
)

_SEARCHED = (
    Case("a key without another", mined.a_key_without_another, "/", "app-crashed"),
    Case("a word to wait for", mined.a_word_to_wait_for, "/door", "hang", examples=200),
    Case("the third message", searched.the_third_message, "/", "app-crashed"),
    Case("an empty text", searched.an_empty_text, "/shout", "app-crashed"),
    Case("deep nesting", searched.deep_nesting, "/", "app-crashed", messages=NESTED),
    Case("a text that is no number", searched.a_text_that_is_no_number, "/sum", "app-crashed"),
    Case("an object without a key", searched.an_object_without_a_key, "/order", "app-crashed"),
    Case("JSON that is none", searched.json_that_is_none, "/orders", "app-crashed"),
    Case(
        "JSON that cannot be sent back",
        searched.json_that_cannot_be_sent_back,
        "/mirror",
        "protocol-violation",
        messages=MIRRORED,
    ),
    Case("a binary frame", searched.a_binary_frame, "/", "app-crashed"),
    Case("a binary frame, Starlette", searched.a_binary_frame_in_starlette, "/echo", "app-crashed"),
)

_QUICKSTARTS = (
    Case("Starlette: loop", quickstarts.starlette_loop, "/ws", None),
    Case("Starlette: iteration", quickstarts.starlette_iteration, "/ws", None),
    Case("Starlette: app of one greeting", quickstarts.starlette_app, "/", None),
    Case("Starlette: text endpoint", quickstarts.starlette_text_endpoint, "/ws", None),
    Case("Starlette: bytes endpoint", quickstarts.starlette_bytes_endpoint, "/ws", None),
    Case("Starlette: JSON endpoint", quickstarts.starlette_json_endpoint, "/ws", None),
    Case("Starlette: task group", quickstarts.starlette_task_group, "/ws", None),
    Case("FastAPI: loop", quickstarts.fastapi_loop, "/ws", None),
    Case("FastAPI: manager", quickstarts.fastapi_manager, "/ws/{client_id}", None),
    # One member's binary frame, or leaving at the wrong time, ends the talk of the others.
    Case(
        "FastAPI: manager, two clients",
        quickstarts.fastapi_manager,
        "/ws/{client_id}",
        "app-crashed",
        clients=2,
    ),
    Case("Litestar: loop", quickstarts.litestar_loop, "/ws", None, is_shared=True),
    Case(
        "Litestar: text listener", quickstarts.litestar_text_listener, "/ws", None, is_shared=True
    ),
    Case(
        "Litestar: JSON listener", quickstarts.litestar_json_listener, "/ws", None, is_shared=True
    ),
    Case(
        "Litestar: binary listener",
        quickstarts.litestar_binary_listener,
        "/ws",
        None,
        is_shared=True,
    ),
    Case(
        "Litestar: listener class", quickstarts.litestar_listener_class, "/ws", None, is_shared=True
    ),
    Case("Litestar: stream", quickstarts.litestar_stream, "/ws", None, is_shared=True),
    Case("Litestar: task group", quickstarts.litestar_task_group, "/ws", None, is_shared=True),
    Case("handler: iteration", quickstarts.handler_iteration, "/", None),
    Case("handler: loop", quickstarts.handler_loop, "/", None),
    Case("handler: loop with except", quickstarts.handler_with_except, "/", None),
    Case("Channel: echo", quickstarts.channel_echo, "/echo", None),
)

_POLITE = (
    Case("closes before it accepts", polite.closes_before_it_accepts, "/", None),
    Case("responds with 401", polite.responds_with_401, "/members", None),
    Case("raises a 403", polite.raises_a_403, "/members", None),
    Case("needs a token", polite.needs_a_token, "/items/{item_id}/ws", None),
    Case("refuses binary with 1003", polite.refuses_binary_with_1003, "/", None),
    Case("closes with a code of its own", polite.closes_with_a_code_of_its_own, "/", None),
    Case("answers once and closes", polite.answers_once_and_closes, "/", None),
    Case("answers once and returns", polite.answers_once_and_returns, "/once", None),
    Case("takes everything in silence", polite.takes_everything_in_silence, "/", None),
    Case(
        "has a dependency in a thread",
        polite.has_a_dependency_in_a_thread,
        "/me",
        None,
        needs_threads=True,
    ),
    Case("answers after two seconds", polite.answers_after_two_seconds, "/", None),
    Case("cancels its heartbeat", polite.cancels_its_heartbeat, "/alive", None),
    Case("finishes a job later", polite.finishes_a_job_later, "/", None),
    Case("starts one task for all", polite.starts_one_task_for_all, "/", None),
)

CASES: tuple[Case, ...] = (
    *_CRASHES,
    *_STUCK,
    *_DELIVERY,
    *_SEARCHED,
    *_QUICKSTARTS,
    *_POLITE,
)
