"""A call's state."""

import pytest

from appliance.errors import ProtocolError
from appliance.simulator import Call, Wait, place_call
from tests.simulator.bot import greet, serving


async def test_a_misbehaviour_that_is_not_known_places_no_call() -> None:
    async with serving(greet) as bot:
        with pytest.raises(ProtocolError):
            await place_call(Call(url=bot.url, misbehave=["rudeness"]))
        assert bot.requests == []


async def test_a_callback_that_fails_is_a_problem_and_the_call_goes_on() -> None:
    async with serving(greet) as bot:
        result = await place_call(
            Call(url=bot.url, actions=[Wait()], grace_secs=0.0, status_callback=f"http://{bot.host}/nowhere")
        )
    assert result.problems == [f"11200: http://{bot.host}/nowhere answered with status 404, expected 200."]
    assert result.end == "the caller hung up"
