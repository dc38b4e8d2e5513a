"""What is printed of watched calls is what was measured."""

import json

import msgspec

from appliance.bench.event_cost import Cost, Costs
from appliance.bench.rtvi import Rtvi, ends_of, phases_of
from appliance.bench.rtvi_report import as_json, lines
from tests.bench.test_load import MEASURED
from tests.bench.test_rtvi import COSTS, SIZE, WATCHED, found

ONE = found(WATCHED)
BESIDE = ONE._replace(costs=Costs([*COSTS.costs, Cost("pipecat", 1, False, 9, 10.0)]), pipecat="1.14.0, Python 3.11.7")


def test_people_read_every_figure() -> None:
    text = list(lines(ONE))
    assert (
        "5 each            50        20      0    100.0    100.0     +0.0         50     2.00     4.00     4.00"
        in next(line for line in text if line.startswith("5 each"))
    )
    assert "10 calls, held: the change is under 5 ms, 95 % of events take less than 10 ms" in "\n".join(text)
    assert (
        "50 readers: 0 got something else than another of their role, 0 numbers are missing, 0 were not closed with "
        "1000 at the end; 40 kB each"
    ) in text
    assert "10 that never read: 4 closed with 1013, 6 cut off, 0 still there; at most 900000 bytes waited" in "\n".join(
        text
    )
    assert text[-1] == "Pipecat's: not measured"


def test_ratios_to_pipecat_stand_last() -> None:
    assert list(lines(BESIDE))[-1] == (
        "Ours costs 0.40 of Pipecat's for one viewer (at most 0.5), 0.030 for each further one (at most 0.1)."
    )


def test_a_core_that_others_used_is_named_where_it_was_not_held() -> None:
    busy = msgspec.structs.replace(MEASURED, server_core_secs=5.0, unanswered=1)
    nobody, read, deaf = WATCHED.parts
    parts = [nobody, msgspec.structs.replace(read, measured=busy), deaf]
    watched = msgspec.structs.replace(WATCHED, parts=parts)
    text = list(lines(Rtvi(phases_of(watched, SIZE), ends_of(watched), COSTS, "")))
    assert "Others had over 10% of the core in: 5 each. Try again." in text
    assert not any("Try again" in line for line in lines(ONE))


def test_machines_read_the_same() -> None:
    read = json.loads(json.dumps(as_json(BESIDE)))
    assert read["holds"] is True
    assert read["of_pipecat"] == {"one": 0.4, "further": 0.03}
    assert [phase["viewers"] for phase in read["phases"]] == [0, 50, 60]
    assert (read["ends"]["cut"], read["further_us"], read["pipecat"]) == (6, 0.3, "1.14.0, Python 3.11.7")
