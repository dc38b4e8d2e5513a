"""Tokens of media streams."""

import re

import pytest

from appliance.carriers.twilio.tokens import Refusal, StreamTokens
from appliance.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def tokens(clock: ManualClock) -> StreamTokens:
    return StreamTokens(60, clock)


def test_a_token_opens_its_calls_stream_once(tokens: StreamTokens) -> None:
    token = tokens.issue("CA1")
    assert tokens.redeem(token, "CA1") is None
    assert tokens.redeem(token, "CA1") is Refusal.REUSED


def test_a_token_does_not_open_another_calls_stream_and_stays_good(tokens: StreamTokens) -> None:
    token = tokens.issue("CA1")
    assert tokens.redeem(token, "CA2") is Refusal.OTHER_CALL
    assert tokens.redeem(token, "") is Refusal.OTHER_CALL
    assert tokens.redeem(token, "CA1") is None


def test_a_token_that_was_never_issued_is_unknown(tokens: StreamTokens) -> None:
    tokens.issue("CA1")
    for token in ("", "x", "\ud800", "x" * 1_000_000, tokens.issue("CA1")[:-1]):
        assert tokens.redeem(token, "CA1") is Refusal.UNKNOWN


@pytest.mark.parametrize(("secs", "refusal"), [(0, None), (59.9, None), (60, Refusal.EXPIRED), (600, Refusal.EXPIRED)])
def test_a_token_is_good_for_its_life(
    tokens: StreamTokens, clock: ManualClock, secs: float, refusal: Refusal | None
) -> None:
    token = tokens.issue("CA1")
    clock.advance(secs)
    assert tokens.redeem(token, "CA1") is refusal


def test_a_used_token_is_called_reused_even_when_it_has_expired(tokens: StreamTokens, clock: ManualClock) -> None:
    token = tokens.issue("CA1")
    tokens.redeem(token, "CA1")
    clock.advance(61)
    assert tokens.redeem(token, "CA1") is Refusal.REUSED


def test_a_call_may_have_several_tokens(tokens: StreamTokens) -> None:
    first, second = tokens.issue("CA1"), tokens.issue("CA1")
    assert first != second
    assert tokens.redeem(second, "CA1") is None
    assert tokens.redeem(first, "CA1") is None


def test_tokens_are_long_and_safe_in_addresses(tokens: StreamTokens) -> None:
    issued = {tokens.issue("CA1") for _ in range(100)}
    assert len(issued) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in issued)


def test_old_tokens_are_forgotten(tokens: StreamTokens, clock: ManualClock) -> None:
    token = tokens.issue("CA1")
    clock.advance(660)
    tokens.issue("CA2")
    assert len(tokens) == 1
    assert tokens.redeem(token, "CA1") is Refusal.UNKNOWN


def test_a_flood_of_webhooks_does_not_fill_the_memory(tokens: StreamTokens) -> None:
    first = tokens.issue("CA0")
    for number in range(20_000):
        last = tokens.issue(f"CA{number}")
    assert len(tokens) == 20_000
    assert tokens.redeem(first, "CA0") is Refusal.UNKNOWN
    assert tokens.redeem(last, "CA19999") is None


def test_reasons_read_well() -> None:
    assert [str(reason) for reason in Refusal] == ["unknown", "expired", "reused", "other call"]
