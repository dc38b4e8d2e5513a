"""[llm]."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import LLMSettings, load_settings


def test_without_a_model_there_is_none() -> None:
    assert (LLMSettings().model, LLMSettings().api_key) == (None, None)


def test_the_key_does_not_show() -> None:
    assert "s3cret" not in repr(LLMSettings(api_key=SecretStr("s3cret")))


def test_the_address_is_kept_without_trailing_slash() -> None:
    assert LLMSettings(base_url="http://127.0.0.1:11434/v1/").base_url == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:11434", "tcp://127.0.0.1:1", "http://", ""],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=f"'{url}', expected an address such as http"):
        LLMSettings(base_url=url)


@pytest.mark.parametrize("url", ["https://me:s3cret@example.com/v1", "https://example.com/?key=s3cret"])
def test_an_address_with_a_key_in_it_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LLMSettings(base_url=url)
    message = refused.value.errors()[0]["msg"]
    assert message == "Value error, not shown, expected an address without a key such as http://127.0.0.1:11434/v1"


def test_the_key_may_come_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "llm.api_key").write_text("s3cret\n")
    key = load_settings(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).llm.api_key
    assert key is not None
    assert key.get_secret_value() == "s3cret"
