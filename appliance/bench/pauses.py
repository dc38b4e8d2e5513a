"""Turns cut off in the middle of a sentence, and false starts: what a short response gap is easily bought with."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from appliance.audio import g711
from appliance.bench import plans
from appliance.bench.stage import VOICES, Stage, percentile, question_and_answer, spoken, stage
from appliance.simulator import Action, CallResult, Pause, Sound, Speak, Wait
from appliance.simulator.sound import LINE_NOISE, SAMPLE_RATE_HZ

PAUSES_SECS = (0.2, 0.3, 0.4, 0.5, 0.6)


class Turns(NamedTuple):
    """Numbers said with a pause in the middle."""

    pause_secs: float
    said: int
    cut_off: int
    """The turn was over before the caller had finished: the record has more turns than were said."""
    understood: int
    """Numbers that the bot has read back at least once: one that was cut in two may be guessed from each half."""
    gap_p50_ms: float


class FalseStarts(NamedTuple):
    """Sounds that are not speech, made into what the bot says."""

    sounds: int
    taken_for_speech: int


async def pauses(directory: Path, per_pause: int = len(plans.ORDERS)) -> tuple[list[Turns], FalseStarts]:
    """All calls at once: one for each pause, and one with noises."""
    async with stage(directory) as on:
        calls = (_with_pause(on, secs, plans.ORDERS[:per_pause]) for secs in PAUSES_SECS)
        turns, starts = await asyncio.gather(asyncio.gather(*calls), _noises(on))
    return turns, starts


async def _with_pause(on: Stage, pause_secs: float, orders: Sequence[str]) -> Turns:
    voices = [VOICES[number % len(VOICES)] for number in range(len(orders))]
    sounds = [await halves(on, order, pause_secs, voice) for order, voice in zip(orders, voices, strict=True)]
    result = await on.call(plans.ORDERS_NUMBER, question_and_answer(sounds))
    record = await on.turns_of(result)
    return turns_of(pause_secs, len(orders), result, understood(orders, record))


def understood(orders: Sequence[str], record: Sequence[Mapping[str, Any]]) -> int:
    """How many of the numbers that were said the bot has read back, by the record's turns."""
    read_back = [turn["text"] for turn in record if turn["who"] == "bot"]
    return sum(any(", ".join(order) in text for text in read_back) for order in orders)


def turns_of(pause_secs: float, said: int, result: CallResult, understood: int) -> Turns:
    """Counts from the caller's tape: an answer that begins before the caller has ended cuts the caller off."""
    gaps = [turn.gap_secs * 1000 for turn in result.turns if turn.gap_secs is not None]
    return Turns(pause_secs, said, len(result.barge_ins), understood, percentile(gaps, 50))


async def halves(on: Stage, order: str, pause_secs: float, voice: str) -> Sound:
    """A number, two digits and two digits, with a pause between what can be heard of them."""
    first, second = [await on.sound(spoken(order[at : at + 2]), voice) for at in (0, 2)]
    pause = LINE_NOISE.mulaw[: round(pause_secs * SAMPLE_RATE_HZ)]
    return Sound(first.mulaw[: first.end] + pause + second.mulaw[second.onset :], order)


async def _noises(on: Stage) -> FalseStarts:
    sounds = noises()
    actions: list[Action] = []
    for sound in sounds:
        actions += [Wait("speech"), Pause(0.8), Speak(sound), Pause(0.6)]
    result = await on.call(plans.OPEN_NUMBER, actions)
    return FalseStarts(len(sounds), sum(barge_in.clear_secs is not None for barge_in in result.barge_ins))


def noises() -> list[Sound]:
    """Clicks, a breath, a beep, a cough-like burst: loud enough to be heard, and none of them words."""
    random = np.random.default_rng(8000)
    beep = np.sin(2 * np.pi * 440 * np.arange(3200) / SAMPLE_RATE_HZ) * 8000
    click = np.concatenate((random.normal(0, 9000, 160), np.zeros(800), random.normal(0, 9000, 160)))
    breath = random.normal(0, 700, 3200) * np.hanning(3200)
    burst = random.normal(0, 6000, 1200) * np.exp(-np.arange(1200) / 300)
    made = {"beep": beep, "clicks": click, "breath": breath, "burst": burst}
    return [
        Sound(g711.pcm_to_ulaw(np.clip(samples, -32768, 32767).astype(np.int16).tobytes()), name)
        for name, samples in made.items()
    ]
