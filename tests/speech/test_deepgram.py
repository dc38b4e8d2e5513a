"""The transcriber for Deepgram against a server that follows its documentation, and ways in which one fails."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from appliance.audio.g711 import pcm_to_ulaw
from appliance.errors import EngineError
from appliance.settings import DeepgramSettings
from appliance.speech.base import Transcript, Transcription
from appliance.speech.canned import babble
from appliance.speech.deepgram import DeepgramTranscriber, within
from tests.speech.deepgram_server import (
    METADATA,
    Part,
    Session,
    breaks,
    closes,
    deepgram_server,
    hangs,
    hears,
    results,
)

PCM = babble(500)
YES = hears(results("Yes.", from_finalize=True))


def engine(
    base_url: str, *, connect_secs: float = 20, answer_secs: float = 20, keep_alive_secs: float = 20
) -> DeepgramTranscriber:
    settings = DeepgramSettings(base_url=base_url, api_key=SecretStr("s3cret"))
    return DeepgramTranscriber(
        settings, connect_secs=connect_secs, answer_secs=answer_secs, keep_alive_secs=keep_alive_secs
    )


async def said(utterance: Transcription) -> list[Transcript]:
    try:
        async with asyncio.timeout(20):
            return [result async for result in utterance.results() if isinstance(result, Transcript)]
    finally:
        await utterance.close()


def utterance_at(ear: DeepgramTranscriber, pcm: bytes = PCM) -> Transcription:
    utterance = ear.transcribe(language="en", grammar="#JSGF;")
    for at in range(0, len(pcm), 320):
        utterance.send(pcm[at : at + 320])
    return utterance


async def heard(*parts: Part | int, answer_secs: float = 20.0) -> list[Transcript] | str:
    """What comes of an utterance; a sentence for a failure, without the server's address."""
    async with deepgram_server(*parts) as server:
        utterance = utterance_at(engine(server.base_url, answer_secs=answer_secs))
        utterance.finish()
        try:
            return await said(utterance)
        except EngineError as error:
            return str(error).replace(server.base_url, "URL")


async def test_an_utterance_goes_as_mu_law_and_its_pieces_come_back_as_one_transcript() -> None:
    async def part(session: Session) -> None:
        await session.heard(800)
        await session.say(results("Opening", final=False), results("Opening hours,"), results("plea", final=False))
        await session.until("Finalize")
        await session.say(results("please.", from_finalize=True, confidence=0.5))
        await session.until("CloseStream")
        await session.say(METADATA)

    async with deepgram_server(part) as server:
        utterance = utterance_at(engine(server.base_url))
        await asyncio.wait_for(server.connected.wait(), 20)
        utterance.finish()
        utterance.finish()
        utterance.send(b"\1\0" * 80)
        assert await said(utterance) == [
            Transcript("Opening", final=False),
            Transcript("Opening hours,", final=False),
            Transcript("Opening hours, plea", final=False),
            Transcript("Opening hours, please.", final=True, confidence=0.5),
        ]
        (session,) = server.sessions
        await asyncio.wait_for(session.gone.wait(), 20)
    assert bytes(session.audio) == pcm_to_ulaw(PCM)
    assert session.texts == ["Finalize", "CloseStream"]
    assert session.authorization == "Token s3cret"
    assert session.query == {
        "model": "nova-3",
        "language": "en",
        "encoding": "mulaw",
        "sample_rate": "8000",
        "channels": "1",
        "interim_results": "true",
        "endpointing": "false",
        "punctuate": "true",
    }


async def test_without_a_mark_at_the_end_its_hanging_up_is_the_end() -> None:
    assert await heard(hears(results("Yes."), METADATA)) == [
        Transcript("Yes.", final=False),
        Transcript("Yes.", final=True, confidence=0.98),
    ]


@pytest.mark.parametrize("part", [hears(), hears(results("", from_finalize=True))], ids=["hangs up", "says so"])
async def test_nothing_understood_is_no_match(part: Part) -> None:
    assert await heard(part) == [Transcript("", final=True)]


async def test_messages_about_other_things_are_ignored() -> None:
    others = ['{"type": "SpeechStarted"}', '{"type": "UtteranceEnd", "last_word_end": 1}', METADATA]
    assert await heard(hears(*others, results("Yes.", from_finalize=True))) == [
        Transcript("Yes.", final=True, confidence=0.98)
    ]


async def test_a_silent_line_is_kept_open() -> None:
    async def part(session: Session) -> None:
        await session.until("KeepAlive")
        await session.say(results("Well", final=False))
        await session.until("Finalize")
        await session.say(results("Well.", from_finalize=True))

    async with deepgram_server(part) as server:
        utterance = utterance_at(engine(server.base_url, keep_alive_secs=0.01))
        read = utterance.results()
        async with asyncio.timeout(20):
            assert await anext(read) == Transcript("Well", final=False)
            utterance.finish()
            assert await anext(read) == Transcript("Well.", final=True, confidence=0.98)
        await utterance.close()


@pytest.mark.parametrize(
    "failure",
    [
        429,
        503,
        closes(1011, "NET-0000"),
        closes(1000),
        breaks,
        hears("<html>"),
        hears("[]"),
        hears("[" * 100_000),
        hears('{"type": "Results", "channel": {}}'),
        hears('{"type": "Results", "is_final": true, "channel": {"alternatives": [{"transcript": null}]}}'),
        hears('{"type": "Error", "description": "overloaded", "message": "", "variant": ""}'),
    ],
    ids=["too many", "down", "NET-0000", "1000", "breaks", "html", "list", "deep", "no words", "null", "error"],
)
async def test_what_breaks_before_the_end_is_tried_again_with_the_whole_utterance(failure: Part | int) -> None:
    async with deepgram_server(failure, YES) as server:
        utterance = utterance_at(engine(server.base_url))
        await asyncio.wait_for(server.connected.wait(), 20)
        utterance.finish()
        assert (await said(utterance))[-1] == Transcript("Yes.", final=True, confidence=0.98)
        assert bytes(server.sessions[-1].audio) == pcm_to_ulaw(PCM)


@pytest.mark.parametrize("status", [400, 401, 402, 403])
async def test_a_refusal_that_will_not_pass_is_named_at_once(status: int) -> None:
    async with deepgram_server(status) as server:
        utterance = utterance_at(engine(server.base_url))
        with pytest.raises(EngineError) as caught:
            await said(utterance)
        assert str(caught.value) == f"The speech engine at {server.base_url} refused with status {status}."
        assert server.refused == 1


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (500, "The speech engine at URL refused with status 500."),
        (closes(1011, "NET-0001"), "The speech engine at URL broke off (1011, NET-0001)."),
        (closes(1008, "You said: my card is 4111"), "The speech engine at URL broke off (1008)."),
        (breaks, "The speech engine at URL broke off."),
        (hears("<html>"), "The speech engine at URL sent what is no transcription."),
    ],
    ids=["fails", "closes", "closes with words", "breaks", "rubbish"],
)
async def test_what_does_not_get_better_is_named_in_the_end(
    part: Part | int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.speech.deepgram.RETRY_SECS", (0.0,))
    assert await heard(part) == sentence


@pytest.mark.parametrize("flood", [hangs, closes(1000)], ids=["hangs", "stops in mid-sentence for ever"])
async def test_a_server_without_an_answer_is_given_up(flood: Part) -> None:
    assert await heard(flood, answer_secs=0.1) == "The speech engine at URL gave no transcript within 0.1 s."


async def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.speech.deepgram.RETRY_SECS", (0.0,))
    async with deepgram_server(YES) as server:
        pass
    with pytest.raises(EngineError, match=rf"^The speech engine at {server.base_url} cannot be reached \(\w+\)\.$"):
        await said(utterance_at(engine(server.base_url)))


async def test_a_server_that_does_not_take_the_call_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.speech.deepgram.RETRY_SECS", ())
    forever = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forever.wait()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(EngineError) as caught:
            await said(utterance_at(engine(url, connect_secs=0.05)))
        forever.set()
    assert str(caught.value) == f"The speech engine at {url} did not take the call within 0.05 s."


async def test_a_closed_utterance_hangs_up_and_ends_what_waits_for_it() -> None:
    async with deepgram_server(hangs) as server:
        utterance = utterance_at(engine(server.base_url))
        waiting = asyncio.create_task(said(utterance))
        async with asyncio.timeout(20):
            await server.connected.wait()
            await utterance.close()
            await utterance.close()
            await server.sessions[0].gone.wait()
        with pytest.raises(EngineError, match=r"^The transcription was closed\.$"):
            await waiting


@pytest.mark.parametrize(("model", "key"), [("nova-3", "keyterm"), ("nova-2-phonecall", "keywords")])
async def test_what_is_expected_is_told_as_the_model_takes_it(model: str, key: str) -> None:
    async with deepgram_server(YES) as server:
        ear = DeepgramTranscriber(DeepgramSettings(base_url=server.base_url, model=model))
        utterance = ear.transcribe(language="en", hints=("opening hours", "Keswick"))
        utterance.finish()
        await said(utterance)
        request = server.sessions[0].socket.request
        assert request is not None
        assert parse_qs(urlsplit(request.path).query)[key] == ["opening hours", "Keswick"]


def test_no_more_hints_are_told_than_deepgram_takes() -> None:
    assert list(within(["one"] * 150)) == ["one"] * 100
    assert list(within(["a" * 30] * 90)) == ["a" * 30] * 33
