"""The caller's end of the line: a mouth, an ear, a clock of 20 ms and a tape of both.

The tape's axis is the line's: sample 0 is the moment the line was started. What the caller says in one tick is sent in
the next, as a real line cannot send a frame before it has been spoken; what the bot sends is on the tape where it was
played. So a gap on the tape is the gap that the caller hears.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from appliance.errors import ProtocolError
from appliance.simulator.playout import Playout
from appliance.simulator.sound import (
    FRAME_SAMPLES,
    LINE_NOISE,
    MUSIC,
    SAMPLE_RATE_HZ,
    SILENCE,
    TICK_SECS,
    Frame,
    Sound,
    is_audible,
)
from appliance.simulator.stream import MediaStream

KEY_SECS = 0.1
QUIET_TICKS = 15
"""The bot is quiet when nothing has been queued or heard for so long."""
QUIET_SECS = QUIET_TICKS * TICK_SECS
MUTE_TICKS = 75
"""... or when it plays what cannot be heard for so long."""


@dataclass(eq=False)
class Utterance:
    """Something the caller says, or a key the caller presses; ``done`` is set when it is over."""

    sound: Sound
    digit: str | None = None
    began_tick: int | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last_frame(self) -> int:
        """The number of its last frame that can be heard."""
        return max(0, self.sound.end - 1) // FRAME_SAMPLES

    @property
    def onset_sample(self) -> int:
        """Where on the tape it can first be heard; the key's moment for a key."""
        return (self.began_tick or 0) * FRAME_SAMPLES + self.sound.onset

    @property
    def end_sample(self) -> int:
        """The first sample on the tape after what can be heard of it."""
        return (self.began_tick or 0) * FRAME_SAMPLES + self.sound.end


@dataclass(frozen=True, slots=True)
class Clearing:
    """The server emptied the buffer: when, on the line's axis, and how many bytes were dropped."""

    at_secs: float
    dropped_bytes: int


@dataclass
class LineEars:
    """Who wants to know live what happens on the line; all times in secs on the line's axis."""

    speaks: Callable[[Utterance], None] = lambda utterance: None
    bot_speaks: Callable[[float], None] = lambda start: None
    """The bot is being heard, since ``start``."""
    bot_spoke: Callable[[float, float], None] = lambda start, end: None
    """The bot has been heard from ``start`` to ``end``."""


class Line:
    """Started once, stopped once; a MediaStream may be attached, one after another."""

    def __init__(self, *, noise: bool = False, ears: LineEars | None = None) -> None:
        self.playout = Playout()
        self.utterances: list[Utterance] = []
        self.clearings: list[Clearing] = []
        self.arrivals: list[float] = []
        """When audio came while none was queued or being played, on the line's axis."""
        self.ticks = 0
        self.worst_delay_secs = 0.0
        self.stream: MediaStream | None = None
        self.bot_was_heard = False
        """Whether the bot was heard since the caller last spoke, pressed a key or cut it short."""
        self._ears = ears or LineEars()
        self._background = LINE_NOISE.frames if noise else SILENCE.frames
        self._queue: deque[Utterance] = deque()
        self._speaking: Utterance | None = None
        self._index = 0
        self._spoken: Frame = self._background[0]
        self._others = 0
        self._said: list[bytes] = []
        self._heard: list[bytes] = []
        self._bot_since: int | None = None
        self._bot_last = -MUTE_TICKS
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._ticker: asyncio.Task[None] | None = None
        self._started = 0.0

    @property
    def now_secs(self) -> float:
        """The time on the line's axis; 0 before it is started."""
        return asyncio.get_running_loop().time() - self._started if self._ticker is not None else 0.0

    @property
    def bot_is_speaking(self) -> bool:
        """Whether the bot is being heard, short breaks included."""
        return self._bot_since is not None

    @property
    def caller_track(self) -> bytes:
        """All that was said, as mu-law."""
        return b"".join(self._said)

    @property
    def bot_track(self) -> bytes:
        """All that was played, as mu-law; as long as the caller's."""
        return b"".join(self._heard)

    def start(self) -> None:
        """The clock begins to run."""
        self._started = asyncio.get_running_loop().time()
        self._ticker = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """The clock stops; who still waits gets a TimeoutError."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait({self._ticker})
            if not self._ticker.cancelled():
                self._ticker.result()
        self._bot_stopped()
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(TimeoutError("The line was closed."))

    @contextmanager
    def others_heard(self) -> Iterator[None]:
        """While the caller hears somebody else than the bot: a person, a ringing tone, music."""
        self._others += 1
        try:
            yield
        finally:
            self._others -= 1

    def attach(self, stream: MediaStream) -> None:
        """From the next tick on, this stream carries the line."""
        self.stream = stream

    def detach(self) -> None:
        """The stream is over: what was queued is gone with it."""
        self.stream = None
        self.playout.clear()

    def say(self, sound: Sound) -> Utterance:
        """The caller says this, after what was to be said already. Returns at once."""
        return self._enqueue(Utterance(sound))

    def press(self, digits: str) -> Utterance:
        """The caller presses these keys, one every 0.1 s. Returns at once, with the last key."""
        if not digits:
            raise ProtocolError("No keys are to be pressed, expected at least one.")
        return [self._enqueue(Utterance(Sound.silence(KEY_SECS), digit)) for digit in digits][-1]

    def bot_began(self) -> None:
        """To be told by the stream: audio came while none was queued or being played."""
        self.arrivals.append(self.now_secs)

    def was_cleared(self, dropped_bytes: int) -> None:
        """To be told by the stream: the server emptied the buffer."""
        self.clearings.append(Clearing(self.now_secs, dropped_bytes))
        self.bot_was_heard = False

    async def until(self, condition: Callable[[], bool], within_secs: float | None = None) -> None:
        """Waits until ``condition()`` holds; asked in every tick and after each message. TimeoutError if not."""
        if condition():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (condition, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(within_secs):
                await future
        finally:
            self._waiting.remove(entry)

    async def streams(self, within_secs: float | None = None) -> None:
        """Waits until a media stream carries the line; what is said before reaches nobody."""
        await self.until(lambda: self.stream is not None, within_secs)

    async def bot_speaks(self, within_secs: float | None = None) -> None:
        """Waits until the bot is being heard."""
        await self.until(lambda: self.bot_is_speaking, within_secs)

    async def bot_has_spoken(self, within_secs: float | None = None) -> None:
        """Waits until the bot has said something, since the caller last did, and is quiet again."""
        await self.until(self._bot_has_answered, within_secs)

    def look(self) -> None:
        """Something changed: those who wait are asked again."""
        for condition, future in self._waiting:
            if not future.done() and condition():
                future.set_result(None)

    def _bot_has_answered(self) -> bool:
        saying = self._speaking
        is_to_speak = bool(self._queue) or (saying is not None and self._index <= saying.last_frame)
        return self.bot_was_heard and not self.bot_is_speaking and not is_to_speak

    def _enqueue(self, utterance: Utterance) -> Utterance:
        self._queue.append(utterance)
        return utterance

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            delay = self._started + self.ticks * TICK_SECS - loop.time()
            await asyncio.sleep(delay if delay > 0 else 0)
            self.worst_delay_secs = max(self.worst_delay_secs, -delay)
            await self._tick()

    async def _tick(self) -> None:
        heard, marks = self.playout.tick()
        said = self._next_said()
        self._said.append(said[0])
        self._heard.append(heard if heard is not None else MUSIC if self._others else SILENCE.mulaw)
        self.ticks += 1
        if self.stream is not None:
            await self._carry(self.stream, marks)
        self._spoken = said
        if heard is not None or self._bot_since is not None:
            self._listen(heard)
        if self._waiting:
            self.look()

    async def _carry(self, stream: MediaStream, marks: list[str]) -> None:
        utterance = self._speaking
        if utterance is not None and utterance.digit is not None and utterance.began_tick == self.ticks - 1:
            await stream.press(utterance.digit)
        await stream.tick(self._spoken, marks)

    def _next_said(self) -> Frame:
        if self._speaking is None:
            if not self._queue:
                return self._background[self.ticks % len(self._background)]
            self._begin(self._queue.popleft())
        utterance, at = self._speaking, self._index
        assert utterance is not None
        self._index = at + 1
        if at == utterance.last_frame:
            self.bot_was_heard = False
        if self._index == len(utterance.sound.frames):
            self._speaking = None
            utterance.done.set()
        return utterance.sound.frames[at]

    def _begin(self, utterance: Utterance) -> None:
        self._speaking, self._index = utterance, 0
        utterance.began_tick = self.ticks
        self.utterances.append(utterance)
        self._ears.speaks(utterance)

    def _listen(self, heard: bytes | None) -> None:
        """Follows whether the bot is speaking."""
        if heard is not None and is_audible(heard):
            if self._bot_since is None:
                self._bot_since = self.ticks - 1
                self._ears.bot_speaks(self._bot_since * TICK_SECS)
            self._bot_last = self.ticks
            self.bot_was_heard = True
            return
        still = self.ticks - self._bot_last
        if still >= (QUIET_TICKS if self.playout.is_empty else MUTE_TICKS):
            self._bot_stopped()

    def _bot_stopped(self) -> None:
        if self._bot_since is not None:
            self._ears.bot_spoke(self._bot_since * TICK_SECS, self._bot_last * TICK_SECS)
            self._bot_since = None


def secs(samples: int) -> float:
    """Samples -> secs on the line's axis."""
    return samples / SAMPLE_RATE_HZ
