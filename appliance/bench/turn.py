"""A turn of conversation in frames, told in words: each side makes its own frames of it."""

from collections.abc import Iterator
from typing import Any

Told = dict[str, Any]
"""A frame: the name of its class at ``frame``, and what is in it. Frames of one segment share its number."""

ASKED = "I would like to have my parcel on Tuesday, at nine if you can."
ANSWERED = (
    "Of course, let me see what is free on Tuesday.",
    "We can bring your parcel between nine and eleven in the morning.",
    "Shall I put that down for you?",
)
WORDS_PER_INTERIM = 4
TIMESTAMP = "2026-07-01T09:00:00.000+00:00"
CALL: Told = {"function_name": "free_times", "tool_call_id": "call_4711", "arguments": {"day": "Tuesday", "from": 9}}
RESULT = {"day": "Tuesday", "times": ["09:00-11:00", "14:00-16:00"]}


def turn() -> list[Told]:
    """The caller asks, a function is called, the bot answers word by word; every frame is pushed once."""
    return [*_asked(), *_written(), *_spoken()]


def _asked() -> Iterator[Told]:
    words = ASKED.split()
    yield {"frame": "UserStartedSpeakingFrame"}
    for end in range(WORDS_PER_INTERIM, len(words), WORDS_PER_INTERIM):
        yield {"frame": "InterimTranscriptionFrame", "text": " ".join(words[:end]), "timestamp": TIMESTAMP}
    yield {"frame": "UserStoppedSpeakingFrame"}
    yield {"frame": "TranscriptionFrame", "text": ASKED, "timestamp": TIMESTAMP}
    yield {"frame": "MetricsFrame", "data": [{"kind": "TTFBMetricsData", "processor": "stt", "value": 0.12}]}
    yield {"frame": "LLMContextFrame", "messages": [{"role": "user", "content": ASKED}]}


def _written() -> Iterator[Told]:
    yield {"frame": "LLMFullResponseStartFrame"}
    yield {"frame": "FunctionCallsStartedFrame", "calls": [CALL]}
    yield {"frame": "FunctionCallInProgressFrame", **CALL}
    yield {"frame": "FunctionCallResultFrame", **CALL, "result": RESULT}
    for sentence in ANSWERED:
        for word in sentence.split():
            yield {"frame": "LLMTextFrame", "text": f"{word} "}
    tokens = {"prompt_tokens": 412, "completion_tokens": 38, "total_tokens": 450}
    measured = [
        {"kind": "TTFBMetricsData", "processor": "llm", "value": 0.31},
        {"kind": "ProcessingMetricsData", "processor": "llm", "value": 0.84},
        {"kind": "LLMUsageMetricsData", "processor": "llm", **tokens},
    ]
    yield {"frame": "MetricsFrame", "data": measured}
    yield {"frame": "LLMFullResponseEndFrame"}


def _spoken() -> Iterator[Told]:
    yield {"frame": "TTSStartedFrame"}
    yield {"frame": "BotStartedSpeakingFrame"}
    for segment, sentence in enumerate(ANSWERED):
        yield {"frame": "AggregatedTextFrame", "text": sentence, "segment": segment}
        words = sentence.split()
        for count, word in enumerate(words, 1):
            heard = " ".join(words[:count])
            progress = {"accumulated_text": heard, "remaining_text": sentence[len(heard) :]}
            yield {"frame": "TTSTextFrame", "text": word, "segment": segment}
            yield {"frame": "AggregatedTextProgressFrame", "segment": segment, **progress}
    spoken = sum(map(len, ANSWERED))
    yield {"frame": "MetricsFrame", "data": [{"kind": "TTSUsageMetricsData", "processor": "tts", "value": spoken}]}
    yield {"frame": "TTSStoppedFrame"}
    yield {"frame": "BotStoppedSpeakingFrame"}
