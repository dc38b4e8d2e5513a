"""What our observer does with a turn is what viewers get, all of it."""

from collections import Counter

from appliance.bench.observing import Watch, measure
from appliance.bench.turn import turn

TOLD = {
    "bot-output": 32,
    "bot-llm-text": 29,
    "bot-tts-text": 29,
    "user-transcription": 4,
    "metrics": 3,
    "bot-transcription": 3,
    "user-started-speaking": 1,
    "user-stopped-speaking": 1,
    "user-llm-text": 1,
    "bot-llm-started": 1,
    "bot-llm-stopped": 1,
    "llm-function-call-started": 1,
    "llm-function-call-in-progress": 1,
    "llm-function-call-stopped": 1,
    "bot-tts-started": 1,
    "bot-tts-stopped": 1,
    "bot-started-speaking": 1,
    "bot-stopped-speaking": 1,
}


async def test_every_viewer_gets_every_event_of_each_turn() -> None:
    observed = await measure(Watch(turn=turn(), turns=2, viewers=3, role="supervisor"))
    assert Counter(message["type"] for message in observed.messages) == TOLD
    assert len(observed.turn_us) == 2
    assert min(observed.turn_us) > 0
    stopped = next(each for each in observed.messages if each["type"] == "llm-function-call-stopped")
    assert stopped["data"]["result"] == {"day": "Tuesday", "times": ["09:00-11:00", "14:00-16:00"]}


async def test_masked_the_texts_of_the_dialogue_come_by_the_sentence() -> None:
    observed = await measure(Watch(turn=turn(), turns=1, viewers=1, role="viewer"))
    told = Counter(message["type"] for message in observed.messages)
    assert told == TOLD | {"bot-llm-text": told["bot-llm-text"]}
    assert told["bot-llm-text"] < TOLD["bot-llm-text"]
