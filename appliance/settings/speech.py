"""[speech]: which engines listen and speak."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from appliance.settings.section import Section


def _is_wyoming(uri: str) -> str:
    if not uri.startswith(("tcp://", "unix://")):
        raise ValueError(f"{uri!r}, expected the address of a Wyoming server such as tcp://127.0.0.1:10300")
    return uri


WyomingUri = Annotated[str, AfterValidator(_is_wyoming)]


class SpeechSettings(Section):
    """Which engines listen and speak."""

    transcriber: Literal["wyoming", "openai", "deepgram"] = "wyoming"
    """What listens: a Wyoming server or the embedded engines, [openai_stt] or [deepgram]."""

    synthesizer: Literal["wyoming", "openai"] = "wyoming"
    """What speaks: a Wyoming server or the embedded engines, or [openai_tts]."""

    uri: WyomingUri | None = None
    """A Wyoming server for both; without it the embedded engines are started."""

    transcriber_uri: WyomingUri | None = None
    """A Wyoming server that listens, instead of `uri`."""

    synthesizer_uri: WyomingUri | None = None
    """A Wyoming server that speaks, instead of `uri`."""

    cache_mb: int = Field(default=0, ge=0, le=100_000)
    """Megabytes of spoken sentences, also such as quote callers, that are kept in `data_dir` and not made again."""

    ears: int = Field(default=2, ge=1, le=64)
    """Worker processes of the embedded recogniser: so many callers are understood at the same moment."""

    timeout_secs: float = Field(default=4, ge=0.5, le=60)
    """An engine that gives no answer for this long has failed; no caller waits in silence for over twice as long."""

    @property
    def speaks_embedded(self) -> bool:
        """Whether the embedded engine speaks."""
        return self.synthesizer == "wyoming" and not (self.synthesizer_uri or self.uri)

    @property
    def hears_freely(self) -> bool:
        """Whether what listens understands more than the answers that are expected, which is all the embedded can."""
        return self.transcriber != "wyoming" or bool(self.transcriber_uri or self.uri)
