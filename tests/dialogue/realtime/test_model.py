"""A model as the calls of the house share it."""

from appliance.dialogue.realtime.model import DirectModel
from appliance.failover import Health
from appliance.settings.realtime import RealtimeEngine


def test_it_is_waited_for_as_long_as_the_settings_say() -> None:
    engine = RealtimeEngine(kind="openai-realtime", timeout_secs=7)
    assert DirectModel(engine, Health("llm", "front")).timeout_secs == 7
