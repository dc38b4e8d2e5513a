"""The binary form of a viewer's socket, as the official WebSocket transport speaks it."""

from appliance.rtvi.wire.binary import Audio, audio_frame, message_frame, read_frame

__all__ = ["Audio", "audio_frame", "message_frame", "read_frame"]
