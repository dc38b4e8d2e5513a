"""The voice worker: ``python -m appliance.speech.local.voice``, a socket to the speech server as its standard input.

A request (``OPEN``) is ``{"text", "voice", "rate_wpm"}``; the answer is ``AUDIO`` and ``WORDS`` frames in order, then
``DONE`` with ``{"words": n}``. Texts are spoken one after the other: a second of audio takes a millisecond.
"""

import socket
import sys
from typing import Any

from appliance.errors import EngineError
from appliance.speech.local.espeak import Espeak, WordStart
from appliance.speech.local.pipe import Frame, Kind, WorkerPipe


class _Utterance:
    """One text on its way out: passes audio on and turns the beginnings of words into times."""

    def __init__(self, pipe: WorkerPipe, session: int, text: str) -> None:
        self._pipe = pipe
        self._session = session
        self._text = text
        self._open: WordStart | None = None
        self.words = 0

    def piece(self, pcm: bytes, starts: list[WordStart]) -> bool:
        """Sends one piece of audio and the words that ended before it; False when nobody wants more."""
        if self._pipe.is_cancelled(self._session):
            return False
        ended = []
        for start in starts:
            ended += self._end_word(start.at_ms)
            self._open = start
        if ended:
            self._pipe.send(Kind.WORDS, self._session, {"words": ended})
        if pcm:
            self._pipe.send(Kind.AUDIO, self._session, pcm)
        return True

    def end(self, at_ms: int) -> None:
        """Sends the last word."""
        if ended := self._end_word(at_ms):
            self._pipe.send(Kind.WORDS, self._session, {"words": ended})

    def _end_word(self, at_ms: int) -> list[dict[str, Any]]:
        start, self._open = self._open, None
        if start is None:
            return []
        self.words += 1
        text = self._text[start.position : start.position + start.length]
        return [{"text": text, "start_ms": start.at_ms, "end_ms": max(at_ms, start.at_ms)}]


def _speak(espeak: Espeak, pipe: WorkerPipe, frame: Frame) -> None:
    request = frame.data()
    utterance = _Utterance(pipe, frame.session, request["text"])
    spoken_bytes = 0

    def on_piece(pcm: bytes, starts: list[WordStart]) -> bool:
        nonlocal spoken_bytes
        spoken_bytes += len(pcm)
        return utterance.piece(pcm, starts)

    try:
        espeak.speak(request["text"], request["voice"], request.get("rate_wpm"), on_piece)
    except EngineError as error:
        pipe.send(Kind.FAILED, frame.session, {"text": str(error)})
        return
    utterance.end(spoken_bytes * 1000 // (2 * espeak.rate_hz))
    pipe.send(Kind.DONE, frame.session, {"words": utterance.words})


def run(sock: socket.socket) -> None:
    """Serves one server until it goes away."""
    pipe = WorkerPipe(sock)
    espeak = Espeak()
    voices = [{"name": v.name, "description": v.description, "languages": v.languages} for v in espeak.voices]
    pipe.send(Kind.READY, 0, {"rate_hz": espeak.rate_hz, "voices": voices})
    while True:
        frame = pipe.receive()
        if frame.kind is Kind.OPEN:
            _speak(espeak, pipe, frame)


def main() -> int:
    """Entry of the worker process; returns its exit status."""
    try:
        run(socket.socket(fileno=0))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return 0
    except EngineError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the worker's only way to say why it does not start
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
