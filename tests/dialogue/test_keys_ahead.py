"""Keys at the wrong moment: while the bot looks something up, and while it speaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from appliance.dialogue.aggregators import MOST_KEYS, UserContextAggregator
from appliance.frames import ExpectedAnswersFrame, Frame, InputDTMFFrame, KeysAhead, LLMContext, LLMContextFrame
from appliance.pipeline import FrameDirection, FrameProcessor
from tests.pipeline.rig import Rig


class Asks(FrameProcessor):
    """Stands where the dialogue does."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(frame, direction)

    async def ask(self, expectation: Any) -> None:
        await self.push_frame(ExpectedAnswersFrame(expectation), FrameDirection.UPSTREAM)


class FourDigits:
    """Waits for four digits."""

    grammar = "four digits"
    hints = ()

    def is_complete(self, text: str) -> bool:
        return False

    def keys_complete(self, keys: str) -> bool:
        return len(keys) == 4 or not keys.isdecimal()

    def accepts_keys(self, keys: str) -> bool:
        return keys.isdecimal() and len(keys) <= 4


class Keys:
    def __init__(self, rig: Rig, asks: Asks, listener: UserContextAggregator) -> None:
        self.rig, self.asks, self.listener = rig, asks, listener

    async def press(self, keys: str) -> None:
        for key in keys:
            await self.rig.send(InputDTMFFrame(key))

    async def ask(self, expectation: Any) -> None:
        await self.asks.ask(expectation)
        await self.rig.settle()

    @property
    def given(self) -> list[str | None]:
        """The keys that the dialogue was given as answers."""
        return [frame.keys for frame in self.rig.down if isinstance(frame, LLMContextFrame)]


@asynccontextmanager
async def asking() -> AsyncIterator[Keys]:
    listener, asks = UserContextAggregator(LLMContext()), Asks()
    async with Rig(listener, asks) as rig:
        yield Keys(rig, asks, listener)


async def test_keys_during_a_function_answer_the_next_question() -> None:
    async with asking() as keys:
        await keys.ask(KeysAhead())
        await keys.press("4711")
        assert keys.given == []
        await keys.ask(FourDigits())
        assert keys.given == ["4711"]


async def test_keys_that_are_only_the_beginning_wait_for_the_rest() -> None:
    async with asking() as keys:
        await keys.ask(KeysAhead())
        await keys.press("47")
        await keys.ask(FourDigits())
        assert keys.given == []
        await keys.press("11")
        assert keys.given == ["4711"]


@pytest.mark.parametrize("stray", ["#", "4711#", "12345"])
async def test_keys_that_are_no_answer_are_forgotten(stray: str) -> None:
    async with asking() as keys:
        await keys.ask(KeysAhead())
        await keys.press(stray)
        await keys.ask(FourDigits())
        assert keys.given == []
        await keys.press("2580")
        assert keys.given == ["2580"]


async def test_where_no_question_follows_keys_are_forgotten() -> None:
    async with asking() as keys:
        await keys.ask(KeysAhead())
        await keys.press("4711")
        await keys.ask(None)
        await keys.ask(FourDigits())
        assert keys.given == []


async def test_no_more_keys_are_kept_than_anybody_could_mean() -> None:
    async with asking() as keys:
        await keys.ask(KeysAhead())
        await keys.press("1" * 100)
        assert len(keys.listener._keys) == MOST_KEYS


async def test_the_dialplan_says_how_long_a_further_key_is_waited_for() -> None:
    async with asking() as keys:
        keys.listener.between_keys_secs = 0.01
        await keys.ask(FourDigits())
        await keys.press("47")
        async with asyncio.timeout(5):
            while not keys.given:  # noqa: ASYNC110 - there is nothing to wait on but the timer itself
                await asyncio.sleep(0)
        assert keys.given == ["47"]
