"""What the bot says, as sound, for viewers that asked to listen."""

import base64

from appliance.audio.resample import Resampler
from appliance.frames import TTSAudioRawFrame
from appliance.rtvi.audience import Audience
from appliance.rtvi.envelope import MESSAGE_LABEL
from appliance.rtvi.viewer import Outgoing
from appliance.rtvi.wire import audio_frame

PLAYED_HZ = 24_000
"""The rate at which the official transport plays whatever it gets."""


class BotAudio:
    """Sends the bot's speech as it is made, which is ahead of its being heard; costs nothing while nobody listens.

    JSON viewers get ``bot-tts-audio`` as the engine made it, binary ones sound that their transport plays. It never
    waits for texts that are being transformed, is the first to go when a viewer is too slow, and is never replayed.
    """

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._resampler: Resampler | None = None

    def tell(self, frame: TTSAudioRawFrame) -> None:
        """Takes the next piece."""
        listeners = [seat for seat in self._audience.watching if seat.wants_audio]
        if not listeners:
            self._resampler = None
            return
        data = {
            "audio": base64.b64encode(frame.audio).decode(),
            "sample_rate": frame.sample_rate,
            "num_channels": frame.num_channels,
        }
        message = {"label": MESSAGE_LABEL, "type": "bot-tts-audio", "data": data}
        outgoing = Outgoing("bot-tts-audio", True, message, self._audience.sequence.next(), private=True)
        outgoing.binary = lambda seq: audio_frame(seq, self._playable(frame), PLAYED_HZ, 1)
        for seat in listeners:
            seat.viewer.send(outgoing)

    def _playable(self, frame: TTSAudioRawFrame) -> bytes:
        """The piece at the rate that is played; asked for once for all who listen in binary form."""
        if self._resampler is None or self._resampler.from_hz != frame.sample_rate:
            self._resampler = Resampler(frame.sample_rate, PLAYED_HZ)
        return self._resampler.process(frame.audio)
