"""Measurements as viewers get them."""

from appliance.frames import (
    LLMUsageMetricsData,
    MetricsData,
    ProcessingMetricsData,
    STTUsageMetricsData,
    TTFAMetricsData,
    TTFATMetricsData,
    TTFBMetricsData,
    TTSUsageMetricsData,
)
from appliance.rtvi.metrics import metrics_data


def test_each_kind_has_its_key_and_entries_in_order() -> None:
    data = metrics_data(
        [
            TTFBMetricsData("tts", None, 0.1),
            TTFBMetricsData("stt", "m", 0.0),
            TTFAMetricsData("out", None, 0.4),
            TTFATMetricsData("llm", None, 0.2),
            ProcessingMetricsData("stt", None, 0.3),
            TTSUsageMetricsData("tts", None, 12),
            STTUsageMetricsData("stt", None, 1.5),
            LLMUsageMetricsData("llm", None, 1, 2, 3),
        ]
    )
    assert data == {
        "ttfb": [{"processor": "tts", "value": 0.1}, {"processor": "stt", "model": "m", "value": 0.0}],
        "ttfa": [{"processor": "out", "value": 0.4}],
        "ttfat": [{"processor": "llm", "value": 0.2}],
        "processing": [{"processor": "stt", "value": 0.3}],
        "characters": [{"processor": "tts", "value": 12}],
        "stt_usage": [{"processor": "stt", "value": {"audio_seconds": 1.5}}],
        "tokens": [{"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}],
    }


def test_the_engine_behind_a_measurement_is_named() -> None:
    usage = LLMUsageMetricsData("llm", "m", 1, 2, 3, engine="spare")
    assert metrics_data([TTFBMetricsData("tts", "m", 0.1, engine="piper"), usage]) == {
        "ttfb": [{"processor": "tts", "engine": "piper", "model": "m", "value": 0.1}],
        "tokens": [{"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "engine": "spare"}],
    }


def test_what_is_of_no_known_kind_is_not_shown() -> None:
    assert metrics_data([MetricsData("x")]) == {}
