"""The wire's messages as types."""

from pathlib import Path

import msgspec
import pytest

from appliance.carriers.twilio.messages import (
    EVENTS,
    Message,
    decode_event_name,
    decode_message,
)

DATA = Path(__file__).parents[2] / "data" / "twilio"
DOCUMENTED = sorted(DATA.glob("*.json"))


@pytest.mark.parametrize("path", DOCUMENTED, ids=lambda path: path.stem)
def test_every_documented_message_survives_the_round_trip(path: Path) -> None:
    message = decode_message(path.read_text())
    again = decode_message(msgspec.json.encode(message))
    assert again == message
    assert decode_event_name(path.read_text()).event == message.__struct_config__.tag


def test_there_is_a_documented_message_of_every_kind() -> None:
    assert {decode_event_name(path.read_text()).event for path in DOCUMENTED} == EVENTS
    assert {kind.__struct_config__.tag for kind in Message.__args__} == EVENTS


def test_unknown_keys_are_ignored_at_every_level() -> None:
    plain = decode_message('{"event":"media","media":{"payload":"/w=="}}')
    more = decode_message('{"new":{"a":[1]},"event":"media","media":{"payload":"/w==","codec":"x"},"start":7}')
    assert more == plain
