"""Whether a caller heard the right answer is decided by the recording."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from appliance.audio.g711 import pcm_to_ulaw
from appliance.audio.tones import tone
from appliance.bench.crowd import ALIKE, Signal, decode_pcm, likeness, told, verdict
from appliance.bench.plans import THINGS
from appliance.simulator import Turn

MINE, OTHER = THINGS[:2]
LOW, HIGH = tone([300, 500], 0.5), tone([1500, 2500], 0.5)


def melody(*parts: bytes) -> bytes:
    return b"".join(parts)


SPOKEN = {MINE: melody(LOW, HIGH, LOW), OTHER: melody(HIGH, LOW, HIGH)}
ANSWERS: dict[str, Signal] = {thing: decode_pcm(pcm) for thing, pcm in SPOKEN.items()}


@dataclass
class Heard:
    """As much of a result as counts here."""

    bot_track: bytes
    ok: bool = True
    turns: list[Turn] = field(default_factory=list)


def heard(pcm: bytes, **facts: Any) -> Any:
    turns = [Turn("x", end_secs=1.0, gap_secs=0.3, arrival_secs=0.3)]
    return Heard(pcm_to_ulaw(bytes(16_000) + pcm + bytes(8_000)), turns=turns, **facts)


def test_what_was_said_is_found_wherever_it_lies() -> None:
    whole = np.concatenate((np.zeros(1600), ANSWERS[MINE], np.zeros(800)))
    assert likeness(whole, ANSWERS[MINE]) > 0.99
    assert likeness(whole, ANSWERS[OTHER]) < ALIKE


def test_nothing_is_like_what_is_longer_or_silent() -> None:
    assert likeness(ANSWERS[MINE][:800], ANSWERS[MINE]) == 0.0
    assert likeness(ANSWERS[MINE], np.zeros(800)) == 0.0


def test_silence_at_both_ends_is_left_out() -> None:
    assert decode_pcm(np.array([0, 5, 400, 7, -400, 0], np.int16).tobytes()).tolist() == [400, 7, -400]


def test_what_a_caller_was_told_stands_in_the_record() -> None:
    record = [{"who": "caller", "text": OTHER}, {"who": "bot", "text": f"I heard {MINE}. What else?"}]
    assert (told(record), told([])) == (MINE, "")


@pytest.mark.parametrize(
    ("alone", "now", "spoken", "says"),
    [
        (MINE, MINE, MINE, ""),
        (MINE, OTHER, OTHER, "mixed"),
        (MINE, "", MINE, "changed"),
        ("", MINE, MINE, "changed"),
        ("", "", MINE, ""),
        (MINE, MINE, OTHER, "mixed"),
        (OTHER, OTHER, OTHER, ""),
    ],
)
def test_a_call_is_judged_by_what_it_was_alone_and_by_its_recording(
    alone: str, now: str, spoken: str, says: str
) -> None:
    assert verdict(MINE, alone, heard(SPOKEN[spoken]), now, ANSWERS) == says


def test_a_recording_without_its_answer_is_unlike() -> None:
    answers = {MINE: ANSWERS[MINE]}
    assert verdict(MINE, MINE, heard(tone([700], 1.5)), MINE, answers) == "unlike"


def test_a_call_that_broke_off_has_failed() -> None:
    assert verdict(MINE, MINE, heard(SPOKEN[MINE], ok=False), MINE, ANSWERS) == "failed"
