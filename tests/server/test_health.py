from pathlib import Path

from appliance.clock import iso
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.serve import open_house
from tests.call.lines import House as LinesHouse
from tests.server.houses import BASE, ask, opened, settings


async def test_it_is_ready_until_something_stands_in_the_way(tmp_path: Path) -> None:
    async with opened(tmp_path, limits={"max_calls": 1}) as house:
        app = create_app(house, Desk(house, None))
        version = house.dialplans.version
        ready: dict[str, object] = {
            "status": "ready",
            "problems": [],
            "engines": [],
            "dialplans": version,
            "refused_dialplans": [],
        }
        ready["notices"] = {"waiting": 0, "given_up": 0}
        assert await ask(app, "/health/ready") == (200, ready)
        house.draining = True
        house.calls.add(LinesHouse(tmp_path).call)
        status, told = await ask(app, "/health/ready")
        assert await ask(app, "/health/live") == (200, {"status": "live"})
    assert (status, told["status"]) == (503, "not ready")
    assert told["problems"] == [
        "the appliance is stopping",
        "1 calls are live, which is the limit",
    ]


async def test_an_engine_that_is_down_is_told_and_only_where_no_other_is_left_calls_are_refused(tmp_path: Path) -> None:
    ear = {"kind": "wyoming", "uri": "tcp://127.0.0.1:1"}
    speech = {"uri": "tcp://127.0.0.1:1", "transcriber": ["one", "two"]}
    given = settings(tmp_path, speech=speech, engines={"one": ear, "two": ear})
    async with open_house(given, BASE) as house:
        app = create_app(house, Desk(house, None))
        assert house.roster is not None
        one, two = house.roster.healths[:2]
        assert (await ask(app, "/health/ready"))[1]["status"] == "ready"
        one.down("The speech engine at http://10.0.0.5 refused.")
        status, told = await ask(app, "/health/ready")
        assert (status, told["status"], told["problems"]) == (200, "degraded", [])
        assert told["engines"][0] == {
            "role": "transcriber",
            "engine": "one",
            "state": "down",
            "since": iso(one.since),
            "failures": 0,
        }
        assert "10.0.0.5" not in str(told)
        assert 'appliance_engine_up{role="transcriber",engine="one"} 0' in house.registry.text()
        two.down("gone")
        status, told = await ask(app, "/health/ready")
        assert (status, told["status"]) == (503, "not ready")
        assert told["problems"] == ["the engines of all dialplans are out of order"]
        one.succeeded()
        assert (await ask(app, "/health/ready"))[1]["status"] == "degraded"


async def test_refused_dialplans_are_told_while_others_serve(tmp_path: Path) -> None:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bad.yaml").write_text("name: [\n")
    async with opened(tmp_path) as house:
        status, told = await ask(create_app(house, Desk(house, None)), "/health/ready")
    assert (status, len(told["refused_dialplans"])) == (200, 1)
    assert told["refused_dialplans"][0].startswith(f"{tmp_path}/dialplans/bad.yaml:")


async def test_metrics_are_for_this_machine_or_a_token(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        app = create_app(house, Desk(house, None))
        bearer = f"Bearer {house.auth.credentials.add('token', 'prometheus', 'viewer', None)}"
        assert (await ask(app, "/metrics"))[0] == 200
        assert await ask(app, "/metrics", peer="192.0.2.1") == (401, "a token is needed\n")
        assert (await ask(app, "/metrics", peer="not an address"))[0] == 401
        assert (await ask(app, "/metrics", x_forwarded_for="127.0.0.1"))[0] == 401
        status, text = await ask(app, "/metrics", peer="192.0.2.1", authorization=bearer)
    assert status == 200
    assert "appliance_calls_live 0" in text
