"""What a phone line can do wrong on purpose: every name that `--misbehave` knows."""

import math
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from random import Random

from appliance.errors import ProtocolError
from appliance.simulator.sound import TICK_SECS, Frame, base64_text
from appliance.simulator.wire import Messages, MinimalMessages

ODD_SIZES = (128, 1000, 20, 160, 1, 333, 640, 7)
GARBAGE_EVERY_TICKS = 25
FLOOD_MESSAGES = 150
GARBAGE: tuple[str | bytes, ...] = (
    '{"event":"media","media":{"payload":',
    '{"event":"surprise","streamSid":"MZ0"}',
    b"\x00\x01\x02 a binary frame",
    "",
    "[]",
    '{"event":"media"}',
    '{"event":"media","media":{"payload":"not base64!"}}',
    '{"event":"x","filler":"' + "x" * (1024 * 1024) + '"}',
    "\u2028null",
    '{"event":"mark","mark":{"name":"never-sent"}}',
)


@dataclass
class Manners:
    """How a stream behaves. As it is made here: perfectly well."""

    drop_after_secs: float = math.inf
    drops: float = 1
    """How many of a call's streams are dropped; counted down as they are."""
    freeze_secs: float = 0.0
    freeze_at_secs: float = 1.0
    start_after_secs: float = 0.0
    jitter_secs: float = 0.0
    sends_start: bool = True
    returns_marks: bool = True
    sends_stop: bool = True
    odd_sizes: bool = False
    minimal: bool = False
    garbage: bool = False
    flood: bool = False
    second_stream: bool = False
    change_parameters: Callable[[Mapping[str, str]], Mapping[str, str]] = field(default=lambda given: given)

    @property
    def media_is_plain(self) -> bool:
        """Whether a tick is simply one message of 20 ms."""
        return not (self.freeze_secs or self.jitter_secs or self.odd_sizes or self.garbage or self.flood)


@dataclass(frozen=True)
class Misbehaviour:
    """One way to misbehave; ``default``: its seconds when none are given, None where it takes none."""

    explanation: str
    apply: Callable[[Manners, float], None]
    default: float | None = None


def _set(name: str, value: object = None) -> Callable[[Manners, float], None]:
    return lambda manners, secs: setattr(manners, name, secs if value is None else value)


def _drop_every(manners: Manners, secs: float) -> None:
    manners.drop_after_secs, manners.drops = secs, math.inf


def _wrong_token(given: Mapping[str, str]) -> Mapping[str, str]:
    wrong = {name: secrets.token_urlsafe(24) for name in given if name == "token" or "token" not in given}
    return {**given, **wrong}


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "drop-socket": Misbehaviour(
        "the first stream's connection is gone after SECS, without a word", _set("drop_after_secs"), 3.0
    ),
    "drop-every-socket": Misbehaviour("the same, also with every stream that follows", _drop_every, 3.0),
    "freeze": Misbehaviour("one second after the start no media comes for SECS", _set("freeze_secs"), 5.0),
    "late-start": Misbehaviour("`start` comes SECS after `connected`", _set("start_after_secs"), 1.5),
    "no-start": Misbehaviour("media comes, but never a `start`", _set("sends_start", False)),
    "jitter": Misbehaviour("messages come up to SECS late, in bursts", _set("jitter_secs"), 0.12),
    "no-marks": Misbehaviour("marks never come back", _set("returns_marks", False)),
    "no-stop": Misbehaviour("the socket closes without `stop`", _set("sends_stop", False)),
    "odd-sizes": Misbehaviour(f"payloads of {', '.join(map(str, ODD_SIZES))} bytes in turn", _set("odd_sizes", True)),
    "minimal": Misbehaviour("only `event` and what cannot be left out, but for `start`", _set("minimal", True)),
    "garbage": Misbehaviour("what cannot be understood in between, twice a second", _set("garbage", True)),
    "flood": Misbehaviour(f"{FLOOD_MESSAGES} messages at once that cannot be understood", _set("flood", True)),
    "second-stream": Misbehaviour("a second stream with the first one's parameters", _set("second_stream", True)),
    "wrong-token": Misbehaviour(
        "the parameter `token` (all, if there is none) is wrong", _set("change_parameters", _wrong_token)
    ),
    "no-token": Misbehaviour("no parameters at all", _set("change_parameters", lambda given: {})),
}


def manners(names: Iterable[str]) -> Manners:
    """From names as on the command line, NAME or NAME:SECS. ProtocolError names what is not known."""
    result = Manners()
    for given in names:
        name, _, number = given.partition(":")
        if name not in MISBEHAVIOURS:
            raise ProtocolError(
                f"The misbehaviour {name!r} is unknown, expected one of {', '.join(sorted(MISBEHAVIOURS))}."
            )
        known = MISBEHAVIOURS[name]
        if number and (known.default is None or not _is_number(number)):
            raise ProtocolError(f"The misbehaviour {given!r} cannot be understood, expected {_usage(name)}.")
        known.apply(result, float(number) if number else known.default or 0.0)
    return result


def _usage(name: str) -> str:
    return name if MISBEHAVIOURS[name].default is None else f"{name} or {name}:SECS"


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


class Mischief:
    """Turns each 20 ms of the caller into what really goes over the wire."""

    def __init__(self, behaviour: Manners, messages: Messages) -> None:
        self._manners = behaviour
        self._messages = messages
        self._random = Random(20)
        self._held: deque[tuple[int, str | bytes]] = deque()
        self._waiting = bytearray()
        self._sizes = cycle(ODD_SIZES)
        self._size = next(self._sizes)
        self._sent_bytes = 0
        self._garbage = cycle(GARBAGE)

    def tick(self, frame: Frame, number: int) -> Iterator[str | bytes]:
        """All that is sent in tick ``number`` of the stream."""
        behaviour = self._manners
        since_freeze = number * TICK_SECS - behaviour.freeze_at_secs
        fresh: list[str | bytes] = []
        if not (0 <= since_freeze < behaviour.freeze_secs):
            fresh = self._odd(frame[0]) if behaviour.odd_sizes else [self._messages.media(frame[1], number * 20)]
        if behaviour.garbage and number % GARBAGE_EVERY_TICKS == 0:
            fresh.append(next(self._garbage))
        if behaviour.flood and number == 10:
            fresh.extend("{" for _ in range(FLOOD_MESSAGES))
        return self._late(fresh, number) if behaviour.jitter_secs else iter(fresh)

    def _odd(self, mulaw: bytes) -> list[str | bytes]:
        self._waiting += mulaw
        result: list[str | bytes] = []
        while len(self._waiting) >= self._size:
            piece = bytes(self._waiting[: self._size])
            del self._waiting[: self._size]
            result.append(self._messages.media(base64_text(piece), self._sent_bytes // 8))
            self._sent_bytes += len(piece)
            self._size = next(self._sizes)
        return result

    def _late(self, fresh: list[str | bytes], number: int) -> Iterator[str | bytes]:
        """Holds messages back for a random while but keeps their order, so that they come in bursts."""
        due = number + self._random.randint(0, max(1, round(self._manners.jitter_secs / TICK_SECS)))
        earliest = self._held[-1][0] if self._held else 0
        self._held.extend((max(due, earliest), message) for message in fresh)
        while self._held and self._held[0][0] <= number:
            yield self._held.popleft()[1]


def messages_class(behaviour: Manners) -> type[Messages]:
    """What builds the messages of a stream with these manners."""
    return MinimalMessages if behaviour.minimal else Messages
