"""Other people's code may fail or hang."""

import asyncio

from appliance.errors import RequestError
from appliance.rtvi.attempt import Attempt, attempt, guarded


async def test_plain_and_async_functions_return_their_value() -> None:
    async def double(value: int) -> int:
        return value * 2

    assert await attempt("x", 5.0, double, 2) == Attempt(4, None)
    assert await attempt("x", 5.0, len, "ab") == Attempt(2, None)


async def test_what_fails_is_named_and_what_hangs_given_up() -> None:
    assert await attempt("x", 5.0, int, "secret") == Attempt(None, "ValueError")
    assert await attempt("x", 0.01, asyncio.Event().wait) == Attempt(None, "it took too long")


async def test_what_is_refused_says_why() -> None:
    async def refuse() -> None:
        raise RequestError("nobody listens")

    assert await attempt("x", 5.0, refuse) == Attempt(None, "nobody listens")


def test_what_is_guarded_ends_where_it_fails_and_nothing_else_does() -> None:
    with guarded("x") as outcome:
        int("secret")
    assert outcome.failure == "ValueError"
    with guarded("x") as outcome:
        int("1")
    assert outcome.failure is None
