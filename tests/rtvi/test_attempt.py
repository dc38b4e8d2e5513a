"""Other people's code may fail or hang."""

import asyncio

from appliance.rtvi.attempt import Attempt, attempt


async def test_plain_and_async_functions_return_their_value() -> None:
    async def double(value: int) -> int:
        return value * 2

    assert await attempt("x", 5.0, double, 2) == Attempt(4, None)
    assert await attempt("x", 5.0, len, "ab") == Attempt(2, None)


async def test_what_fails_is_named_and_what_hangs_given_up() -> None:
    assert await attempt("x", 5.0, int, "secret") == Attempt(None, "ValueError")
    assert await attempt("x", 0.01, asyncio.Event().wait) == Attempt(None, "it took too long")
