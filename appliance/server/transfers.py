"""Callers who are handed over: where they are meanwhile, what comes of it, and how they come back to the bot.

While a caller is with somebody else the call lives on, without a stream and without counting among the live ones: its
dialogue waits in case nobody takes the call. The carrier says what came of it when it asks how the call goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from appliance.call import Call, Stream
from appliance.carriers.base import CarrierApi
from appliance.carriers.twilio import answers, twiml
from appliance.carriers.twilio.answers import Ending
from appliance.carriers.twilio.results import OVER, TransferResult, result_of
from appliance.clock import monotonic
from appliance.dialplan.destinations import is_queue
from appliance.dialplan.transfer import LONGEST_QUEUE_SECS, Transfer
from appliance.errors import CarrierError
from appliance.server.known import Known
from appliance.server.warm import Warm

log = logging.getLogger(__name__)

STOP_SECS = 5.0
"""How long the carrier may take to close a stream after a redirect over REST."""
LATE_SECS = 20.0
"""How long after the last ring the carrier may take to say that nobody answered; then somebody has."""
ANSWERED_SECS = 5.0
"""How long after an answer the dialogue is kept: whoever hangs up at once gives the caller back."""
BOTH_SECS = 2.0
"""The carrier says that a call is over and what came of its transfer in two requests, in any order."""
ASKED_SECS = 8.0
"""How long after a telephone has stopped ringing the carrier may take to ask how the call goes on."""
COME_BACK_SECS = 10.0
"""How long a caller whom nobody took may need to get a stream again."""

End = Callable[[Call, str, str], Awaitable[None]]
"""Completes a call's record: with its outcome and the reason."""


@dataclass(slots=True)
class Away:
    """A caller who is with somebody else, or on the way there or back."""

    known: Known
    call: Call
    transfer: Transfer
    reason: str
    """Why the caller was handed over."""
    timer: asyncio.TimerHandle | None = None
    is_answered: bool = False
    result: TransferResult | None = None
    """Why the caller is on the way back."""
    human: str | None = None
    """The carrier's id of the call to the person who is told first."""

    @property
    def longest_secs(self) -> float:
        """When there is no news for so long, somebody has the caller."""
        if is_queue(self.transfer.to):
            return (self.transfer.ring_secs or LONGEST_QUEUE_SECS) + LATE_SECS
        return self.transfer.rings_secs + LATE_SECS + (self._tells_secs if self.transfer.is_warm else 0.0)

    @property
    def _tells_secs(self) -> float:
        """To hear twice what it is about takes its time, at some ten letters a second."""
        return len(self.transfer.summary or "") / 5 + 2 * twiml.ANSWER_SECS + 10


@dataclass
class Transfers:
    """The callers who are handed over."""

    api: CarrierApi | None
    warm: Warm | None
    places: twiml.Places
    connect: Callable[[str, str | None], str]
    """Makes the document that gives a call a stream again, after these words if there are any."""
    end: End
    most: int
    """So many callers at most have a dialogue waiting for them; of more, the oldest are not waited for any more."""
    _away: OrderedDict[str, Away] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._away)

    @property
    def rings(self) -> bool:
        """Whether somebody's telephone rings for a caller who may come back any moment, or is on the way back."""
        return any(
            away.result is not None or not (away.is_answered or is_queue(away.transfer.to))
            for away in self._away.values()
        )

    def away(self, call_id: str) -> Away | None:
        """A caller who is with somebody else."""
        return self._away.get(call_id)

    async def begin(self, known: Known, call: Call, stream: Stream) -> None:
        """The bot has said its last word before a transfer: over REST where there is one, else the webhook is asked."""
        assert call.transfer is not None
        call_id, transfer = known.facts.call_id, call.transfer.transfer
        known.state.transfer, known.state.stream = transfer, answers.Stream.LOST
        known.closed_at, known.transfers = monotonic(), call.transfers
        if len(self._away) >= self.most:
            self._let_go(next(iter(self._away.values())))
        away = self._away[call_id] = Away(known, call, transfer, call.transfer.reason)
        call.hand_over()
        self._wait(away, away.longest_secs, self._nobody_came if transfer.is_warm else self._let_go)
        try:
            if transfer.is_warm:
                assert self.warm is not None
                self.warm.calls_from(known.facts)
                room = self.warm.room(call_id)
                await self.api_redirect(call_id, self.warm.waiting(room))
                known.closed_at = None
                await stream.wait_for_stop(STOP_SECS)
                await self._call_person(away, room)
            elif self.api is not None:
                await self.api_redirect(call_id, twiml.transfer(transfer, self.places))
                known.closed_at = None
                await stream.wait_for_stop(STOP_SECS)
        except CarrierError as error:
            log.warning("%s; the webhook will answer instead", error, extra={"call_id": call_id})
            if transfer.is_warm:
                self.settle(known, TransferResult.FAILED)

    async def api_redirect(self, call_id: str, document: str) -> None:
        """Gives a call other TwiML over REST. Raises CarrierError, also where there is no REST."""
        if self.api is None:
            raise CarrierError("there are no credentials for Twilio's REST API")
        await self.api.redirect(call_id, document)

    async def _call_person(self, away: Away, room: str) -> None:
        """The caller waits in the room: whoever is to take the call is rung up."""
        assert self.warm is not None
        try:
            away.human = await self.warm.ring(away.known.facts, away.transfer, room)
        except CarrierError as error:
            log.warning("%s", error, extra={"call_id": away.known.facts.call_id})
            await self.bring_back(away.known.facts.call_id, TransferResult.FAILED)
            return
        if self._away.get(away.known.facts.call_id) is not away:
            await self._give_up_person(away)  # The caller has hung up meanwhile.

    def answered(self, call_id: str) -> None:
        """Somebody has picked up."""
        away = self._away.get(call_id)
        if away is not None and away.result is None and not away.is_answered:
            away.is_answered = True
            self._wait(away, ANSWERED_SECS, lambda one: self.settle(one.known, TransferResult.ANSWERED))

    def rang_out(self, call_id: str) -> None:
        """The telephone rings no more: a caller who is still there is about to be asked for, and another never is."""
        away = self._away.get(call_id)
        if away is not None and away.result is None and not away.is_answered:
            self._wait(away, ASKED_SECS, lambda one: self.settle(one.known, TransferResult.CALLER_LEFT))

    def left_room(self, call_id: str) -> None:
        """The caller waits no more. One who is brought back has left, too, but that was known before."""
        away = self._away.get(call_id)
        if away is not None and away.result is None and away.transfer.is_warm:
            self.settle(away.known, TransferResult.CALLER_LEFT)

    def settle(self, known: Known, result: TransferResult) -> None:
        """It is known what came of a transfer: the call is over for the bot, or the caller comes back."""
        if known.transfers is not None:
            known.transfers.ended(result)
        away = self._away.get(known.facts.call_id)
        if away is None or away.result is not None:
            return
        known.state.transfer, known.closed_at = None, None
        if result.is_final:
            known.state.passed_on = True
            self._close(away, *(("transferred", away.reason) if result is TransferResult.ANSWERED else LEFT))
        elif away.call.is_over:
            known.state.ending = Ending(known.loaded.plan.fallback.transfer, apology=True)
            self._close(away, "failed", "the bot was gone when the caller came back")
        else:
            away.result = result
            self._wait(away, COME_BACK_SECS, lambda one: self._close(one, *LEFT))

    async def bring_back(self, call_id: str, result: TransferResult) -> None:
        """Nobody took a caller who waits in a room: over REST they get a stream again."""
        away = self._away.get(call_id)
        if away is not None and not away.is_answered and away.result is None:
            self.settle(away.known, result)
            document = self.connect(call_id, None) if away.result else twiml.go_on_at(self.places.voice)
            await self._redirect_surely(call_id, document)

    async def bring_back_unknown(self, call_id: str) -> None:
        """The same for a caller who has been waiting since before we were started: the call begins again."""
        await self._redirect_surely(call_id, twiml.go_on_at(self.places.voice, answers.NOT_TAKEN))

    async def _redirect_surely(self, call_id: str, document: str) -> None:
        """Whoever waits in a room leaves it only so; to be asked twice does no harm there."""
        for _ in range(2):
            try:
                await self.api_redirect(call_id, document)
                return
            except CarrierError as error:
                log.error("%s; a caller still waits", error, extra={"call_id": call_id})

    def taken(self, call_id: str) -> bool:
        """The person wants the caller now; False if the caller has gone."""
        away = self._away.get(call_id)
        if away is None or away.result is not None:
            return False
        away.is_answered = True
        self.settle(away.known, TransferResult.ANSWERED)
        return True

    def result(self, form: Mapping[str, str]) -> TransferResult | None:
        """What a webhook says of a transfer; of a room that nobody has joined "answered" says nothing."""
        result, away = result_of(form), self._away.get(form["CallSid"])
        if away is None or not away.transfer.is_warm or result is not TransferResult.ANSWERED:
            return result
        return TransferResult.CALLER_LEFT if form.get("CallStatus") in OVER else TransferResult.FAILED

    def take_back(self, call_id: str) -> tuple[Call, TransferResult] | None:
        """The caller has a stream again: the call, and why it is back."""
        away = self._away.get(call_id)
        if away is None:
            return None
        del self._away[call_id]
        self._cancel(away)
        away.known.state.transfer = None
        return away.call, away.result or TransferResult.FAILED

    def carrier_ended(self, call_id: str) -> bool:
        """The carrier says that a call is over; whether it was one of these."""
        away = self._away.get(call_id)
        if away is None:
            return False
        self._wait(away, BOTH_SECS, self._left)
        return True

    async def close(self) -> None:
        """The house stops: nobody comes back to a dialogue any more."""
        for away in list(self._away.values()):
            self._forget(away)
            await self.end(away.call, "transferred", "the appliance stopped")

    def _left(self, away: Away) -> None:
        gone = away.result is not None
        result = TransferResult.ANSWERED if away.is_answered else TransferResult.CALLER_LEFT
        if gone:
            self._close(away, *LEFT)
        else:
            self.settle(away.known, result)

    def _nobody_came(self, away: Away) -> None:
        """A caller must not wait in a room for ever, whatever became of the person."""
        self._soon(self.bring_back(away.known.facts.call_id, TransferResult.NO_ANSWER))

    def _let_go(self, away: Away) -> None:
        """Nobody has heard of it for so long that somebody must have the caller."""
        away.known.state.passed_on, away.known.state.transfer = True, None
        self._close(away, "transferred", away.reason)

    def _close(self, away: Away, outcome: str, reason: str) -> None:
        self._forget(away)
        if outcome == "abandoned" and away.human is not None:
            self._soon(self._give_up_person(away))
        self._soon(self.end(away.call, outcome, reason))

    async def _give_up_person(self, away: Away) -> None:
        """The caller has gone: nobody's telephone rings for nothing."""
        assert self.api is not None
        assert away.human is not None
        try:
            await self.api.hang_up(away.human)
        except CarrierError as error:
            log.warning("%s", error, extra={"call_id": away.known.facts.call_id})

    def _forget(self, away: Away) -> None:
        self._cancel(away)
        self._away.pop(away.known.facts.call_id, None)

    def _wait(self, away: Away, secs: float, then: Callable[[Away], None]) -> None:
        self._cancel(away)
        away.timer = asyncio.get_running_loop().call_later(secs, then, away)

    @staticmethod
    def _cancel(away: Away) -> None:
        if away.timer is not None:
            away.timer.cancel()
            away.timer = None

    def _soon(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


LEFT = ("abandoned", "the caller hung up")
