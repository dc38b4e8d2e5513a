import re
from pathlib import Path

from starlette.routing import Route

from appliance.server.app import create_app, routes_of
from appliance.server.desk import Desk
from tests.server.houses import ask, opened

ADDRESSES = {
    "/",
    "/api/calls",
    "/api/calls/{call_id}",
    "/api/calls/{call_id}/messages/{number:int}",
    "/api/calls/{call_id}/recording",
    "/api/messages",
    "/assets/{name}",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/rtvi",
    "/rtvi/{call_id:path}",
    "/sign-in",
    "/twilio/hold.wav",
    "/twilio/leg",
    "/twilio/media",
    "/twilio/person",
    "/twilio/room",
    "/twilio/status",
    "/twilio/stream",
    "/twilio/voice",
    "/twilio/wait",
}


async def test_these_are_all_the_addresses_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        routes = routes_of(house, Desk(house, None))
    assert {route.path for route in routes} == ADDRESSES  # type: ignore[attr-defined]


async def test_without_a_token_only_health_this_machines_metrics_and_the_carriers_music_are_open(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as house:
        desk = Desk(house, None)
        app, routes = create_app(house, desk), routes_of(house, desk)
        paths = [route.path for route in routes if isinstance(route, Route) and "GET" in (route.methods or ())]
        statuses = {path: (await ask(app, re.sub(r"\{.*?\}", "1", path)))[0] for path in paths}
    assert {path for path, status in statuses.items() if status == 200} == {
        "/health/live",
        "/health/ready",
        "/metrics",
        "/twilio/hold.wav",
    }
    assert {status for status in statuses.values() if status != 200} == {401}
