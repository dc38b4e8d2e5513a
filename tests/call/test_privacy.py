import asyncio
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from appliance.call.privacy import Privacy
from appliance.dialogue.aggregators import UserContextAggregator
from appliance.frames import Frame, TranscriptionFrame
from appliance.ops.logging import configure_logging
from appliance.pipeline import FrameDirection
from appliance.records import CallRecord, DeedRecord, TurnRecord
from appliance.redaction import Redactor
from appliance.settings import LogSettings
from tests.call.lines import TURN, House, Wire

REDACTOR = Redactor(["card", "digits"], fields=["pin"])
CALL = CallRecord("CA1", "twilio", "+15555550123", "+15555550100", "Shop", 1.0, metadata={"steps": ["a"]})


def turn(who: str, text: str, heard: str | None = None, **details: object) -> TurnRecord:
    return TurnRecord("CA1", 0, who, text, 1.0, heard, details)  # type: ignore[arg-type]


def masked(*turns: TurnRecord, keep: bool = False) -> list[TurnRecord]:
    privacy = Privacy(REDACTOR, keep=keep)
    return [privacy.of_turn(one) for one in turns]


def test_what_is_said_and_keyed_in_is_masked() -> None:
    assert masked(
        turn("caller", "it is 4111 1111 1111 1111 please"),
        turn("caller", "471122", keys=True),
        turn("bot", "4, 7, 1, 1."),
    ) == [turn("caller", "it is [card] please"), turn("caller", "[number]", keys=True), turn("bot", "4, 7, 1, 1.")]


def test_a_number_that_a_speaker_says_in_several_turns_is_masked_whatever_the_bot_says_between() -> None:
    said = ("one seven one one", "Go on.", "two two", "Go on.", "three")
    turns = [turn("bot" if text == "Go on." else "caller", text) for text in said]
    assert [one.text for one in masked(*turns)] == ["one seven one one", "Go on.", "[number]", "Go on.", "[number]"]


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (None, None),
        ("", ""),
        ("Your number", "Your number"),
        ("Your number is 4, 7", "Your number is [number]"),
        ("Number 4, 7, 1, 1, 2, 2", "Number [number]"),
    ],
)
def test_what_was_heard_of_the_bot_ends_before_or_after_a_mask(heard: str | None, told: str | None) -> None:
    assert masked(turn("bot", "Your number is 4, 7, 1, 1, 2, 2. Right?", heard)) == [
        turn("bot", "Your number is [number]. Right?", told)
    ]


def test_arguments_and_results_are_masked_by_name_and_by_what_is_in_them() -> None:
    assert masked(
        turn("function", "pay", arguments={"pin": "1", "card": "4111111111111111"}, result="paid 471122")
    ) == [turn("function", "pay", arguments={"pin": "[pin]", "card": "[card]"}, result="paid [number]")]


def test_what_the_dialogue_collected_is_masked() -> None:
    privacy = Privacy(REDACTOR)
    call = CallRecord(*facts(CALL), metadata={"tags": ["a"], "variables": {"pin": "1", "day": "today"}})
    assert privacy.of(call) == CallRecord(
        *facts(CALL), metadata={"tags": ["a"], "variables": {"pin": "[pin]", "day": "today"}}
    )


def facts(call: CallRecord) -> tuple[str, str, str, str, str, float]:
    return call.call_id, call.carrier, call.caller, call.called, call.dialplan, call.started_at


def test_what_is_masked_is_kept_beside_it_where_that_is_wanted() -> None:
    assert masked(
        turn("caller", "471122", keys=True),
        turn("caller", "yes"),
        turn("bot", "So 471122.", "So 47"),
        turn("function", "pay", arguments={"pin": "1"}, result="paid"),
        keep=True,
    ) == [
        turn("caller", "[number]", keys=True, unmasked={"text": "471122"}),
        turn("caller", "yes"),
        turn("bot", "So [number].", "So [number]", unmasked={"text": "So 471122.", "heard": "So 47"}),
        turn("function", "pay", arguments={"pin": "[pin]"}, result="paid", unmasked={"arguments": {"pin": "1"}}),
    ]
    kept = Privacy(REDACTOR, keep=True).of_call(CallRecord(*facts(CALL), metadata={"variables": {"pin": "1"}}))
    assert kept.metadata == {"variables": {"pin": "[pin]"}, "unmasked": {"variables": {"pin": "1"}}}


def test_where_nothing_is_sensitive_records_are_as_they_were() -> None:
    deed = DeedRecord("CA1", 0, 1.0, "ann", "admin", "send-text", "done")
    said = turn("caller", "4111 1111 1111 1111")
    assert [Privacy(Redactor(), keep=True).of(record) for record in (CALL, said, deed)] == [CALL, said, deed]
    assert Privacy(REDACTOR).of(deed) == deed


SPOKEN = "four one one one, one one one one, one one one one, one one one one"
WORDS = ("one one", "4111", "4, 1", "1, 1")
"""What of the number must be nowhere, however it is written."""

SHOP = """\
name: Shop
numbers: ["+15555550100"]
redaction: {{kinds: [card], fields: [owner], keep: {keep}}}
functions:
  holder: {{table: {{"4111111111111111": {{owner: Anna, since: "2019"}}}}}}
steps:
  card: {{ask: "Your card number?", digits: {{length: 16}}, save_as: number, otherwise: done, next: look}}
  look: {{call: holder, with: {{card: "{{{{ number }}}}"}}, save_as: row, found: tell, not_found: done}}
  tell: {{say: "{{{{ number | digits }}}} is of {{{{ row.since }}}}.", next: done}}
  done: {{hang_up: Goodbye.}}
"""


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, with no detail left out."""
    root, stream = logging.getLogger(), StringIO()
    handlers, level = list(root.handlers), root.level
    configure_logging(LogSettings(level="debug"), stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def on_the_disk(directory: Path) -> str:
    """Whatever the database's files hold."""
    return b"".join(file.read_bytes() for file in directory.glob("records.db*")).decode(errors="replace")


async def told_of_a_card(tmp_path: Path, keep: str) -> tuple[House, CallRecord, list[TurnRecord]]:
    """A call in which a card number is said, looked up and read out, while a part of it fails on what is heard."""
    house, wire = House(tmp_path, hears=SPOKEN, plan=SHOP.format(keep=keep)), Wire()
    listener = next(one for one in house.call.task.processors if isinstance(one, UserContextAggregator))
    listens = listener.process_frame

    async def fails(frame: Frame, direction: FrameDirection) -> None:
        await listens(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            float(frame.text)

    listener.process_frame = fails  # type: ignore[method-assign]
    await house.records.open()
    stream = house.connect(wire)
    await house.asked()
    wire.speaks(TURN)
    await asyncio.wait_for(stream, 5)
    await house.call.finish("completed", "completed")
    await house.records.close()
    await house.records.open()
    found = await house.records.call("CA1")
    await house.records.close()
    assert found
    return house, *found


async def test_no_sensitive_word_of_a_call_is_on_the_disk_or_in_the_log(tmp_path: Path, log: StringIO) -> None:
    house, call, turns = await told_of_a_card(tmp_path, "false")
    assert f"user: {SPOKEN}" in house.said()
    assert [(turn.who, turn.text) for turn in turns] == [
        ("bot", "Your card number?"),
        ("caller", "[card]"),
        ("function", "holder"),
        ("bot", "[card] is of 2019. Goodbye."),
    ]
    assert turns[2].details == {"arguments": {"card": "[card]"}, "result": {"owner": "[owner]", "since": "2019"}}
    assert call.metadata["variables"] == {"number": "[card]", "row": {"owner": "[owner]", "since": "2019"}}
    written = on_the_disk(tmp_path)
    assert "2019" in written
    assert "could not convert" not in log.getvalue()
    assert "ValueError" in log.getvalue()
    assert [word for word in (*WORDS, "Anna") if word in written or word in log.getvalue()] == []


async def test_a_dialplan_that_keeps_what_is_masked_has_it_beside_the_masks(tmp_path: Path) -> None:
    _, call, turns = await told_of_a_card(tmp_path, "true")
    assert [turn.text for turn in turns][1:] == ["[card]", "holder", "[card] is of 2019. Goodbye."]
    assert turns[1].details == {"unmasked": {"text": SPOKEN}}
    assert turns[2].details["unmasked"]["arguments"] == {"card": "4111111111111111"}
    assert call.metadata["unmasked"]["variables"]["row"] == {"owner": "Anna", "since": "2019"}
