from appliance.frames import InputAudioRawFrame, InputDTMFFrame, OutputAudioRawFrame, SystemFrame, TTSAudioRawFrame


def test_audio_is_telephone_audio_unless_it_says_otherwise() -> None:
    assert [(f.sample_rate, f.num_channels) for f in (InputAudioRawFrame(b""), OutputAudioRawFrame(b""))] == [
        (8000, 1)
    ] * 2


def test_what_the_caller_does_overtakes_and_what_the_bot_says_keeps_its_order() -> None:
    assert isinstance(InputAudioRawFrame(b""), SystemFrame)
    assert isinstance(InputDTMFFrame("1"), SystemFrame)
    assert not isinstance(TTSAudioRawFrame(b"", segment_id=4), SystemFrame)
