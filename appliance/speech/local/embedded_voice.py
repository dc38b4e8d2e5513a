"""The embedded voice without a server: one worker process, whole texts as telephone audio.

For the simulated caller and for tests, which speak a few texts and want them at once.
"""

from typing import Self

from appliance.audio.resample import resample
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.local.pipe import Kind
from appliance.speech.local.worker import Worker

VOICE_MODULE = "appliance.speech.local.voice"
DEFAULT_VOICE = "en-us"


class EmbeddedVoice:
    """``async with EmbeddedVoice() as voice: pcm = await voice.speak("hello", voice="en-us+f3")``."""

    def __init__(self) -> None:
        self._worker = Worker(VOICE_MODULE, "embedded voice")

    async def __aenter__(self) -> Self:
        """Starts the voice worker. Raises EngineError when it does not start."""
        await self._worker.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the voice worker."""
        await self._worker.__aexit__()

    async def speak(self, text: str, voice: str = DEFAULT_VOICE, rate_wpm: int | None = None) -> bytes:
        """The whole of ``text`` as 16-bit mono PCM at 8 kHz. Raises EngineError, for an unknown voice too."""
        session = self._worker.open({"text": text, "voice": voice, "rate_wpm": rate_wpm})
        pieces = []
        try:
            while (frame := await session.receive()).kind is not Kind.DONE:
                if frame.kind is Kind.AUDIO:
                    pieces.append(frame.body)
        finally:
            session.close()
        return resample(b"".join(pieces), self._worker.info["rate_hz"], SAMPLE_RATE_HZ)
