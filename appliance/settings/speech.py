"""[speech]: which engines listen and speak."""

from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.settings.section import Section


def _is_wyoming(uri: str) -> str:
    if not uri.startswith(("tcp://", "unix://")):
        raise ValueError(f"{uri!r}, expected the address of a Wyoming server such as tcp://127.0.0.1:10300")
    return uri


WyomingUri = Annotated[str, AfterValidator(_is_wyoming)]


class SpeechSettings(Section):
    """Which engines listen and speak."""

    uri: WyomingUri | None = None
    """A Wyoming server for both; without it the embedded engines are started."""

    transcriber_uri: WyomingUri | None = None
    """A Wyoming server that listens, instead of `uri`."""

    synthesizer_uri: WyomingUri | None = None
    """A Wyoming server that speaks, instead of `uri`."""

    ears: int = Field(default=2, ge=1, le=64)
    """Worker processes of the embedded recogniser: so many callers are understood at the same moment."""

    voice: str = Field(default="en-us", min_length=1)
    """The voice for what no dialplan says, such as the sentence for an unknown number."""

    timeout_secs: float = Field(default=5, gt=0)
    """An engine that gives no answer for this long has failed."""
