"""What the house is asked for."""

import pytest

from appliance.errors import ProtocolError
from appliance.rtvi.envelope import Message
from appliance.supervision.requests import CallId, Calls, Since, Subscribe, Unsubscribe, read_request


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        ({"t": "calls"}, Calls(t="calls")),
        ({"t": "calls", "d": {"anything": 1}}, Calls(t="calls")),
        ({"t": "subscribe", "d": {"call_id": "CA1"}}, Subscribe(t="subscribe", d=Since(call_id="CA1"))),
        (
            {"t": "subscribe", "d": {"call_id": "CA1", "after": 7}},
            Subscribe(t="subscribe", d=Since(call_id="CA1", after=7)),
        ),
        ({"t": "unsubscribe", "d": {"call_id": "CA1"}}, Unsubscribe(t="unsubscribe", d=CallId(call_id="CA1"))),
    ],
)
def test_a_request_is_read(data: object, request_: object) -> None:
    assert read_request(Message(type="client-message", id="1", data=data)) == request_


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "Invalid client-message message: data: Field required."),
        ({"t": 1}, "Invalid client-message message: data.t: Input should be a valid string."),
        (
            {"t": "x" * 90},
            f"Unknown client-message '{'x' * 80}', expected one of calls, subscribe, unsubscribe.",
        ),
        (
            {"t": "unsubscribe", "d": {"call_id": 7}},
            "Invalid client-message message: data.unsubscribe.d.call_id: Input should be a valid string.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data: object, sentence: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_request(Message(type="client-message", id="1", data=data))
    assert str(refused.value) == sentence
