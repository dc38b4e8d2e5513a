"""[openai_stt], [openai_tts], [deepgram]: engines elsewhere that may listen and speak instead of a Wyoming server."""

from typing import TYPE_CHECKING, Annotated, Union
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from appliance.settings.llm import ChatServer
from appliance.settings.section import Section

if TYPE_CHECKING:
    from appliance.settings.realtime import RealtimeEngine


def address(example: str) -> AfterValidator:
    """The address of a server of ``example``'s scheme, with TLS or without; one with a key in it is not shown."""
    plain = urlsplit(example).scheme.removesuffix("s")

    def is_one(url: str) -> str:
        parts = urlsplit(url)
        if "@" in url or parts.query or parts.fragment:
            raise ValueError(f"not shown, expected an address without a key such as {example}")
        if parts.scheme not in (plain, f"{plain}s") or not parts.hostname:
            raise ValueError(f"{url!r}, expected an address such as {example}")
        return url.rstrip("/")

    return AfterValidator(is_one)


OPENAI = "https://api.openai.com/v1"
DEEPGRAM = "wss://api.deepgram.com/v1/listen"


class OpenAISTTSettings(Section):
    """Any server of OpenAI's transcriptions, for `speech.transcriber = "openai"`."""

    base_url: Annotated[str, address(OPENAI)] = OPENAI
    """OpenAI, or a server of its kind: vLLM, LocalAI, speaches, whisper.cpp."""

    api_key: SecretStr | None = Field(default=None, min_length=1)
    """What the server asks for."""

    model: str = Field(default="gpt-4o-mini-transcribe", min_length=1)
    """The model's name at its server."""


class OpenAITTSSettings(Section):
    """Any server of OpenAI's speech, for `speech.synthesizer = "openai"`."""

    base_url: Annotated[str, address(OPENAI)] = OPENAI
    """OpenAI, or a server of its kind that streams PCM: LocalAI, Kokoro, speaches."""

    api_key: SecretStr | None = Field(default=None, min_length=1)
    """What the server asks for."""

    model: str = Field(default="gpt-4o-mini-tts", min_length=1)
    """The model's name at its server."""

    voice: str = Field(default="alloy", min_length=1)
    """The voice of dialplans that name none."""

    rate_hz: int = Field(default=24_000, ge=8000, le=192_000)
    """Samples a second of the PCM that the server sends; OpenAI's have 24000."""


class DeepgramSettings(Section):
    """Deepgram's streaming transcription, for `speech.transcriber = "deepgram"`."""

    base_url: Annotated[str, address(DEEPGRAM)] = DEEPGRAM
    """Deepgram's live address, or that of your own installation."""

    api_key: SecretStr | None = Field(default=None, min_length=1)
    """The project's key."""

    model: str = Field(default="nova-3", min_length=1)
    """The model that listens."""


Keyed = Union[OpenAISTTSettings, OpenAITTSSettings, DeepgramSettings, ChatServer, "RealtimeEngine"]


def missing_key(section: str, engine: Keyed) -> str | None:
    """What to say of an engine at its maker's own address that has no key; a server of one's own may need none."""
    maker = urlsplit(str(type(engine).model_fields["base_url"].default)).hostname
    if engine.api_key is not None or urlsplit(engine.base_url).hostname != maker:
        return None
    return (
        f"{section}.api_key is missing, expected the key for {maker}, as systemd's credential {section}.api_key "
        f"or as APPLIANCE__{section.upper().replace('.', '__')}__API_KEY"
    )
