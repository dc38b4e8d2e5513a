"""How long a caller waits for an answer, and how fast the bot falls silent: one call at a time, by its tape."""

from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from appliance.bench import plans
from appliance.bench.stage import VOICES, Stage, percentile, question_and_answer, stage
from appliance.simulator import Action, Pause, Sound, Speak, Wait

EXPECTED = ("yes please", "no thank you", "yes", "no")
OTHERS = ("I am not quite sure about that", "what was the question again", "let me think about it for a moment")
INTERRUPTIONS = ("wait a moment please", "no thank you", "excuse me", "hold on")
PER_CALL = 4
LISTENS_SECS = 1.2
"""How long the caller lets the bot talk before interrupting."""


class Waits(NamedTuple):
    """Milliseconds, and how often there was nothing to measure."""

    what: str
    times: int
    p50_ms: float
    p95_ms: float
    missing: int


async def talk(directory: Path, rounds: int) -> list[Waits]:
    """Gaps after expected answers and after others, and barge-ins; ``rounds`` calls of each."""
    async with stage(directory) as on:
        return [
            await _gaps(on, "answer to an expected answer", EXPECTED, rounds),
            await _gaps(on, "answer to anything else", OTHERS, rounds),
            await _barge_ins(on, rounds),
        ]


async def _gaps(on: Stage, what: str, texts: Sequence[str], rounds: int) -> Waits:
    gaps: list[float | None] = []
    for voice in VOICES[:rounds]:
        result = await on.call(plans.LOAD_NUMBER, question_and_answer(await _said(on, texts, voice)))
        gaps += [turn.gap_secs for turn in result.turns]
    return waits(what, gaps, rounds * PER_CALL)


async def _barge_ins(on: Stage, rounds: int) -> Waits:
    clears: list[float | None] = []
    for voice in VOICES[:rounds]:
        actions: list[Action] = []
        for sound in await _said(on, INTERRUPTIONS, voice):
            actions += [Wait("speech"), Pause(LISTENS_SECS), Speak(sound), Pause(1.5)]
        result = await on.call(plans.OPEN_NUMBER, actions)
        clears += [barge_in.clear_secs for barge_in in result.barge_ins]
    return waits("interruption: speech to clear", clears, rounds * PER_CALL)


async def _said(on: Stage, texts: Sequence[str], voice: str) -> list[Sound]:
    return [await on.sound(text, voice) for text in islice(cycle(texts), PER_CALL)]


def waits(what: str, secs: Sequence[float | None], tried: int) -> Waits:
    """The figures of what was measured; what was tried and not measured is missing."""
    known = [value * 1000 for value in secs if value is not None]
    return Waits(what, len(known), percentile(known, 50), percentile(known, 95), tried - len(known))
