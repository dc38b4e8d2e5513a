import asyncio
import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.tones import silence
from appliance.call import StreamEnd
from appliance.frames import EndFrame
from tests.call.lines import SPEECH, TURN, House, Wire


async def test_a_call_goes_from_greeting_to_goodbye_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    house, wire = House(tmp_path), Wire()
    stream = house.connect(wire)
    await house.asked()
    wire.speaks(TURN)
    assert await asyncio.wait_for(stream, 5) is StreamEnd.ENDED
    await house.call.finish("completed", "completed")
    assert house.said() == ["assistant: Welcome. Shall we go on?", "user: yes", "assistant: Goodbye."]
    assert house.call.ending is not None
    assert house.call.ending.reason == "completed"
    assert [event.name for event in house.told] == ["call.started", "call.ended"]
    assert asyncio.all_tasks() == before
    inbox = house.call.task.inbox
    left = (inbox._system, inbox._ordered, inbox._tasks, inbox._reply_tasks, inbox._timers)
    assert [len(one) for one in left] == [0, 0, 0, 0, 0]
    assert house.call.transport.output()._timer is None
    call = weakref.ref(house.call)
    del house, inbox, left
    gc.collect()
    assert call() is None


def sizes(house: House) -> dict[str, int]:
    """How much each part of a call holds."""
    parts: dict[str, Any] = {processor.name: processor for processor in house.call.task.processors}
    parts |= {"inbox": house.call.task.inbox, "playout": house.call.transport.output().playout}
    parts |= {"vad": house.call.transport.input().vad}
    return {
        f"{name}.{field}": len(value)
        for name, part in parts.items()
        for field, value in vars(part).items()
        if hasattr(value, "__len__") and not isinstance(value, str) and "_interruptions" not in field
    }


@pytest.mark.parametrize("returns_marks", [True, False])
async def test_a_long_call_grows_by_its_words_alone(tmp_path: Path, returns_marks: bool) -> None:
    house, wire = House(tmp_path), Wire(returns_marks=returns_marks)
    stream = house.connect(wire)

    async def turns(first: int, last: int) -> dict[str, int]:
        for number in range(first, last):
            await house.asked(number) if returns_marks else await house.until(lambda: len(wire.sent) > 2)
            said = len(house.said())
            wire.says({"event": "dtmf", "dtmf": {"digit": "7"}})
            await house.until(lambda said=said: len(house.said()) > said)  # type: ignore[misc]
        await house.until(lambda: house.call.task.inbox._idle.is_set())
        return sizes(house)

    early, late = await turns(1, 4), await turns(4, 8)
    await house.call.finish("abandoned", "the caller hung up")
    wire.says(None)
    await asyncio.wait_for(stream, 5)
    grown = {name: (early[name], late[name]) for name in early if late[name] > early[name] + 1}
    assert grown == {}


async def test_a_line_that_is_lost_and_back_goes_on_with_the_question(tmp_path: Path) -> None:
    house, first, second = House(tmp_path, speaks_secs=30.0), Wire(), Wire()
    stream = house.connect(first)
    await house.until(lambda: "media" in first.events())
    first.says(None)
    assert await asyncio.wait_for(stream, 5) is StreamEnd.LOST
    house.call.line_lost()
    stream = house.connect(second)
    await house.until(lambda: any("cut off" in one for one in house.said()))
    second.says({"event": "stop"})
    assert await asyncio.wait_for(stream, 5) is StreamEnd.STOPPED
    await house.call.finish("abandoned", "the caller hung up")


async def test_half_a_word_from_a_lost_line_is_not_answered_when_it_is_back(tmp_path: Path) -> None:
    house, first, second = House(tmp_path), Wire(), Wire()
    stream = house.connect(first)
    await house.asked()
    first.speaks(silence(0.3, 8000) + SPEECH[:8000])
    await house.until(lambda: house.call.transport.input().turn.in_turn)
    first.says(None)
    await asyncio.wait_for(stream, 5)
    house.call.line_lost()
    stream = house.connect(second)
    second.speaks(silence(1.0, 8000))
    await house.asked(2)
    assert [one for one in house.said() if one.startswith("user")] == []
    second.speaks(TURN)
    assert await asyncio.wait_for(stream, 5) is StreamEnd.ENDED
    await house.call.finish("completed", "completed")
    assert house.said()[-2:] == ["user: yes", "assistant: Goodbye."]


async def test_a_bot_that_had_its_last_word_while_the_line_was_lost_hangs_up_when_it_is_back(tmp_path: Path) -> None:
    house, first, second = House(tmp_path), Wire(), Wire()
    stream = house.connect(first)
    await house.asked()
    first.says(None)
    await asyncio.wait_for(stream, 5)
    house.call.line_lost()
    await house.call.task.queue_frame(EndFrame("enough"))
    await house.until(lambda: house.call.is_over)
    assert await asyncio.wait_for(house.connect(second), 5) is StreamEnd.ENDED
    assert house.call.ending is not None
    assert house.call.ending.reason == "enough"
    await house.call.finish("completed", "enough")


@pytest.mark.parametrize(
    ("fatal", "ending"),
    [
        (False, ("supervisor", None, False)),
        (True, ("error", "+15555550199", True)),
    ],
)
async def test_a_caller_whose_bot_is_cancelled_from_within_is_not_left_in_silence(
    tmp_path: Path, fatal: bool, ending: tuple[str, str | None, bool]
) -> None:
    house, wire = House(tmp_path), Wire()
    stream = house.connect(wire)
    await house.asked()
    if fatal:
        await house.call.task.processors[3].push_error("broken beyond repair", fatal=True)
    else:
        await house.call.task.cancel(reason="supervisor")
    assert await asyncio.wait_for(stream, 5) is StreamEnd.ENDED
    end = house.call.ending
    assert end is not None
    assert (end.reason, end.transfer_to, end.apology) == ending
    await house.call.finish("failed", end.reason)


async def test_only_the_first_finish_counts_even_while_it_is_under_way(tmp_path: Path) -> None:
    house, wire = House(tmp_path), Wire()
    stream = house.connect(wire)
    await house.asked()
    await asyncio.gather(house.call.finish("abandoned", "first"), house.call.finish("completed", "second"))
    wire.says(None)
    assert await asyncio.wait_for(stream, 5) is StreamEnd.LOST
    assert [(event.name, getattr(event, "outcome", "")) for event in house.told] == [
        ("call.started", ""),
        ("call.ended", "abandoned"),
    ]
    assert house.call.ending is None


async def test_a_key_in_the_middle_of_a_sentence_clears_the_line_and_is_answered(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=30.0), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    await house.until(lambda: house.call.transport.input()._expected is not None)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await house.until(lambda: "clear" in wire.events() and wire.events()[-1] != "clear")
    assert "user: 1" in house.said()
    await house.call.finish("abandoned", "the caller hung up")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


async def test_the_end_waits_until_the_last_word_was_heard(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=0.2), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    await house.call.task.queue_frame(EndFrame("enough"))
    began = asyncio.get_running_loop().time()
    assert await asyncio.wait_for(stream, 10) is StreamEnd.ENDED
    assert asyncio.get_running_loop().time() - began >= 0.2
    await house.call.finish("completed", "enough")
