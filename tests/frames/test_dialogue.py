from appliance.frames import LLMContext, LLMContextFrame, LLMMessagesAppendFrame, UninterruptibleFrame, text_of


def test_a_context_is_changed_in_place_so_that_all_who_hold_it_see_it() -> None:
    context = LLMContext([{"role": "system", "content": "a"}])
    held = context.messages
    context.add_message({"role": "user", "content": "b"})
    context.add_messages([{"role": "assistant", "content": "c"}])
    assert [message["content"] for message in held] == ["a", "b", "c"]
    context.set_messages([])
    assert held == []


def test_a_copy_of_the_messages_is_a_copy() -> None:
    context = LLMContext()
    context.get_messages().append({"role": "user", "content": "x"})
    assert context.messages == []


def test_a_context_does_not_keep_the_list_it_was_made_of() -> None:
    messages = [{"role": "user", "content": "a"}]
    LLMContext(messages).add_message({"role": "user", "content": "b"})
    assert len(messages) == 1


def test_what_a_supervisor_appends_survives_an_interruption() -> None:
    assert isinstance(LLMMessagesAppendFrame([]), UninterruptibleFrame)
    assert not isinstance(LLMContextFrame(LLMContext()), UninterruptibleFrame)


def test_the_text_of_a_message_is_that_of_its_parts() -> None:
    image = {"type": "image_url", "image_url": {"url": "x"}}
    parts = [{"type": "text", "text": "a"}, image, {"type": "text", "text": "b"}]
    assert [text_of(message) for message in ({"content": "a"}, {"content": parts}, {"content": None}, {})] == [
        "a",
        "a b",
        "",
        "",
    ]
