"""What came of a call, for files and machines."""

import json
from pathlib import Path

from appliance.audio.wav import read_wav
from appliance.simulator import Call, Speak, Wait, place_call
from tests.simulator.bot import beep, greet, serving


async def test_a_result_is_json_and_a_stereo_file(tmp_path: Path) -> None:
    async with serving(greet) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait(), Speak(beep(0.1))], grace_secs=0.0))
    told = json.loads(json.dumps(result.to_json()))
    result.save(tmp_path / "call.wav")
    saved = read_wav(tmp_path / "call.wav")
    assert set(told) == {
        "ok", "call_sid", "items", "verbs", "dialled", "turns", "barge_ins", "answer_secs", "longest_silence",
        "violations", "problems", "marks", "streams", "end", "secs", "worst_delay_secs", "audio_secs",
    }  # fmt: skip
    assert (told["ok"], told["problems"], told["streams"]) == (True, [], 1)
    assert told["turns"] == [
        {"what": "beep", "end_secs": result.turns[0].end_secs, "gap_secs": None, "arrival_secs": None}
    ]
    assert (saved.channels, saved.rate_hz) == (2, 8000)
    assert saved.secs == told["audio_secs"] == len(result.bot_track) / 8000
