"""`<Dial>`: the call is passed on to a number, a SIP address or a conference.

See Twilio, "TwiML Voice: <Dial>", "<Number>", "<Sip>" and "<Conference>". When the caller hangs up the session is
over: the action is asked only of a caller who is still there.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from appliance.simulator.humans import HUMANS
from appliance.simulator.leg import API_VERSION, CallFailedError, Leg
from appliance.simulator.requests import resolve
from appliance.simulator.rooms import Room
from appliance.simulator.sids import new_sid
from appliance.simulator.twiml import DOCUMENT_PARSE_FAILURE, Verb

DIAL_TIMEOUT_SECS = 30.0
"""How long it rings when the TwiML does not say."""
EVENTS = ("initiated", "ringing", "answered", "completed")


async def dial(leg: Leg, base_url: str, verb: Verb) -> dict[str, str]:
    """Runs one `<Dial>` to its end: what its action is told. CallFailedError when there is nobody to call."""
    conferences = [noun for noun in verb.nouns if noun.name == "Conference"]
    if conferences:
        return await _confer(leg, base_url, conferences[0])
    nouns = [Verb("Number", text=verb.text)] if verb.text else list(verb.nouns)
    if not nouns or not all(noun.text for noun in nouns):
        leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <Dial> without anybody to call.")
        raise CallFailedError
    numbers = [noun.text for noun in nouns]
    leg.dialled += numbers
    leg.tell("carrier", f"<Dial> {', '.join(numbers)}")
    return await _ring(leg, [Child(leg, base_url, noun) for noun in nouns], _timeout(leg, verb))


async def _ring(leg: Leg, children: list["Child"], timeout_secs: float) -> dict[str, str]:
    """The telephones ring; what becomes of it is the first one's."""
    call, human = leg.call, HUMANS[leg.call.human]
    rings_secs = min(timeout_secs, call.longest_ring_secs) if call.human == "no-answer" else call.ring_secs
    first, status, talked = children[0], human.status, 0.0
    try:
        for child in children:
            await child.tell("initiated", "initiated")
            await child.tell("ringing", "ringing")
        with leg.line.others_heard():
            await asyncio.sleep(rings_secs)
        if status == "completed":
            await first.tell("answered", "in-progress")
            leg.tell("human", "picks up")
            talked = leg.call.talk_secs if human.talks else 0.0
            with leg.line.others_heard():
                await asyncio.sleep(talked)
            leg.tell("human", "hangs up")
        else:
            leg.tell("human", f"{human.explanation.partition(';')[0]}: {status}")
    except asyncio.CancelledError:
        status = "completed" if first.is_answered else "canceled"
        raise
    finally:
        for child in children:
            await child.tell("completed", status)
    extra = {"DialCallSid": first.sid, "DialCallStatus": status}
    return extra | ({"DialCallDuration": str(round(talked))} if status == "completed" else {})


def _timeout(leg: Leg, verb: Verb) -> float:
    text = verb.attributes.get("timeout", f"{DIAL_TIMEOUT_SECS:g}")
    if not text.isdecimal() or not 5 <= int(text) <= 600:
        leg.fail(f"13212: <Dial timeout={text!r}>, expected 5 to 600 seconds.")
        raise CallFailedError
    return float(text)


class Child:
    """The call that a `<Dial>` makes."""

    def __init__(self, leg: Leg, base_url: str, noun: Verb) -> None:
        self.sid = new_sid("CA")
        self.is_answered = False
        self._leg = leg
        self._noun = noun
        url = noun.attributes.get("statusCallback")
        self._url = resolve(base_url, url) if url else None
        self._events = noun.attributes.get("statusCallbackEvent", "completed").split()
        self._number = 0

    async def tell(self, event: str, status: str) -> None:
        """Something happens to it; the noun's callback is told if it wants to know."""
        self.is_answered = self.is_answered or event == "answered"
        if self._url is None or event not in self._events:
            return
        await self._leg.post(self._url, self._form(status), self._noun.attributes.get("statusCallbackMethod", "POST"))
        self._number += 1

    def _form(self, status: str) -> Mapping[str, str]:
        leg = self._leg
        return {
            "AccountSid": leg.account_sid,
            "ApiVersion": API_VERSION,
            "CallbackSource": "call-progress-events",
            "CallSid": self.sid,
            "CallStatus": status,
            "Called": self._noun.text,
            "Caller": leg.call.from_number,
            "Direction": "outbound-dial",
            "From": leg.call.from_number,
            "ParentCallSid": leg.sid,
            "SequenceNumber": str(self._number),
            "Timestamp": format_datetime(datetime.now(UTC)),
            "To": self._noun.text,
        }


async def _confer(leg: Leg, base_url: str, noun: Verb) -> dict[str, str]:
    """In a room until it ends, or until whoever was called has talked enough."""
    if not noun.text:
        leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <Conference> without a name.")
        raise CallFailedError
    room = leg.rooms.enter(noun, leg.sid)
    leg.tell("carrier", f"<Conference> {'entered' if room.started.is_set() else 'waited in, with music'}")
    try:
        await _stay(leg, room)
    finally:
        leg.rooms.leave(room, noun, leg.sid)
        await _tell_left(leg, base_url, noun, room)
    return {"DialCallSid": leg.sid, "DialCallStatus": "answered"}


async def _stay(leg: Leg, room: Room) -> None:
    with leg.line.others_heard():
        await _first(room.started, room.ended)
    if room.started.is_set():
        leg.tell("carrier", "the conference has begun")
    with leg.line.others_heard():
        if leg.call.direction == "inbound":
            await room.ended.wait()
        elif room.started.is_set():
            await asyncio.sleep(leg.call.talk_secs)


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _tell_left(leg: Leg, base_url: str, noun: Verb, room: Room) -> None:
    url = noun.attributes.get("statusCallback")
    if url is None or "leave" not in noun.attributes.get("statusCallbackEvent", "").split():
        return
    form = {
        "AccountSid": leg.account_sid,
        "CallSid": leg.sid,
        "ConferenceSid": room.sid,
        "EndConferenceOnExit": noun.attributes.get("endConferenceOnExit", "false"),
        "FriendlyName": room.name,
        "StatusCallbackEvent": "participant-leave",
        "Timestamp": format_datetime(datetime.now(UTC)),
    }
    await leg.post(resolve(base_url, url), form, noun.attributes.get("statusCallbackMethod", "POST"))
