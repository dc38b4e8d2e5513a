"""The engines that listen and speak, as the settings name them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from appliance.errors import EngineError, StartError
from appliance.settings import Settings
from appliance.speech.base import Synthesizer, Transcriber
from appliance.speech.local.supervisor import EmbeddedSpeech
from appliance.speech.prompts import PromptSynthesizer
from appliance.speech.wyoming import WyomingTranscriber
from appliance.speech.wyoming_voice import WyomingSynthesizer

SLACK_SECS = 1.0
"""The call, which knows what it waits for, gives an engine up before the connection does."""
USUAL_VOICE = "en-us"


@dataclass(frozen=True, slots=True)
class Speech:
    """What listens, what speaks and with which voice where a dialplan names none; the embedded engines, if started."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    usual_voice: str
    embedded: EmbeddedSpeech | None


async def open_speech(settings: Settings, stack: contextlib.AsyncExitStack) -> Speech:
    """The engines, closed again by ``stack``. Raises StartError when the embedded ones are needed and do not start."""
    wanted = settings.speech
    listens = wanted.transcriber_uri or wanted.uri
    speaks = wanted.synthesizer_uri or wanted.uri
    embedded: EmbeddedSpeech | None = None
    if (wanted.transcriber == "wyoming" and not listens) or (wanted.synthesizer == "wyoming" and not speaks):
        try:
            embedded = await stack.enter_async_context(EmbeddedSpeech(ears=wanted.ears))
        except EngineError as error:
            raise StartError(str(error)) from error
    uri = embedded.uri if embedded else ""
    ear = _ear(settings, listens or uri, stack)
    voice = _voice(settings, speaks or uri, stack)
    usual = settings.openai_tts.voice if wanted.synthesizer == "openai" else USUAL_VOICE
    return Speech(ear, PromptSynthesizer(voice, settings.dialplans.path), usual, embedded)


def _ear(settings: Settings, uri: str, stack: contextlib.AsyncExitStack) -> Transcriber:
    secs = settings.speech.timeout_secs + SLACK_SECS
    if settings.speech.transcriber == "openai":
        from appliance.speech.openai_stt import OpenAITranscriber  # The package takes a second, and many never need it.

        ear = OpenAITranscriber(settings.openai_stt, answer_secs=secs)
        stack.push_async_callback(ear.close)
        return ear
    if settings.speech.transcriber == "deepgram":
        from appliance.speech.deepgram import DeepgramTranscriber

        return DeepgramTranscriber(settings.deepgram, answer_secs=secs)
    return WyomingTranscriber(uri, answer_secs=secs)


def _voice(settings: Settings, uri: str, stack: contextlib.AsyncExitStack) -> Synthesizer:
    secs = settings.speech.timeout_secs
    if settings.speech.synthesizer == "openai":
        from appliance.speech.openai_tts import OpenAISynthesizer

        voice = OpenAISynthesizer(settings.openai_tts, first_secs=secs, idle_secs=secs)
        stack.push_async_callback(voice.close)
        return voice
    return WyomingSynthesizer(uri, first_secs=secs, idle_secs=secs)
