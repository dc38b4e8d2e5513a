"""What a dialplan may say."""

import pytest
from pydantic import BaseModel

from appliance.dialplan import Dialplan
from appliance.dialplan.fields import Part
from appliance.dialplan.language import Sentences
from appliance.dialplan.rtvi import RTVI
from appliance.dialplan.schema import BACKCHANNELS

SHORTEST = {"name": "x", "numbers": ["*"], "steps": {"end": {"hang_up": None}}}


def parts(kind: type[BaseModel] = Part) -> list[type[BaseModel]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *parts(sub))]


@pytest.mark.parametrize("part", parts(), ids=lambda part: part.__name__)
def test_every_key_has_a_sentence_that_explains_it(part: type[BaseModel]) -> None:
    assert [
        name for name, field in part.model_fields.items() if not (field.description or "").endswith((".", ";"))
    ] == []


def test_the_shortest_dialplan_has_every_default() -> None:
    plan = Dialplan.model_validate(SHORTEST)
    assert plan.model_dump(exclude={"name", "numbers", "steps"}) == {
        "include": (),
        "when": None,
        "priority": 0,
        "hours": {},
        "language": "en",
        "voice": None,
        "engines": {"transcriber": None, "synthesizer": None, "llm": None, "hints": ()},
        "greeting": None,
        "function_call_report_level": {"*": "none"},
        "rtvi": RTVI().model_dump(),
        "roles": (),
        "redaction": {"kinds": (), "patterns": {}, "fields": (), "keep": False},
        "turn": {
            "silence_secs": 0.45,
            "expected_silence_secs": 0.2,
            "unfinished_silence_secs": 1.2,
            "longest_utterance_secs": 15.0,
            "between_keys_secs": 3.0,
            "no_input_secs": 6.0,
            "interrupt_after_secs": 0.25,
            "interrupt_words": 0,
            "backchannels": BACKCHANNELS,
            "backchannel_secs": 0.7,
            "resume_after_secs": 0.4,
        },
        "vad": {
            "detector": "webrtc",
            "mode": 3,
            "confidence": 0.7,
            "start_secs": 0.2,
            "stop_secs": 0.2,
            "min_volume": 0.2,
        },
        "max_call_secs": None,
        "sentences": Sentences().model_dump(),
        "fallback": {"say": "I am sorry, we have a technical problem.", "transfer": None},
        "functions": {},
        "optional": False,
        "tags": (),
        "metadata": {},
        "variables": {},
        "anywhere": {},
        "start": None,
    }
    assert plan.first_step == "end"


def test_texts_become_the_types_that_are_meant() -> None:
    plan = Dialplan.model_validate(SHORTEST | {"turn": {"silence_secs": "0.6", "interrupt_words": "2"}})
    assert (plan.turn.silence_secs, plan.turn.interrupt_words) == (0.6, 2)


def test_a_transfer_may_be_only_its_number() -> None:
    steps = {"a": {"transfer": "+1 555 555 0199"}}
    plan = Dialplan.model_validate(SHORTEST | {"steps": steps})
    assert plan.steps["a"].model_dump() == {
        "transfer": {"to": "+15555550199", "ring_secs": None, "warm": None, "say": None, "no_answer": None}
    }


def test_a_dialplan_can_be_written_back_and_read_again() -> None:
    plan = Dialplan.model_validate(SHORTEST | {"steps": {"a": {"ask": "?", "digits": {"length": 2}, "otherwise": "a"}}})
    assert Dialplan.model_validate(plan.model_dump(by_alias=True)) == plan
