import pytest
from websockets.datastructures import Headers

from appliance.errors import EngineError
from appliance.speech.refused import RefusedError, pause_before_retry, retry_after


@pytest.mark.parametrize(
    ("said", "secs"),
    [("1.5", 1.5), ("0", 0), ("", 0), ("soon", 0), ("-1", 0), ("nan", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
)
def test_a_server_may_ask_for_a_number_of_seconds(said: str, secs: float) -> None:
    assert (retry_after({"retry-after": said}), retry_after({})) == (secs, 0)


def test_who_asks_twice_has_not_said_it() -> None:
    headers = Headers([("Retry-After", "1"), ("Retry-After", "2")])
    assert retry_after(headers) == 0


def test_a_refusal_is_a_failure_of_an_engine_that_may_pass_unless_it_is_said() -> None:
    refused = RefusedError("no")
    assert isinstance(refused, EngineError)
    assert (str(refused), refused.passing, refused.after_secs) == ("no", True, 0)


@pytest.mark.parametrize(
    ("error", "usual_secs", "pause"),
    [
        (EngineError("broke"), 0.3, 0.3),
        (RefusedError("429", after_secs=2), 0.3, 2),
        (RefusedError("429", after_secs=0.1), 0.3, 0.3),
        (RefusedError("401", passing=False), 0.3, None),
        (EngineError("broke"), None, None),
    ],
)
def test_a_try_more_is_made_where_it_may_help_and_not_before_the_server_wants_it(
    error: EngineError, usual_secs: float | None, pause: float | None
) -> None:
    assert pause_before_retry(error, usual_secs) == pause
