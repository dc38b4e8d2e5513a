"""[engines.NAME]: further engines, to be listed by name in [speech], in [llm] and in dialplans."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from appliance.settings.engine_names import EngineRole
from appliance.settings.engines import DeepgramSettings, OpenAISTTSettings, OpenAITTSSettings
from appliance.settings.llm import ChatServer
from appliance.settings.realtime import RealtimeEngine
from appliance.settings.section import Section


def _is_wyoming(uri: str) -> str:
    if not uri.startswith(("tcp://", "unix://")):
        raise ValueError(f"{uri!r}, expected the address of a Wyoming server such as tcp://127.0.0.1:10300")
    return uri


WyomingUri = Annotated[str, AfterValidator(_is_wyoming)]


class Listed(Section):
    """What all engines of a list may say."""

    patience_secs: float | None = Field(default=None, ge=0.1, le=60)
    """How long it may take to begin before the next of a list takes over, if less than its share of the time."""


class WyomingEngine(Listed):
    """A Wyoming server that listens, speaks, or both."""

    kind: Literal["wyoming"]
    """A Wyoming server."""

    uri: WyomingUri
    """Its address: tcp://HOST:PORT or unix:///PATH."""

    voice: str | None = Field(default=None, min_length=1)
    """The voice of dialplans that name none for it; without it the server chooses by language."""


class OpenAISTTEngine(OpenAISTTSettings, Listed):
    """Any server of OpenAI's transcriptions."""

    kind: Literal["openai-stt"]
    """A server of OpenAI's transcriptions."""


class OpenAITTSEngine(OpenAITTSSettings, Listed):
    """Any server of OpenAI's speech."""

    kind: Literal["openai-tts"]
    """A server of OpenAI's speech."""


class DeepgramEngine(DeepgramSettings, Listed):
    """Deepgram's streaming transcription."""

    kind: Literal["deepgram"]
    """Deepgram's streaming transcription."""


class ChatEngine(ChatServer, Listed):
    """A language model at any server of OpenAI's chat completions."""

    kind: Literal["openai-chat"]
    """A server of OpenAI's chat completions."""

    model: str = Field(min_length=1)
    """The model's name at its server."""


Engine = Annotated[
    WyomingEngine | OpenAISTTEngine | OpenAITTSEngine | DeepgramEngine | ChatEngine | RealtimeEngine,
    Field(discriminator="kind"),
]
"""One entry, by its kind."""

DOES: dict[type[Any], tuple[EngineRole, ...]] = {
    WyomingEngine: ("transcriber", "synthesizer"),
    OpenAISTTEngine: ("transcriber",),
    OpenAITTSEngine: ("synthesizer",),
    DeepgramEngine: ("transcriber",),
    ChatEngine: ("llm",),
    RealtimeEngine: (),
}
"""What engines of each kind can do in lists; one that does everything itself is named by the step that it talks in."""


def kinds() -> dict[str, type[Section]]:
    """The models of [engines.NAME] by their kind."""
    return {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(Engine)[0])}
