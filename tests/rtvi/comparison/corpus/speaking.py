"""Who speaks, what the caller said, how loud it was, and what was logged."""

import base64
import math
import struct

from tests.rtvi.comparison.case import Case, push

RATE_HZ = 8000
AT = "2026-07-01T09:00:00.000+00:00"


def tone(height: int) -> str:
    """Half a second of sound, base64; of silence for height 0."""
    samples = (int(height * math.sin(2 * math.pi * 440 * n / RATE_HZ)) for n in range(RATE_HZ // 2))
    return base64.b64encode(b"".join(struct.pack("<h", sample) for sample in samples)).decode()


LOUD, SILENT = tone(20_000), tone(0)

WHO_SPEAKS = [
    push("VADUserStartedSpeakingFrame"),
    push("UserStartedSpeakingFrame"),
    push("VADUserStoppedSpeakingFrame"),
    push("UserStoppedSpeakingFrame"),
    push("BotStartedSpeakingFrame"),
    push("UserMuteStartedFrame"),
    push("InterruptionFrame"),
    push("UserMuteStoppedFrame"),
    push("BotStoppedSpeakingFrame"),
]

WORDS = [
    push("InterimTranscriptionFrame", text="Good", user_id="caller", timestamp=AT),
    push("TranscriptionFrame", text="Good morning.", user_id="caller", timestamp=AT),
    push("TranscriptionFrame", text="", user_id="", timestamp=""),
]

LEVELS = {"user_audio_level_enabled": True, "bot_audio_level_enabled": True}


def sound() -> list[dict[str, object]]:
    """Both sides of the line, silent and loud."""
    return [
        push(frame, audio=audio, sample_rate=RATE_HZ)
        for audio in (SILENT, LOUD)
        for frame in ("InputAudioRawFrame", "TTSAudioRawFrame")
    ]


SPEAKING = [
    Case("who speaks", WHO_SPEAKS),
    Case("voice is detected", WHO_SPEAKS, {"vad_user_speaking_enabled": True}),
    Case(
        "voice is detected from the middle of a call on",
        [
            push("VADUserStartedSpeakingFrame"),
            push("RTVIConfigureObserverFrame", vad_user_speaking_enabled=True),
            push("VADUserStoppedSpeakingFrame"),
            push("RTVIConfigureObserverFrame", vad_user_speaking_enabled=False),
            push("VADUserStartedSpeakingFrame"),
        ],
    ),
    Case("the caller's words", WORDS),
    Case("audio levels, at once", sound(), {**LEVELS, "audio_level_period_secs": 0.0}),
    Case("audio levels, seldom", sound(), {**LEVELS, "audio_level_period_secs": 3600.0}),
    Case("audio without levels", sound()),
    Case(
        "what the output transport pushes is ignored",
        [
            *(push(step["push"], by="ear") for step in WHO_SPEAKS),
            push("UserStartedSpeakingFrame"),
            push("TTSTextFrame", text="Good morning.", aggregated_by="sentence"),
        ],
        {"ignored_sources": ["ear"]},
    ),
    Case(
        "log lines",
        [
            {"log": "The engine is warm.", "call": "CA1"},
            {"log": "Somebody else's secret.", "call": "CA2"},
            {"log": "The disk is nearly full.", "call": ""},
        ],
        {"system_logs_enabled": True},
    ),
]
