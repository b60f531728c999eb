"""What a WebsocketTestCase gives to a test: communicators, their headers, who is logged in."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import User
from django.test import AsyncClient, Client, override_settings

from wsnotebook import MissingExtra
from wsnotebook.auth import sign_token
from wsnotebook.django import WebsocketTestCase


class Asked(AsyncJsonWebsocketConsumer):
    """Says what its handshake was."""

    async def connect(self):
        offered = self.scope["subprotocols"]
        await self.accept(offered[-1] if offered else None)
        headers = {name.decode(): value.decode() for name, value in self.scope["headers"]}
        await self.send_json({"path": self.scope["path"], "headers": headers})


class AskedCase(WebsocketTestCase):
    ws_path = "/asked/"
    router = Asked.as_asgi()

    async def headers_of(self, **options):
        communicator = self.create_communicator(**options)
        await communicator.connect()
        return (await communicator.receive_json())["headers"]


class ChatCase(WebsocketTestCase):
    ws_path = "/ws/chat/tea/"


def test_without_django_or_channels_it_says_how_to_install_them(monkeypatch):
    monkeypatch.delitem(sys.modules, "wsnotebook.django")
    monkeypatch.setitem(sys.modules, "channels.db", None)
    with pytest.raises(MissingExtra) as caught:
        import_module("wsnotebook.django")
    assert str(caught.value) == ("channels is not installed; run: pip install 'wsnotebook[django]'")


# Where it connects


def test_the_app_is_that_of_the_settings_and_the_path_that_of_the_class(outcome):
    class Case(ChatCase):
        async def test_it(self):
            assert await self.auth_communicator.connect() == (True, None)
            assert self.auth_communicator is self.auth_communicator

    assert outcome(Case) == {"test_it": "passed"}


def test_router_and_path_may_be_others(outcome):
    class Case(ChatCase):
        async def test_it(self):
            other = self.create_communicator(router=Asked.as_asgi(), ws_path="/other/?a=b")
            await other.connect()
            assert (await other.receive_json())["path"] == "/other/"

    assert outcome(Case) == {"test_it": "passed"}


def test_a_router_that_a_test_sets_itself(outcome):
    class Case(ChatCase):
        def setUp(self):
            self.router = Asked.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            assert (await self.auth_communicator.receive_json())["path"] == self.ws_path

    assert outcome(Case) == {"test_it": "passed"}


def test_without_a_path_it_says_where_to_put_one(outcome):
    class NowhereTests(WebsocketTestCase):
        async def test_it(self):
            self.create_communicator()

    assert outcome(NowhereTests)["test_it"].endswith(
        "SetupError: NowhereTests has no ws_path: set it, or give create_communicator one\n"
    )


def test_without_an_app_it_says_where_to_put_one(outcome):
    class NothingTests(ChatCase):
        @override_settings(ASGI_APPLICATION=None)
        async def test_it(self):
            self.create_communicator()

    assert outcome(NothingTests)["test_it"].endswith(
        "SetupError: NothingTests has no app to connect to: set the setting ASGI_APPLICATION, "
        "or its router\n"
    )


# What it says of itself


def test_host_and_origin_are_those_of_djangos_test_server(outcome):
    class Case(AskedCase):
        async def test_it(self):
            headers = await self.headers_of()
            assert headers["host"] == "testserver"
            assert headers["origin"] == "http://testserver"
            assert "cookie" not in headers

    assert outcome(Case) == {"test_it": "passed"}


def test_headers_that_are_given_stand_bytes_or_not(outcome):
    class Case(AskedCase):
        origin = None

        async def test_bytes(self):
            headers = await self.headers_of(headers=[(b"Host", b"a.test"), (b"cookie", b"a=b")])
            assert (headers["host"], headers["cookie"]) == ("a.test", "a=b")

        async def test_str(self):
            headers = await self.headers_of(headers={"Origin": "https://a.test"})
            assert headers["origin"] == "https://a.test"

        async def test_no_origin(self):
            assert "origin" not in await self.headers_of()

    assert set(outcome(Case).values()) == {"passed"}


def test_a_foreign_origin_is_refused(outcome):
    class Case(ChatCase):
        async def test_it(self):
            evil = self.create_communicator(headers={"Origin": "https://evil.test"})
            connected, _ = await evil.connect()
            assert not connected

    assert outcome(Case) == {"test_it": "passed"}


def test_subprotocols(outcome):
    class Case(AskedCase):
        def get_subprotocols(self):
            return ["chat.v1", "chat.v2"]

        async def test_own(self):
            assert await self.auth_communicator.connect() == (True, "chat.v2")

        async def test_given(self):
            other = self.create_communicator(subprotocols=["chat.v3"])
            assert await other.connect() == (True, "chat.v3")

    assert set(outcome(Case).values()) == {"passed"}


@pytest.mark.parametrize("hook", ["setUp", "asyncSetUp"])
def test_headers_are_asked_for_once_after_setup_where_the_orm_may_be_used(outcome, hook):
    calls = []

    class Case(AskedCase):
        if hook == "setUp":

            def setUp(self):
                self.name = "ann"
        else:

            async def asyncSetUp(self):
                self.name = "ann"

        def get_ws_headers(self):
            calls.append(User.objects.create_user(self.name).pk)
            return [(b"x-name", self.name.encode())]

        async def test_it(self):
            for _ in range(2):
                assert (await self.headers_of())["x-name"] == "ann"

    assert outcome(Case) == {"test_it": "passed"}
    assert len(calls) == 1


# Who is logged in


def test_whoever_is_logged_in_with_the_async_client_is_logged_in_here(outcome):
    class Case(ChatCase):
        async def test_it(self):
            await self.async_client.aforce_login(await User.objects.acreate(username="ann"))
            await self.auth_communicator.connect()
            auth = await self.auth_communicator.wait_for_auth()
            assert auth.payload.data == {"name": "ann"}

    assert outcome(Case) == {"test_it": "passed"}


def test_whoever_is_logged_in_with_the_sync_client_is_logged_in_here(outcome):
    class Case(ChatCase):
        def setUp(self):
            self.client.force_login(User.objects.create_user("ann"))

        async def test_it(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.assert_authenticated_status_ok()

    assert outcome(Case) == {"test_it": "passed"}


def test_nobody_is_logged_in_by_default_nor_with_a_new_client(outcome):
    class Case(ChatCase):
        async def test_default(self):
            await self.assert_refused(self.auth_communicator)

        async def test_new_client(self):
            await self.async_client.aforce_login(await User.objects.acreate(username="ann"))
            await self.assert_refused(self.create_communicator(client=Client()))

        async def assert_refused(self, communicator):
            await communicator.connect()
            with self.assertRaisesMessage(AssertionError, "ended with 401 'Unauthorized'"):
                await communicator.assert_authenticated_status_ok()
            await communicator.assert_closed(4001)

    assert set(outcome(Case).values()) == {"passed"}


def test_two_users_talk(outcome):
    class Case(ChatCase):
        async def joined(self, name):
            client = AsyncClient()
            await client.aforce_login(await User.objects.acreate(username=name))
            communicator = self.create_communicator(client=client)
            await communicator.connect()
            await communicator.assert_authenticated_status_ok()
            return communicator

        async def test_it(self):
            ann, bob = await self.joined("ann"), await self.joined("bob")
            await ann.send_json({"text": "hello"})
            said = await bob.receive_json()
            assert said["text"] == "hello"
            assert said["by"] == (await User.objects.aget(username="ann")).pk
            assert await ann.receive_json() == said

    assert outcome(Case) == {"test_it": "passed"}


def test_a_signed_token_in_a_header(outcome):
    class Case(WebsocketTestCase):
        ws_path = "/ws/token/tea/"

        def get_ws_headers(self):
            user = User.objects.create_user("ann")
            return {"Authorization": f"Bearer {sign_token(user.username, settings.SECRET_KEY)}"}

        async def test_good(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.assert_authenticated_status_ok()

        async def test_expired(self):
            token = sign_token("ann", settings.SECRET_KEY, now=0)
            late = self.create_communicator(headers={"Authorization": f"Bearer {token}"})
            assert await late.connect() == (False, 4001)

        async def test_none(self):
            nobody = self.create_communicator(headers={})
            assert await nobody.connect() == (False, 4001)

    assert set(outcome(Case).values()) == {"passed"}
