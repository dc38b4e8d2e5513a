"""What a call is to do next, in Twilio's language. See Twilio's documentation, "TwiML for Programmable Voice".

Every function returns a whole document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from twilio.twiml.voice_response import Connect, Gather, VoiceResponse

from appliance.dialplan.destinations import QUEUE, is_queue, is_sip
from appliance.dialplan.transfer import Transfer

ANSWER_SECS = 6
"""How long a person who has heard what it is about may take to press a key."""
PRESS_1 = "Press 1 to take the call."

_LONGEST_PARAMETER = 499
"""Twilio wants fewer than 500 characters of a parameter's name and value together."""


@dataclass(frozen=True, slots=True)
class Places:
    """Our addresses that Twilio asks about a transfer."""

    voice: str
    """How the call goes on, once it is known what came of it."""

    leg: str
    """Is told that somebody has answered, and when that call is over."""

    wait: str
    """What somebody in a queue hears who is not to wait for ever."""


def connect(
    stream_url: str,
    token: str,
    redirect_url: str,
    status_callback: str | None = None,
    parameters: Mapping[str, str] | None = None,
    say: str | None = None,
) -> str:
    """The call gets a stream, after these words if there are any; when that ends without the call, Twilio asks
    ``redirect_url`` what to do.

    Addresses are absolute; ``stream_url`` is a ``wss`` one (Twilio drops its query, so that the token travels as a
    parameter). Raises ValueError for a parameter that Twilio would not carry.
    """
    verb = Connect()
    stream = verb.stream(url=stream_url, status_callback=status_callback)
    for name, value in {**(parameters or {}), "token": token}.items():
        if len(name) + len(value) > _LONGEST_PARAMETER:
            raise ValueError(
                f"the stream parameter {name[:40]!r} has {len(name) + len(value)} characters with its value, "
                "expected fewer than 500"
            )
        stream.parameter(name=name, value=value)
    response = _saying(say)
    response.append(verb)
    response.redirect(redirect_url, method="POST")
    return str(response)


def hang_up(say: str | None = None) -> str:
    """The call ends, after these words if there are any."""
    response = _saying(say)
    response.hangup()
    return str(response)


def transfer(transfer: Transfer, places: Places | None, say: str | None = None) -> str:
    """The caller is connected with a number, a SIP address or a queue, after these words if there are any.

    What comes of it is told to ``places.voice``, which says how the call goes on; without any the call ends then.
    """
    response = _saying(say)
    if places is None:
        response.dial(transfer.to, timeout=transfer.rings_secs)
        return str(response)
    if is_queue(transfer.to):
        wait = None if transfer.ring_secs is None else f"{places.wait}?secs={transfer.ring_secs}"
        response.enqueue(transfer.to.removeprefix(QUEUE), action=places.voice, method="POST", wait_url=wait)
        return str(response)
    dial = response.dial(action=places.voice, method="POST", timeout=transfer.rings_secs)
    noun = dial.sip if is_sip(transfer.to) else dial.number
    noun(transfer.to, status_callback=places.leg, status_callback_event="answered completed")
    return str(response)


def wait_in_queue(hold_url: str, hold_secs: float, secs: int) -> str:
    """What somebody in a queue hears: music, and then the queue is left. ``hold_secs``: how long the music lasts."""
    response = VoiceResponse()
    response.play(hold_url, loop=ceil(secs / hold_secs))
    response.leave()
    return str(response)


def wait_in_room(room: str, action_url: str, left_url: str) -> str:
    """The caller waits with music until the person comes; the room is theirs, and closes when either leaves.

    ``left_url`` is told when the caller leaves: a caller who hangs up is asked nothing any more.
    """
    response = VoiceResponse()
    dial = response.dial(action=action_url, method="POST")
    dial.conference(
        room,
        start_conference_on_enter=False,
        end_conference_on_exit=True,
        beep=False,
        status_callback=left_url,
        status_callback_event="leave",
    )
    return str(response)


def enter_room(room: str) -> str:
    """The person joins the caller who waits there."""
    response = VoiceResponse()
    dial = response.dial()
    dial.conference(room, start_conference_on_enter=True, end_conference_on_exit=True, beep=False)
    return str(response)


def tell(summary: str, answer_url: str) -> str:
    """The person hears what it is about, twice if nothing is pressed, and presses 1 to take the call."""
    response = VoiceResponse()
    for _ in range(2):
        gather = Gather(num_digits=1, timeout=ANSWER_SECS, action=answer_url, method="POST")
        gather.say(summary)
        gather.say(PRESS_1)
        response.append(gather)
    response.hangup()
    return str(response)


def tell_and_enter(summary: str, enter_url: str) -> str:
    """The person hears what it is about, and has the caller then."""
    response = _saying(summary)
    response.redirect(enter_url, method="POST")
    return str(response)


def go_on_at(url: str, say: str | None = None) -> str:
    """The call goes on with what this address answers, after these words if there are any."""
    response = _saying(say)
    response.redirect(url, method="POST")
    return str(response)


def busy() -> str:
    """The caller hears the busy tone; the call was never answered."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def _saying(text: str | None) -> VoiceResponse:
    response = VoiceResponse()
    if text:
        response.say(text)
    return response
