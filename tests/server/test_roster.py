"""Which engines calls get: those of the settings or of their dialplans, each made once, in order, with its voice."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.call import Engines
from appliance.dialogue.failover_chat import FailoverChat
from appliance.dialplan import Dialplan, load_dialplans
from appliance.errors import EngineError, StartError
from appliance.failover import Health, State
from appliance.server import roster as rosters
from appliance.server.roster import Roster
from appliance.settings import Settings
from appliance.speech.base import SpeechAudio
from appliance.speech.failover_stt import FailoverTranscriber
from appliance.speech.local.supervisor import EmbeddedSpeech
from appliance.speech.recordings import Recordings
from tests.server.houses import settings
from tests.speech.openai_server import openai_server, sends

WYOMING = "tcp://127.0.0.1:10300"
OWN = {"base_url": "http://127.0.0.1:8000/v1"}
SPARE = {"kind": "openai-chat", "model": "small", **OWN}


class Broken(EmbeddedSpeech):
    """Embedded engines that are not to be started."""

    async def __aenter__(self) -> Any:
        raise EngineError("they were started")


class Fake(EmbeddedSpeech):
    """Embedded engines that are told of and not started."""

    async def __aenter__(self) -> Any:
        self.uri = "tcp://127.0.0.1:9"
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@asynccontextmanager
async def opened(given: Settings, *plans: Dialplan) -> AsyncIterator[Roster]:
    async with AsyncExitStack() as stack:
        roster = Roster(given, stack, Recordings(given.dialplans.path))
        stack.push_async_callback(roster.close)
        await roster.prepare(plans)
        yield roster


def plan_of(given: Settings, more: str = "") -> Dialplan:
    """A dialplan with ``more`` in it, as it is loaded with these settings."""
    file = given.dialplans.path / "own.yaml"
    file.write_text(f'name: Own\nnumbers: ["+15555550177"]\n{more}steps: {{end: {{hang_up: Bye.}}}}\n')
    found = load_dialplans(file, given)
    assert found.problems == ()
    return found.plans[0].plan


def names(engines: Engines) -> list[str]:
    assert isinstance(engines.transcriber, FailoverTranscriber)
    return [member.name for member in engines.transcriber.lineup.members]


@pytest.mark.parametrize(
    "sections",
    [
        {"speech": {"uri": WYOMING}},
        {"speech": {"transcriber": "openai", "synthesizer_uri": WYOMING}, "openai_stt": OWN},
        {"speech": {"transcriber": "openai", "synthesizer": "openai"}, "openai_stt": OWN, "openai_tts": OWN},
        {
            "speech": {"transcriber": "ear", "synthesizer": ["ear"]},
            "engines": {"ear": {"kind": "wyoming", "uri": WYOMING}},
        },
    ],
)
async def test_where_other_engines_listen_and_speak_the_embedded_ones_are_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any]
) -> None:
    monkeypatch.setattr(rosters, "EmbeddedSpeech", Broken)
    async with opened(settings(tmp_path, **sections)) as roster:
        assert roster.embedded is None


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"speech": {"transcriber_uri": WYOMING}},
        {"speech": {"synthesizer_uri": WYOMING}},
        {"speech": {"transcriber": "openai"}, "openai_stt": OWN},
        {"speech": {"uri": WYOMING, "transcriber": ["wyoming", "embedded"]}},
    ],
)
async def test_the_embedded_ones_do_what_no_other_does_and_what_others_may_fail_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any]
) -> None:
    monkeypatch.setattr(rosters, "EmbeddedSpeech", Broken)
    with pytest.raises(StartError, match=r"^they were started$"):
        async with opened(settings(tmp_path, **sections)):
            pass


async def test_a_dialplan_that_names_them_starts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "EmbeddedSpeech", Fake)
    given = settings(tmp_path, speech={"uri": WYOMING})
    async with opened(given) as roster:
        assert roster.embedded is None
        plan = plan_of(given, "engines: {synthesizer: embedded}\n")
        await roster.prepare([plan])
        assert (roster.embedded is None, names(roster.engines_of(plan))) == (False, ["wyoming"])


async def test_a_dialplan_has_its_own_engines_or_those_of_the_settings_and_each_is_made_once(tmp_path: Path) -> None:
    given = settings(
        tmp_path,
        speech={"uri": WYOMING, "transcriber": ["wyoming", "ear"]},
        openai_stt=OWN,
        engines={"ear": {"kind": "wyoming", "uri": WYOMING}, "spare": SPARE},
    )
    own = plan_of(given, "engines: {transcriber: [ear, openai], llm: spare}\n")
    plain = plan_of(given)
    async with opened(given, own, plain) as roster:
        assert names(roster.engines_of(own)) == ["ear", "openai"]
        assert names(roster.engines_of(plain)) == names(roster.engines_of()) == ["wyoming", "ear"]
        assert roster.engines_of(plain) is roster.engines_of()
        assert (roster.engines_of().model, type(roster.engines_of(own).model)) == (None, FailoverChat)
        assert [(health.role, health.name) for health in roster.healths] == [
            ("transcriber", "wyoming"),
            ("transcriber", "ear"),
            ("transcriber", "openai"),
            ("synthesizer", "wyoming"),
            ("llm", "spare"),
        ]


async def test_whoever_wants_is_told_of_changes_of_an_engines_health(tmp_path: Path) -> None:
    given = settings(tmp_path, speech={"uri": WYOMING})
    told: list[tuple[str, State]] = []
    async with opened(given) as roster:
        roster.on_change = lambda health: told.append((health.name, health.state))
        roster.healths[0].down("gone")
        roster.healths[0].succeeded()
    assert told == [("wyoming", State.DOWN), ("wyoming", State.UP)]


async def test_a_dialplan_is_cut_off_where_one_of_its_roles_has_no_engine_left(tmp_path: Path) -> None:
    ear = {"kind": "wyoming", "uri": WYOMING}
    given = settings(tmp_path, speech={"uri": WYOMING}, engines={"a": ear, "b": ear})
    two, one = plan_of(given, "engines: {transcriber: [a, b]}\n"), plan_of(given, "engines: {transcriber: a}\n")
    async with opened(given, two, one) as roster:
        health: dict[str, Health] = {health.name: health for health in roster.healths if health.role == "transcriber"}
        assert [roster.is_cut_off(plan) for plan in (two, one)] == [False, False]
        health["a"].down("gone")
        assert [roster.is_cut_off(plan) for plan in (two, one)] == [False, True]
        health["b"].down("gone")
        assert [roster.is_cut_off(plan) for plan in (two, one)] == [True, True]


async def test_embedded_engines_that_are_restarted_are_down_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "EmbeddedSpeech", Fake)
    async with opened(settings(tmp_path, speech={"synthesizer_uri": WYOMING})) as roster:
        assert roster.embedded is not None
        assert roster.embedded.on_change is not None
        roster.embedded.on_change(False)
        assert [(health.role, health.is_up) for health in roster.healths] == [
            ("transcriber", False),
            ("synthesizer", True),
        ]
        roster.embedded.on_change(True)
        assert [health.is_up for health in roster.healths] == [True, True]


@pytest.mark.parametrize(
    ("more", "voice"),
    [
        ("", "nova"),
        ("voice: shimmer\n", "shimmer"),
        ("voice: {openai: echo, wyoming: amy}\n", "echo"),
        ("voice: {wyoming: amy}\n", "nova"),
    ],
)
async def test_an_engine_speaks_with_the_voice_that_the_dialplan_has_for_it_or_its_own(
    tmp_path: Path, more: str, voice: str
) -> None:
    async with openai_server(sends(bytes(4800), "audio/pcm")) as server:
        given = settings(
            tmp_path,
            speech={"uri": WYOMING, "synthesizer": ["openai", "wyoming"]},
            openai_tts={"base_url": server.base_url, "voice": "nova"},
        )
        plan = plan_of(given, more)
        async with opened(given, plan) as roster:
            engines = roster.engines_of(plan)
            pieces = [piece async for piece in engines.synthesizer.synthesize("hello", language="en")]
        assert any(isinstance(piece, SpeechAudio) for piece in pieces)
        assert (engines.usual_voice, server.seen[0].json["voice"]) == (voice, voice)


async def test_with_room_for_it_what_was_said_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with openai_server(sends(bytes(4800), "audio/pcm")) as server:
        away = {"base_url": server.base_url}
        given = settings(tmp_path, speech={"uri": WYOMING, "synthesizer": "openai", "cache_mb": 1}, openai_tts=away)
        for _ in range(2):
            async with opened(given) as roster:
                for text in ("hello", "goodbye"):
                    assert [piece async for piece in roster.engines_of().synthesizer.synthesize(text, language="en")]
        assert [request.json["input"] for request in server.seen] == ["hello", "goodbye"]


async def test_a_cache_that_cannot_be_opened_is_a_failed_start(tmp_path: Path) -> None:
    given = settings(tmp_path, speech={"uri": WYOMING, "cache_mb": 1})
    given.data_dir.mkdir()
    (given.data_dir / "spoken").write_text("")
    with pytest.raises(StartError, match=r"^the cache .*/spoken cannot be opened: File exists$"):
        async with opened(given):
            pass


async def test_a_model_that_hears_and_speaks_itself_is_ready_for_its_calls_and_its_health_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "EmbeddedSpeech", Fake)
    front = {"kind": "openai-realtime", "base_url": "ws://127.0.0.1:1", "timeout_secs": 7}
    async with opened(settings(tmp_path, engines={"front": front})) as roster:
        assert "appliance.dialogue.realtime.talk" in sys.modules
        engines = roster.engines_of()
        model = engines.realtime["front"]
        assert (engines.dead_air_secs(with_model=True), model.engine.base_url) == (15, "ws://127.0.0.1:1")
        model.health.down("It is gone.")
        assert ("llm", "front", State.DOWN) in [(one.role, one.name, one.state) for one in roster.healths]
