"""What viewers send to the house is read or refused, never more."""

import pytest

from appliance.supervision.requests import MAX_CHARACTERS, BadRequest, Request, parse


def test_a_request_has_a_type_an_id_and_perhaps_data() -> None:
    assert parse('{"label": "rtvi-ai", "type": "a", "id": "1"}') == Request("a", "1", {})
    assert parse('{"label": "rtvi-ai", "type": "a", "id": "1", "data": {"b": 2}, "more": 3}') == Request(
        "a", "1", {"b": 2}
    )


@pytest.mark.parametrize("text", ["{}", '{"label": "rtvi", "type": "a", "id": "1"}', '{"label": null}'])
def test_another_protocols_messages_are_ignored(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "error", "request_id"),
    [
        ("", "the message is not JSON", None),
        ("[" * 100_000, "a message of 100000 characters, expected at most 65536", None),
        ("[" * 60_000, "the message is not JSON", None),
        ("x" * (MAX_CHARACTERS + 1), "a message of 65537 characters, expected at most 65536", None),
        ("[1]", "the message is not a JSON object", None),
        ('{"label": "rtvi-ai", "type": "a"}', "type and id of a message are expected to be strings", None),
        ('{"label": "rtvi-ai", "type": 1, "id": "1"}', "type and id of a message are expected to be strings", None),
        ('{"label": "rtvi-ai", "type": "a", "id": "1", "data": []}', "data of a is expected to be an object", "1"),
    ],
)
def test_what_cannot_be_read_is_answered(text: str, error: str, request_id: str | None) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(text)
    assert (str(refused.value), refused.value.request_id) == (error, request_id)
    assert refused.value.kind == ("error" if request_id is None else "error-response")
