"""What all messages have in common."""

import pytest
from pydantic import ValidationError

from appliance.rtvi.envelope import MESSAGE_LABEL, PROTOCOL_VERSION, FromServer, Message, Open


def test_the_server_speaks_2_1_0() -> None:
    assert (PROTOCOL_VERSION, MESSAGE_LABEL) == ("2.1.0", "rtvi-ai")


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "other", "type": "t", "id": "1"},
        {"type": "t"},
        {"id": "1"},
        {"type": "t", "id": 1},
        {"type": 5, "id": "1"},
    ],
)
def test_an_envelope_needs_label_type_and_id(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Message.model_validate(wrong)


def test_a_message_of_the_server_leaves_out_what_is_absent() -> None:
    assert FromServer(type="t").content() == {"label": "rtvi-ai", "type": "t"}
    assert FromServer(type="t", id="1").content() == {"label": "rtvi-ai", "type": "t", "id": "1"}


def test_open_data_keeps_unknown_keys() -> None:
    assert Open.model_validate({"own": 1}).model_dump() == {"own": 1}
