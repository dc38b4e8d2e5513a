"""[speech]."""

import pytest
from pydantic import ValidationError

from appliance.settings import SpeechSettings


def test_by_default_the_embedded_engines_are_meant() -> None:
    assert (SpeechSettings().uri, SpeechSettings().transcriber_uri, SpeechSettings().synthesizer_uri) == (None,) * 3


@pytest.mark.parametrize("uri", ["tcp://127.0.0.1:10300", "unix:///run/piper.sock"])
def test_the_addresses_of_wyoming_servers_are_taken(uri: str) -> None:
    assert SpeechSettings(uri=uri).uri == uri


@pytest.mark.parametrize("ears", [0, 65])
def test_the_number_of_ears_is_kept_within_reason(ears: int) -> None:
    with pytest.raises(ValidationError):
        SpeechSettings(ears=ears)


def test_one_engine_need_not_be_written_as_a_list() -> None:
    assert SpeechSettings(transcriber="deepgram").transcriber == ("deepgram",)  # type: ignore[arg-type]
