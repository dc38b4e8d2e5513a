"""What is printed is what was measured."""

import json

from appliance.bench.crowd import Crowd
from appliance.bench.detectors import Cost, Detectors, Hearing
from appliance.bench.dialplans import Choices
from appliance.bench.load import Row
from appliance.bench.pauses import FalseStarts, Turns
from appliance.bench.report import HOW_PIPECAT, NOT_MEASURED, Report, as_json, lines
from appliance.bench.talk import Waits

PIPECAT = "1.14.0, Python 3.11.7"
ROW = Row("canned", 200, 1.5, 0.3, 0.35, 0.2, 90.0, 120.0, 30.0, 400, 0, 0.1, 1.0, 2.0, 50)
REPORT = Report(
    rows=[ROW, ROW._replace(calls=300, lost=1), ROW._replace(system="wyoming", calls=400)],
    talk=[Waits("gap", 6, 300.0, 320.0, 1)],
    crowd=Crowd(20, 0, 1, 0, 0, 2, 600.0),
    turns=[Turns(0.2, 4, 0, 4, 310.0)],
    false_starts=FalseStarts(4, 0),
    detectors=Detectors(
        [Cost("silero", "babble 10 dB", 100, 1.2)], [Hearing("webrtc", "music 10 dB", 24, 15, 147, 1319, 574, 51)]
    ),
    choices=Choices(1000, 2.04, 1.96, 4.2, 21.4),
)


def test_the_largest_load_is_one_that_was_held_by_engines_in_the_process() -> None:
    assert (REPORT.most_calls, Report().most_calls) == (200, 0)


def test_people_read_every_figure() -> None:
    text = "\n".join(lines(REPORT))
    assert "canned               200     1.50      30%      35%     0.20       90      120" in text
    assert "gap                              p50  300 ms   p95  320 ms   (6 times, 1 not measured)" in text
    assert "20 calls at once: 0 failed, 0 heard another's words, 1 were understood otherwise than alone" in text
    assert "0.2 s      4         0            4    310 ms" in text
    assert "0 of 4 noises were taken for speech" in text
    assert "silero     babble 10 dB           100     1.20" in text
    assert "webrtc     music 10 dB           24       15      147 ms  1319 ms    574 ms             51" in text
    assert (
        "1000 dialplans load and check in 2.0 s (2.0 s of CPU); the one for a call is found in p50 4 us, p99 21 us"
    ) in text
    assert text.endswith("\n\nPipecat: not measured")


def test_a_limit_that_others_may_have_set_is_said_to_be_none() -> None:
    shared = "Others had over 10% of the core in 1 of the loads that were not held: try again."
    rows = [ROW._replace(core_share=0.9), ROW._replace(calls=300, lost=1, core_share=0.9)]
    assert shared in list(lines(Report(rows)))
    assert shared not in list(lines(Report(rows[:1])))


def test_ratios_to_pipecat_stand_below_its_rows() -> None:
    theirs = ROW._replace(system="pipecat-silero", calls=20, cpu_ms=30.0)
    rows = [ROW._replace(calls=20, cpu_ms=4.0), *REPORT.rows, theirs, theirs._replace(calls=30, lost=1)]
    report = REPORT._replace(rows=rows, pipecat=PIPECAT)
    text = "\n".join(lines(report))
    assert "pipecat-silero        20    30.00" in text
    assert text.index(HOW_PIPECAT) > text.index("One core holds 200 calls")
    assert (
        "\n\nPipecat 1.14.0, Python 3.11.7\n"
        "pipecat-silero: 30.00 ms of CPU per call and second at 20 calls, ours 4.00 ms: 7.5 times less\n"
        "pipecat-silero: one core holds 20 calls, ours 200: 10.0 times more\n\n"
    ) in text
    assert NOT_MEASURED not in text
    assert as_json(report)["pipecat"] == {
        "version": PIPECAT,
        "ratios": [
            {"system": "pipecat-silero", "what": "cpu_ms", "theirs": 30.0, "ours": 4.0, "times": 7.5},
            {"system": "pipecat-silero", "what": "calls", "theirs": 20, "ours": 200, "times": 10.0},
        ],
    }


def test_machines_read_the_same() -> None:
    told = json.loads(json.dumps(as_json(REPORT)))
    assert (told["most_calls"], told["pipecat"], told["crowd"]["calls"]) == (200, None, 20)
    assert [(row["calls"], row["holds"]) for row in told["load"]] == [(200, True), (300, False), (400, True)]
