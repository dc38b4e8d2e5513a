"""[openai_stt], [openai_tts] and [deepgram]."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import DeepgramSettings, OpenAISTTSettings, OpenAITTSSettings, load_settings
from appliance.settings.engines import missing_key

Kind = type[OpenAISTTSettings] | type[OpenAITTSSettings] | type[DeepgramSettings]

SECTIONS: dict[str, Kind] = {
    "openai_stt": OpenAISTTSettings,
    "openai_tts": OpenAITTSSettings,
    "deepgram": DeepgramSettings,
}


@pytest.mark.parametrize(
    ("section", "host"),
    [*dict.fromkeys(("openai_stt", "openai_tts"), "api.openai.com").items(), ("deepgram", "api.deepgram.com")],
)
def test_a_maker_wants_a_key_and_ones_own_server_may_not(section: str, host: str) -> None:
    kind = SECTIONS[section]
    own = "ws://127.0.0.1:8000/listen" if kind is DeepgramSettings else "http://127.0.0.1:8000/v1"
    assert missing_key(section, kind()) == (
        f"{section}.api_key is missing, expected the key for {host}, as systemd's credential {section}.api_key "
        f"or as APPLIANCE__{section.upper()}__API_KEY"
    )
    assert missing_key(section, kind(api_key=SecretStr("s3cret"))) is None
    assert missing_key(section, kind(base_url=own)) is None


@pytest.mark.parametrize("section", SECTIONS)
def test_the_key_may_come_from_systemd_and_does_not_show(section: str, tmp_path: Path) -> None:
    (tmp_path / f"{section}.api_key").write_text("s3cret\n")
    settings = load_settings(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert getattr(settings, section).api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "wss://127.0.0.1", "http://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=f"'{url}', expected an address such as https://api.openai.com/v1"):
        OpenAISTTSettings(base_url=url)


def test_deepgram_is_reached_over_websockets() -> None:
    assert DeepgramSettings(base_url="ws://10.0.0.1:8080/v1/listen/").base_url == "ws://10.0.0.1:8080/v1/listen"
    with pytest.raises(ValidationError, match=r"expected an address such as wss://api\.deepgram\.com/v1/listen"):
        DeepgramSettings(base_url="https://api.deepgram.com")


@pytest.mark.parametrize("url", ["https://me:s3cret@example.com/v1", "https://example.com/?key=s3cret"])
def test_an_address_with_a_key_in_it_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        OpenAITTSSettings(base_url=url)
    assert refused.value.errors()[0]["msg"] == (
        "Value error, not shown, expected an address without a key such as https://api.openai.com/v1"
    )
