import pytest
from websockets.datastructures import Headers

from appliance.errors import EngineError
from appliance.speech.refused import RefusedError, retry_after


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
