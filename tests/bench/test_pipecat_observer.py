"""Pipecat's observer, in its own environment, says of a turn what ours says."""

import sys
from pathlib import Path

import pytest

from appliance.bench.event_cost import measured
from appliance.bench.observing import Watch, measure
from appliance.bench.turn import turn
from tests.bench.test_pipecat_server import CHECKOUT, ENVIRONMENT, imported

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")


@pytest.mark.needs(ENVIRONMENT)
async def test_the_same_frames_give_as_many_messages_of_the_same_types_in_the_same_order() -> None:
    theirs = await measured("appliance.bench.pipecat_observer", turn(), 2, python=PYTHON)
    ours = await measure(Watch(turn=turn(), turns=2, viewers=1, role="supervisor"))
    assert [message["type"] for message in theirs.messages] == [message["type"] for message in ours.messages]
    assert len(theirs.turn_us) == 2
    assert min(theirs.turn_us) > 0


PYTHON = str(CHECKOUT / ".venv-pipecat/bin/python")


def test_it_needs_nothing_of_the_appliance() -> None:
    names = imported(Path(CHECKOUT, "appliance/bench/pipecat_observer.py"))
    assert {name for name in names if name.startswith("appliance")} == set()
