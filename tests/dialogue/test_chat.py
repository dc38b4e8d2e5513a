"""What is asked of a language model, where nothing else is said."""

from appliance.dialogue.chat import ChatEnd, ChatRequest


def test_a_request_leaves_model_server_and_style_to_the_settings() -> None:
    request = ChatRequest([{"role": "user", "content": "Hello"}])
    assert (request.model, request.base_url, request.temperature, request.max_tokens) == (None,) * 4
    assert (request.tools, request.may_call) == ((), True)


def test_an_end_tells_no_cost_that_the_server_has_not_told() -> None:
    assert (ChatEnd("stop").prompt_tokens, ChatEnd("stop").completion_tokens) == (None, None)
