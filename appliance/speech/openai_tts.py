"""Text to speech by any server of OpenAI's speech: PCM is played while the rest is still made.

``POST {base_url}/audio/speech`` with ``response_format: pcm`` is answered with 16-bit little-endian mono samples,
without a header and without word times: those are estimated. See OpenAI's API reference, "Create speech". A failure
before the first sound is tried again by whoever speaks (``TTSProcessor``), who knows for how long that may go on.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from appliance.audio.resample import Resampler
from appliance.errors import EngineError
from appliance.settings import OpenAITTSSettings
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, WordTimes
from appliance.speech.openai_client import client_of, failures_named
from appliance.speech.wyoming_voice import estimate_word_times

LONGEST_SECS = 10.0
LONGEST_SECS_PER_CHARACTER = 0.5
"""More speech than that of a text is an engine gone mad."""
NOT_PCM = ("text/", "application/json", "application/xml", "audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg")
"""Kinds of content that servers send which do not know ``pcm``, or instead of a status; played it would be noise."""
MAGIC = ("RIFF", "OggS", "ID3", "fLaC")
"""How files begin that are called nothing, or PCM, and are not."""


class OpenAISynthesizer:
    """A Synthesizer; one for all calls, which share its connections.

    ``first_secs`` limits the wait for the first sound, ``idle_secs`` each wait after it.
    """

    def __init__(self, settings: OpenAITTSSettings, *, first_secs: float = 5.0, idle_secs: float = 5.0) -> None:
        self.server = settings.base_url
        self._settings = settings
        self._first_secs = first_secs
        self._idle_secs = idle_secs
        self._client = client_of(settings)
        self._speech = self._client.audio.speech.with_streaming_response

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        """Streams the audio of ``text``; see Synthesizer. The engine finds out the language by itself."""
        resampler = Resampler(self._settings.rate_hz, SAMPLE_RATE_HZ)
        longest = round(2 * SAMPLE_RATE_HZ * (LONGEST_SECS + LONGEST_SECS_PER_CHARACTER * len(text)))
        made = 0
        async with contextlib.aclosing(self._pcm(text, voice or self._settings.voice)) as pieces:
            async for piece in pieces:
                pcm = resampler.process(piece)
                made += len(pcm)
                if made > longest:
                    raise EngineError(f"The speech engine at {self.server} speaks {len(text)} characters without end.")
                if pcm:
                    yield SpeechAudio(pcm)
        if made and (rest := resampler.flush()):
            made += len(rest)
            yield SpeechAudio(rest)
        if made:
            yield WordTimes(estimate_word_times(text, round(made * 1000 / (2 * SAMPLE_RATE_HZ))))

    async def _pcm(self, text: str, voice: str) -> AsyncGenerator[bytes, None]:
        """The samples as they come in."""
        async with failures_named(self.server), contextlib.AsyncExitStack() as stack:
            request = self._speech.create(input=text, model=self._settings.model, voice=voice, response_format="pcm")
            async with self._within(self._first_secs):
                response = await stack.enter_async_context(request)
            self._refuse(response.headers.get("content-type", ""), NOT_PCM)
            pieces = response.iter_bytes()
            secs = self._first_secs
            while True:
                async with self._within(secs):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                if secs is self._first_secs:
                    self._refuse(piece[:4].decode("latin-1"), MAGIC)
                yield piece
                secs = self._idle_secs

    @contextlib.asynccontextmanager
    async def _within(self, secs: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(secs):
                yield
        except TimeoutError:
            raise EngineError(f"The speech engine at {self.server} sent nothing for {secs:g} s.") from None

    def _refuse(self, kind: str, kinds: tuple[str, ...]) -> None:
        if kind.startswith(kinds):
            raise EngineError(f"The speech engine at {self.server} sends {kind.partition(';')[0]}, expected PCM.")
