from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.house import House
from tests.server.houses import BASE, ask, form, opened

SECRET = "a secret"


def signature(path: str, fields: dict[str, str]) -> str:
    """By the carrier's own package."""
    return str(RequestValidator(SECRET).compute_signature(BASE + path, fields))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, twilio={"auth_token": SECRET}) as one:
        yield one


@pytest.fixture
def app(house: House) -> Any:
    return create_app(house, Desk(house, None))


async def post(app: Any, path: str, fields: dict[str, str], **headers: str) -> tuple[int, Any]:
    """A form, signed unless the headers say otherwise."""
    signed = {"x_twilio_signature": signature(path, fields)}
    return await ask(app, path, body=urlencode(fields).encode() or b"&", **{**signed, **headers})


async def test_a_signed_webhook_gets_twiml(app: Any, house: House) -> None:
    status, text = await post(app, "/twilio/voice", form())
    assert status == 200
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream')
    assert house.counts.refused.value(reason="webhook signature") == 0


@pytest.mark.parametrize(
    "path", [f"/twilio/{name}" for name in ("voice", "status", "stream", "leg", "person", "room", "wait")]
)
@pytest.mark.parametrize("wrong", ["", "wrong", "\xff\xfe"])
async def test_a_wrong_signature_is_refused_and_counted(app: Any, house: House, path: str, wrong: str) -> None:
    refused = await post(app, path, form(), x_twilio_signature=wrong)
    assert refused == (403, "the signature does not fit\n")
    assert house.counts.refused.value(reason="webhook signature") == 1


async def test_blank_values_are_part_of_what_is_signed(app: Any) -> None:
    assert (await post(app, "/twilio/voice", {**form(), "CallerName": ""}))[0] == 200


async def test_a_webhook_without_a_call_is_told_what_is_missing(app: Any) -> None:
    answer = await post(app, "/twilio/voice", {"To": "+15555550100"})
    assert answer == (400, "CallSid is missing, expected Twilio's id of the call\n")


async def test_a_webhook_that_is_too_long_is_not_read_to_its_end(app: Any, house: House) -> None:
    status, text = await post(app, "/twilio/voice", {"CallSid": "x" * 65_537})
    assert (status, text) == (413, "more than 65536 bytes, expected a webhook's form\n")
    assert house.counts.refused.value(reason="webhook too long") == 1


@pytest.mark.parametrize("status", ["ringing", "in-progress", "completed", "busy"])
async def test_a_status_of_a_call_that_nobody_knows_is_taken(app: Any, status: str) -> None:
    assert await post(app, "/twilio/status", {"CallSid": "CA9", "CallStatus": status}) == (204, "")


async def test_a_stream_error_is_worth_a_line_in_the_log(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    fields = {"StreamEvent": "stream-error", "StreamError": "31903: Broken Pipe"}
    assert await post(app, "/twilio/stream", fields) == (204, "")
    assert [record.getMessage() for record in caplog.records] == ["Twilio reports a stream error: 31903: Broken Pipe"]


async def test_webhooks_are_posted(app: Any) -> None:
    assert (await ask(app, "/twilio/voice"))[0] == 405


@pytest.mark.parametrize(
    ("query", "times"), [("?secs=12", 3), ("?secs=99999999", 720), ("?secs=-1", 720), ("?secs=%C2%B2", 720), ("", 720)]
)
async def test_who_waits_in_a_queue_hears_music_for_as_long_as_that(app: Any, query: str, times: int) -> None:
    status, text = await post(app, f"/twilio/wait{query}", {"QueueSid": "QU1"})
    music = f'<Play loop="{times}">{BASE}/twilio/hold.wav</Play><Leave />'
    assert (status, text.partition("?>")[2]) == (200, f"<Response>{music}</Response>")


@pytest.mark.parametrize("call_status", ["in-progress", "completed", "ringing"])
async def test_what_becomes_of_a_call_to_nobody_we_know_of_is_taken(app: Any, call_status: str) -> None:
    fields = {"CallSid": "CA2", "ParentCallSid": "CA1", "CallStatus": call_status}
    assert (await post(app, "/twilio/leg", fields))[0] == 204
    assert (await post(app, "/twilio/room", {"StatusCallbackEvent": "participant-leave", "CallSid": "CA1"}))[0] == 204


async def test_without_rest_there_are_no_rooms_to_enter(app: Any) -> None:
    answer = await post(app, "/twilio/person?call=CA1&room=1-2", {"Digits": "1"})
    assert answer == (403, "there is no such room\n")
