"""How the engines that settings name are made, and how each is tried when it has failed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from appliance.dialogue.chat import ChatModel, ChatRequest
from appliance.errors import EngineError
from appliance.settings import DeepgramSettings, LLMSettings, OpenAISTTSettings, OpenAITTSSettings, Settings
from appliance.settings.lineups import Embedded
from appliance.settings.llm import ChatServer
from appliance.settings.named_engines import WyomingEngine
from appliance.settings.realtime import RealtimeEngine
from appliance.settings.section import Section
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpeechPiece, Synthesizer, Transcriber
from appliance.speech.wyoming import WyomingTranscriber
from appliance.speech.wyoming_voice import WyomingSynthesizer

SLACK_SECS = 1.0
"""The call, which knows what it waits for, gives an engine up before the connection does."""
SAMPLE_SECS = 0.3
SAMPLE_GRAMMAR = "#JSGF V1.0; grammar sample; public <answer> = yes | no;"
SAMPLE_TEXT = "Hello."
SAMPLE_CHAT = ChatRequest([{"role": "user", "content": "Say hello."}])
MODULES: dict[type[Section], str] = {
    OpenAISTTSettings: "appliance.speech.openai_stt",
    OpenAITTSSettings: "appliance.speech.openai_tts",
    DeepgramSettings: "appliance.speech.deepgram",
    ChatServer: "appliance.dialogue.openai_chat",
    RealtimeEngine: "appliance.dialogue.realtime.talk",
}
"""What needs packages that take a second to load, and that many never need."""

Probe = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Made:
    """An engine, how to try it, and how to close it."""

    engine: Any
    probe: Probe
    close: Callable[[], Awaitable[None]] | None = None


async def try_realtime(engine: RealtimeEngine) -> None:
    """Opens a session with a model that hears and speaks itself, and says nothing. Raises EngineError."""
    from appliance.dialogue.realtime.connection import Connection

    connection = Connection(engine)
    try:
        await connection.open()
        await connection.next()
    finally:
        await connection.close()


def make_transcriber(entry: Section | Embedded, settings: Settings, embedded_uri: str, *, is_last: bool = True) -> Made:
    """An engine that listens; one behind which another waits tries nothing twice."""
    secs = settings.speech.timeout_secs + SLACK_SECS
    engine: Transcriber
    match entry:
        case OpenAISTTSettings():
            from appliance.speech.openai_stt import OpenAITranscriber

            away = OpenAITranscriber(entry, answer_secs=secs, retries=is_last)
            return Made(away, lambda: _listen(away), away.close)
        case DeepgramSettings():
            from appliance.speech.deepgram import DeepgramTranscriber

            engine = DeepgramTranscriber(entry, answer_secs=secs, retry_secs=None if is_last else ())
        case _:
            uri = entry.uri if isinstance(entry, WyomingEngine) else embedded_uri
            engine = WyomingTranscriber(uri, answer_secs=secs)
    return Made(engine, lambda: _listen(engine))


def make_synthesizer(entry: Section | Embedded, settings: Settings, embedded_uri: str, *, is_last: bool = True) -> Made:
    """An engine that speaks."""
    secs = settings.speech.timeout_secs + SLACK_SECS
    if isinstance(entry, OpenAITTSSettings):
        from appliance.speech.openai_tts import OpenAISynthesizer

        away = OpenAISynthesizer(entry, first_secs=secs, idle_secs=secs)
        return Made(away, lambda: _speak(away, entry.voice), away.close)
    uri, voice = (entry.uri, entry.voice) if isinstance(entry, WyomingEngine) else (embedded_uri, None)
    engine = WyomingSynthesizer(uri, first_secs=secs, idle_secs=secs)
    return Made(engine, lambda: _speak(engine, voice))


def make_llm(entry: Section | Embedded, settings: Settings, embedded_uri: str, *, is_last: bool = True) -> Made:
    """A language model."""
    from appliance.dialogue.openai_chat import OpenAIChat

    assert isinstance(entry, ChatServer)
    given = {name: getattr(entry, name) for name in (*ChatServer.model_fields, "model")}
    retries = {} if is_last else {"retries": 0}
    model = OpenAIChat(LLMSettings(**{**given, "timeout_secs": settings.llm.timeout_secs, **retries}))
    return Made(model, lambda: _talk(model), model.close)


MAKERS = {"transcriber": make_transcriber, "synthesizer": make_synthesizer, "llm": make_llm}


async def _listen(engine: Transcriber) -> None:
    """Has it listen to a moment of silence: any transcript will do."""
    utterance = engine.transcribe(language="en", grammar=SAMPLE_GRAMMAR)
    try:
        utterance.send(bytes(round(SAMPLE_SECS * SAMPLE_RATE_HZ) * 2))
        utterance.finish()
        async for _ in utterance.results():
            pass
    finally:
        await utterance.close()


async def _speak(engine: Synthesizer, voice: str | None) -> None:
    """Has it say a word."""
    pieces = engine.synthesize(SAMPLE_TEXT, language="en", voice=voice)
    async with contextlib.aclosing(cast("AsyncGenerator[SpeechPiece, None]", pieces)) as sample:
        async for piece in sample:
            if isinstance(piece, SpeechAudio) and piece.pcm:
                return
    raise EngineError(f"The speech engine made no audio of {SAMPLE_TEXT!r}.")


async def _talk(model: ChatModel) -> None:
    """Has it begin to say hello."""
    async with contextlib.aclosing(model.stream(SAMPLE_CHAT)) as pieces:
        await anext(pieces)
