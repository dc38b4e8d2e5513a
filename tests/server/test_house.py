from pathlib import Path

from appliance.bus import CallEnded, CallStarted, CallUpdated
from appliance.failover import Health
from tests.call.lines import House as LinesHouse
from tests.server.houses import opened
from tests.supervision.desk import SUPERVISOR


async def test_a_house_takes_calls_until_it_is_full_or_stops(tmp_path: Path) -> None:
    async with opened(tmp_path, limits={"max_calls": 1}) as house:
        assert house.takes_calls
        call = LinesHouse(tmp_path).call
        house.calls.add(call)
        assert not house.takes_calls
        house.calls.remove(call)
        house.draining = True
        assert not house.takes_calls


async def test_what_the_bus_tells_of_a_call_reaches_those_who_watch(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        call = LinesHouse(tmp_path).call
        house.calls.add(call)
        house.bus.publish(CallStarted("CA1", 100.0, "Plan", "twilio", "+15555550123", "+15555550100"))
        house.bus.publish(CallUpdated("CA1", 101.0, {"state": "line lost"}))
        (summary,) = house.hub.house.summaries(SUPERVISOR)
        assert summary["dialplan_version"] == call.loaded.version != ""
        assert (summary["call_id"], summary["state"], summary["to"]) == ("CA1", "line lost", "+15555550100")
        house.bus.publish(CallEnded("CA1", 102.0, "completed", "completed", 2.0))
        assert house.hub.house.summaries(SUPERVISOR) == []
        house.bus.publish(CallStarted("CA2", 100.0, "Plan", "twilio", "", ""))
        assert house.hub.subject("CA2") is None
        house.hub.close()


async def test_every_count_is_shown_to_the_operator(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        house.counts.calls.add(outcome="completed")
        house.counts.refused.add(reason="webhook signature")
        house.engine_changed(Health("llm", "spare"))
        text = house.registry.text()
    assert 'appliance_calls_total{outcome="completed"} 1' in text
    assert 'appliance_refused_total{reason="webhook signature"} 1' in text
    assert 'appliance_engine_up{role="llm",engine="spare"} 1' in text
