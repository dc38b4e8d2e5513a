"""What of a call is recorded, as its dialplan says."""

from pathlib import Path

import pytest

from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.call.sound import CallSound
from appliance.call.transports import CarrierTransport
from tests.call.drawer import drawer
from tests.dialplan.stories import loaded

PLAN = 'name: Story\nnumbers: ["*"]\n'
MESSAGE = "steps: {leave: {message: Speak., next: bye, nothing: bye}, bye: {hang_up: }}\n"
NOTHING = "steps: {bye: {hang_up: }}\n"
RECORDED = "recording: {announce: 'We record you, {{ caller }}.'}\n"


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        (NOTHING, []),
        (MESSAGE, ["MessageTaker"]),
        (RECORDED + NOTHING, ["CallRecording"]),
        (RECORDED + MESSAGE, ["MessageTaker", "CallRecording"]),
    ],
)
async def test_there_is_what_the_dialplan_needs_and_no_more(tmp_path: Path, written: str, parts: list[str]) -> None:
    plan = loaded(tmp_path, PLAN + written).plan
    told: list[bool] = []
    transport = CarrierTransport(VADAnalyzer(), TurnTaking(TurnParams()), marks=True)
    async with drawer(tmp_path) as box:
        sound = CallSound(
            plan, transport, box, {"call_id": "CA1", "caller": "+1"}, lambda *, recording: told.append(recording)
        )
        assert [part.name for part in sound.processors] == parts
        assert sound.announcement() == ("We record you, +1." if "CallRecording" in parts else None)
        one, other = sound._teller("one"), sound._teller("other")
        for tell, on in ((one, True), (other, True), (one, False), (one, False), (other, False)):
            tell(on)
        assert told == [True, False]
        sound.stop()
        assert box.kept == []
