"""What the observer reports by default."""

from dataclasses import asdict

from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams

ON = [
    "bot_output_enabled",
    "bot_llm_enabled",
    "bot_tts_enabled",
    "bot_speaking_enabled",
    "user_llm_enabled",
    "user_speaking_enabled",
    "user_mute_enabled",
    "user_transcription_enabled",
    "metrics_enabled",
]
OFF = ["bot_audio_level_enabled", "vad_user_speaking_enabled", "user_audio_level_enabled", "system_logs_enabled"]


def test_the_defaults_are_those_of_the_facts() -> None:
    assert asdict(RTVIObserverParams()) == dict.fromkeys(ON, True) | dict.fromkeys(OFF, False) | {
        "ignored_sources": (),
        "skip_aggregator_types": None,
        "bot_output_transforms": None,
        "audio_level_period_secs": 0.15,
        "function_call_report_level": {"*": RTVIFunctionCallReportLevel.NONE},
    }
