from appliance.dialogue.aggregators import AssistantContextAggregator, UserContextAggregator
from appliance.dialogue.processor import DialogueProcessor
from appliance.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    MetricsFrame,
    TextFrame,
    TTFBMetricsData,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import AudioListener, FrameDirection, FrameProcessor
from appliance.pipeline.transport import BaseOutputTransport
from appliance.rtvi import RTVIProcessor
from appliance.speech.stt import STTProcessor
from appliance.speech.tts import TTSProcessor
from tests.pipeline.rig import Pass, Rig


class OnlyText(FrameProcessor):
    """Sees texts and nothing else."""

    handles = (TextFrame,)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        self.seen.append(frame)
        await self.push_frame(frame, direction)


async def test_a_processor_sees_only_the_types_it_handles_and_the_others_pass_it_by() -> None:
    only = OnlyText()
    async with Rig(Pass(), only, Pass()) as rig:
        text, other = TextFrame("x"), UserStartedSpeakingFrame()
        await rig.send(text, other)
        assert only.seen == [text]
        assert rig.down == [other, text]


async def test_frames_find_their_way_upstream_too() -> None:
    only = OnlyText()
    last = Pass()
    async with Rig(only, Pass(), last) as rig:
        text = TextFrame("back")
        await last.push_frame(text, FrameDirection.UPSTREAM)
        await rig.settle()
        assert (only.seen, rig.up) == ([text], [text])


async def test_a_processor_that_does_nothing_consumes() -> None:
    async with Rig(FrameProcessor()) as rig:
        await rig.send(TextFrame("x"))
        assert rig.down == []


async def test_errors_go_up_and_interruptions_down() -> None:
    processor = Pass(name="Ear")
    async with Rig(processor) as rig:
        await processor.push_error("no sound", engine="stt")
        await processor.push_interruption()
        await rig.settle()
        assert [(f.error, f.engine, f.processor) for f in rig.up if isinstance(f, ErrorFrame)] == [
            ("no sound", "stt", processor)
        ]
        assert [type(frame) for frame in rig.down] == [InterruptionFrame]


async def test_measurements_are_told_only_if_they_were_asked_for() -> None:
    processor = Pass(name="Ear")
    async with Rig(processor) as rig:
        await processor.push_metrics(TTFBMetricsData("Ear", value=0.1))
        processor.metrics_enabled = True
        await processor.push_metrics(TTFBMetricsData("Ear", value=0.2))
        await rig.settle()
        assert [[one.processor for one in f.data] for f in rig.down if isinstance(f, MetricsFrame)] == [["Ear"]]


def test_caller_audio_comes_as_frames_only_to_those_who_did_not_say_otherwise() -> None:
    class Ear(AudioListener):
        """On the short way."""

    class Filter(FrameProcessor):
        handles = (InputAudioRawFrame,)

    wants = AudioListener.wants_frames
    assert [wants(one) for one in (Pass(), Filter(), OnlyText(), Ear())] == [True, True, False, False]


async def test_a_processor_may_ignore_what_it_would_take_otherwise() -> None:
    class Deaf(OnlyText):
        handles = None  # type: ignore[assignment]
        ignores = (InputAudioRawFrame,)

    deaf = Deaf()
    async with Rig(deaf) as rig:
        text = TextFrame("x")
        await rig.send(text, InputAudioRawFrame(b""))
        assert deaf.seen == [text]
    assert not AudioListener.wants_frames(deaf)


def test_no_processor_of_a_call_wants_the_callers_audio_as_frames() -> None:
    """Fifty frames a second for each call would cost more than all the rest of it."""
    own: list[type[FrameProcessor]] = [BaseOutputTransport, AssistantContextAggregator, UserContextAggregator]
    own += [TTSProcessor, DialogueProcessor, STTProcessor, RTVIProcessor, *BaseOutputTransport.__subclasses__()]
    assert [one for one in own if not issubclass(one, AudioListener) and one.wants(InputAudioRawFrame)] == []
