"""What a dialplan says of what supervisors are told is what the observer knows."""

from dataclasses import fields

from appliance.dialplan.rtvi import RTVI
from appliance.rtvi import RTVIObserverParams

ELSEWHERE = {"ignored_sources", "bot_output_transforms", "function_call_report_level"}
"""Objects of a program, and what has a key of its own."""


def test_it_has_every_switch_of_the_observer_with_its_default() -> None:
    known = {field.name for field in fields(RTVIObserverParams)} - ELSEWHERE
    assert set(RTVI.model_fields) == known
    usual = RTVIObserverParams()
    said = RTVI().model_dump()
    assert {name: said[name] or None for name in known} == {name: getattr(usual, name) or None for name in known}


def test_it_is_written_as_in_yaml() -> None:
    said = RTVI.model_validate({"bot_tts_enabled": "false", "skip_aggregator_types": "word"})
    assert (said.bot_tts_enabled, said.skip_aggregator_types) == (False, ("word",))
