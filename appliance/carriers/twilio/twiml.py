"""What a call is to do next, in Twilio's language. See Twilio's documentation, "TwiML for Programmable Voice".

Every function returns a whole document.
"""

from collections.abc import Mapping

from twilio.twiml.voice_response import Connect, VoiceResponse

DIAL_TIMEOUT_SECS = 25
"""How long a transfer rings."""

_LONGEST_PARAMETER = 499
"""Twilio wants fewer than 500 characters of a parameter's name and value together."""


def connect(
    stream_url: str,
    token: str,
    redirect_url: str,
    status_callback: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """The call gets a stream; when that ends without the call, Twilio asks ``redirect_url`` what to do.

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
    response = VoiceResponse()
    response.append(verb)
    response.redirect(redirect_url, method="POST")
    return str(response)


def hang_up(say: str | None = None) -> str:
    """The call ends, after these words if there are any."""
    response = _saying(say)
    response.hangup()
    return str(response)


def dial(
    number: str, caller_id: str | None = None, timeout_secs: int = DIAL_TIMEOUT_SECS, say: str | None = None
) -> str:
    """The caller is connected with ``number``, after these words if there are any; the call ends with that one."""
    response = _saying(say)
    response.dial(number, caller_id=caller_id, timeout=timeout_secs)
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
