"""What a session says to a Realtime server, and what it makes of what comes back."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from appliance.audio.g711 import pcm_to_ulaw
from appliance.dialogue.chat import ChatEnd, ChatText, ToolRequest
from appliance.dialogue.realtime.caption import Caption
from appliance.errors import EngineError
from tests.dialogue.realtime.sessions import Talk, end_of, pcm_of, talking, voice
from tests.stand_ins.realtime import (
    RealtimeServer,
    Turn,
    begins,
    calls,
    expires,
    fails,
    hangs,
    hangs_up,
    raves,
    says,
)

HELLO = "Good day. What can I do for you?"


@pytest.fixture
async def server() -> AsyncIterator[RealtimeServer]:
    async with RealtimeServer() as one:
        yield one
        assert one.wrong == []


async def failure(talk: Talk) -> str:
    """What an answer that fails is reported as."""
    with pytest.raises(EngineError) as failed:
        await asyncio.wait_for(talk.answer(), 10)
    return str(failed.value).replace(f"The speech-to-speech engine at {talk.server.url}", "It")


async def test_a_session_is_told_who_it_is_and_speaks_mu_law_in_both_directions(server: RealtimeServer) -> None:
    async with talking(server, api_key="secret", voice="cedar") as talk:
        server.key = "secret"
        await talk.answer()
    update = server.events[0]
    assert update["session"] == {
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "instructions": "You are Ann.",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": {"type": "audio/pcmu"},
                "turn_detection": None,
                "transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
            },
            "output": {"format": {"type": "audio/pcmu"}, "voice": "cedar"},
        },
        "tools": [
            {"type": "function", "name": "stock", "description": "What.", "parameters": {"type": "object"}},
        ],
        "tool_choice": "auto",
    }


async def test_what_the_caller_says_arrives_as_it_was_and_is_answered_at_once(server: RealtimeServer) -> None:
    said, answered = voice(0.777), voice(2.5)
    server.will(says(HELLO, answered, piece_bytes=999))
    async with talking(server) as talk:
        talk.session.hear(said)
        message = talk.utter(0.3)
        words, pcm = await talk.spoken()
        assert (" ".join(words), pcm_to_ulaw(pcm)) == (HELLO, answered)
        assert server.utterances == [said + voice(0.3)]
        await asyncio.wait_for(_until(lambda: bool(message["content"])), 5)
        assert message["content"] == "yes please"
    assert talk.transcripts == [("yes", False), ("yes please", False), ("yes please", True)]
    assert server.types()[1:] == ["input_audio_buffer.commit", "response.create"]


async def _until(so: object) -> None:
    assert callable(so)
    while not so():  # noqa: ASYNC110 - nothing to wait on but the session's own work
        await asyncio.sleep(0)


async def test_sound_goes_out_in_pieces_of_sixty_milliseconds(server: RealtimeServer) -> None:
    async with talking(server) as talk:
        await talk.answer()
        for _ in range(10):
            talk.session.hear(voice(0.02))
        await server.until(lambda: len(server.heard) >= 1440)
        assert len(server.heard) == 3 * 480


async def test_an_answer_that_is_interrupted_is_cancelled_and_cut_where_the_ear_was(server: RealtimeServer) -> None:
    server.will(begins("One two three four five. ", voice(4), hangs), says("Yes?", voice(0.5)))
    async with talking(server) as talk:
        stream = talk.session.answer(talk.context, [], may_call=True, max_tokens=500)
        caption = await anext(stream)
        assert isinstance(caption, Caption)
        caption.heard(1234)
        talk.session.interrupted()
        await stream.aclose()
        await server.until(lambda: bool(server.truncated and server.cancelled))
        assert server.truncated == [("One two three four five.", 1234)]
        talk.utter()
        assert (await talk.spoken())[0] == ["Yes?"]
    assert server.types()[1:] == [
        "response.create",
        "response.cancel",
        "conversation.item.truncate",
        "input_audio_buffer.commit",
        "response.create",
    ]


async def test_an_answer_that_was_made_long_ago_is_cut_too_and_one_that_was_heard_is_not(
    server: RealtimeServer,
) -> None:
    server.will(says("The first.", voice(1)), says("The second sentence. And a third one.", voice(3)))
    async with talking(server) as talk:
        (first, _) = await talk.answer()
        assert isinstance(first, Caption)
        first.heard()
        captions = [piece for piece in await talk.answer() if isinstance(piece, Caption)]
        captions[0].heard()
        captions[1].heard(100)
        talk.session.interrupted()
        await server.until(lambda: bool(server.truncated))
        assert server.truncated == [
            ("The second sentence. And a third one.", int(captions[0].length_ms + 100)),
        ]
        assert server.cancelled == 0


async def test_an_answer_that_is_given_up_before_the_server_has_begun_is_cancelled_when_it_does(
    server: RealtimeServer,
) -> None:
    async with talking(server) as talk:
        await talk.answer()
        stream = talk.session.answer(talk.context, [], may_call=True, max_tokens=500)
        server.will(hangs, says("Fine.", voice(0.2)))
        asking = asyncio.ensure_future(anext(stream))
        await server.asked(2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await stream.aclose()
        assert (await talk.spoken())[0] == ["Fine."]
    assert server.cancelled == 1


async def test_functions_are_called_and_their_results_told_under_the_servers_names(server: RealtimeServer) -> None:
    server.will(calls(("stock", {"item": "12"}), ("stock", "{")), says("Three.", voice(0.5)))
    async with talking(server) as talk:
        end = end_of(await talk.answer())
        assert [(call.name, call.arguments) for call in end.calls] == [("stock", '{"item": "12"}'), ("stock", "{")]
        assert (end.model, end.prompt_tokens, end.completion_tokens) == ("gpt-realtime-2.1", 70, 7)
        ids = [call.id for call in end.calls]
        made = [{"id": one, "type": "function", "function": {"name": "stock", "arguments": "{}"}} for one in ids]
        talk.context.add_message({"role": "assistant", "content": "", "tool_calls": made})
        for one, text in zip(ids, ("three", "broken"), strict=True):
            talk.context.add_message({"role": "tool", "tool_call_id": one, "content": text})
        await talk.answer(may_call=False)
    assert server.texts() == [("result", "three"), ("result", "broken")]
    assert server.events[-1]["response"] == {"max_output_tokens": 500, "tool_choice": "none"}


async def test_a_call_without_a_result_gets_one_so_that_the_conversation_can_go_on(server: RealtimeServer) -> None:
    server.will(calls(("stock", {})))
    async with talking(server) as talk:
        await talk.answer()
        await talk.answer()
    assert server.texts() == [("result", "There is no result.")]


async def test_what_is_keyed_in_typed_and_whispered_is_told_and_what_it_has_said_itself_is_not(
    server: RealtimeServer,
) -> None:
    server.will(says(HELLO, voice(2)))
    async with talking(server) as talk:
        await talk.answer("[Begin.]")
        talk.context.add_message({"role": "assistant", "content": "Good day. What can I"})
        talk.context.add_message({"role": "user", "content": "4711"})
        talk.context.add_message({"role": "system", "content": "Offer ten percent."})
        talk.context.add_message({"role": "assistant", "content": "A colleague has typed this."})
        await talk.answer()
        await talk.answer("[Go on.]")
    assert server.texts() == [
        ("system", "[Begin.]"),
        ("user", "4711"),
        ("system", "Offer ten percent."),
        ("assistant", "A colleague has typed this."),
        ("system", "[Go on.]"),
    ]


async def test_a_context_that_is_replaced_begins_a_new_session(server: RealtimeServer) -> None:
    async with talking(server) as talk:
        talk.context.add_message({"role": "user", "content": "Hello."})
        await talk.answer()
        talk.context.set_messages([{"role": "user", "content": "Something else."}])
        await talk.answer()
    assert server.connections == 2
    assert server.texts() == [("user", "Hello."), ("user", "Something else.")]


async def test_a_server_that_detects_turns_hears_everything_and_neither_answers_nor_interrupts_by_itself(
    server: RealtimeServer,
) -> None:
    async with talking(server, turn_detection="server_vad") as talk:
        await talk.answer()
        assert server.events[0]["session"]["audio"]["input"]["turn_detection"] == {
            "type": "server_vad",
            "create_response": False,
            "interrupt_response": False,
            "silence_duration_ms": 450,
        }
        talk.session.hear(bytes([0x10]) * 4000)
        await server.until(lambda: len(server.heard) == 3840 + 160)
        talk.session.hear(bytes([0xFF]) * 4800)
        await server.until(lambda: bool(server.utterances))
        message = talk.utter(0.02)
        await talk.answer()
        assert talk.turns == [True, False]
        assert message["content"] == "yes please"
    assert "input_audio_buffer.commit" not in server.types()
    assert "input_audio_buffer.clear" not in server.types()


async def test_semantic_detection_takes_no_silence_of_ours(server: RealtimeServer) -> None:
    async with talking(server, turn_detection="semantic_vad") as talk:
        await talk.answer()
    assert server.events[0]["session"]["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "create_response": False,
        "interrupt_response": False,
    }


async def test_a_transcription_that_fails_or_is_not_wanted_changes_nothing(server: RealtimeServer) -> None:
    server.hears.append(None)
    async with talking(server) as talk:
        message = talk.utter()
        assert end_of(await talk.answer()).reason == "stop"
        await asyncio.wait_for(_until(lambda: message["content"] is not None), 5)
        assert (message["content"], talk.transcripts) == ("", [("", True)])
    async with talking(server, transcription_model=None) as talk:
        talk.utter()
        await talk.answer()
        assert talk.transcripts == []


async def test_a_model_that_writes_is_read_out(server: RealtimeServer) -> None:
    async def writes(turn: Turn) -> None:
        where = {"item_id": "item_x", "output_index": 0, "content_index": 0}
        await turn.send("response.output_text.delta", **where, delta="I write.")
        await turn.done()

    server.will(writes)
    async with talking(server) as talk:
        pieces = await talk.answer()
    assert pieces == [ChatText("I write."), ChatEnd("stop", (), "gpt-realtime-2.1", 70, 7)]


async def test_an_answer_that_is_cut_for_its_length_says_so(server: RealtimeServer) -> None:
    async def too_long(turn: Turn) -> None:
        await turn.done("incomplete", reason="max_output_tokens")

    server.will(says("Once upon a time.", voice(0.5), also=too_long))
    async with talking(server) as talk:
        assert end_of(await talk.answer()) == ChatEnd("length", (), "gpt-realtime-2.1", 70, 7)


async def test_words_that_come_late_or_never_keep_no_sound_back(server: RealtimeServer) -> None:
    server.will(says("Late.", voice(1), late=True), says("", voice(1)))
    async with talking(server) as talk:
        words, pcm = await talk.spoken()
        assert (words, pcm_to_ulaw(pcm)) == (["…", "Late."], voice(1))
        words, pcm = await talk.spoken()
        assert (words, pcm_to_ulaw(pcm)) == (["…"], voice(1))


FAILURES = {
    "gives no answer": (hangs, "It gave no answer within 0.5 s."),
    "stops in the middle": (
        begins("Well, ", voice(0.2), hangs),
        "It stopped in the middle of its answer for 0.5 s.",
    ),
    "fails": (fails("insufficient_quota"), "It gave its answer up (insufficient_quota)."),
    "breaks off in the middle": (begins("Well, then. ", voice(0.5), hangs_up), "It broke off (1011)."),
    "expires in the middle": (
        begins("Well, then. ", voice(0.5), expires),
        "It ended the session, which has lasted its longest.",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_a_server_that(what: str, server: RealtimeServer) -> None:
    """It is reported as a failure of that answer, and the next one comes."""
    behaviour, told = FAILURES[what]
    async with talking(server, timeout_secs=0.5) as talk:
        await talk.answer()
        server.will(behaviour)
        assert await failure(talk) == told
        assert talk.health.failures == 1
        assert (await talk.spoken())[0] == ["What can I do for you?"]


async def test_an_engine_that_fails_again_and_again_is_known_to_be_out_of_order_until_it_answers(
    server: RealtimeServer,
) -> None:
    async with talking(server) as talk:
        server.will(*[fails("server_error")] * 3)
        for _ in range(3):
            await failure(talk)
        assert not talk.health.is_up
        await talk.answer()
        assert talk.health.is_up
        await talk.health.close()


@pytest.mark.parametrize("behaviour", [expires, hangs_up])
async def test_a_session_that_ends_before_an_answer_begins_is_made_anew_and_asked_again(
    behaviour: object, server: RealtimeServer
) -> None:
    server.hears.extend(["first", "second", "second"])
    async with talking(server) as talk:
        first = talk.utter()
        await talk.answer()
        await asyncio.wait_for(_until(lambda: first["content"] is not None), 5)
        talk.context.add_message({"role": "assistant", "content": "What can I do for you?"})
        server.will(behaviour)  # type: ignore[arg-type]
        server.hears.appendleft(None)
        server.utterances.clear()
        second = talk.utter(0.9)
        assert (await talk.spoken("[Hurry.]"))[0] == ["What can I do for you?"]
        assert (server.connections, server.responses) == (2, 3)
        assert server.texts() == [
            ("system", "[Hurry.]"),
            ("user", "first"),
            ("assistant", "What can I do for you?"),
            ("system", "[Hurry.]"),
        ]
        del second


async def test_what_the_caller_is_saying_while_a_connection_is_lost_is_not(server: RealtimeServer) -> None:
    async with talking(server) as talk:
        await talk.answer()
        talk.session.hear(voice(0.6))
        await server.until(lambda: len(server.heard) >= 4800)
        server.heard.clear()
        server.clients[0].socket.transport.abort()
        await server.until(lambda: len(server.heard) >= 4800)
        talk.session.hear(voice(0.06))
        assert talk.session.end_utterance({"role": "user", "content": None})
        await server.until(lambda: bool(server.utterances))
    assert server.utterances == [voice(0.6) + voice(0.06)]


async def test_rubbish_is_passed_over_until_it_is_too_much(server: RealtimeServer) -> None:
    rubbish = ("{", "[]", '{"type": 7}', '{"type": "response.output_audio.delta"}', '{"type": "nobody.knows"}')
    server.will(raves(*rubbish), raves(*["?"] * 30))
    async with talking(server) as talk:
        assert (await talk.spoken())[0] == ["There you are."]
        assert (await talk.spoken())[0] == ["What can I do for you?"]
        assert server.connections == 2


async def test_audio_that_is_no_base64_is_rubbish_too(server: RealtimeServer) -> None:
    async def broken(turn: Turn) -> None:
        item_id, index = await turn.begin()
        where = {"item_id": item_id, "output_index": index, "content_index": 0}
        await turn.send("response.output_audio.delta", **where, delta="*")
        await says("So.", voice(0.1))(turn)

    server.will(broken)
    async with talking(server) as talk:
        assert (await talk.spoken())[0] == ["So."]


REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "It refused with status 401.",
    HTTPStatus.FORBIDDEN: "It refused with status 403.",
    HTTPStatus.NOT_FOUND: "It refused with status 404.",
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_that_will_not_change_is_reported_at_once(status: HTTPStatus, server: RealtimeServer) -> None:
    server.refusals.extend([status] * 9)
    async with talking(server) as talk:
        assert await failure(talk) == REFUSALS[status]
        assert server.connections <= 2
        server.refusals.clear()
        assert (await talk.spoken())[0] == ["What can I do for you?"]


@pytest.mark.parametrize("status", [HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY])
async def test_a_refusal_that_passes_is_not_noticed(status: HTTPStatus, server: RealtimeServer) -> None:
    server.refusals.extend([status] * 2)
    async with talking(server) as talk:
        assert (await talk.spoken())[0] == ["What can I do for you?"]
    assert server.connections == 3


async def test_a_handshake_that_never_ends_and_a_server_that_never_speaks_fail_in_time(server: RealtimeServer) -> None:
    server.refusals.extend([None] * 9)
    async with talking(server, timeout_secs=0.5) as talk:
        assert await failure(talk) == "It was not ready within 0.5 s."
    server.refusals.clear()
    server.is_mute = True
    async with talking(server, timeout_secs=0.5) as talk:
        assert await failure(talk) == "It was not ready within 0.5 s."


async def test_nobody_there_is_reported_and_somebody_who_comes_is_talked_with(server: RealtimeServer) -> None:
    await server.__aexit__()
    async with talking(server, timeout_secs=0.5) as talk:
        told = await failure(talk)
        assert told in ("It was not ready within 0.5 s.", "It cannot be reached (ConnectionRefusedError).")
        async with RealtimeServer(port=server.port) as again:
            assert (await talk.spoken())[0] == ["What can I do for you?"]
            assert again.wrong == []
    await server.__aenter__()


async def test_a_session_that_is_refused_is_no_session(server: RealtimeServer) -> None:
    server.refuses_session = "invalid_value"
    async with talking(server) as talk:
        assert await failure(talk) == "It refused the session (invalid_value)."


async def test_an_answer_that_is_refused_fails_alone(server: RealtimeServer) -> None:
    async with talking(server) as talk:
        await talk.answer()
        server.refuses_response = "rate_limit_exceeded"
        assert await failure(talk) == "It gave no answer (rate_limit_exceeded)."
        server.refuses_response = None
        assert (await talk.spoken())[0] == ["What can I do for you?"]
    assert server.connections == 1


async def test_a_call_is_asked_for_by_its_own_name(server: RealtimeServer) -> None:
    server.will(calls(("stock", {"item": "1"})))
    async with talking(server) as talk:
        (call,) = end_of(await talk.answer()).calls
    assert call == ToolRequest("stock", '{"item": "1"}', call.id)
    assert call.id.startswith("call_")


async def test_sound_is_there_before_the_answer_is_complete(server: RealtimeServer) -> None:
    server.will(begins("This is long. And ", voice(1), hangs))
    async with talking(server) as talk:
        stream = talk.session.answer(talk.context, [], may_call=True, max_tokens=500)
        caption = await anext(stream)
        assert isinstance(caption, Caption)
        first = await anext(aiter(caption.audio()))
        assert (caption.text, pcm_to_ulaw(first)) == ("This is long.", voice(1))
        await stream.aclose()
        assert await pcm_of(caption) == b""


async def test_a_session_that_is_nearly_an_hour_old_is_made_anew_before_it_ends_and_loses_nothing(
    server: RealtimeServer,
) -> None:
    server.hears.append("how many")
    async with talking(server) as talk:
        await talk.answer()
        talk.session._keeper._old_secs = 0
        message = talk.utter(0.7)
        assert (await talk.spoken())[0] == ["What can I do for you?"]
        await asyncio.wait_for(_until(lambda: message["content"] == "how many"), 5)
        assert (server.connections, server.utterances) == (2, [voice(0.7)])
