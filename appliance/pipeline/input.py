"""The caller's line in, without a carrier: audio becomes voice, voice becomes turns.

Subclasses, or whoever holds one, add the wire: they feed ``receive_audio`` and ``receive_key``.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.audio.turn import TurnDecision, TurnTaking
from appliance.audio.vad import VADAnalyzer, VADState
from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CallerTurnFrame,
    Ear,
    EndFrame,
    ExpectedAnswersFrame,
    Frame,
    HearsBeginnings,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    KeysAhead,
    LineLostFrame,
    ListeningFrame,
    NoWordsFrame,
    SystemFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.processor import AudioListener, FrameProcessor

DOWNSTREAM, UPSTREAM = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
BYTES_PER_SEC = 16_000
DETECTOR_HANGS_ON_SECS = 0.5
"""Silence over the detector's own stop time after which it is surely quiet."""


class BaseInputTransport(FrameProcessor):
    """The caller's line: audio becomes voice, voice becomes turns."""

    handles = (
        SystemFrame,
        ExpectedAnswersFrame,
        ListeningFrame,
        InterimTranscriptionFrame,
        EndFrame,
    )

    def __init__(self, vad: VADAnalyzer, turn: TurnTaking, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.vad = vad
        self.turn = turn
        self.tap: Callable[[bytes], None] | None = None
        """Somebody who listens to the caller's line as it is; must return at once."""
        self.recorders: tuple[Callable[[bytes], None], ...] = ()
        """Others, who record it."""
        self._muted = False
        self._voice = False
        self._expected: ExpectedAnswersFrame | None = None
        self._ear: Ear | None = None
        """The dialogue's engine, while it hears the caller itself."""
        self._listeners: list[AudioListener] | None = None
        self._audio_frames = False
        self._metered = False

    def receive_audio(self, pcm: bytes) -> None:
        """The short way of the caller's audio (16-bit mono, 8 kHz, any length): detector, turn, listeners."""
        if self.tap is not None:
            self.tap(pcm)
        for record in self.recorders:
            record(pcm)
        if self._muted:
            pcm = bytes(len(pcm))
        state = self.vad.process(pcm)
        if self._listeners is None:
            self._find_listeners()
        for listener in self._listeners or ():
            listener.hear(pcm)
        if self._audio_frames or (self._metered and self.watched(InputAudioRawFrame)):
            self._emit(InputAudioRawFrame(pcm))
        voice = state is VADState.SPEAKING or state is VADState.STOPPING
        if voice is not self._voice:
            self._voice_changed(voice)
        if voice or self.turn.in_turn:
            self._decide(voice)

    def receive_key(self, button: str) -> None:
        """A key was pressed: it silences the bot at once, unless it is kept for the next question."""
        is_kept = self._expected is not None and isinstance(self._expected.expectation, KeysAhead)
        if self.inbox.replies.open and not is_kept:
            self._emit(InterruptionFrame())
        self._emit(InputDTMFFrame(button))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Learns from the frames that come back upstream, and passes everything on."""
        match frame:
            case BotStartedSpeakingFrame():
                self.turn.bot_speaking = True
            case BotStoppedSpeakingFrame():
                self.turn.bot_speaking = False
            case ExpectedAnswersFrame():
                self._expected = frame
                self.turn.is_free = frame.expectation is None or frame.expectation.grammar is None
            case ListeningFrame():
                self._ear = frame.ear
                self._finds_words()
            case CallerTurnFrame() if self._detects_turns:
                self.turn.in_turn = frame.begins
                self._tell(TurnDecision.STARTED if frame.begins else TurnDecision.STOPPED)
                return
            case NoWordsFrame():
                self.turn.no_words()
                self._decide(self._voice)
            case InterimTranscriptionFrame() if direction is UPSTREAM:
                self._transcribed(frame)
            case LineLostFrame():
                await self._fell_silent()
            case UserMuteStartedFrame() | UserMuteStoppedFrame():
                self._muted = isinstance(frame, UserMuteStartedFrame)
        await self.push_frame(frame, direction)

    async def _fell_silent(self) -> None:
        """The line is gone in mid-word, perhaps: what the detector has heard must not go on when it is back."""
        silent_secs = self.vad.params.stop_secs + DETECTOR_HANGS_ON_SECS
        self.vad.process(bytes(2 * round(silent_secs * BYTES_PER_SEC / 2)))
        if self._voice:
            self._voice = False
            await self.push_frame(VADUserStoppedSpeakingFrame())
        if self.turn.in_turn:
            self.turn.abandon()
            await self.push_frame(UserStoppedSpeakingFrame())

    def _voice_changed(self, voice: bool) -> None:
        self._voice = voice
        if voice:
            self.turn.voice_started()
            self._emit(VADUserStartedSpeakingFrame())
        else:
            self._emit(VADUserStoppedSpeakingFrame())

    def _transcribed(self, frame: InterimTranscriptionFrame) -> None:
        expectation = self._expected.expectation if self._expected else None
        complete = frame.settled and expectation is not None and expectation.is_complete(frame.text)
        begun = isinstance(expectation, HearsBeginnings) and expectation.is_begun(frame.text)
        self.turn.transcribed(frame.text, settled=frame.settled, complete=complete, begun=begun)
        self._decide(self._voice)

    def _decide(self, voice: bool) -> None:
        if self._detects_turns:
            return
        self.turn.answering = self.inbox.replies.open
        self._tell(self.turn.hear(voice, self.vad.speech_secs, self.vad.silence_secs))

    def _tell(self, decision: TurnDecision | None) -> None:
        if decision is TurnDecision.STARTED:
            if self.inbox.replies.open:
                self._emit(InterruptionFrame(by_voice=True))
            self._emit(UserStartedSpeakingFrame())
        elif decision is TurnDecision.STOPPED:
            self._emit(UserStoppedSpeakingFrame())

    def _finds_words(self) -> None:
        listeners = self._listeners if self._listeners is not None and self._ear is None else ()
        self.turn.tells_words = self._ear is None
        self.turn.is_transcribed = any(listener.transcribes for listener in listeners)

    @property
    def _detects_turns(self) -> bool:
        """Whether somebody else decides when the caller's turns begin and end."""
        return self._ear is not None and self._ear.detects_turns

    def _emit(self, frame: Frame) -> None:
        """Sends a frame through this processor downstream, from outside of any dispatch."""
        self.inbox.put(self, frame, DOWNSTREAM)

    def _find_listeners(self) -> None:
        """Works out once who hears the caller's audio."""
        row: list[FrameProcessor] = []
        processor = self.neighbour(DOWNSTREAM)
        while processor is not None:
            row.append(processor)
            processor = processor.neighbour(DOWNSTREAM)
        self._listeners = [processor for processor in row if isinstance(processor, AudioListener)]
        self._finds_words()
        self._audio_frames = any(AudioListener.wants_frames(processor) for processor in row[:-1])
        self._metered = bool(self.observers_of(InputAudioRawFrame))
