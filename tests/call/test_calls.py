from pathlib import Path

from appliance.call import Calls
from tests.call.lines import House


async def test_calls_are_found_by_the_carriers_id_until_they_are_removed(tmp_path: Path) -> None:
    calls, call = Calls(2), House(tmp_path).call
    calls.add(call)
    assert (calls.get("CA1"), list(calls), len(calls)) == (call, [call], 1)
    calls.remove(call)
    calls.remove(call)
    assert (calls.get("CA1"), list(calls), len(calls)) == (None, [], 0)


async def test_it_is_full_with_as_many_calls_as_are_allowed(tmp_path: Path) -> None:
    calls = Calls(1)
    assert not calls.is_full
    calls.add(House(tmp_path).call)
    assert calls.is_full


async def test_calls_may_end_while_they_are_looked_through(tmp_path: Path) -> None:
    calls = Calls(1)
    calls.add(House(tmp_path).call)
    for call in calls:
        calls.remove(call)
    assert len(calls) == 0
