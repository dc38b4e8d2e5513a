"""What clients send (UI, services and actions stand in files of their own)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from appliance.rtvi.envelope import FromClient
from appliance.rtvi.viewer import Viewer

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"]


class AboutClientData(BaseModel):
    """The client's library and platform."""

    library: str
    library_version: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    platform_details: Any = None


class ClientReadyData(BaseModel):
    """The client's protocol version, and what it is. Both are judged by the handshake, not here."""

    version: Any = None
    about: Any = None


class ClientReadyMessage(FromClient):
    """``client-ready``."""

    type: Literal["client-ready"] = "client-ready"
    data: ClientReadyData = ClientReadyData()


class DisconnectBotMessage(FromClient):
    """``disconnect-bot``."""

    type: Literal["disconnect-bot"] = "disconnect-bot"


class RawClientMessageData(BaseModel):
    """An application's own message: its type and its data."""

    t: str
    d: Any = None


class RawClientMessage(FromClient):
    """``client-message``."""

    type: Literal["client-message"] = "client-message"
    data: RawClientMessageData


class ClientMessage(BaseModel):
    """An application's own message, as handlers get it; answers to it go to the viewer that sent it."""

    msg_id: str
    type: str
    data: Any = None
    _viewer: Viewer | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, msg_id: str, kind: str, data: Any, viewer: Viewer | None) -> "ClientMessage":
        """A message of that viewer."""
        message = cls(msg_id=msg_id, type=kind, data=data)
        message._viewer = viewer
        return message

    @property
    def viewer(self) -> Viewer | None:
        """Who sent it."""
        return self._viewer


class SendTextOptions(BaseModel):
    """Whether the dialogue answers at once, and whether that answer is spoken."""

    run_immediately: bool = True
    audio_response: bool = True


class SendTextData(BaseModel):
    """What the caller is taken to have said."""

    content: str
    options: SendTextOptions | None = None


class SendTextMessage(FromClient):
    """``send-text``."""

    type: Literal["send-text"] = "send-text"
    data: SendTextData


class LLMFunctionCallResultData(BaseModel):
    """What a function returned that the client executed.

    Published clients send an object or text as ``result``; here it may be anything that JSON has.
    """

    function_name: str
    tool_call_id: str
    arguments: dict[str, Any]
    result: Any


class LLMFunctionCallResultMessage(FromClient):
    """``llm-function-call-result``."""

    type: Literal["llm-function-call-result"] = "llm-function-call-result"
    data: LLMFunctionCallResultData


class RawAudioData(BaseModel):
    """16-bit little-endian PCM, base64."""

    base64Audio: str  # noqa: N815, as on the wire
    sampleRate: int  # noqa: N815
    numChannels: int  # noqa: N815


class RawAudioMessage(FromClient):
    """``raw-audio``."""

    type: Literal["raw-audio"] = "raw-audio"
    data: RawAudioData


class RawAudioBatchData(BaseModel):
    """Several pieces of 16-bit little-endian PCM, base64."""

    base64AudioBatch: list[str]  # noqa: N815
    sampleRate: int  # noqa: N815
    numChannels: int  # noqa: N815


class RawAudioBatchMessage(FromClient):
    """``raw-audio-batch``."""

    type: Literal["raw-audio-batch"] = "raw-audio-batch"
    data: RawAudioBatchData


class DTMFData(BaseModel):
    """Keys, one after another; before 2.1.0 it was one ``button``."""

    buttons: Annotated[list[Key], Field(min_length=1, max_length=64)]

    @model_validator(mode="before")
    @classmethod
    def _one_button(cls, data: Any) -> Any:
        if isinstance(data, dict) and "buttons" not in data and "button" in data:
            return {"buttons": [data["button"]]}
        return data


class DTMFMessage(FromClient):
    """``dtmf``."""

    type: Literal["dtmf"] = "dtmf"
    data: DTMFData


class AppendToContextData(BaseModel):
    """A message for the context, in any role (deprecated since 1.0)."""

    role: str
    content: Any
    run_immediately: bool = False


class AppendToContextMessage(FromClient):
    """``append-to-context``."""

    type: Literal["append-to-context"] = "append-to-context"
    data: AppendToContextData
