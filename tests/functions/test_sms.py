"""Text messages that functions send."""

from typing import Any

import pytest

from appliance.dialplan import Function
from appliance.errors import CarrierError, FunctionError
from appliance.functions import Means, Surroundings
from appliance.functions.sms import SmsExecutor

CALLER, CALLED, OURS = "+15550100199", "+15555550100", "+15555550111"


class Post:
    """Where messages go."""

    def __init__(self, refuses: str | None = None) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self._refuses = refuses

    async def send(self, to: str, from_number: str, text: str) -> None:
        """See CarrierApi.send_message."""
        if self._refuses:
            raise CarrierError(self._refuses)
        self.sent.append((to, from_number, text))


def executor(sms: Any, post: Post | None = None, own: str | None = None, **around: Any) -> SmsExecutor:
    """An executor in a call of an order."""
    facts = {"caller": CALLER, "called": CALLED, "variables": lambda: {"caller": CALLER, "order": "1234"}, **around}
    means = Means(send_sms=post.send if post else None, own_number=own)
    return SmsExecutor(Function.model_validate({"sms": sms}), Surroundings(means=means, **facts))


@pytest.mark.parametrize(
    ("sms", "own", "sent"),
    [
        ("Order {{ order }}: {{ day }}.", None, (CALLER, CALLED, "Order 1234: Monday.")),
        ("Order {{ order }}: {{ day }}.", OURS, (CALLER, OURS, "Order 1234: Monday.")),
        ({"text": "Call back.", "to": "+1 555 555 0177"}, OURS, ("+15555550177", OURS, "Call back.")),
        ({"text": "Hi.", "to": "{{ number }}", "from": "+15555550122"}, OURS, ("+15555550133", "+15555550122", "Hi.")),
    ],
)
async def test_a_message_is_sent_with_its_gaps_filled(sms: Any, own: str | None, sent: tuple[str, str, str]) -> None:
    post = Post()
    assert await executor(sms, post, own).run({"day": "Monday", "number": "+1 (555) 555-0133"}) == "sent"
    assert post.sent == [sent]


@pytest.mark.parametrize(
    ("sms", "around", "why"),
    [
        ("Hi.", {"variables": lambda: {"caller": "anonymous"}}, "There is no telephone number to send it to."),
        ({"text": "Hi.", "to": "{{ x }}"}, {}, "There is no telephone number to send it to."),
        ("Hi.", {"called": "sip:bot@example.com"}, "There is no telephone number to send it from."),
        ("{{ nothing }}", {}, "The text has 0 characters, expected 1 to 1600."),
        ("x" * 1601, {}, "The text has 1601 characters, expected 1 to 1600."),
    ],
)
async def test_what_cannot_be_sent_is_a_failure_that_names_no_number(
    sms: Any, around: dict[str, Any], why: str
) -> None:
    post = Post()
    with pytest.raises(FunctionError) as caught:
        await executor(sms, post, **around).run({})
    assert (str(caught.value), post.sent) == (why, [])


async def test_a_carrier_that_refuses_is_a_failure() -> None:
    with pytest.raises(FunctionError, match=r"^It was not sent: Twilio did not send a message: HTTP status 400\.$"):
        await executor("Hi.", Post("Twilio did not send a message: HTTP status 400")).run({})


async def test_without_credentials_nothing_is_sent() -> None:
    with pytest.raises(FunctionError, match=r"^There are no credentials for sending text messages\.$"):
        await executor("Hi.").run({})
