"""What the server sends."""

from appliance.rtvi import server_messages
from tests.rtvi.examples import Example, check

TEXT = {"text": "Hello."}
PROGRESS = {"accumulated_text": "", "remaining_text": "Hello."}

EXAMPLES: list[Example] = [
    {
        "type": "bot-ready",
        "id": "1",
        "data": {
            "version": "2.1.0",
            "about": {"library": "appliance"},
            "config": [{"service": "tts", "options": [{"name": "rate", "value": 1.0}]}],
            "actions": [
                {"service": "tts", "action": "say", "arguments": [{"name": "text", "type": "string"}], "result": "bool"}
            ],
        },
    },
    {"type": "error", "data": {"error": "gone", "message": "gone", "fatal": False}},
    {"type": "error-response", "id": "1", "data": {"error": "no"}},
    {"type": "server-message", "data": {"any": ["thing"]}},
    {"type": "server-response", "id": "1", "data": {"t": "ask", "d": 5}},
    {"type": "user-started-speaking"},
    {"type": "user-stopped-speaking"},
    {"type": "vad-user-started-speaking"},
    {"type": "vad-user-stopped-speaking"},
    {"type": "user-mute-started"},
    {"type": "user-mute-stopped"},
    {"type": "bot-started-speaking"},
    {"type": "bot-stopped-speaking"},
    {"type": "bot-interrupted"},
    {"type": "user-transcription", "data": {"text": "yes", "user_id": "u", "timestamp": "t", "final": True}},
    {"type": "user-llm-text", "data": TEXT},
    {"type": "bot-llm-started"},
    {"type": "bot-llm-stopped"},
    {"type": "bot-llm-text", "data": TEXT},
    {"type": "bot-transcription", "data": TEXT},
    {"type": "bot-tts-started"},
    {"type": "bot-tts-stopped"},
    {"type": "bot-tts-text", "data": TEXT},
    {"type": "bot-tts-audio", "data": {"audio": "AAA=", "sample_rate": 8000, "num_channels": 1}},
    {
        "type": "bot-output",
        "data": {
            "text": "Hello.",
            "spoken": False,
            "aggregated_by": "sentence",
            "segment_id": 7,
            "will_be_spoken": True,
            "spoken_status": "new",
            "spoken_progress": PROGRESS,
        },
    },
    {
        "type": "metrics",
        "data": {
            "ttfb": [{"processor": "tts", "value": 0.1}],
            "ttfa": [{"processor": "out", "value": 0.4}],
            "ttfat": [{"processor": "llm", "value": 0.2}],
            "processing": [{"processor": "stt", "model": "m", "value": 0.3}],
            "characters": [{"processor": "tts", "value": 12}],
            "stt_usage": [{"processor": "stt", "value": {"audio_seconds": 1.5}}],
            "tokens": [{"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}],
        },
    },
    {"type": "user-audio-level", "data": {"value": 0.5}},
    {"type": "bot-audio-level", "data": {"value": 0.5}},
    {"type": "system-log", "data": TEXT},
]


def test_every_message_comes_back_as_it_was() -> None:
    check(server_messages, EXAMPLES, apart=set())
