"""Protocol 0.3: services and their configuration."""

from typing import Any

import pytest

from appliance.errors import RequestError
from appliance.frames import InterruptionFrame
from appliance.rtvi import (
    RTVIConfig,
    RTVIProcessor,
    RTVIService,
    RTVIServiceConfig,
    RTVIServiceOption,
    RTVIServiceOptionConfig,
)
from appliance.rtvi.service_messages import OptionType
from appliance.rtvi.services import has_type
from tests.rtvi.stage import Stage


def config(**options: Any) -> list[dict[str, Any]]:
    return [{"service": "tts", "options": [{"name": name, "value": value} for name, value in options.items()]}]


class Voice:
    """A service whose options can be made to fail."""

    def __init__(self, rtvi: RTVIProcessor) -> None:
        self.applied: list[tuple[str, str, Any]] = []
        self.broken: set[str] = set()
        options: dict[str, OptionType] = {"rate": "number", "voice": "string"}
        rtvi.register_service(RTVIService("tts", [RTVIServiceOption(n, t, self.apply) for n, t in options.items()]))

    async def apply(self, rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
        if option.name in self.broken:
            raise ValueError
        self.applied.append((service, option.name, option.value))


def initial(**options: Any) -> RTVIConfig:
    return RTVIConfig(config=[RTVIServiceConfig.model_validate(each) for each in config(**options)])


async def test_services_are_described_with_their_options_and_types() -> None:
    async with Stage() as stage:
        Voice(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "describe-config", id="7")
        options = [{"name": "rate", "type": "number"}, {"name": "voice", "type": "string"}]
        data = {"config": [{"name": "tts", "options": options}]}
        assert viewer.got == [{"type": "config-available", "id": "7", "data": data}]


async def test_initial_values_are_applied_once_before_the_first_bot_ready_which_tells_them() -> None:
    async with Stage(config=initial(rate=1.5)) as stage:
        voice = Voice(stage.rtvi)
        viewer = await stage.watcher()
        assert voice.applied == [("tts", "rate", 1.5)]
        await stage.say(viewer, "client-ready", {"version": "2.1.0"})
        (ready,) = viewer.got
        assert ready["data"]["config"] == config(rate=1.5)
        await stage.watcher("other")
        assert len(voice.applied) == 1


async def test_values_that_a_service_works_with_already_are_told_and_not_set_again() -> None:
    async with Stage() as stage:
        applied: list[Any] = []

        async def apply(rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
            if option.value == "de":
                raise RequestError("'de', expected en")
            applied.append(option.value)

        options = [RTVIServiceOption("voice", "string", apply), RTVIServiceOption("language", "string", apply)]
        stage.rtvi.register_service(RTVIService("tts", options), {"voice": "a", "language": "en"})
        viewer = await stage.watcher()
        await stage.say(viewer, "get-config", id="7")
        assert applied == []
        await stage.say(viewer, "update-config", {"config": config(voice="b", language="de")}, id="8")
        before = {"config": config(voice="a", language="en")}
        problem = "Option language of service tts could not be set: 'de', expected en"
        assert viewer.got == [
            {"type": "config", "id": "7", "data": before},
            {"type": "error-response", "id": "8", "data": {"error": problem}},
        ]
        assert applied == ["b", "a"]
        assert stage.rtvi.services.values() == before


async def test_initial_values_that_do_not_fit_are_told_to_who_begins() -> None:
    async with Stage(config=initial(pitch=1)) as stage:
        Voice(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "get-config", id="7")
        assert viewer.got == [{"type": "config", "id": "7", "data": {"config": [{"service": "tts", "options": []}]}}]


async def test_new_values_are_applied_in_order_and_answered_with_the_whole_configuration() -> None:
    async with Stage() as stage:
        voice = Voice(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "update-config", {"config": config(voice="en", rate=2)}, id="7")
        assert voice.applied == [("tts", "voice", "en"), ("tts", "rate", 2)]
        assert viewer.got == [{"type": "config", "id": "7", "data": {"config": config(rate=2, voice="en")}}]
        assert not [f for f in stage.mouth.passed if isinstance(f, InterruptionFrame)]


async def test_an_update_interrupts_first_if_it_is_asked_to() -> None:
    async with Stage() as stage:
        Voice(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "update-config", {"config": config(rate=2), "interrupt": True})
        assert [f for f in stage.mouth.passed if isinstance(f, InterruptionFrame)]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ([{"service": "nose", "options": []}], "Service nose not registered"),
        ([{"service": "nose", "options": [{"name": "a", "value": 1}]}], "Service nose not registered"),
        (config(voice="en", pitch=1), "Service tts has no option pitch"),
        (config(voice="en", rate="fast"), "Option rate of service tts must be of type number"),
        (config(rate=True), "Option rate of service tts must be of type number"),
    ],
)
async def test_what_does_not_fit_is_refused_before_any_handler_has_run(wanted: Any, problem: str) -> None:
    async with Stage() as stage:
        voice = Voice(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "update-config", {"config": wanted, "interrupt": True}, id="7")
        assert viewer.got == [{"type": "error-response", "id": "7", "data": {"error": problem}}]
        assert voice.applied == []
        assert not [f for f in stage.mouth.passed if isinstance(f, InterruptionFrame)]


async def test_when_a_handler_fails_the_old_values_are_put_back_in_reverse() -> None:
    async with Stage(config=initial(rate=1, voice="en")) as stage:
        voice = Voice(stage.rtvi)
        rtvi = stage.rtvi
        rtvi.register_service(RTVIService("vad", [RTVIServiceOption("level", "number", voice.apply)]))
        viewer = await stage.watcher()
        voice.applied.clear()
        voice.broken = {"level"}
        wanted = [*config(rate=2, voice="de"), {"service": "vad", "options": [{"name": "level", "value": 5}]}]
        await stage.say(viewer, "update-config", {"config": wanted}, id="7")
        problem = "Option level of service vad could not be set: ValueError"
        assert viewer.got == [{"type": "error-response", "id": "7", "data": {"error": problem}}]
        assert voice.applied == [
            ("tts", "rate", 2),
            ("tts", "voice", "de"),
            ("tts", "voice", "en"),
            ("tts", "rate", 1),
        ]
        viewer.forget()
        await stage.say(viewer, "get-config")
        assert viewer.got[0]["data"]["config"][0] == config(rate=1, voice="en")[0]


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (True, {"bool"}),
        (1, {"number"}),
        (1.5, {"number"}),
        ("a", {"string"}),
        ([], {"array"}),
        ({}, {"object"}),
        (None, set()),
    ],
)
def test_a_value_has_one_type(value: object, types: set[str]) -> None:
    kinds: tuple[OptionType, ...] = ("bool", "number", "string", "array", "object")
    assert {kind for kind in kinds if has_type(value, kind)} == types
