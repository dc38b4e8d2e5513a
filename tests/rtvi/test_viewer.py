"""Messages on their way out."""

import json
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from appliance.rtvi.viewer import Outgoing, Sequence
from appliance.rtvi.wire import read_frame


class Point(BaseModel):
    x: int
    y: int | None = None


def encoded(data: Any) -> Any:
    return json.loads(Outgoing("t", False, {"type": "t", "data": data}, 5).encode())


def test_numbers_run_from_one() -> None:
    sequence = Sequence()
    assert (sequence.last, sequence.next(), sequence.next(), sequence.last) == (0, 1, 2, 2)


def test_the_number_stands_at_the_top_level() -> None:
    outgoing = Outgoing("t", True, {"label": "rtvi-ai", "type": "t", "data": {"a": 1}}, 7)
    assert outgoing.encode() == b'{"label":"rtvi-ai","type":"t","data":{"a":1},"seq":7}'


def test_a_message_is_serialised_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    real = orjson.dumps

    def dumps(*args: Any, **more: Any) -> bytes:
        calls.append(args)
        return real(*args, **more)

    monkeypatch.setattr(orjson, "dumps", dumps)
    outgoing = Outgoing("t", False, {"type": "t"}, 1)
    assert outgoing.encode() is outgoing.encode()
    assert outgoing.sent() is outgoing.sent()
    assert outgoing.sent() == (1, b'{"type":"t","seq":1}', "t", False)
    assert len(calls) == 1


def test_in_binary_form_it_is_the_same_text_in_a_frame_made_once_for_all() -> None:
    outgoing = Outgoing("t", False, {"label": "rtvi-ai", "type": "t", "data": "Grüße"}, 7)
    assert read_frame(outgoing.encode_binary()) == outgoing.encode().decode()
    assert outgoing.sent_binary() is outgoing.sent_binary()


def test_a_message_may_have_a_binary_form_of_its_own() -> None:
    made: list[int] = []

    def binary(seq: int) -> bytes:
        made.append(seq)
        return b"sound"

    outgoing = Outgoing("t", True, {"type": "t"}, 3, binary=binary)
    assert made == []
    assert (outgoing.encode_binary(), outgoing.encode_binary(), made) == (b"sound", b"sound", [3])
    assert outgoing.encode() == b'{"type":"t","seq":3}'


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (Point(x=1), {"x": 1}),
        ({1: "a"}, {"1": "a"}),
        ({"a"}, ["a"]),
        (2**70, 2**70),
        ("\ud800", "\ud800"),
        (float("nan"), None),
        (ValueError("no"), "no"),
    ],
    ids=["model", "number as key", "set", "big integer", "surrogate", "nan", "object"],
)
def test_what_json_does_not_know_is_sent_as_near_as_can_be(data: Any, sent: Any) -> None:
    assert encoded(data)["data"] == sent


def test_data_that_is_no_json_at_all_is_left_out() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert encoded(circle) == {"type": "t", "seq": 5}
