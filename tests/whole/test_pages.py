"""Health, metrics, records and the page over HTTP: who may see them, and what they say."""

import aiohttp
import pytest

from appliance.simulator import Call, Phone, Sound, Speak, Wait
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines


async def test_health_is_open(quick: Appliance) -> None:
    assert await quick.get("/health/live") == (200, {"status": "live"})
    status, told = await quick.get("/health/ready")
    engines = [(one["role"], one["engine"], one["state"]) for one in told.pop("engines")]
    assert told.pop("notices") == {"waiting": 0, "given_up": 0}
    ready = {"status": "ready", "problems": [], "dialplans": told["dialplans"], "refused_dialplans": []}
    assert (status, told, len(told["dialplans"])) == (200, ready, 12)
    assert engines == [("transcriber", "wyoming", "up"), ("synthesizer", "wyoming", "up")]


async def test_metrics_count_calls_for_this_machine_alone(
    quick: Appliance, engines: Engines, phone: Phone, yes: Sound
) -> None:
    before = await quick.metric("appliance_calls_total", outcome="completed")
    live = await phone.dial(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("bot"), Speak(yes), Wait("end")]))
    await live.line.bot_speaks(20)
    assert await quick.metric("appliance_calls_live") == 1
    await live.result()
    assert await quick.metric("appliance_calls_live") == 0
    assert await quick.metric("appliance_calls_total", outcome="completed") == before + 1
    async with aiohttp.ClientSession() as http:
        proxied = {"x-forwarded-for": "192.0.2.1"}
        async with http.get(f"{quick.url}/metrics", headers=proxied) as reply:
            assert (reply.status, await reply.text()) == (401, "a token is needed\n")
        async with http.get(
            f"{quick.url}/metrics", headers={**proxied, "authorization": f"Bearer {quick.token()}"}
        ) as reply:
            assert reply.status == 200


@pytest.mark.parametrize("path", ["/", "/api/calls", "/api/calls/CA0", "/assets/page.js"])
async def test_everything_else_is_for_those_with_a_token(quick: Appliance, path: str) -> None:
    assert (await quick.get(path))[0] == 401
    assert (await quick.get(path, "wrong"))[0] == 401
    assert (await quick.get(path, quick.token()))[0] in (200, 404)


async def test_the_sign_in_link_works_once_and_opens_the_page(quick: Appliance) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        async with http.get(quick.sign_in) as reply:
            assert reply.status == 200
        for path in ("/", "/api/calls"):
            async with http.get(quick.url + path) as reply:
                assert reply.status == 200
    async with aiohttp.ClientSession() as other, other.get(quick.sign_in) as reply:
        assert reply.status == 401


async def test_records_come_in_pages_latest_first(quick: Appliance, engines: Engines, phone: Phone) -> None:
    for _ in range(2):
        await phone.call(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("speech")], grace_secs=0))
    token = quick.token()
    _, page = await quick.get("/api/calls?limit=1", token)
    _, following = await quick.get(f"/api/calls?limit=1&before={page['next']}", token)
    first, second = page["calls"][0], following["calls"][0]
    assert first["started_at"] > second["started_at"]
    assert (first["caller"], first["called"], first["dialplan"]) == ("+15550100199", NUMBER, "Quick")
    assert (await quick.get("/api/calls/CA0", token)) == (404, {"error": "there is no such call"})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "limit is 0, expected 1 to 500"),
        ("limit=many", "limit must be a whole number and before a page's next"),
        ("before=x", "limit must be a whole number and before a page's next"),
    ],
)
async def test_a_wrong_question_gets_a_sentence(quick: Appliance, query: str, sentence: str) -> None:
    assert await quick.get(f"/api/calls?{query}", quick.token()) == (400, {"error": sentence})
