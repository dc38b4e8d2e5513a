"""Every address refuses who is not signed in; a link signs in once."""

import re

import aiohttp
import pytest
from starlette.routing import Route, WebSocketRoute

from appliance.supervision.auth import COOKIE
from appliance.supervision.endpoints import routes
from tests.supervision.desk import Desk

OPEN = {"/sign-in"}
"""Asks for a credential of its own."""


async def test_every_route_refuses_who_is_not_signed_in(desk: Desk) -> None:
    desk.call()
    found = []
    for route in routes(desk.hub, desk.auth):
        path = re.sub(r"\{call_id.*?\}", "CA1", route.path).replace("{name}", "page.css")
        found.append(path)
        for query in ("", "?token=", "?token=wrong", f"?token={desk.token}x"):
            if isinstance(route, WebSocketRoute):
                assert (await desk.refused(path + query))[0] == 401
            elif path not in OPEN:
                assert isinstance(route, Route)
                async with desk.client.get(desk.url + path + query) as response:
                    assert response.status == 401, path
    assert found == ["/rtvi", "/rtvi/CA1", "/", "/sign-in", "/assets/page.css"]


async def test_a_call_that_is_not_there_is_told_only_to_who_is_let_in(desk: Desk) -> None:
    assert (await desk.refused(f"/rtvi/CA9?token={desk.token}"))[0] == 404
    assert (await desk.refused("/rtvi/CA9?token=wrong"))[0] == 401


async def test_a_call_that_a_role_or_token_does_not_cover_is_refused_before_its_socket_opens(desk: Desk) -> None:
    desk.call()
    add = desk.auth.credentials.add
    foreign = add("token", "ben", "foreign", None)
    narrowed = add("token", "cleo", "admin", None, ["elsewhere", "tag:night"])
    wide = add("token", "dora", "admin", None, ["elsewhere", "reception"])
    assert [(await desk.refused(f"/rtvi/CA1?token={token}"))[0] for token in (foreign, narrowed)] == [403, 403]
    assert (await desk.refused(f"/rtvi/CA9?token={foreign}"))[0] == 404
    for path, token in (("/rtvi/CA1", wide), ("/rtvi", foreign), ("/rtvi", narrowed)):
        async with desk.client.ws_connect(f"{desk.url}{path}?token={token}") as socket:
            assert not socket.closed


async def test_a_token_whose_role_is_gone_opens_no_address(desk: Desk) -> None:
    desk.call()
    token = desk.auth.credentials.add("token", "ben", "gone", None)
    for path in ("/rtvi", "/rtvi/CA1", "/rtvi/CA9"):
        assert (await desk.refused(f"{path}?token={token}"))[0] == 403
    for path in ("/", "/assets/page.css"):
        async with desk.client.get(f"{desk.url}{path}?token={token}") as response:
            assert response.status == 403
            assert "There is no role &#x27;gone&#x27; any more" in await response.text() or path != "/"


async def test_guessing_is_answered_with_429(desk: Desk) -> None:
    statuses = [(await desk.refused("/rtvi?token=wrong"))[0] for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2


async def test_a_refusal_is_no_error_in_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.refused("/rtvi")
    await desk.refused(f"/rtvi/CA9?token={desk.token}")
    assert caplog.messages == []


async def test_a_sign_in_link_works_once_and_gives_a_strict_cookie(desk: Desk) -> None:
    link = f"{desk.url}/sign-in?code={desk.auth.sign_in_code('ben', 'admin')}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(link) as response:
            assert response.status == 200
            cookie = response.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"], cookie["secure"]) == (
            True,
            "strict",
            "/",
            "43200",
            "",
        )
        async with browser.get(f"{desk.url}/") as response:
            assert response.status == 200
        async with browser.ws_connect(f"{desk.url}/rtvi", origin=desk.url) as socket:
            assert not socket.closed
        for origin in ("http://elsewhere.example", None):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await browser.ws_connect(f"{desk.url}/rtvi", origin=origin)
            assert refusal.value.status == 403
    for again in (link, f"{desk.url}/sign-in?code=wrong", f"{desk.url}/sign-in"):
        async with desk.client.get(again) as response:
            assert response.status == 401
            assert "The sign-in link was used before or is older than 10 minutes." in await response.text()
            assert COOKIE not in response.cookies


async def test_an_old_link_signs_nobody_in(desk: Desk) -> None:
    link = f"{desk.url}/sign-in?code={desk.auth.sign_in_code('ben', 'admin')}"
    desk.wall.advance(600)
    async with desk.client.get(link) as response:
        assert response.status == 401


async def test_the_page_and_its_assets_come_with_a_strict_policy(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {desk.token}"}
    async with desk.client.get(f"{desk.url}/", headers=headers) as response:
        assert response.headers["content-security-policy"] == (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'"
        )
        asked_for = re.findall(r'(?:src|href)="/assets/([^"]+)"', await response.text())
    assert asked_for == ["icon.svg", "page.css", "page.js"]
    for name in [*asked_for, "rtvi.js", "talk.js"]:
        async with desk.client.get(f"{desk.url}/assets/{name}", headers=headers) as response:
            assert (response.status, response.headers["x-content-type-options"]) == (200, "nosniff")


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "..%2Fauth.py", "%2e%2e%2fhub.py", "page.py"])
async def test_only_the_pages_own_assets_are_given_away(desk: Desk, name: str) -> None:
    headers = {"authorization": f"Bearer {desk.token}"}
    async with desk.client.get(f"{desk.url}/assets/{name}", headers=headers) as response:
        assert response.status == 404


async def test_a_refusal_says_how_to_get_in(desk: Desk) -> None:
    async with desk.client.get(f"{desk.url}/") as response:
        text = await response.text()
    assert "Please sign in" in text
    assert "<code>appliance token link YOUR-NAME</code>" in text
