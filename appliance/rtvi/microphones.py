"""Viewers' microphones: at most one is heard, that of the viewer who has taken the call over. All others are dropped.

Official clients stream their microphone as soon as they are ready, so this is what most audio of viewers comes to.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator

from appliance.errors import ProtocolError
from appliance.rtvi.client_messages import RawAudioBatchData, RawAudioBatchMessage, RawAudioMessage
from appliance.rtvi.envelope import FromClient, Message
from appliance.rtvi.reading import read_data
from appliance.rtvi.viewer import Viewer

Hear = Callable[[bytes, int, int], None]
"""Takes PCM (16-bit little-endian), its sample rate in Hz and its number of channels; raises ProtocolError."""

AUDIO_MESSAGES: dict[str, type[FromClient]] = {"raw-audio": RawAudioMessage, "raw-audio-batch": RawAudioBatchMessage}
"""They do not wait behind a viewer's other messages: they are heard, or dropped, where they come in."""


class Microphones:
    """Knows whose microphone is heard. ``dropped`` counts the pieces of audio that nobody wanted."""

    def __init__(self) -> None:
        self.holder: Viewer | None = None
        """Who has taken the call over."""
        self.dropped = 0
        self._hear: Hear | None = None
        self._on_gone: Callable[[], None] | None = None

    def give(self, viewer: Viewer, hear: Hear, on_gone: Callable[[], None]) -> None:
        """From here on this viewer's microphone is heard; ``on_gone`` is called if its connection is lost."""
        self.holder, self._hear, self._on_gone = viewer, hear, on_gone

    def take_back(self) -> None:
        """From here on nobody's is."""
        self.holder = self._hear = self._on_gone = None

    def gone(self, viewer: Viewer) -> None:
        """A viewer's connection is over."""
        if self.holder is not None and self.holder.id == viewer.id and self._on_gone is not None:
            self._on_gone()

    def receive(self, viewer: Viewer, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        """Takes a piece of a viewer's audio. Raises ProtocolError where it is wanted and cannot be used."""
        if (hear := self._heard(viewer, "raw-audio")) is not None:
            hear(pcm, sample_rate, num_channels)

    def receive_message(self, viewer: Viewer, message: Message) -> None:
        """The same for ``raw-audio`` and ``raw-audio-batch``; what nobody wants is not even decoded."""
        if (hear := self._heard(viewer, message.type)) is not None:
            known = read_data(AUDIO_MESSAGES[message.type], message)
            assert isinstance(known, RawAudioMessage | RawAudioBatchMessage)
            for pcm, sample_rate, num_channels in pieces_of(known):
                hear(pcm, sample_rate, num_channels)

    def _heard(self, viewer: Viewer, kind: str) -> Hear | None:
        if self.holder is not None and self.holder.id == viewer.id and viewer.may(kind):
            return self._hear
        self.dropped += 1
        return None


def pieces_of(message: RawAudioMessage | RawAudioBatchMessage) -> Iterator[tuple[bytes, int, int]]:
    """The audio in a message: PCM, sample rate, number of channels. Raises ProtocolError."""
    data = message.data
    for text in data.base64AudioBatch if isinstance(data, RawAudioBatchData) else [data.base64Audio]:
        try:
            yield binascii.a2b_base64(text, strict_mode=True), data.sampleRate, data.numChannels
        except ValueError as error:
            raise ProtocolError(f"Invalid {message.type} message: its audio is not base64.") from error
