"""What the caller does."""

import asyncio

import pytest

from appliance.errors import ProtocolError
from appliance.simulator.line import Line
from appliance.simulator.script import (
    Action,
    BotStayedSilentError,
    Pause,
    Press,
    Say,
    Speak,
    Wait,
    perform,
    with_sounds,
)
from appliance.simulator.sound import SILENT_BYTE
from tests.simulator.bot import beep

LIMIT_SECS = 5.0


class Speaker:
    """Speaks every text as 100 loud samples for each letter."""

    async def speak(self, text: str, *, voice: str) -> bytes:
        """So loud as the voice is long."""
        return (len(voice) * 1000).to_bytes(2, "little") * 100 * len(text)


async def test_texts_become_sounds_before_the_call() -> None:
    beeps = Speak(beep(0.1))
    actions: list[Action] = [beeps, Say("yes", "v1"), Wait()]
    first, said, last = await with_sounds(actions, Speaker())
    assert (first, last) == (beeps, Wait("bot"))
    assert isinstance(said, Speak)
    assert (said.sound.label, said.sound.end) == ("yes", 300)


async def test_a_phone_without_a_voice_cannot_say_texts() -> None:
    with pytest.raises(ProtocolError, match=r"^A text is to be said, but this phone has no voice\.$"):
        await with_sounds([Say("yes")], None)


async def test_actions_take_as_long_as_they_take() -> None:
    line = Line()
    line.start()
    for action in (Speak(beep(0.1)), Pause(0.1), Press("12"), Speak(beep(0.04))):
        await asyncio.wait_for(perform(action, line, LIMIT_SECS), LIMIT_SECS)
    await line.stop()
    began = [utterance.began_tick or 0 for utterance in line.utterances]
    assert [utterance.digit for utterance in line.utterances] == [None, "1", "2", None]
    assert began[1] - began[0] >= 10
    assert began[2] - began[1] == 5
    assert began[3] - began[2] >= 5


async def test_the_caller_loses_patience_with_a_silent_bot() -> None:
    line = Line()
    line.start()
    with pytest.raises(BotStayedSilentError, match=r"^The caller waited 0\.1 s for the bot in vain\.$"):
        await perform(Wait("bot"), line, 0.1)
    await line.stop()


async def test_waiting_for_speech_ends_when_it_begins() -> None:
    line = Line()
    line.start()
    line.playout.add(SILENT_BYTE * 800 + beep(60.0).mulaw)
    await perform(Wait("speech"), line, LIMIT_SECS)
    assert line.bot_is_speaking
    await line.stop()
