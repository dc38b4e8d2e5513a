"""The engines that listen and speak, as the settings name them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from appliance.errors import EngineError, StartError
from appliance.settings import Settings
from appliance.speech.base import Synthesizer, Transcriber
from appliance.speech.cached import CachedSynthesizer
from appliance.speech.local.supervisor import EmbeddedSpeech
from appliance.speech.prompts import PromptSynthesizer
from appliance.speech.recordings import Recordings
from appliance.speech.shelf import Shelf
from appliance.speech.wyoming import WyomingTranscriber
from appliance.speech.wyoming_voice import WyomingSynthesizer

SLACK_SECS = 1.0
"""The call, which knows what it waits for, gives an engine up before the connection does."""
USUAL_VOICE = "en-us"
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Speech:
    """What listens, what speaks and with which voice where a dialplan names none; the embedded engines, if started."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    usual_voice: str
    embedded: EmbeddedSpeech | None


async def open_speech(
    settings: Settings, stack: contextlib.AsyncExitStack, recordings: Recordings | None = None
) -> Speech:
    """The engines, closed again by ``stack``; ``recordings`` are the dialplans'.

    Raises StartError when the embedded ones are needed and do not start.
    """
    wanted = settings.speech
    listens = wanted.transcriber_uri or wanted.uri
    speaks = wanted.synthesizer_uri or wanted.uri
    embedded: EmbeddedSpeech | None = None
    if (wanted.transcriber[0] == "wyoming" and not listens) or (wanted.synthesizer[0] == "wyoming" and not speaks):
        try:
            embedded = await stack.enter_async_context(EmbeddedSpeech(ears=wanted.ears))
        except EngineError as error:
            raise StartError(str(error)) from error
    uri = embedded.uri if embedded else ""
    ear = _ear(settings, listens or uri, stack)
    voice = _voice(settings, speaks or uri, stack)
    usual = settings.openai_tts.voice if wanted.synthesizer[0] == "openai" else USUAL_VOICE
    kept = _cached(settings, voice, speaks or "embedded", stack)
    return Speech(ear, PromptSynthesizer(kept, recordings or Recordings(settings.dialplans.path)), usual, embedded)


def _ear(settings: Settings, uri: str, stack: contextlib.AsyncExitStack) -> Transcriber:
    secs = settings.speech.timeout_secs + SLACK_SECS
    if settings.speech.transcriber[0] == "openai":
        from appliance.speech.openai_stt import OpenAITranscriber  # The package takes a second, and many never need it.

        ear = OpenAITranscriber(settings.openai_stt, answer_secs=secs)
        stack.push_async_callback(ear.close)
        return ear
    if settings.speech.transcriber[0] == "deepgram":
        from appliance.speech.deepgram import DeepgramTranscriber

        return DeepgramTranscriber(settings.deepgram, answer_secs=secs)
    return WyomingTranscriber(uri, answer_secs=secs)


def _voice(settings: Settings, uri: str, stack: contextlib.AsyncExitStack) -> Synthesizer:
    secs = settings.speech.timeout_secs
    if settings.speech.synthesizer[0] == "openai":
        from appliance.speech.openai_tts import OpenAISynthesizer

        voice = OpenAISynthesizer(settings.openai_tts, first_secs=secs, idle_secs=secs)
        stack.push_async_callback(voice.close)
        return voice
    return WyomingSynthesizer(uri, first_secs=secs, idle_secs=secs)


def _cached(settings: Settings, voice: Synthesizer, uri: str, stack: contextlib.AsyncExitStack) -> Synthesizer:
    """The voice, or one that remembers what it has said, where the settings have room for that."""
    if not settings.speech.cache_mb:
        return voice
    directory = settings.data_dir / "spoken"
    try:
        shelf = Shelf(directory, settings.speech.cache_mb * MEGABYTE)
    except OSError as error:
        raise StartError(f"the cache {directory} cannot be opened: {error.strerror or error}") from error
    away = settings.openai_tts
    is_away = settings.speech.synthesizer[0] == "openai"
    cached = CachedSynthesizer(voice, shelf, f"{away.base_url} {away.model} {away.voice}" if is_away else uri)
    stack.push_async_callback(cached.close)
    return cached
