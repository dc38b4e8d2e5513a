"""Which engines the settings mean."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import EngineError, StartError
from appliance.server import speech
from appliance.server.speech import open_speech
from appliance.speech.base import SpeechAudio
from appliance.speech.local.supervisor import EmbeddedSpeech
from appliance.speech.openai_stt import OpenAITranscriber
from appliance.speech.wyoming import WyomingTranscriber
from tests.server.houses import settings
from tests.speech.openai_server import openai_server, sends

WYOMING = "tcp://127.0.0.1:10300"
OWN = {"base_url": "http://127.0.0.1:8000/v1"}


class Broken(EmbeddedSpeech):
    """Embedded engines that are not to be started."""

    async def __aenter__(self) -> Any:
        raise EngineError("they were started")


@pytest.mark.parametrize(
    ("sections", "ear"),
    [
        ({"speech": {"uri": WYOMING}}, WyomingTranscriber),
        ({"speech": {"transcriber": "openai", "synthesizer_uri": WYOMING}, "openai_stt": OWN}, OpenAITranscriber),
        (
            {"speech": {"transcriber": "openai", "synthesizer": "openai"}, "openai_stt": OWN, "openai_tts": OWN},
            OpenAITranscriber,
        ),
    ],
)
async def test_where_other_engines_listen_and_speak_the_embedded_ones_are_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any], ear: type
) -> None:
    monkeypatch.setattr(speech, "EmbeddedSpeech", Broken)
    async with AsyncExitStack() as stack:
        opened = await open_speech(settings(tmp_path, **sections), stack)
    assert (type(opened.transcriber), opened.embedded) == (ear, None)


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"speech": {"transcriber_uri": WYOMING}},
        {"speech": {"synthesizer_uri": WYOMING}},
        {"speech": {"transcriber": "openai"}, "openai_stt": OWN},
        {"speech": {"synthesizer": "openai"}, "openai_tts": OWN},
    ],
)
async def test_the_embedded_ones_do_what_no_other_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any]
) -> None:
    monkeypatch.setattr(speech, "EmbeddedSpeech", Broken)
    with pytest.raises(StartError, match=r"^they were started$"):
        async with AsyncExitStack() as stack:
            await open_speech(settings(tmp_path, **sections), stack)


async def test_recordings_and_an_engine_elsewhere_speak_with_its_usual_voice(tmp_path: Path) -> None:
    async with openai_server(sends(bytes(4800), "audio/pcm")) as server, AsyncExitStack() as stack:
        sections = {
            "speech": {"uri": WYOMING, "synthesizer": "openai"},
            "openai_tts": {"base_url": server.base_url, "voice": "nova"},
        }
        opened = await open_speech(settings(tmp_path, **sections), stack)
        pieces = [piece async for piece in opened.synthesizer.synthesize("hello", language="en")]
        assert any(isinstance(piece, SpeechAudio) for piece in pieces)
        assert (opened.usual_voice, server.seen[0].json["voice"]) == ("nova", "nova")


async def test_with_room_for_it_what_was_said_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with openai_server(sends(bytes(4800), "audio/pcm")) as server:
        away = {"base_url": server.base_url}
        given = settings(tmp_path, speech={"uri": WYOMING, "synthesizer": "openai", "cache_mb": 1}, openai_tts=away)
        for _ in range(2):
            async with AsyncExitStack() as stack:
                opened = await open_speech(given, stack)
                for text in ("hello", "goodbye"):
                    assert [piece async for piece in opened.synthesizer.synthesize(text, language="en")]
        assert [request.json["input"] for request in server.seen] == ["hello", "goodbye"]


async def test_a_cache_that_cannot_be_opened_is_a_failed_start(tmp_path: Path) -> None:
    given = settings(tmp_path, speech={"uri": WYOMING, "cache_mb": 1})
    given.data_dir.mkdir()
    (given.data_dir / "spoken").write_text("")
    with pytest.raises(StartError, match=r"^the cache .*/spoken cannot be opened: File exists$"):
        async with AsyncExitStack() as stack:
            await open_speech(given, stack)
