"""What is printed of calls with engines is what was measured."""

import json

from appliance.bench.engines import USUAL, Engines, row_of
from appliance.bench.engines_report import HOW, as_json, lines
from appliance.bench.report import Report
from appliance.bench.report import as_json as all_as_json
from appliance.bench.report import lines as all_lines
from tests.bench.test_engines import COUNTED, HEARD, SERVED

ROW = row_of(COUNTED, SERVED, USUAL, HEARD)
ONE = Engines(HEARD, [ROW])


def test_people_read_every_figure() -> None:
    text = list(lines(ONE))
    assert text[0] == HOW
    assert "usual                 10    10.00       10%     20%      0.20         3      0       5%" in text
    assert (
        "usual                 10         1075     1075    540       500          35       35        30       30   "
        "10 + 10 + 10"
    ) in text
    assert text[-3:] == [
        "450 ms of silence are heard 520 or 540 ms after the last speech, a pause 240 or 260 ms after it.",
        "usual, 10 calls: the stand-ins took, p50 and p95 in ms: llm 385 and 385 of 380, tts 120 and 120 of 120.",
        "usual, 10 calls: held; to 95 % of the answers at most 35 ms are added (60 may be), 0 answers are lost.",
    ]


def test_a_core_that_others_used_is_named_where_it_was_not_held() -> None:
    busy = ROW._replace(lost=1, core_share=0.9)
    assert list(lines(Engines(HEARD, [busy])))[-1] == (
        "usual, 10 calls: NOT held; to 95 % of the answers at most 35 ms are added (60 may be), 1 answers are lost. "
        "Others had over 10% of the core: try again."
    )


def test_machines_read_the_same() -> None:
    read = json.loads(json.dumps(as_json(ONE)))
    (row,) = read["rows"]
    assert (row["calls"], row["holds"], row["was_shared"], row["kind"]) == (10, True, False, "usual")
    assert {name: round(ms) for name, ms in row["where"].items()} == {
        "to_model_ms": 10,
        "to_voice_ms": 10,
        "to_caller_ms": 10,
    }
    assert [one["engine"] for one in row["took"]] == ["llm", "tts"]
    assert read["heard"][0] == {"pause_ms": 260.0, "silence_ms": 540.0}


def test_it_stands_in_the_report_where_it_was_measured() -> None:
    assert HOW in list(all_lines(Report(engines=ONE)))
    assert all_as_json(Report(engines=ONE))["engines"] == as_json(ONE)
    assert all_as_json(Report())["engines"] is None
