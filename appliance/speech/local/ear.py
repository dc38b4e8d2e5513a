"""The ear worker: ``python -m appliance.speech.local.ear`` with a socket to the speech server as its standard input.

A request (``OPEN``) is ``{"language", "grammar"}``, then come ``AUDIO`` frames at 8 kHz and ``FINISH``; the answers
are ``INTERIM`` and at last ``DONE`` frames, both ``{"text"}``. Many utterances are in hand at once, each with its own
decoders, and what comes is decoded in the order in which it comes.
"""

import socket
import sys

from appliance.errors import EngineError
from appliance.speech.local.decoders import DecoderPool
from appliance.speech.local.hearing import GrammarHearing, Hearing, OpenHearing
from appliance.speech.local.pipe import Frame, Kind, WorkerPipe
from appliance.speech.local.words import LANGUAGES


class Ear:
    """All utterances that one worker has in hand."""

    def __init__(self, pipe: WorkerPipe, pool: DecoderPool) -> None:
        self._pipe = pipe
        self._pool = pool
        self._hearings: dict[int, Hearing] = {}
        self._said: dict[int, str] = {}
        self._steps = {
            Kind.OPEN: self._open,
            Kind.AUDIO: self._hear,
            Kind.FINISH: self._finish,
            Kind.CANCEL: self._cancel,
        }

    def take(self, frame: Frame) -> None:
        """One frame of the server. Frames of a session that failed or was given up lead to nothing."""
        try:
            self._steps[frame.kind](frame)
        except EngineError as error:
            self._cancel(frame)
            self._pipe.send(Kind.FAILED, frame.session, {"text": str(error)})

    def _open(self, frame: Frame) -> None:
        request = frame.data()
        language, grammar = str(request["language"]), request["grammar"]
        if language.lower().replace("_", "-").split("-")[0] not in LANGUAGES:
            raise EngineError(f'The embedded recogniser has no model for "{language}", expected en.')
        self._hearings[frame.session] = (
            OpenHearing(self._pool) if grammar is None else GrammarHearing(self._pool, grammar, language)
        )

    def _hear(self, frame: Frame) -> None:
        hearing = self._hearings.get(frame.session)
        if hearing is None:
            return
        text = hearing.hear(frame.body)
        if text and text != self._said.get(frame.session):
            self._said[frame.session] = text
            self._pipe.send(Kind.INTERIM, frame.session, {"text": text})

    def _finish(self, frame: Frame) -> None:
        hearing = self._hearings.pop(frame.session, None)
        self._said.pop(frame.session, None)
        if hearing is not None:
            self._pipe.send(Kind.DONE, frame.session, {"text": hearing.end()})

    def _cancel(self, frame: Frame) -> None:
        self._said.pop(frame.session, None)
        if hearing := self._hearings.pop(frame.session, None):
            hearing.drop()


def run(sock: socket.socket) -> None:
    """Serves one server until it goes away."""
    pipe = WorkerPipe(sock)
    pool = DecoderPool()
    try:
        ear = Ear(pipe, pool)
        pipe.send(Kind.READY, 0, {"languages": LANGUAGES})
        while True:
            ear.take(pipe.receive())
    finally:
        pool.close()


def main() -> int:
    """Entry of the worker process; returns its exit status."""
    try:
        run(socket.socket(fileno=0))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
