"""Engines that only pretend, behind real sockets and at known delays: ``python -m appliance.bench.stand_ins``.

One port serves Deepgram's live transcription (a WebSocket at ``/v1/listen``), OpenAI's chat completions as an event
stream, and OpenAI's speech as a stream of PCM. Each delay runs from the moment in which a request was read. What was
served, and when it was due, is at ``GET /served``. It says ``stand-ins listen on http://127.0.0.1:PORT`` on standard
output and serves until SIGTERM.
"""

import argparse
import asyncio
import base64
import hashlib
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence

import msgspec
import uvloop

from appliance.audio.resample import resample
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.canned import babble

LISTENING = "stand-ins listen on "
TRANSCRIPT = "I would like to know when my order comes."
FIRST_SENTENCE = "Thank you, caller {caller}, I have found your order."
SECOND_SENTENCE = "It comes on Tuesday morning, between nine and eleven."
SENTENCE_MS = 800
"""How long each sentence takes to say, whatever is in it."""
ANSWER_BYTES = 2 * SENTENCE_MS * SAMPLE_RATE_HZ // 1000
"""Of mu-law."""
PIECE_MS = 100
FASTER = 5
"""So many times faster than it is played speech is made, once it has begun."""
RATE_HZ = 24_000
INTERIM_BYTES = SAMPLE_RATE_HZ // 2
"""An interim transcript for each half second of mu-law."""

_TEXT, _CLOSE, _PONG = 0x1, 0x8, 0xA
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CALLER = re.compile(rb"\+1555(\d{7})")
_NAMED = re.compile(rb"caller (\d{7})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)
_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"
_METADATA = (
    b'{"type":"Metadata","transaction_key":"deprecated","request_id":"stand-in","sha256":"0",'
    b'"created":"2026-07-01T09:00:00.000Z","duration":2.0,"channels":1}'
)


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds."""

    transcript: int = 100
    """From the end of the utterance to the transcript."""
    first_token: int = 200
    token: int = 20
    """From each token to the next."""
    speech: int = 120
    """From a text to the first of its audio."""

    @property
    def sentence(self) -> int:
        """From a question until it shows that the answer's first sentence is whole: the next one has begun."""
        return self.first_token + len(tokens(FIRST_SENTENCE)) * self.token


class Served(msgspec.Struct, array_like=True):
    """One answer, in seconds of the clock that all processes of a machine share."""

    engine: str
    """``stt``, ``llm`` (an answer's first sentence) or ``tts`` (a text's first audio)."""
    caller: str
    """The last digits of who it was for, where that is known."""
    asked: float
    due: float
    done: float

    @property
    def late_secs(self) -> float:
        """How late it was; a little less than nothing where a timer was too soon."""
        return self.done - self.due


class StandIns:
    """``async with StandIns(Delays()) as stand_ins: stand_ins.url``: serves to the end of the block."""

    def __init__(self, delays: Delays) -> None:
        self.delays = delays
        self.served: list[Served] = []
        self.url = ""
        pcm = resample(babble(SENTENCE_MS), SAMPLE_RATE_HZ, RATE_HZ).ljust(RATE_HZ * 2 * SENTENCE_MS // 1000, b"\0")
        size = RATE_HZ * 2 * PIECE_MS // 1000
        self.speech = [_chunk(pcm[at : at + size]) for at in range(0, len(pcm), size)]
        self.transcripts = [
            _frame(_TEXT, _results(" ".join(TRANSCRIPT.split()[:words]), is_final=False)) for words in (2, 4, 6, 8)
        ]
        self.transcript = _frame(_TEXT, _results(TRANSCRIPT, is_final=True))
        self._server: asyncio.Server

    async def __aenter__(self) -> "StandIns":
        """Listens."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=2048)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Takes no more connections."""
        self._server.close()

    def report(self) -> bytes:
        """What was served since this was asked last, as JSON."""
        served, self.served = self.served, []
        return msgspec.json.encode(served)


class Connection(asyncio.Protocol):
    """One connection: HTTP requests one after the other, or a WebSocket from the first on."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._buffer = b""
        self._is_socket = False
        self._heard = 0
        """Bytes of the utterance."""
        self._told = 0
        """Interim transcripts of it."""
        self._timers: list[asyncio.TimerHandle] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol: nobody waits any more."""
        self._forget()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer += data
        while self._message() if self._is_socket else self._request():
            pass

    def _request(self) -> bool:
        """Answers a request that is there as a whole."""
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if not end or len(rest) < size:
            return False
        body, self._buffer = rest[:size], rest[size:]
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        match path:
            case b"/v1/chat/completions":
                self._chat(body)
            case b"/v1/audio/speech":
                self._speak(body)
            case b"/v1/listen":
                self._open(head)
            case b"/served":
                self._answer(b"200 OK", self._stand_ins.report())
            case _:
                self._answer(b"404 Not Found", b"{}")
        return True

    def _answer(self, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)

    def _chat(self, body: bytes) -> None:
        """Two sentences, token by token, the usage and the end."""
        asked, delays = time.perf_counter(), self._stand_ins.delays
        caller = _found(_CALLER, body)
        first = tokens(FIRST_SENTENCE.format(caller=caller))
        written = [*first, *tokens(" " + SECOND_SENTENCE)]
        pieces = [_delta(b'{"content":%b}' % msgspec.json.encode(token)) for token in written]
        pieces[0] = _STREAM % b"text/event-stream" + _delta(b'{"role":"assistant","content":""}') + pieces[0]
        pieces[-1] += _delta(b"{}", b'"stop"') + _usage(len(body) // 4, len(written)) + _event(b"[DONE]") + _chunk(b"")
        for number, piece in enumerate(pieces):
            due_ms = delays.first_token + number * delays.token
            told = self._served("llm", caller, asked, due_ms) if number == len(first) else None
            self._later(asked, due_ms, piece, told)

    def _speak(self, body: bytes) -> None:
        """A sentence's audio."""
        asked, delays = time.perf_counter(), self._stand_ins.delays
        first, *more = self._stand_ins.speech
        told = self._served("tts", _found(_NAMED, body), asked, delays.speech)
        self._later(asked, delays.speech, _STREAM % b"audio/pcm" + first, told)
        for number, piece in enumerate([*more, _chunk(b"")], 1):
            self._later(asked, delays.speech + number * PIECE_MS // FASTER, piece)

    def _open(self, head: bytes) -> None:
        """The WebSocket's handshake; see RFC 6455."""
        key = _KEY.search(head)
        accept = base64.b64encode(hashlib.sha1((key[1] if key else b"") + _GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
        )
        self._is_socket = True

    def _message(self) -> bool:
        """Takes a masked frame that is there as a whole."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        start, length = 2, buffer[1] & 0x7F
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
        end = start + 4 + length
        if len(buffer) < end:
            return False
        self._buffer = buffer[end:]
        match buffer[0] & 0x0F:
            case 0x2:
                self._hear(length)
            case 0x1:
                self._told_to(_unmasked(buffer[start : start + 4], buffer[start + 4 : end]))
            case 0x8:
                self._transport.write(_frame(_CLOSE, (1000).to_bytes(2, "big")))
                self._transport.close()
            case 0x9:
                self._transport.write(_frame(_PONG, _unmasked(buffer[start : start + 4], buffer[start + 4 : end])))
        return True

    def _hear(self, length: int) -> None:
        self._heard += length
        interim = self._stand_ins.transcripts
        if self._heard >= INTERIM_BYTES * (self._told + 1) and self._told < len(interim):
            self._transport.write(interim[self._told])
            self._told += 1

    def _told_to(self, text: bytes) -> None:
        asked, delay = time.perf_counter(), self._stand_ins.delays.transcript
        if b'"Finalize"' in text:
            self._later(asked, delay, self._stand_ins.transcript, self._served("stt", "", asked, delay))
        elif b'"CloseStream"' in text:
            self._later(asked, delay, _frame(_TEXT, _METADATA) + _frame(_CLOSE, (1000).to_bytes(2, "big")))

    def _served(self, engine: str, caller: str, asked: float, delay_ms: float) -> Callable[[], None]:
        """What notes that it was done."""
        due = asked + delay_ms / 1000
        return lambda: self._stand_ins.served.append(Served(engine, caller, asked, due, time.perf_counter()))

    def _later(self, asked: float, delay_ms: float, data: bytes, told: Callable[[], None] | None = None) -> None:
        """Writes when it is due."""
        wait = asked + delay_ms / 1000 - time.perf_counter()
        self._timers.append(asyncio.get_running_loop().call_later(wait, self._write, data, told))

    def _write(self, data: bytes, told: Callable[[], None] | None) -> None:
        self._transport.write(data)
        if told is not None:
            told()

    def _forget(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def tokens(text: str) -> list[str]:
    """Words with the space before them, as models write them."""
    return re.findall(r"\s*\S+", text)


def _found(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return found[1].decode() if found else ""


def _results(text: str, *, is_final: bool) -> bytes:
    words = [
        {"word": word.lower(), "start": at * 0.2, "end": at * 0.2 + 0.2, "confidence": 0.98, "punctuated_word": word}
        for at, word in enumerate(text.split())
    ]
    return msgspec.json.encode(
        {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": 2.0,
            "start": 0.0,
            "is_final": is_final,
            "speech_final": False,
            "from_finalize": is_final,
            "channel": {"alternatives": [{"transcript": text, "confidence": 0.98, "words": words}]},
            "metadata": {"request_id": "stand-in", "model_info": {"name": "stand-in"}, "model_uuid": "stand-in"},
        }
    )


def _delta(delta: bytes, reason: bytes = b"null") -> bytes:
    choice = b'{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}' % (delta, reason)
    return _event(_COMPLETION % (b"[%b]" % choice, b"null"))


def _usage(prompt: int, completion: int) -> bytes:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return _event(_COMPLETION % (b"[]", msgspec.json.encode(counts)))


_COMPLETION = (
    b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"stand-in","system_fingerprint":null,'
    b'"choices":%b,"usage":%b}'
)


def _event(data: bytes) -> bytes:
    return _chunk(b"data: %b\n\n" % data)


def _chunk(data: bytes) -> bytes:
    """A piece of a body of unknown length; an empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _frame(opcode: int, payload: bytes) -> bytes:
    """A WebSocket frame as servers send them."""
    size = len(payload)
    head = bytes((0x80 | opcode, size)) if size < 126 else bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    return head + payload


def _unmasked(mask: bytes, payload: bytes) -> bytes:
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


async def _run(delays: Delays) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with StandIns(delays) as stand_ins:
        sys.stdout.write(f"{LISTENING}{stand_ins.url}\n")
        sys.stdout.flush()
        await ended.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process: its one argument is Delays, as JSON."""
    parser = argparse.ArgumentParser(prog="appliance.bench.stand_ins")
    parser.add_argument("delays", nargs="?", default="{}", help="milliseconds, as JSON")
    uvloop.run(_run(msgspec.json.decode(parser.parse_args(argv).delays, type=Delays)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
