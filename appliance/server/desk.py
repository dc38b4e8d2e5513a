"""Where Twilio's calls are kept track of: what was answered, what streams, and how each is to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Mapping

from appliance.call import Call, CallFacts, Stream, StreamEnd, StreamLimits
from appliance.call.line import Send
from appliance.call.stream import Receive
from appliance.carriers.base import CarrierApi
from appliance.carriers.twilio import answers, twiml
from appliance.carriers.twilio.addresses import http_address, websocket_address
from appliance.carriers.twilio.answers import Ending
from appliance.carriers.twilio.codec import CAPABILITIES, TwilioCodec
from appliance.carriers.twilio.results import TransferResult
from appliance.carriers.twilio.tokens import Refusal, StreamTokens
from appliance.clock import monotonic, wall
from appliance.dialplan import Arrival, LoadedDialplan
from appliance.dialplan.transfer import Transfer
from appliance.errors import CarrierError
from appliance.frames import EndFrame
from appliance.ops.logging import PERSONAL
from appliance.server.house import House
from appliance.server.known import Known
from appliance.server.transfers import Transfers
from appliance.server.warm import GONE, warm_of

log = logging.getLogger(__name__)

CARRIER = "twilio"
"""What dialplans and records call it."""
COME_BACK_SECS = 10.0
"""How long a call whose stream was lost is kept, in case the carrier asks again."""
STOP_SECS = 5.0
"""How long the carrier may take to close a stream after a hang-up or redirect over REST."""
REPEAT_SECS = 0.5
"""A carrier that asks about a call whose stream is live has most likely lost it: so long is waited to learn of it."""
ASK_SECS = 3.0
"""How long after a stream that we closed the carrier may take to ask how its call goes on."""
MOST_REMEMBERED = 10_000


class Desk:
    """Answers webhooks, runs streams, carries out endings."""

    def __init__(self, house: House, api: CarrierApi | None) -> None:
        self._house = house
        self._api = api
        self._tokens = StreamTokens(house.settings.twilio.token_life_secs, monotonic)
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._finishing: set[asyncio.Task[None]] = set()
        self._joined: set[str] = set()
        """Callers from before we were started whom somebody took."""
        base, twilio = house.base_url, house.settings.twilio
        places = twiml.Places(*(http_address(base, f"/twilio/{name}") for name in ("voice", "leg", "wait")))
        self._places = places
        self.warm = warm_of(api, twilio, base)
        self.transfers = Transfers(api, self.warm, places, self._connect, self._end, house.settings.limits.max_calls)

    async def answer(self, form: Mapping[str, str]) -> str:
        """TwiML for a voice webhook."""
        call_id = form["CallSid"]
        known = self._known.get(call_id)
        if known is not None and known.stream is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(known.streamless.wait(), REPEAT_SECS)
        return self._answer(call_id, known, form, monotonic())

    def _answer(self, call_id: str, known: Known | None, form: Mapping[str, str], now: float) -> str:
        result = self.transfers.result(form)
        if known is not None and result is not None:
            self.transfers.settle(known, result)
        loaded = known.loaded if known else self._match(form)
        state = known.state if known else None
        refuse = known is None and not self._house.takes_calls
        answer = answers.decide(state, _plan(loaded), draining=refuse, now=now, result=result)
        if known is None:
            _log_first(call_id, form, answer)
        if known is None and loaded is not None:
            known = self._remember(call_id, form, loaded)
            known.state.passed_on = not isinstance(answer, answers.ConnectStream)
        elif known is not None:
            is_final = not isinstance(answer, answers.ConnectStream) and known.state.transfer is None
            if is_final and result is None and known.state.ending is None and not known.state.passed_on:
                log.warning("a call is given up: no stream of it lasts", extra={"call_id": call_id})
            answers.remember(known.state, answer, now)
            known.closed_at = None
            self._leave(known)
        return answers.document(answer, self._told(known), lambda say: self._connect(call_id, say))

    def redeem(self, token: str, call_id: str) -> Refusal | None:
        """Whether a stream may begin; the reason if not."""
        return self._tokens.redeem(token, call_id)

    async def stream(self, call_id: str, codec: TwilioCodec, receive: Receive, send: Send) -> None:
        """Runs a stream whose token was right, and does what its end asks for."""
        known = self._known[call_id]
        await self._take_over(known)
        call = self._house.calls.get(call_id)
        back = self.transfers.take_back(call_id)
        resumed = call is not None
        if back is not None:
            call = back[0]
            self._add(call)
        elif call is None:
            call = self._new_call(known)
        stream = Stream(call, codec, receive, send, self._limits())
        known.stream, known.has_streamed = stream, True
        known.streamless.clear()
        known.state.stream = answers.Stream.LIVE
        if back is not None:
            call.take_back(stream.line, back[1])
        elif resumed:
            call.resume(stream.line)
        else:
            call.start(stream.line)
        why = await stream.run()
        self._count(stream, codec)
        if known.stream is stream:
            known.stream = None
            await self._ended(known, call, stream, why)

    def _count(self, stream: Stream, codec: TwilioCodec) -> None:
        counts = self._house.counts
        counts.odd.add(stream.counts.refused)
        counts.unusual.add(codec.unknown_events, what="unknown event")
        counts.unusual.add(codec.missing_sequence, what="no sequence number")
        counts.unusual.add(codec.out_of_order, what="out of order")

    async def carrier_ended(self, call_id: str) -> None:
        """The carrier says that a call is over."""
        known, call = self._known.get(call_id), self._house.calls.get(call_id)
        is_ending = known is not None and known.state.ending is not None
        if self.transfers.carrier_ended(call_id):
            return
        if known is not None and known.never_streamed:
            known.state.passed_on = True
            log.warning("the carrier ended a call that never got its stream", extra={"call_id": call_id})
        if known is not None and call is not None and known.stream is None and not is_ending:
            await self._finish(known, call, "abandoned", "the caller hung up")

    def person_answered(self, call_id: str) -> None:
        """Whoever a caller is passed on to has picked up."""
        self.transfers.answered(call_id)

    def person_rang_out(self, call_id: str) -> None:
        """The call to whoever a caller is passed on to is over; if that caller is not, the webhook is asked next."""
        self.transfers.rang_out(call_id)

    def left_room(self, call_id: str) -> None:
        """A caller who waited for a person has gone, by will or because the person has."""
        self.transfers.left_room(call_id)

    def person_decides(self, call_id: str, room: str, takes_it: bool) -> str:
        """What a person hears who was told of a caller: the caller, or goodbye."""
        if not takes_it:
            return twiml.hang_up()
        # One whom we do not know has been waiting since before we were started.
        if call_id not in self._known:
            self._joined.add(call_id)
            return twiml.enter_room(room)
        if self.transfers.taken(call_id):
            return twiml.enter_room(room)
        return twiml.hang_up(GONE)

    async def person_left(self, call_id: str, result: TransferResult) -> None:
        """The call to a person who was to be told of a caller is over."""
        if call_id in self._known:
            await self.transfers.bring_back(call_id, result)
        elif call_id not in self._joined:
            await self.transfers.bring_back_unknown(call_id)

    async def end_all(self) -> None:
        """The house is to stop and time is up: whoever still talks is apologised to and passed on."""
        for call in self._house.calls:
            call.ending = EndFrame("appliance stops", call.loaded.plan.fallback.transfer, apology=True)
            call.on_ending()

    @property
    def owes_answers(self) -> bool:
        """Whether a carrier is about to ask how a call ends. Who stops listening now leaves that caller in the air."""
        since = monotonic() - ASK_SECS
        return self.transfers.rings or any(
            known.closed_at is not None and known.closed_at > since and not known.state.passed_on
            for known in self._known.values()
        )

    async def close(self) -> None:
        """The house stops: what still lives has ended, and its record says so."""
        await self.transfers.close()
        for call in self._house.calls:
            await self._finish(self._known[call.facts.call_id], call, "failed", "the appliance stopped")

    async def _take_over(self, known: Known) -> None:
        """A carrier has one stream a call: a new one with a right token means that the old one is dead."""
        if known.stream is not None:
            old, known.stream = known.stream, None
            old.abandon()
            old.call.line_lost()
        if known.gone is not None:
            known.gone.cancel()
            known.gone = None

    async def _ended(self, known: Known, call: Call, stream: Stream, why: StreamEnd) -> None:
        known.streamless.set()
        match why:
            case StreamEnd.ENDED if call.transfer is not None and call.ending is None:
                self._remove(call)
                await self.transfers.begin(known, call, stream)
            case StreamEnd.ENDED:
                await self._carry_out(known, call, stream)
            case StreamEnd.STOPPED:
                known.state.stream = answers.Stream.LOST
                await self._finish(known, call, "abandoned", "the caller hung up")
            case StreamEnd.FLOODED:
                known.state.ending, known.closed_at = Ending(apology=True), monotonic()
                await self._finish(known, call, "failed", why.value)
            case _:
                known.state.stream = answers.Stream.LOST
                call.line_lost()
                known.gone = asyncio.get_running_loop().call_later(COME_BACK_SECS, self._give_up, known, call, why)

    async def _carry_out(self, known: Known, call: Call, stream: Stream) -> None:
        """Hangs up or passes on: over REST where there is one, otherwise by what the next webhook is answered."""
        end = call.ending or EndFrame()
        known.state.ending, known.closed_at = Ending(end.transfer_to, end.apology), monotonic()
        outcome = "failed" if end.apology else "transferred" if end.transfer_to else "completed"
        if end.transfer_to is not None:
            call.transfers.began(Transfer(end.transfer_to))
            known.transfers = call.transfers
        try:
            if self._api is not None and await self._over_rest(known, end):
                known.state.passed_on = True
                await stream.wait_for_stop(STOP_SECS)
        finally:
            await self._finish(known, call, outcome, end.reason)

    async def _over_rest(self, known: Known, end: EndFrame) -> bool:
        assert self._api is not None
        call_id = known.facts.call_id
        say = known.loaded.apology if end.apology else None
        try:
            if end.transfer_to is not None:
                await self._api.redirect(call_id, twiml.transfer(Transfer(end.transfer_to), self._told(known), say))
            elif say is not None:
                await self._api.redirect(call_id, twiml.hang_up(say))
            else:
                await self._api.hang_up(call_id)
        except CarrierError as error:
            # Closing the stream does it, too: then the carrier asks the webhook.
            log.warning("%s; the webhook will answer instead", error, extra={"call_id": call_id})
            return False
        return True

    def _told(self, known: Known | None) -> twiml.Places | None:
        """Who is told what comes of a transfer: of the last one before the house stops nobody."""
        is_last = known is not None and known.state.ending is not None
        return None if is_last and self._house.draining else self._places

    def _leave(self, known: Known) -> None:
        """A caller who has been told goodbye or passed on will not come back to a stream that was lost."""
        call = self._house.calls.get(known.facts.call_id)
        if call is not None and known.state.passed_on and known.gone is not None:
            self._finish_soon(known, call, "failed", "the stream was lost too often")

    def _give_up(self, known: Known, call: Call, why: StreamEnd) -> None:
        self._finish_soon(known, call, "abandoned", f"the stream was lost: {why.value}")

    def _finish_soon(self, known: Known, call: Call, outcome: str, reason: str) -> None:
        task = asyncio.create_task(self._finish(known, call, outcome, reason), name=f"finish {known.facts.call_id}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _finish(self, known: Known, call: Call, outcome: str, reason: str) -> None:
        if known.gone is not None:
            known.gone.cancel()
            known.gone = None
        if self._house.calls.get(call.facts.call_id) is not call:
            return
        self._remove(call)
        await self._end(call, outcome, reason)

    def _remove(self, call: Call) -> None:
        self._house.calls.remove(call)
        self._house.counts.live.set(len(self._house.calls))

    def _add(self, call: Call) -> None:
        self._house.calls.add(call)
        self._house.counts.live.set(len(self._house.calls))

    async def _end(self, call: Call, outcome: str, reason: str) -> None:
        self._house.counts.calls.add(outcome=outcome)
        await call.finish(outcome, reason)

    def _new_call(self, known: Known) -> Call:
        house = self._house
        call = Call(
            known.facts,
            known.loaded,
            house.engines_of(known.loaded.plan),
            CAPABILITIES,
            house.records,
            house.bus,
            observers=[house.hub.observer(known.facts.call_id)],
            longest_secs=house.settings.limits.max_call_secs,
            means=house.means,
            keeper=house.kept.keeper,
        )
        self._add(call)
        return call

    def _limits(self) -> StreamLimits:
        settings = self._house.settings
        return StreamLimits(
            max_message_bytes=settings.server.max_message_bytes,
            flood_messages=settings.limits.flood_messages,
            flood_secs=settings.limits.flood_secs,
            media_timeout_secs=settings.twilio.media_timeout_secs,
        )

    def _match(self, form: Mapping[str, str]) -> LoadedDialplan | None:
        match = self._house.dialplans.match(Arrival(form.get("To", ""), form.get("From", ""), CARRIER, wall()))
        return match.loaded if match else None

    def _remember(self, call_id: str, form: Mapping[str, str], loaded: LoadedDialplan) -> Known:
        facts = CallFacts(call_id, CARRIER, form.get("From", ""), form.get("To", ""))
        known = self._known[call_id] = Known(facts, loaded)
        if len(self._known) > MOST_REMEMBERED:
            del self._known[next(one for one in self._known if self._is_over(one))]
        return known

    def _is_over(self, call_id: str) -> bool:
        return self._house.calls.get(call_id) is None and self.transfers.away(call_id) is None

    def _connect(self, call_id: str, say: str | None = None) -> str:
        base = self._house.base_url
        return twiml.connect(
            websocket_address(base, "/twilio/media"),
            self._tokens.issue(call_id),
            http_address(base, "/twilio/voice"),
            status_callback=http_address(base, "/twilio/stream"),
            say=say,
        )


def _log_first(call_id: str, form: Mapping[str, str], answer: answers.Answer) -> None:
    """What was answered to a call that is new here. Where no dialplan fits, the operator has to know the number."""
    match answer:
        case answers.ConnectStream():
            level, what = logging.INFO, "a call comes in"
        case answers.HangUp(answers.NOT_IN_SERVICE):
            level, what = logging.WARNING, "no dialplan answers the number that was called"
        case _:
            level, what = logging.WARNING, "a call was not taken: the appliance is full, or stops"
    numbers = {"called": form.get("To", ""), PERSONAL: {"caller": form.get("From", "")}}
    log.log(level, what, extra={"call_id": call_id, **numbers})


def _plan(loaded: LoadedDialplan | None) -> answers.Plan | None:
    if loaded is None:
        return None
    return answers.Plan(loaded.apology, loaded.plan.fallback.transfer)
