"""Many callers at once on the embedded engines: each says something else, and each recording is checked."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from appliance.bench import plans
from appliance.bench.plans import THINGS
from appliance.bench.stage import Stage, question_and_answer, stage
from appliance.simulator import CallResult
from appliance.simulator.sound import decode

CLEAR_VOICE = "en-us"
"""With this one each of the things is understood when it is said alone: the matter here is who hears whom."""
OVER_SECS = 2.0
"""The calls begin within this time."""
ALIKE = 0.3
"""The least correlation of what was heard with what should have been said: espeak-ng never makes the same samples twice
(0.45 to 0.7 for the same text), but other texts stay under 0.25."""

Signal = npt.NDArray[np.float64]


class Crowd(NamedTuple):
    """What came of it, in calls."""

    calls: int
    failed: int
    """They broke off, or the caller waited in vain."""
    misunderstood: int
    """The record holds something else than the caller said, and nobody else's number either."""
    mixed: int
    """The record or the recording holds what another caller said or was told."""
    unlike: int
    """The recording does not hold the answer that the record says was given."""
    longest_gap_ms: float


async def crowd(directory: Path, calls: int = len(THINGS)) -> Crowd:
    """Runs and checks them."""
    things = THINGS[:calls]
    async with stage(directory) as on:
        results = await asyncio.gather(*(_ring(on, thing, number) for number, thing in enumerate(things)))
        records = [await on.turns_of(result) for result in results]
        answers = {thing: decode_pcm(await on.voice.speak(answer_to(thing))) for thing in things}
    verdicts = [
        verdict(thing, result, record, answers) for thing, result, record in zip(things, results, records, strict=True)
    ]
    gaps = [turn.gap_secs * 1000 for result in results for turn in result.turns if turn.gap_secs is not None]
    counts = {name: verdicts.count(name) for name in ("failed", "misunderstood", "mixed", "unlike")}
    return Crowd(calls=calls, longest_gap_ms=max(gaps, default=float("nan")), **counts)


async def _ring(on: Stage, thing: str, number: int) -> CallResult:
    await asyncio.sleep(number * OVER_SECS / len(THINGS))
    sound = await on.sound(thing, CLEAR_VOICE)
    return await on.call(plans.THINGS_NUMBER, question_and_answer([sound]))


def answer_to(thing: str) -> str:
    """What the bot says to that."""
    return f"I heard {thing}."


def verdict(thing: str, result: CallResult, record: Sequence[Mapping[str, Any]], answers: Mapping[str, Signal]) -> str:
    """What is wrong with a call; empty when nothing is."""
    if not result.ok or not result.turns or result.turns[0].gap_secs is None:
        return "failed"
    said = " ".join(turn["text"] for turn in record if turn["who"] == "bot")
    told = [other for other in answers if answer_to(other) in said]
    if told != [thing]:
        return "mixed" if told else "misunderstood"
    begin = round(result.turns[0].end_secs * 8000)
    heard = decode(result.bot_track[begin:]).astype(np.float64)
    alike = {other: likeness(heard, answer) for other, answer in answers.items()}
    if max(alike, key=alike.__getitem__) != thing:
        return "mixed"
    return "" if alike[thing] >= ALIKE else "unlike"


def decode_pcm(pcm: bytes) -> Signal:
    """16-bit samples as numbers, without the silence at both ends."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 300)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def likeness(heard: Signal, said: Signal) -> float:
    """How well ``said`` is found in ``heard``, at its best place: the normalised correlation, up to 1."""
    if heard.size < said.size or not said.any():
        return 0.0
    size = 1 << (heard.size + said.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    places = heard.size - said.size + 1
    energy = np.concatenate(([0.0], np.cumsum(heard**2)))
    window = energy[said.size :] - energy[:places]
    norms = np.sqrt(np.maximum(window, 1.0) * (said**2).sum())
    return float((product[:places] / norms).max())
