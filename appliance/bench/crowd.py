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
from appliance.simulator import CallResult, Sound
from appliance.simulator.sound import decode

CLEAR_VOICE = "en-us"
"""Most of the things are understood in this voice when they are said alone: the matter here is who hears whom."""
OVER_SECS = 2.0
"""The calls begin within this time."""
AT_ONCE_ALONE = 2
"""So many calls at a time are "alone": less than one for each core."""
ALIKE = 0.8
"""The least likeness of what was heard with what the record says was said."""
FRAME = 160
"""20 ms: a voice's loudness in bands over time is the same each time it says a text, its samples are not."""
BANDS = 16

Signal = npt.NDArray[np.float64]
Record = Sequence[Mapping[str, Any]]


class Crowd(NamedTuple):
    """What came of it, in calls. The very same audio is sent alone first, so that the crowd is all that differs."""

    calls: int
    failed: int
    """They broke off, or the caller waited in vain."""
    changed: int
    """Understood otherwise than alone."""
    mixed: int
    """The record or the recording holds what another caller said or was told, and alone it did not."""
    unlike: int
    """The recording does not hold the answer that the record says was given."""
    misheard_alone: int
    """Understood wrongly, or not at all, even when said alone: the recogniser's own mistakes."""
    longest_gap_ms: float


async def crowd(directory: Path, calls: int = len(THINGS)) -> Crowd:
    """Runs and checks them."""
    things = THINGS[:calls]
    async with stage(directory) as on:
        sounds = [await on.sound(thing, CLEAR_VOICE) for thing in things]
        few = asyncio.Semaphore(AT_ONCE_ALONE)
        alone = [told(record) for _, record in await asyncio.gather(*(_ring(on, one, few) for one in sounds))]
        all_at_once = asyncio.Semaphore(calls)
        pairs = await asyncio.gather(
            *(_ring(on, one, all_at_once, number * OVER_SECS / calls) for number, one in enumerate(sounds))
        )
        answers = {thing: decode_pcm(await on.voice.speak(answer_to(thing))) for thing in things}
    verdicts = [
        verdict(thing, before, result, told(record), answers)
        for thing, before, (result, record) in zip(things, alone, pairs, strict=True)
    ]
    gaps = [turn.gap_secs * 1000 for result, _ in pairs for turn in result.turns if turn.gap_secs is not None]
    return Crowd(
        calls=calls,
        **{name: verdicts.count(name) for name in ("failed", "changed", "mixed", "unlike")},
        misheard_alone=sum(heard != thing for thing, heard in zip(things, alone, strict=True)),
        longest_gap_ms=max(gaps, default=float("nan")),
    )


async def _ring(on: Stage, sound: Sound, room: asyncio.Semaphore, after_secs: float = 0.0) -> tuple[CallResult, Record]:
    await asyncio.sleep(after_secs)
    async with room:
        result = await on.call(plans.THINGS_NUMBER, question_and_answer([sound]))
    return result, await on.turns_of(result)


def answer_to(thing: str) -> str:
    """What the bot says to that."""
    return f"I heard {thing}."


def told(record: Record) -> str:
    """What the bot said it heard; empty when it did not understand."""
    said = " ".join(turn["text"] for turn in record if turn["who"] == "bot")
    return next((thing for thing in THINGS if answer_to(thing) in said), "")


def verdict(thing: str, alone: str, result: CallResult, now: str, answers: Mapping[str, Signal]) -> str:
    """What is wrong with a call; empty when nothing is."""
    if not result.ok or not result.turns or result.turns[0].gap_secs is None:
        return "failed"
    if now != alone:
        return "mixed" if now and now != thing else "changed"
    if not now:
        return ""
    begin = round(result.turns[0].end_secs * 8000)
    heard = decode(result.bot_track[begin:]).astype(np.float64)
    alike = {other: likeness(heard, answer) for other, answer in answers.items()}
    if max(alike, key=alike.__getitem__) != now:
        return "mixed"
    return "" if alike[now] >= ALIKE else "unlike"


def decode_pcm(pcm: bytes) -> Signal:
    """16-bit samples as numbers, without the silence at both ends."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 300)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def likeness(heard: Signal, said: Signal) -> float:
    """How well ``said`` is found in ``heard``, at its best place: the correlation of their pictures, up to 1."""
    whole, part = _picture(heard), _picture(said)
    places = len(whole) - len(part) + 1
    if places < 1 or not part.any():
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(whole, len(part), axis=0)
    centred = windows - windows.mean(axis=2, keepdims=True)
    wanted = (part - part.mean(axis=0)).T
    norms = np.sqrt((centred**2).sum(axis=(1, 2)) * (wanted**2).sum())
    return float(((centred * wanted).sum(axis=(1, 2)) / np.maximum(norms, 1e-9)).max())


def _picture(signal: Signal) -> Signal:
    """Loudness by frame and band, in dB over the faintest that counts."""
    frames = signal[: signal.size // FRAME * FRAME].reshape(-1, FRAME)
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1))[:, 1:] ** 2
    bands = power.reshape(len(frames), BANDS, -1).mean(axis=2)
    return np.asarray(10 * np.log10(np.maximum(bands, 1e4) / 1e4))
