"""Binary messages, read and written. One is one ``Frame`` of frames.proto."""

import json
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from appliance.errors import ProtocolError
from appliance.rtvi.envelope import MESSAGE_LABEL
from appliance.rtvi.wire import frames_pb2


@dataclass(slots=True, frozen=True)
class Audio:
    """Sound of a viewer's microphone: 16-bit little-endian PCM."""

    pcm: bytes
    sample_rate: int
    num_channels: int


def read_frame(data: bytes) -> str | Audio:
    """The RTVI message that a binary message holds or stands for, as JSON text; or sound.

    Frames that are no RTVI messages mean in a Pipecat pipeline what the messages they become mean here: text is spoken
    by the bot, a transcription is what the caller would have said, and an interruption cuts the bot off. Raises
    ProtocolError, with a sentence for the client.
    """
    try:
        frame = frames_pb2.Frame.FromString(data)
    except DecodeError:
        raise ProtocolError("The binary message is no protobuf Frame.") from None
    match frame.WhichOneof("frame"):
        case "message":
            return frame.message.data
        case "audio":
            return Audio(frame.audio.audio, frame.audio.sample_rate, frame.audio.num_channels)
        case "transcription":
            return _message("send-text", frame.transcription.id, {"content": frame.transcription.text})
        case "text":
            return _action("say", frame.text.id, [{"name": "text", "value": frame.text.text}])
        case "interruption":
            return _action("interrupt", frame.interruption.id, [])
        case _:
            raise ProtocolError("The binary message is a protobuf Frame without any frame that is known here.")


def message_frame(text: bytes) -> bytes:
    """An RTVI message, given as JSON text."""
    frame = frames_pb2.Frame()
    frame.message.data = text.decode()
    return frame.SerializeToString()


def audio_frame(number: int, pcm: bytes, sample_rate: int, num_channels: int) -> bytes:
    """Sound for the viewer's loudspeaker: 16-bit little-endian PCM."""
    frame = frames_pb2.Frame()
    audio = frame.audio
    audio.id, audio.audio, audio.sample_rate, audio.num_channels = number, pcm, sample_rate, num_channels
    return frame.SerializeToString()


def _action(action: str, number: int, arguments: list[dict[str, Any]]) -> str:
    return _message("action", number, {"service": "tts", "action": action, "arguments": arguments})


def _message(kind: str, number: int, data: dict[str, Any]) -> str:
    return json.dumps({"label": MESSAGE_LABEL, "type": kind, "id": str(number), "data": data})
