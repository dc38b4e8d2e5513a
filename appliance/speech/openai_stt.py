"""Speech to text by any server of OpenAI's transcriptions: the whole utterance in one request, once it is over.

A WAV file goes to ``POST {base_url}/audio/transcriptions``, and ``{"text": "..."}`` comes back. There are no interim
transcripts. See OpenAI's API reference, "Create transcription".
"""

import asyncio
import contextlib
import io
import json
import wave
from collections.abc import AsyncIterator, Sequence

from appliance.errors import EngineError
from appliance.settings import OpenAISTTSettings
from appliance.speech.base import SAMPLE_RATE_HZ, Transcript, Transcription
from appliance.speech.openai_client import client_of, failures_named
from appliance.speech.refused import RefusedError

RETRY_SECS = 0.25
"""Before the second try; twice as long before each further one, as long as there is time."""
MOST_ANSWER_BYTES = 1_000_000


class OpenAITranscriber:
    """A Transcriber; one for all calls, which share its connections.

    ``answer_secs`` limits the wait for the transcript once the utterance is over, all tries together; there is only one
    unless it ``retries``.
    """

    def __init__(self, settings: OpenAISTTSettings, *, answer_secs: float = 5.0, retries: bool = True) -> None:
        self.server = settings.base_url
        self._model = settings.model
        self._answer_secs = answer_secs
        self._retries = retries
        self._client = client_of(settings)

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """See Transcriber."""
        return _Utterance(self, language)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def ask(self, pcm: bytes, language: str) -> str:
        """What is said in ``pcm``. Raises EngineError, at the latest after ``answer_secs``."""
        deadline = asyncio.get_running_loop().time() + self._answer_secs
        try:
            async with asyncio.timeout_at(deadline):
                return await self._ask_again(_wav(pcm), language, deadline)
        except TimeoutError:
            raise EngineError(
                f"The speech engine at {self.server} gave no transcript within {self._answer_secs:g} s."
            ) from None

    async def _ask_again(self, wav: bytes, language: str, deadline: float) -> str:
        pause = RETRY_SECS
        while True:
            try:
                return await self._ask_once(wav, language)
            except RefusedError as refused:
                wait = max(pause, refused.after_secs)
                if not (refused.passing and self._retries) or asyncio.get_running_loop().time() + wait >= deadline:
                    raise
            await asyncio.sleep(wait)
            pause *= 2

    async def _ask_once(self, wav: bytes, language: str) -> str:
        async with failures_named(self.server):
            request = self._client.audio.transcriptions.with_streaming_response.create(
                file=("utterance.wav", wav, "audio/wav"),
                model=self._model,
                language=language.partition("-")[0],  # ISO 639-1, as the API wants it
                response_format="json",
            )
            answer = bytearray()
            async with request as response:
                async for piece in response.iter_bytes():
                    answer += piece
                    if len(answer) > MOST_ANSWER_BYTES:
                        raise EngineError(f"The speech engine at {self.server} sends an answer without end.")
        return self._text(answer)

    def _text(self, answer: bytes | bytearray) -> str:
        try:
            text = json.loads(answer)["text"]
        except (ValueError, TypeError, KeyError, RecursionError):
            text = None
        if not isinstance(text, str):
            raise RefusedError(f"The speech engine at {self.server} sent what is no transcription.")
        return text.strip()


class _Utterance:
    """A Transcription: collects until the end, then asks."""

    def __init__(self, engine: OpenAITranscriber, language: str) -> None:
        self._engine = engine
        self._language = language
        self._pcm = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._result: asyncio.Future[Transcript | EngineError] = asyncio.get_running_loop().create_future()

    def send(self, pcm: bytes) -> None:
        """See Transcription."""
        if self._task is None:
            self._pcm += pcm

    def finish(self) -> None:
        """See Transcription."""
        if self._task is None and not self._result.done():
            self._task = asyncio.create_task(self._ask(), name="transcription")

    async def results(self) -> AsyncIterator[Transcript]:
        """See Transcription."""
        result = await asyncio.shield(self._result)
        if isinstance(result, EngineError):
            raise result
        yield result

    async def close(self) -> None:
        """See Transcription. A result that is being waited for ends with an EngineError."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._end(EngineError("The transcription was closed."))

    async def _ask(self) -> None:
        try:
            text = await self._engine.ask(bytes(self._pcm), self._language) if self._pcm else ""
            self._end(Transcript(text, final=True))
        except EngineError as error:
            self._end(error)

    def _end(self, result: Transcript | EngineError) -> None:
        if not self._result.done():
            self._result.set_result(result)


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(pcm)
    return file.getvalue()
