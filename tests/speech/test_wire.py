import asyncio
import json

import pytest
from wyoming.event import Event, async_read_event

from appliance.errors import EngineError, ProtocolError
from appliance.speech import wire


async def read(raw: bytes) -> Event | None:
    reader = asyncio.StreamReader(limit=wire.MAX_HEADER_BYTES)
    reader.feed_data(raw)
    reader.feed_eof()
    return await wire.read_event(reader)


EVENTS = (
    Event("describe"),
    Event("transcript", {"text": "größer\n", "language": "de"}),
    Event("audio-chunk", {"rate": 8000, "width": 2, "channels": 1}, bytes(range(256))),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
async def test_what_we_write_we_and_the_wyoming_package_read(event: Event) -> None:
    assert await read(wire.encode(event)) == event
    reader = asyncio.StreamReader()
    reader.feed_data(wire.encode(event))
    assert await async_read_event(reader) == event


async def test_an_audio_chunk_made_the_cheap_way_is_the_same() -> None:
    event = Event("audio-chunk", {"rate": 8000, "width": 2, "channels": 1}, b"abcd")
    assert wire.audio_chunk(b"abcd", 8000) == wire.encode(event)


async def test_data_in_the_header_and_after_it_is_one() -> None:
    raw = (
        json.dumps({"type": "transcript", "data": {"language": "en"}, "data_length": 14}).encode()
        + b'\n{"text": "yes"}'
    )
    assert await read(raw.replace(b"14", b"15")) == Event("transcript", {"language": "en", "text": "yes"})


async def test_a_hang_up_between_events_is_no_error() -> None:
    assert await read(b"") is None


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"rubbish\n", "A Wyoming header is not a JSON object."),
        (b"[]\n", "A Wyoming header is not a JSON object."),
        (b"\xff\xfe\n", "A Wyoming header is not a JSON object."),
        (b"{}\n", "A Wyoming header has no type, expected one such as audio-chunk."),
        (b'{"type": "x", "data": []', "The connection ended in the middle of a Wyoming header."),
        (
            b'{"type": "x", "payload_length": 99999999999}\n',
            "A Wyoming header has payload_length 99999999999, expected 0 to 2000000.",
        ),
        (b'{"type": "x", "data_length": -1}\n', "A Wyoming header has data_length -1, expected 0 to 1000000."),
        (b'{"type": "x", "data_length": "7"}\n', "A Wyoming header has data_length '7', expected 0 to 1000000."),
        (b'{"type": "x", "data_length": 2}\n[]', "A Wyoming data is not a JSON object."),
        (b'{"type": "x", "payload_length": 5}\nabc', 'The connection ended in the middle of the Wyoming event "x".'),
        (b"x" * 70_000, "A Wyoming header is longer than 65536 bytes."),
        (b"x" * 70_000 + b"\n", "A Wyoming header is longer than 65536 bytes."),
    ],
)
async def test_nonsense_is_told_from_a_hang_up(raw: bytes, sentence: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        await read(raw)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "uri", ["", "http://127.0.0.1:80", "tcp://127.0.0.1", "tcp://:90", "tcp://h:99999999", "unix://"]
)
def test_an_address_that_cannot_be_one_is_refused(uri: str) -> None:
    with pytest.raises(EngineError) as caught:
        wire.check_address(uri)
    assert str(caught.value) == (
        f'"{uri}" is not the address of a Wyoming server, expected tcp://host:port or unix:///path.'
    )


@pytest.mark.parametrize("value", [0, -1, True, "8000", None, 1.5])
def test_a_number_is_whole_and_above_zero(value: object) -> None:
    with pytest.raises(ProtocolError) as caught:
        wire.number(Event("audio-start", {"rate": value}), "rate")
    assert str(caught.value) == f'The Wyoming event "audio-start" has rate {value!r}, expected a number above 0.'


def test_a_text_is_a_string() -> None:
    assert wire.text(Event("transcript", {"text": "yes"})) == "yes"
    with pytest.raises(ProtocolError, match=r'^The Wyoming event "transcript" has no text, expected a string.$'):
        wire.text(Event("transcript", {"text": 7}))


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(EngineError, match=r"^The speech engine at unix:///nowhere/at/all cannot be reached: "):
        await wire.connect("unix:///nowhere/at/all", 5.0)
