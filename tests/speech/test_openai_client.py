import httpx2
import openai
import pytest
from pydantic import SecretStr

from appliance.settings import OpenAISTTSettings
from appliance.speech.openai_client import client_of, failures_named
from appliance.speech.refused import RefusedError

REFUSED = "The speech engine at URL refused with status "
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/audio/speech")


async def refusal(error: Exception) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        async with failures_named("URL"):
            raise error
    return refused.value


def status(code: int, said: object = None, **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(code, headers=headers, request=REQUEST)
    return openai.APIStatusError("You said: my card is 4111", response=response, body=said)


@pytest.mark.parametrize(
    ("error", "sentence", "passing"),
    [
        (status(401), REFUSED + "401.", False),
        (status(404, {"code": "model_not_found"}), REFUSED + "404 (model_not_found).", False),
        (status(400, {"code": "said my card"}), REFUSED + "400.", False),
        (status(429), REFUSED + "429.", True),
        (status(429, {"code": "insufficient_quota"}), REFUSED + "429 (insufficient_quota).", False),
        (status(503), REFUSED + "503.", True),
        (
            openai.APIConnectionError(request=REQUEST),
            "The speech engine at URL cannot be reached (APIConnectionError).",
            True,
        ),
        (httpx2.ReadError("my card"), "The connection to the speech engine at URL broke (ReadError).", True),
    ],
)
async def test_a_failure_is_named_without_the_servers_words(error: Exception, sentence: str, passing: bool) -> None:
    refused = await refusal(error)
    assert (str(refused), refused.passing) == (sentence, passing)


async def test_a_server_may_say_when_to_come_again() -> None:
    assert (await refusal(status(429, **{"retry-after": "1.5"}))).after_secs == 1.5


async def test_time_limits_pass_through() -> None:
    with pytest.raises(TimeoutError):
        async with failures_named("URL"):
            raise TimeoutError


@pytest.mark.parametrize(("key", "sent"), [(None, "none"), (SecretStr("s3cret"), "s3cret")])
async def test_a_client_has_one_try_and_only_the_key_of_its_settings(
    key: SecretStr | None, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    client = client_of(OpenAISTTSettings(base_url="http://127.0.0.1:1/v1", api_key=key))
    assert (client.api_key, client.max_retries, str(client.base_url)) == (sent, 0, "http://127.0.0.1:1/v1/")
    await client.close()
