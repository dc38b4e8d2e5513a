"""What docs/messages.md says is true: its JSON, its code, its settings and its numbers."""

import json
import re

from appliance.call.message_taker import HANG_UP
from appliance.dialplan.message import Message, MessageStep
from appliance.dialplan.recording import Recording
from appliance.frames import LINE_LOST, TAKEN_OVER
from appliance.server.notices.content import body_of
from appliance.server.notices.webhook import IDEMPOTENCY, SIGNATURE, TIMESTAMP, signature
from tests.house.checkout import read
from tests.house.test_systemd import DEFAULTS, SECRETS

DOCUMENT = read("docs/messages.md")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


def test_its_json_is_what_web_servers_are_posted() -> None:
    shown = json.loads(block("json"))
    about = {
        "call_id": "CA0123",
        "number": 1,
        "caller": "+15555550123",
        "called": "+15555550104",
        "dialplan": "Practice, day and night",
        "started_at": 1_800_000_004.0,
        "secs": 12.5,
        "ended_by": "silence",
        "transcript": None,
    }
    assert shown == body_of(about, "https://voice.example.com")


def test_its_code_tells_ours_from_a_strangers() -> None:
    known: dict[str, object] = {}
    exec(block("python"), known)  # noqa: S102 - the document's own
    is_ours = known["is_ours"]
    headers = {TIMESTAMP: "1800000000", SIGNATURE: signature("hush", "1800000000", b"{}")}
    assert callable(is_ours)
    assert is_ours("hush", headers, b"{}")
    assert not is_ours("hush", headers, b"{ }")
    assert f"`{IDEMPOTENCY}`" in DOCUMENT


def test_the_settings_and_keys_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:recordings|notices|mail|functions)\.[a-z_]+)`", DOCUMENT))
    assert named - set(DEFAULTS) == set()
    assert named & SECRETS == {"notices.webhook_secret"}
    keys = {*Message.model_fields, *MessageStep.model_fields, *Recording.model_fields} - {"announce", "beep", "save_as"}
    assert [key for key in keys if not re.search(rf"\b{key}\b", DOCUMENT)] == []


def test_it_says_all_that_a_message_may_end_with() -> None:
    for word in (HANG_UP, LINE_LOST, TAKEN_OVER, "silence", "key", "longest", "the appliance stopped"):
        assert f"`{word}`" in DOCUMENT
