"""One name for all models: ``import appliance.rtvi.models as RTVI``."""

import re
from pathlib import Path

import appliance.rtvi.models as RTVI  # noqa: N812, the name that the field knows
from appliance.rtvi import client_messages, envelope, function_messages, server_messages, service_messages, ui_messages
from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.microphones import AUDIO_MESSAGES
from tests.rtvi.examples import models_of

MODULES = [client_messages, envelope, function_messages, server_messages, service_messages, ui_messages]

FROM_CLIENT = [
    "client-ready",
    "disconnect-bot",
    "client-message",
    "send-text",
    "llm-function-call-result",
    "raw-audio",
    "raw-audio-batch",
    "dtmf",
    "ui-event",
    "ui-snapshot",
    "ui-cancel-job-group",
    "append-to-context",
    "describe-config",
    "get-config",
    "describe-actions",
    "update-config",
    "action",
]

FROM_SERVER = [
    "bot-ready",
    "error",
    "error-response",
    "server-message",
    "server-response",
    "user-started-speaking",
    "user-stopped-speaking",
    "vad-user-started-speaking",
    "vad-user-stopped-speaking",
    "user-mute-started",
    "user-mute-stopped",
    "bot-started-speaking",
    "bot-stopped-speaking",
    "bot-interrupted",
    "user-transcription",
    "user-llm-text",
    "bot-llm-started",
    "bot-llm-stopped",
    "bot-llm-text",
    "bot-transcription",
    "bot-tts-started",
    "bot-tts-stopped",
    "bot-tts-text",
    "bot-tts-audio",
    "bot-output",
    "metrics",
    "user-audio-level",
    "bot-audio-level",
    "system-log",
    "llm-function-call-started",
    "llm-function-call-in-progress",
    "llm-function-call-stopped",
    "llm-function-call",
    "llm-function-call-start",
    "ui-command",
    "ui-job-group",
    "bot-llm-search-response",
    "config-available",
    "config",
    "actions-available",
    "action-response",
]


def types_of(base: type) -> set[str]:
    models = {model for module in MODULES for model in models_of(module)}
    return {model.model_fields["type"].default for model in models if issubclass(model, base) and model is not base}


def test_each_message_of_a_client_has_its_model() -> None:
    assert types_of(envelope.FromClient) == set(FROM_CLIENT)


def test_each_message_of_the_server_has_its_model() -> None:
    assert types_of(envelope.FromServer) == set(FROM_SERVER)


def test_each_message_of_a_client_is_handled() -> None:
    assert set(INBOUND) | set(AUDIO_MESSAGES) == set(FROM_CLIENT)
    assert [kind for kind, (model, _) in INBOUND.items() if model.model_fields["type"].default != kind] == []


def test_every_model_is_found_under_the_one_name() -> None:
    models = {model.__name__ for module in MODULES for model in models_of(module)}
    assert {name for name in models if not hasattr(RTVI, name)} == set()
    assert models <= set(RTVI.__all__)


def test_each_module_of_messages_is_covered() -> None:
    here = {path.stem for path in Path(envelope.__file__).parent.glob("*_messages.py")} | {"envelope"}
    assert here == {re.sub(r".*\.", "", module.__name__) for module in MODULES}
