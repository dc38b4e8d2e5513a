"""[server]."""

import pytest
from pydantic import ValidationError

from appliance.settings import ServerSettings


def test_by_default_only_this_machine_is_listened_to() -> None:
    assert (ServerSettings().host, ServerSettings().port) == ("127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://voice.example.com", "https://voice.example.com"),
        ("https://voice.example.com/", "https://voice.example.com"),
        ("http://10.0.0.1:8080/bot/", "http://10.0.0.1:8080/bot"),
        (None, None),
    ],
)
def test_the_public_address_is_kept_without_trailing_slash(given: str | None, kept: str | None) -> None:
    assert ServerSettings(public_base_url=given).public_base_url == kept


@pytest.mark.parametrize(
    "url", ["", "voice", "wss://voice", "https://", "https://a:99999", "https://a?b=c", "https://a#b"]
)
def test_what_is_no_public_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ServerSettings(public_base_url=url)
