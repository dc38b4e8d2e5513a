"""Several hundred telephones on one core: ``python -m appliance.bench.telephones '{...}'``, one load, measured.

Each call sends a media message every 20 ms (Twilio's, 379 bytes), says something for 2 s in every 5, and takes what
comes: it counts the answer's audio to the byte, returns marks when their audio has been played, and notes when the
first audio of an answer arrives. One call in ten may be watched over RTVI. What the server's process used in the
meantime the kernel says. The result is one JSON object on standard output.
"""

import asyncio
import gc
import re
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec
import uvloop

from appliance.bench.processes import busy_secs, cpu_secs, rss_mb
from appliance.bench.socket import ClientSocket, text_frame
from appliance.bench.viewers import watch
from appliance.errors import ProtocolError

TICK_SECS = 0.02
SLOTS = 20
"""Calls are not in step: they send in as many groups, one millisecond after the other."""
CYCLE_FRAMES, SPEECH_FRAMES = 250, 100
FIRST_FRAME = 120
"""Where in the cycle a call begins: behind the speech, so that the bot's first question is over when it comes."""
ANSWER_BYTES = 16_000
CALLERS = 200_000
"""The first caller's number, less +1555; each has another."""
SETTLE_SECS = 6.0
WARM_UP_SECS = 3.0
CALLS_PER_VIEWER = 10

_MEDIA = (
    b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d",'
    b'"payload":"%b"},"streamSid":"%b"}'
)
_HEARD = (b'{"event":"media"', b'{"event": "media"')
_MARK = (b'{"event":"mark"', b'{"event": "mark"')
_TOKEN = re.compile(rb'name="token" value="([^"]+)"')
_PAYLOAD = re.compile(rb'"payload": ?"([^"]*)"')
_NAME = re.compile(rb'"name": ?"([^"]*)"')


class Load(msgspec.Struct, kw_only=True):
    """What is to be done: ``frames`` is a file with one line of base64 for each 20 ms of the cycle."""

    url: str
    number: str
    token: str
    frames: str
    calls: int
    secs: float
    server_pid: int
    server_core: int
    watched: bool = True
    """Over RTVI, one call in ten."""
    ramp_secs: float = 5.0
    answer_bytes: int = ANSWER_BYTES
    """Of mu-law in each answer."""


class Answered(msgspec.Struct, array_like=True):
    """One answer; its times are seconds of the clock that all processes of a machine share."""

    caller: str
    """The last digits of the caller's number."""
    turn: int
    """How many turns of the caller's came before."""
    since: float
    till: float


class Measured(msgspec.Struct, kw_only=True):
    """What came of it. Latencies are seconds from the last frame of speech to the first audio of the answer."""

    calls: int
    secs: float
    server_cpu_secs: float
    server_core_secs: float
    client_cpu_secs: float
    rss_mb_before: float
    rss_mb: float
    sent: int
    """Media messages."""
    latencies: list[float]
    turns: int
    unanswered: int
    """Answers that did not come, or not to the byte, before the next turn."""
    early: int
    """Answers that came before the caller had finished."""
    dropped: int
    """Sockets that the server closed, callers' and viewers'."""
    clears: int
    viewer_messages: int
    worst_tick_secs: float
    """How late the client itself was."""
    answered: list[Answered] = []


class Telephone:
    """One call."""

    def __init__(self, load: Load, frames: Sequence[bytes], at: int = FIRST_FRAME, number: int = 0) -> None:
        self.caller = f"{CALLERS + number:07d}"
        self.sid = "CA" + secrets.token_hex(16)
        self._stream_sid = b"MZ" + secrets.token_hex(16).encode()
        self._load = load
        self._frames = frames
        self._at = at
        self._sequence = 1
        self.sent = 0
        self._asked_at: float | None = None
        self._answer_bytes = 0
        self._played_until = 0.0
        self.socket: ClientSocket | None = None
        self.latencies: list[float] = []
        self.answered: list[Answered] = []
        self._turn = -1
        self.turns = self.unanswered = self.early = self.clears = 0

    async def dial(self) -> None:
        """Asks the webhook, and opens the media stream with the token that it gave."""
        load, address = self._load, urlsplit(self._load.url)
        form = urlencode(
            {"CallSid": self.sid, "From": f"+1555{self.caller}", "To": load.number, "CallStatus": "ringing"}
        )
        document = await _post(address.hostname or "", address.port or 80, "/twilio/voice", form.encode())
        token = _TOKEN.search(document)
        if token is None:
            raise ProtocolError(f"the webhook's answer has no token: {document.decode()[:300]}")
        socket = await ClientSocket.connect(address.hostname or "", address.port or 80, "/twilio/media", self._hear)
        socket.send(text_frame(b'{"event":"connected","protocol":"Call","version":"1.0.0"}'))
        start = {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC" + "0" * 32,
                "streamSid": self._stream_sid.decode(),
                "callSid": self.sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"token": token[1].decode()},
            },
            "streamSid": self._stream_sid.decode(),
        }
        socket.send(text_frame(msgspec.json.encode(start)))
        self.socket = socket

    def tick(self) -> None:
        """Sends the next 20 ms."""
        socket = self.socket
        if socket is None or socket.lost:
            return
        at, sequence = self._at, self._sequence
        message = _MEDIA % (sequence + 1, sequence, sequence * 20 - 20, self._frames[at], self._stream_sid)
        socket.send(b"\x81\xfe%b\0\0\0\0%b" % (len(message).to_bytes(2, "big"), message))
        self._sequence = sequence + 1
        self.sent += 1
        self._at = 0 if at == CYCLE_FRAMES - 1 else at + 1
        if at == SPEECH_FRAMES - 1:
            self._has_asked()

    def hang_up(self) -> None:
        """Says stop and closes."""
        if self.socket is not None and not self.socket.lost:
            self.socket.send(text_frame(b'{"event":"stop","streamSid":"%b"}' % self._stream_sid))
            self.socket.close()

    def count_from_now(self) -> None:
        """Forgets what was counted so far."""
        self.latencies.clear()
        self.answered.clear()
        self.turns = self.unanswered = self.early = self.clears = self.sent = 0

    def _has_asked(self) -> None:
        if self._answer_bytes != self._load.answer_bytes and self.turns:
            self.unanswered += 1
        self.turns += 1
        self._turn += 1
        self._answer_bytes = 0
        self._asked_at = time.perf_counter()

    def _hear(self, text: bytes) -> None:
        if text.startswith(_HEARD):
            self._play(text)
        elif text.startswith(_MARK):
            name = _NAME.search(text)
            if name is not None:
                wait = max(0.0, self._played_until - time.perf_counter())
                asyncio.get_running_loop().call_later(wait, self._return, name[1])
        else:
            self.clears += 1
            self._played_until = 0.0

    def _play(self, text: bytes) -> None:
        now = time.perf_counter()
        if self._asked_at is not None:
            self.latencies.append(now - self._asked_at)
            self.answered.append(Answered(self.caller, self._turn, self._asked_at, now))
            self._asked_at = None
        elif self._at < SPEECH_FRAMES and self._sequence > CYCLE_FRAMES:
            self.early += 1
        payload = _PAYLOAD.search(text)
        if payload is not None:
            size = len(payload[1]) // 4 * 3 - payload[1].count(b"=")
            self._answer_bytes += size
            self._played_until = max(now, self._played_until) + size / 8000

    def _return(self, name: bytes) -> None:
        if self.socket is not None and not self.socket.lost:
            self._sequence += 1
            mark = b'{"event":"mark","sequenceNumber":"%d","streamSid":"%b","mark":{"name":"%b"}}'
            self.socket.send(text_frame(mark % (self._sequence, self._stream_sid, name)))


class Exchange:
    """All the telephones, and the clock that they tick by."""

    def __init__(self, load: Load, frames: Sequence[bytes]) -> None:
        self._load = load
        self._frames = frames
        self._slots: list[list[Telephone]] = [[] for _ in range(SLOTS)]
        self._viewers: list[ClientSocket] = []
        self._started = 0.0
        self._ticks = 0
        self.worst_tick_secs = 0.0

    @property
    def telephones(self) -> list[Telephone]:
        """All of them."""
        return [telephone for slot in self._slots for telephone in slot]

    def start(self) -> None:
        """The clock begins to run."""
        self._started = asyncio.get_running_loop().time()
        self._tick()

    async def ring(self, calls: int, over_secs: float, at: int = FIRST_FRAME) -> None:
        """Places calls, evenly over a time."""
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                group.create_task(self._dial(number, number * over_secs / calls, at))

    async def prepare(self) -> float:
        """A warm-up, the calls one after the other, and time to settle; returns the server's MB before the calls."""
        load = self._load
        self.start()
        await self.ring(2, 0.1, at=CYCLE_FRAMES - 5)
        await asyncio.sleep(WARM_UP_SECS)
        self.hang_up()
        await asyncio.sleep(0.5)
        before = rss_mb(load.server_pid)
        await self.ring(load.calls, load.ramp_secs)
        await asyncio.sleep(SETTLE_SECS)
        return before

    def hang_up(self) -> None:
        """Ends every call."""
        for telephone in self.telephones:
            telephone.hang_up()
        for viewer in self._viewers:
            viewer.close()
        self._slots = [[] for _ in range(SLOTS)]
        self._viewers.clear()

    def count_from_now(self) -> None:
        """Forgets what was counted so far."""
        self.worst_tick_secs = 0.0
        for telephone in self.telephones:
            telephone.count_from_now()
        for viewer in self._viewers:
            viewer.messages = 0

    async def measure(self, rss_mb_before: float) -> Measured:
        """Counts for as long as the load says."""
        load = self._load
        self.count_from_now()
        began, cpu, core, own = time.perf_counter(), cpu_secs(load.server_pid), busy_secs(load.server_core), _own()
        await asyncio.sleep(load.secs)
        secs = time.perf_counter() - began
        phones = self.telephones
        sockets = [*(phone.socket for phone in phones), *self._viewers]
        return Measured(
            calls=load.calls,
            secs=secs,
            server_cpu_secs=cpu_secs(load.server_pid) - cpu,
            server_core_secs=busy_secs(load.server_core) - core,
            client_cpu_secs=_own() - own,
            rss_mb_before=rss_mb_before,
            rss_mb=rss_mb(load.server_pid),
            sent=sum(phone.sent for phone in phones),
            latencies=[latency for phone in phones for latency in phone.latencies],
            turns=sum(phone.turns for phone in phones),
            unanswered=sum(phone.unanswered for phone in phones),
            early=sum(phone.early for phone in phones),
            dropped=sum(socket is None or socket.lost for socket in sockets),
            clears=sum(phone.clears for phone in phones),
            viewer_messages=sum(viewer.messages for viewer in self._viewers),
            worst_tick_secs=self.worst_tick_secs,
            answered=[answer for phone in phones for answer in phone.answered],
        )

    async def _dial(self, number: int, after_secs: float, at: int) -> None:
        await asyncio.sleep(after_secs)
        telephone = Telephone(self._load, self._frames, at, number)
        await telephone.dial()
        self._slots[number % SLOTS].append(telephone)
        if self._load.watched and number % CALLS_PER_VIEWER == 0:
            self._viewers.append(await watch(self._load.url, telephone.sid, self._load.token, lambda text: None))

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        slot = self._ticks % SLOTS
        due = self._started + self._ticks * TICK_SECS / SLOTS
        self.worst_tick_secs = max(self.worst_tick_secs, loop.time() - due)
        for telephone in self._slots[slot]:
            telephone.tick()
        self._ticks += 1
        loop.call_at(due + TICK_SECS / SLOTS, self._tick)


async def run(load: Load) -> Measured:
    """The calls, and then the measurement."""
    frames = (await asyncio.to_thread(Path(load.frames).read_bytes)).split()
    exchange = Exchange(load, frames)
    before = await exchange.prepare()
    gc.freeze()
    measured = await exchange.measure(before)
    exchange.hang_up()
    await asyncio.sleep(0.2)
    return measured


async def _post(host: str, port: int, path: str, form: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nContent-Length: {len(form)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode()
        + form
    )
    answer = await reader.read()
    writer.close()
    return answer


def _own() -> float:
    return time.process_time()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process: its one argument is a Load, as JSON."""
    given = sys.argv[1:] if argv is None else list(argv)
    load = msgspec.json.decode(given[0], type=Load)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(load))) + b"\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
