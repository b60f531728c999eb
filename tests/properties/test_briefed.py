"""A campaign with a brief for each route: what of it counts, beside what the campaign is given."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import Settings
from wsnotebook.properties._briefed import Brief, BriefedCampaign

SETTINGS = Settings(seed=1, max_examples=20)


class App(Starlette):
    """Two routes, and what each was sent, and where."""

    def __init__(self):
        self.heard = {"rooms": [], "other": []}
        self.asked = set()
        paths = ("/rooms/{room}/{seat}", "/other")
        super().__init__(routes=[WebSocketRoute(path, self.serve) for path in paths])

    async def serve(self, socket):
        path = socket.scope["path"]
        self.asked.add(path)
        await socket.accept()
        while (event := await socket.receive())["type"] == "websocket.receive":
            self.heard[path.split("/")[1]].append(event.get("text"))


def says(word, found):
    """Return an oracle that notes that it was asked."""

    def oracle(conversation):
        found.append((word, conversation.route.path))

    return oracle


def search(brief, **given):
    app = App()
    campaign = BriefedCampaign(brief, target=app, settings=SETTINGS, **given)
    return app, campaign.start().join()


def test_each_route_is_searched_by_its_own_brief():
    briefs = {
        "/rooms/{room}/{seat}": Brief(
            messages=st.just("tea"), params={"room": st.sampled_from(["a", "b"])}, notes=("first",)
        ),
        "/other": Brief(messages=st.just("milk"), notes=("second", "third")),
    }
    app, report = search(lambda route: briefs[route.path], params=None)
    assert report.ok
    assert ("tea" in app.heard["rooms"], "milk" in app.heard["rooms"]) == (True, False)
    assert ("tea" in app.heard["other"], "milk" in app.heard["other"]) == (False, True)
    assert {path.split("/")[2] for path in app.asked - {"/other"}} == {"a", "b"}
    assert [route.notes for route in report.routes] == [("first",), ("second", "third")]


def test_what_the_campaign_is_given_goes_with_it_or_stands_above():
    asked = []
    app, report = search(
        lambda _: Brief(params={"room": "a", "seat": "1"}, oracles=(says("brief", asked),)),
        path="/rooms/{room}/{seat}",
        params={"seat": "2"},
        messages=st.just("cake"),
        oracles=[says("own", asked)],
    )
    assert report.ok
    assert app.asked == {"/rooms/a/2"}
    assert "cake" in app.heard["rooms"]
    assert asked[:2] == [("brief", "/rooms/{room}/{seat}"), ("own", "/rooms/{room}/{seat}")]


def test_a_brief_is_asked_for_once():
    routes = []

    def brief(route):
        routes.append(route.path)
        return Brief()

    search(brief)
    assert routes == ["/rooms/{room}/{seat}", "/other"]


def test_what_a_brief_raises_comes_out_before_anything_runs():
    def brief(route):
        raise ValueError(f"nothing known of {route.path}")

    with pytest.raises(ValueError, match=r"^nothing known of /rooms/\{room\}/\{seat\}$"):
        BriefedCampaign(brief, target=App())
