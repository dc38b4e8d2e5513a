"""What is added to engines' own delays: from a small load that is really run, and from given counts."""

import base64
import math
import sys
from pathlib import Path

import msgspec
import pytest

from appliance.bench.engines import (
    LATE,
    MOST_ADDED_MS,
    TURNS,
    USUAL,
    Chain,
    Heard,
    Plan,
    Took,
    chains_of,
    engines,
    heard_by_the_detector,
    row_of,
    took,
)
from appliance.bench.load import cycle
from appliance.bench.stand_ins import Delays, Served
from appliance.bench.telephones import Answered
from appliance.simulator.sound import LINE_NOISE
from tests.bench.test_load import MEASURED

HEARD = [Heard(260.0, 540.0)] * (TURNS - 1) + [Heard(240.0, 520.0)]


def answer(
    at: float, *, caller: str = "0200001", turn: int = 2, added_ms: float = 30.0, late_ms: float = 5.0
) -> Answered:
    return Answered(caller, turn, at, at + 0.54 + 0.5 + (added_ms + late_ms) / 1000)


def chain(at: float, *, caller: str = "0200001", added_ms: float = 30.0, late_ms: float = 5.0) -> list[Served]:
    """A third of what is added before the model, before the voice, and behind it; the model is what is late."""
    asked = at + 0.54 + added_ms / 3000
    whole = Served("llm", caller, asked, asked + 0.38, asked + 0.38 + late_ms / 1000)
    asked = whole.done + added_ms / 3000
    return [whole, Served("tts", caller, asked, asked + 0.12, asked + 0.12)]


ANSWERED = [answer(at) for at in (10.0, 15.0)] + [answer(20.0, added_ms=90)]
SERVED = [*chain(10.0), *chain(15.0), *chain(20.0, added_ms=90), *chain(15.01, caller="0200002")]
COUNTED = msgspec.structs.replace(MEASURED, latencies=[], turns=13, answered=ANSWERED)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")
async def test_a_load_with_engines_is_carried_and_measured(tmp_path: Path) -> None:
    told: list[str] = []
    found = await engines(tmp_path, await cycle(tmp_path), [Plan(USUAL, 2, 5.5)], told.append)
    assert told == ["2 calls with engines, usual"]
    (row,) = found.rows
    assert (row.kind, row.calls, row.engines_ms) == ("usual", 2, 500)
    assert row.answers > 0
    assert row.cpu_ms > 0
    assert row.waited_p50_ms > row.turn_ms + row.engines_ms
    assert [one.engine for one in row.took] == ["stt", "llm", "tts"]
    assert all(ms > 0 for ms in row.where)


async def test_the_detector_hears_a_pause_and_the_silence_that_ends_a_turn(tmp_path: Path) -> None:
    heard = heard_by_the_detector(await cycle(tmp_path))
    assert len(heard) == TURNS
    assert all(200 <= turn.pause_ms <= 320 and 450 <= turn.silence_ms <= 600 for turn in heard)


def test_a_detector_that_hears_nobody_says_so_at_once(tmp_path: Path) -> None:
    path = tmp_path / "noise.txt"
    frame = base64.b64encode(LINE_NOISE.mulaw[:160]).decode()
    path.write_text("\n".join([frame] * 250), encoding="ascii")
    assert set(heard_by_the_detector(path)) == {Heard(20.0, 20.0)}


def test_what_is_added_is_the_wait_less_the_turns_end_and_the_engines_delays() -> None:
    row = row_of(COUNTED, SERVED, USUAL, HEARD)
    assert (row.turn_ms, row.engines_ms, row.answers) == (540, 500, 3)
    assert [round(ms) for ms in (row.waited_p50_ms, row.added_p50_ms, row.own_p50_ms)] == [1075, 35, 30]
    assert [round(ms) for ms in row.where] == [10, 10, 10]
    assert (row.cpu_ms, row.cpu_share, row.core_share, row.rss_mb, row.lost) == (10.0, 0.1, 0.2, 0.2, 0)
    assert row.holds


def test_a_turn_that_the_detector_heard_sooner_has_more_added() -> None:
    late = msgspec.structs.replace(COUNTED, answered=[answer(10.0, turn=TURNS + 3)])
    assert round(row_of(late, SERVED, USUAL, HEARD).added_p50_ms) == 55


def test_a_transcript_that_comes_last_ends_the_turn() -> None:
    assert row_of(COUNTED, SERVED, LATE, HEARD).turn_ms == 660


@pytest.mark.parametrize("change", [{"unanswered": 1}, {"early": 1}, {"dropped": 1}, {"turns": 14}])
def test_what_is_lost_is_not_held(change: dict[str, int]) -> None:
    row = row_of(msgspec.structs.replace(COUNTED, **change), SERVED, USUAL, HEARD)
    assert (row.lost, row.holds) == (1, False)


def test_more_than_may_be_added_is_not_held() -> None:
    row = row_of(COUNTED, SERVED, USUAL, HEARD)
    assert [row._replace(added_p95_ms=ms).holds for ms in (MOST_ADDED_MS, MOST_ADDED_MS + 1)] == [True, False]


def test_a_core_that_others_have_more_than_a_tenth_of_was_shared() -> None:
    row = row_of(COUNTED, SERVED, USUAL, HEARD)
    assert [row._replace(core_share=share).was_shared for share in (0.19, 0.21)] == [False, True]


def test_nothing_that_was_answered_is_no_figure() -> None:
    row = row_of(msgspec.structs.replace(COUNTED, answered=[]), [], USUAL, HEARD)
    assert (row.answers, row.lost, row.holds, row.waited_p50_ms) == (0, 3, False, float("inf"))
    assert all(map(math.isnan, row.where))


def test_an_answer_is_followed_by_its_caller_and_its_time() -> None:
    model, voice = chain(15.0)
    found = chains_of([answer(15.0), answer(25.0), answer(15.0, caller="0200009")], SERVED)
    assert found == [Chain(15.0, model, voice, answer(15.0).till), None, None]
    assert found[0] is not None
    assert round(found[0].late_secs * 1000) == 5


def test_what_the_stand_ins_took_is_by_engine() -> None:
    asked = [Served("stt", "", 1.0, 1.1, 1.1 + late / 1000) for late in (0, 1, 20)]
    assert [Took(one.engine, one.wanted_ms, round(one.p50_ms), round(one.p95_ms)) for one in took(asked, Delays())] == [
        Took("stt", 100, 101, 101)
    ]
