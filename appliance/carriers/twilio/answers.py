"""What to answer when Twilio asks about a call: the first time, again by mistake, or because its stream is over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from appliance.carriers.twilio import twiml
from appliance.carriers.twilio.results import TransferResult
from appliance.dialplan.transfer import Transfer

RECONNECTS = 3
"""How often in RECONNECT_SECS a call gets a new stream before its caller is told that something is wrong."""

RECONNECT_SECS = 60.0

NOT_IN_SERVICE = "The number you have called is not in service. Goodbye."

NOT_TAKEN = "We are sorry, nobody could take your call."
"""What is said when the bot is not there to say it: to a call that is to end, or whose bot has gone with a restart."""

APOLOGY = "We are sorry, we cannot take your call at the moment. Please try again later."
"""What is said when the call's dialplan, which has an apology of its own, is not at hand."""


class Stream(Enum):
    """How it stands with a call's stream."""

    AWAITED = "awaited"
    LIVE = "live"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call is wanted to end: hung up or passed on to ``transfer_to``, the dialplan's apology first or not."""

    transfer_to: str | None = None
    apology: bool = False


@dataclass(slots=True)
class CallState:
    """What is known of a call whose webhook was answered before."""

    stream: Stream = Stream.AWAITED
    ending: Ending | None = None
    transfer: Transfer | None = None
    """To whom the caller is being handed over, until it is known what comes of it."""
    passed_on: bool = False
    """A final answer was given: the caller was told, transferred, or hung up on."""
    reconnected_at: list[float] = field(default_factory=list)
    """When the call got further streams, for the last RECONNECT_SECS."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a dialplan says about failures: words for the caller, and a number that takes the call over."""

    apology: str
    fallback_number: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """The call gets a stream, with a new token, after these words if there are any."""

    say: str | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call ends, after these words if there are any."""

    say: str | None = None


@dataclass(frozen=True, slots=True)
class PassOn:
    """The call is passed on, after these words if there are any."""

    transfer: Transfer
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """The call is not taken."""


Answer = ConnectStream | HangUp | PassOn | Busy


def decide(
    call: CallState | None,
    plan: Plan | None,
    *,
    draining: bool,
    now: float,
    result: TransferResult | None = None,
) -> Answer:
    """The answer to a voice webhook. It changes nothing: whoever gives the answer then calls ``remember``.

    ``call`` is None when Twilio asks for the first time, ``plan`` when no dialplan answers this number;
    ``draining`` says that no new calls are taken; ``now`` is a monotonic clock's seconds; ``result`` is what came of
    handing the caller over, if the webhook tells that.
    """
    if result is not None and result.is_final:
        return HangUp()
    if call is None:
        return _first(plan, draining, result)
    if call.passed_on:
        return HangUp(None if result is None else NOT_TAKEN)
    if call.ending is not None:
        return _end(call.ending, plan)
    if call.transfer is not None and result is None:
        return PassOn(call.transfer)
    if call.stream is Stream.LIVE or len(_recent(call, now)) < RECONNECTS:
        return ConnectStream()
    return _give_up(plan)


def remember(call: CallState, answer: Answer, now: float) -> None:
    """Notes that this answer was given to a call that had been asked about before."""
    if isinstance(answer, PassOn) and answer.transfer is call.transfer:
        return
    if not isinstance(answer, ConnectStream):
        call.passed_on = True
    elif call.stream is not Stream.LIVE:
        call.reconnected_at = [*_recent(call, now), now]
        call.stream = Stream.AWAITED


def document(answer: Answer, places: twiml.Places | None, connect: Callable[[str | None], str]) -> str:
    """The answer as TwiML; ``connect`` makes the document for a stream, with its token and what is said before.

    Without ``places`` nobody is there any more to be told what comes of a transfer.
    """
    match answer:
        case ConnectStream(say):
            return connect(say)
        case HangUp(say):
            return twiml.hang_up(say)
        case PassOn(transfer, say):
            return twiml.transfer(transfer, places, say)
        case Busy():
            return twiml.busy()


def _first(plan: Plan | None, draining: bool, result: TransferResult | None) -> Answer:
    """With a ``result`` it is a caller whom nobody took, and whom we know no more: we have been started again."""
    sorry = None if result is None else NOT_TAKEN
    if plan is None:
        return Busy() if draining and result is None else HangUp(sorry or NOT_IN_SERVICE)
    return _give_up(plan) if draining else ConnectStream(sorry)


def _end(ending: Ending, plan: Plan | None) -> Answer:
    say = _apology(plan) if ending.apology else None
    return HangUp(say) if ending.transfer_to is None else PassOn(Transfer(ending.transfer_to), say)


def _give_up(plan: Plan | None) -> Answer:
    if plan is None or plan.fallback_number is None:
        return HangUp(_apology(plan))
    return PassOn(Transfer(plan.fallback_number), plan.apology)


def _apology(plan: Plan | None) -> str:
    return APOLOGY if plan is None else plan.apology


def _recent(call: CallState, now: float) -> list[float]:
    return [at for at in call.reconnected_at if now - at < RECONNECT_SECS]
