from pathlib import Path

from appliance.call.actions import ACTIONS
from appliance.call.services import SERVICES
from tests.call.lines import House
from tests.rtvi.stage import Stage


async def test_every_call_offers_its_controls_and_no_other_pipeline_does(tmp_path: Path) -> None:
    rtvi = House(tmp_path).call.rtvi
    actions = [(each["service"], each["action"]) for each in rtvi.actions.description()["actions"]]
    assert actions == [(offer.service, offer.action) for offer in ACTIONS]
    assert [each["name"] for each in rtvi.services.description()["config"]] == [
        name for name in SERVICES if name != "llm"
    ]
    async with Stage() as stage:
        assert stage.rtvi.actions.described() == stage.rtvi.services.described() == {}
