"""Measurements as ``metrics`` shows them."""

from collections.abc import Iterable
from typing import Any

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

_KEYS: dict[type[MetricsData], str] = {
    TTFBMetricsData: "ttfb",
    TTFAMetricsData: "ttfa",
    TTFATMetricsData: "ttfat",
    ProcessingMetricsData: "processing",
    TTSUsageMetricsData: "characters",
    STTUsageMetricsData: "stt_usage",
    LLMUsageMetricsData: "tokens",
}


def metrics_data(measurements: Iterable[MetricsData]) -> dict[str, list[dict[str, Any]]]:
    """The data of ``metrics``: by kind, in order; kinds without measurements are absent."""
    data: dict[str, list[dict[str, Any]]] = {}
    for one in measurements:
        key = _KEYS.get(type(one))
        if key is not None:
            data.setdefault(key, []).append(_entry(one))
    return data


def _entry(one: MetricsData) -> dict[str, Any]:
    if isinstance(one, LLMUsageMetricsData):
        return {
            "prompt_tokens": one.prompt_tokens,
            "completion_tokens": one.completion_tokens,
            "total_tokens": one.total_tokens,
            **_engine(one),
        }
    entry: dict[str, Any] = {"processor": one.processor, **_engine(one)}
    if one.model is not None:
        entry["model"] = one.model
    value = getattr(one, "value")  # noqa: B009, every other kind has one
    return entry | {"value": {"audio_seconds": value} if isinstance(one, STTUsageMetricsData) else value}


def _engine(one: MetricsData) -> dict[str, Any]:
    return {} if one.engine is None else {"engine": one.engine}
