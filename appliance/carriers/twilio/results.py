"""What came of handing a caller over, as Twilio tells it.

See Twilio's documentation, "TwiML Voice: <Dial>" (``DialCallStatus``) and "TwiML Voice: <Enqueue>" (``QueueResult``).
"""

from collections.abc import Mapping
from enum import StrEnum

OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""The statuses of a call that has ended."""

AT_ONCE_SECS = 2
"""Who picked up and hung up again in less time than this did not speak with anybody."""


class TransferResult(StrEnum):
    """What came of it, in the words of records."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    HUNG_UP = "hung-up"
    """The person picked up and hung up at once."""
    DECLINED = "declined"
    """The person heard what it was about and did not take the call."""
    QUEUE_FULL = "queue-full"
    CALLER_LEFT = "caller-left"
    """The caller hung up before anybody took the call."""

    @property
    def is_final(self) -> bool:
        """Whether the caller does not come back."""
        return self in (TransferResult.ANSWERED, TransferResult.CALLER_LEFT)


_DIALLED = {
    "answered": TransferResult.ANSWERED,  # That is what it says of a conference.
    "completed": TransferResult.ANSWERED,
    "busy": TransferResult.BUSY,
    "no-answer": TransferResult.NO_ANSWER,
    "canceled": TransferResult.NO_ANSWER,
    "failed": TransferResult.FAILED,
}
_QUEUED = {
    "bridged": TransferResult.ANSWERED,
    "bridging-in-process": TransferResult.ANSWERED,
    "redirected-from-bridged": TransferResult.ANSWERED,
    "redirected": TransferResult.ANSWERED,  # Whoever looks after the queue has sent the caller elsewhere.
    "hangup": TransferResult.CALLER_LEFT,
    "leave": TransferResult.NO_ANSWER,
    "queue-full": TransferResult.QUEUE_FULL,
}


def result_of(form: Mapping[str, str]) -> TransferResult | None:
    """What a webhook says of a transfer; None when it says nothing of one, as the first about a call does."""
    is_over = form.get("CallStatus") in OVER
    if "QueueResult" in form:
        return _QUEUED.get(form["QueueResult"], TransferResult.FAILED)
    if "DialCallStatus" not in form:
        return None
    result = _DIALLED.get(form["DialCallStatus"], TransferResult.FAILED)
    if result is not TransferResult.ANSWERED:
        return TransferResult.CALLER_LEFT if is_over else result
    return TransferResult.HUNG_UP if not is_over and _hung_up_at_once(form) else result


def leg_result(form: Mapping[str, str]) -> TransferResult | None:
    """What a status callback says of the call to the person who was to be told first; None while it goes on."""
    status = form.get("CallStatus", "")
    if status not in OVER:
        return None
    return TransferResult.DECLINED if status == "completed" else _DIALLED[status]


def _hung_up_at_once(form: Mapping[str, str]) -> bool:
    duration = form.get("DialCallDuration", "")
    return duration.isdecimal() and int(duration) < AT_ONCE_SECS
