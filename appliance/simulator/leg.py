"""One call as the carrier keeps it: its ids, its state, what happened on it, and what went wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from appliance.simulator.line import Line, LineEars, Utterance
from appliance.simulator.misbehave import Manners, manners
from appliance.simulator.requests import RequestFailedError, Requests
from appliance.simulator.result import Item, Violation
from appliance.simulator.rooms import Rooms
from appliance.simulator.script import Action, Wait
from appliance.simulator.sids import new_sid
from appliance.simulator.stream import StreamEars
from appliance.simulator.twiml import TwimlError, Verb, parse

API_VERSION = "2010-04-01"
MAX_DOCUMENTS = 40
"""A call that asks for more TwiML than this is going round in circles."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to be placed."""

    url: str
    """The voice webhook."""
    to: str = "+15550100100"
    from_number: str = "+15550100199"
    actions: Sequence[Action] = (Wait("end"),)
    """What the caller does; after the last action, unless it is to wait for the end, the caller hangs up."""
    misbehave: Sequence[str] = ()
    """Names as in MISBEHAVIOURS, with ``:SECS`` where they have any."""
    noise: bool = False
    """An open line's faint noise instead of digital silence."""
    grace_secs: float = 1.0
    """How long after the last action the caller hangs up."""
    patience_secs: float = 20.0
    """How long the caller waits for the bot."""
    dead_air_secs: float = 10.0
    """More silence than this in one piece means that the call went wrong."""
    limit_secs: float = 300.0
    human: str = "answers"
    """Whom the call meets when it is passed on: one of HUMANS."""
    talk_secs: float = 3.0
    """How long whoever takes the call talks."""
    ring_secs: float = 0.2
    """How long it rings until somebody picks up, or is busy."""
    longest_ring_secs: float = 1.0
    """How long it rings where nobody picks up, and a key is waited for, if the TwiML does not say less."""
    direction: str = "inbound"
    """``outbound-api`` of a call that the server has placed."""
    status_callback: str | None = None
    status_events: Sequence[str] = ("completed",)


@dataclass(frozen=True, slots=True)
class Document:
    """TwiML to be run, and its address."""

    url: str
    verbs: list[Verb]


class CallFailedError(Exception):
    """The carrier ends the call because of an error (which is on the list of problems already)."""


@dataclass
class Leg:
    """A call's state. Everything else works on this."""

    call: Call
    account_sid: str
    requests: Requests
    hear: Callable[[Item], None] = lambda item: None
    """Is told each item as it happens."""
    rooms: Rooms = field(default_factory=Rooms)
    """The account's conferences."""
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "ringing"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered: datetime | None = None
    answered_secs: float = 0.0
    """When that was, on the line's axis."""
    ended: datetime | None = None
    items: list[Item] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    streams: int = 0
    documents: int = 0
    end: str = ""
    is_hung_up: bool = False
    """Whether somebody wants it to end, whatever it is doing."""

    def __post_init__(self) -> None:
        self.manners: Manners = manners(self.call.misbehave)
        self.line = Line(noise=self.call.noise, ears=LineEars(self._caller_speaks, self._bot_speaks, self._bot_spoke))
        self.stream_ears = StreamEars(
            self.violated, self.line.bot_began, self._cleared, self.marks.append, self.line.look
        )

    @property
    def url(self) -> str:
        """The voice webhook as the carrier is configured with it."""
        return self.requests.addresses.outside(self.call.url)

    @property
    def duration_secs(self) -> int:
        """Whole secs from answer to end."""
        if self.answered is None:
            return 0
        return round(((self.ended or datetime.now(UTC)) - self.answered).total_seconds())

    def parameters(self) -> dict[str, str]:
        """What stands in every voice webhook."""
        return {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.call.to,
            "Caller": self.call.from_number,
            "Direction": self.call.direction,
            "From": self.call.from_number,
            "To": self.call.to,
        }

    def tell(self, who: str, what: str, at_secs: float | None = None) -> None:
        """Puts something on the record of what happened."""
        item = Item(round(self.line.now_secs if at_secs is None else at_secs, 3), who, what)
        self.items.append(item)
        self.hear(item)

    def fail(self, problem: str) -> None:
        """Something went wrong; the call may go on."""
        self.problems.append(problem)
        self.tell("carrier", f"PROBLEM: {problem}")

    def violated(self, code: int, text: str) -> None:
        """The server broke the protocol; the same again is not told again."""
        if any((known.code, known.text) == (code, text) for known in self.violations):
            return
        self.violations.append(Violation(round(self.line.now_secs, 3), code, text))
        self.tell("carrier", f"PROBLEM: {code}: {text}")

    async def fetch(self, url: str, extra: Mapping[str, str], method: str = "POST") -> Document:
        """Asks an address for TwiML. CallFailedError when none comes or it cannot be read."""
        self.documents += 1
        if self.documents > MAX_DOCUMENTS:
            self.fail(f"The server was asked for TwiML {MAX_DOCUMENTS} times in one call: it goes round in circles.")
            raise CallFailedError
        try:
            reply = await self.requests.send(url, {**self.parameters(), **extra}, method)
        except RequestFailedError as error:
            self.fail(f"{error.code}: {error}")
            raise CallFailedError from error
        return self.read(url, reply.body.decode(errors="replace"))

    def read(self, url: str, text: str) -> Document:
        """Reads TwiML that came from ``url``. CallFailedError when it cannot be read."""
        try:
            return Document(url, parse(text))
        except TwimlError as error:
            self.fail(f"{error.code}: {error}")
            raise CallFailedError from error

    async def notify(self, url: str, extra: Mapping[str, str], method: str = "POST") -> None:
        """Tells a callback of this call; a failure is a problem, but the call goes on."""
        await self.post(url, {**self.parameters(), **extra}, method)

    async def post(self, url: str, form: Mapping[str, str], method: str = "POST") -> None:
        """Tells a callback anything."""
        try:
            await self.requests.send(url, form, method)
        except RequestFailedError as error:
            self.fail(f"{error.code}: {error}")

    async def progress(self, status: str, event: str) -> None:
        """The call's status changes; the status callback is told if it wants to know of ``event``."""
        self.status = status
        if self.call.status_callback is None or event not in self.call.status_events:
            return
        extra = {"CallbackSource": "call-progress-events", "Timestamp": format_datetime(datetime.now(UTC))}
        if event == "completed":
            extra |= {"CallDuration": str(self.duration_secs), "Duration": str(-(-self.duration_secs // 60))}
        await self.notify(self.requests.addresses.outside(self.call.status_callback), extra)

    def _caller_speaks(self, utterance: Utterance) -> None:
        if utterance.digit is not None:
            self.tell("caller", f"presses {utterance.digit}")
        elif utterance.sound.end:
            self.tell("caller", f"says {utterance.sound.label!r} ({utterance.sound.end / 8000:.1f} s)")

    def _bot_speaks(self, start: float) -> None:
        self.tell("bot", "begins to speak", start)

    def _bot_spoke(self, start: float, end: float) -> None:
        self.tell("bot", f"spoke {end - start:.1f} s", end)

    def _cleared(self, dropped_bytes: int) -> None:
        self.line.was_cleared(dropped_bytes)
        self.tell("server", f"clears {dropped_bytes / 8000:.1f} s of audio")
