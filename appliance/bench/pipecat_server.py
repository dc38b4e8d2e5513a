"""Pipecat as the bench runs it: ``python -m appliance.bench.pipecat_server --vad silero``, by a Python that has it.

Nothing imports this file, and it imports nothing of the appliance: it runs in an environment of Pipecat's own, which
``scripts/pipecat`` makes. A call comes as with us, over `POST /twilio/voice` and `WS /twilio/media`, and meets what
Pipecat's documentation puts together for Twilio: its transport, its serializer, its VAD, its worker with RTVI and turn
tracking. One processor stands for recogniser, dialogue and voice: after each turn of the caller there is a transcript,
a sentence and 2 s of audio. It says ``serving http://127.0.0.1:PORT`` on standard output and serves until SIGTERM.
"""

import argparse
import platform
import socket
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import uvicorn
import webrtcvad
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer
from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

RATE_HZ = 8000
"""Of the whole pipeline, as Pipecat advises for Twilio: nothing is resampled."""
ANSWER_SECS = 2
PIECE_BYTES = RATE_HZ * 2 // 10
VOICE = """\
<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect>
  <Stream url="ws://{host}/twilio/media"><Parameter name="token" value="none"/></Stream>
</Connect></Response>
"""


class WebrtcAnalyzer(VADAnalyzer):
    """WebRTC's detector, at its strictest as with us, in place of Silero; the rest of the analyzer is Pipecat's."""

    def __init__(self) -> None:
        super().__init__()
        self._detector = webrtcvad.Vad(3)

    def num_frames_required(self) -> int:
        """Samples of a window: 20 ms, a message of Twilio's."""
        samples: int = self.sample_rate // 50
        return samples

    def voice_confidence(self, buffer: bytes) -> float:
        """1 where there is voice, else 0."""
        return float(self._detector.is_speech(buffer, self.sample_rate))


ANALYZERS: dict[str, Callable[[], VADAnalyzer]] = {"silero": SileroVADAnalyzer, "webrtcvad": WebrtcAnalyzer}


class CannedBot(FrameProcessor):
    """Takes the end of the VAD's speech for the end of a turn, and answers at once with what was prepared."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes everything on, and answers."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            await self.broadcast_frame(UserStartedSpeakingFrame)
            await self.broadcast_interruption()
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            await self.broadcast_frame(UserStoppedSpeakingFrame)
            await self._answer()

    async def _answer(self) -> None:
        pcm = answer()
        await self.push_frame(TranscriptionFrame(text="yes", user_id="", timestamp="", finalized=True))
        await self.push_frame(LLMFullResponseStartFrame())
        await self.push_frame(LLMTextFrame("And again, yes or no."))
        await self.push_frame(LLMFullResponseEndFrame())
        await self.push_frame(TTSStartedFrame())
        for at in range(0, len(pcm), PIECE_BYTES):
            await self.push_frame(TTSAudioRawFrame(pcm[at : at + PIECE_BYTES], sample_rate=RATE_HZ, num_channels=1))
        await self.push_frame(TTSStoppedFrame())


@cache
def answer() -> bytes:
    """What the bot says: a hum."""
    time = np.arange(ANSWER_SECS * RATE_HZ) / RATE_HZ
    pcm: bytes = (np.sin(2 * np.pi * 120 * time) * 3000).astype(np.int16).tobytes()
    return pcm


async def call(websocket: WebSocket, analyzer: VADAnalyzer) -> None:
    """One call, from Twilio's `connected` to its end."""
    await websocket.accept()
    await websocket.receive_json()
    start: dict[str, Any] = (await websocket.receive_json())["start"]
    serializer = TwilioFrameSerializer(
        start["streamSid"], start["callSid"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    transport = FastAPIWebsocketTransport(
        websocket, FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    )
    stages = [transport.input(), VADProcessor(vad_analyzer=analyzer), CannedBot(), transport.output()]
    params = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
    worker = PipelineWorker(Pipeline(stages), params=params)

    async def hung_up(transport: object, websocket: object) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_disconnected", hung_up)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


def create_app(vad: str) -> Starlette:
    """The webhook and the media stream."""

    async def voice(request: Request) -> Response:
        return Response(VOICE.format(host=request.url.netloc), media_type="text/xml")

    async def media(websocket: WebSocket) -> None:
        await call(websocket, ANALYZERS[vad]())

    return Starlette(routes=[Route("/twilio/voice", voice, methods=["POST"]), WebSocketRoute("/twilio/media", media)])


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process."""
    parser = argparse.ArgumentParser(prog="appliance.bench.pipecat_server")
    parser.add_argument(
        "--version", action="version", version=f"{version('pipecat-ai')}, Python {platform.python_version()}"
    )
    parser.add_argument("--vad", choices=ANALYZERS, default="silero")
    options = parser.parse_args(argv)
    logger.remove()
    logger.add(sys.stderr, level="ERROR")  # a caller who hangs up in the middle of an answer is a warning to it
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(
        create_app(options.vad), ws_per_message_deflate=False, access_log=False, log_level="warning", lifespan="off"
    )
    sys.stdout.write(f"serving http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
