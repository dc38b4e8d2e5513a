import logging
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import StartError
from appliance.server.serve import listen, open_house, twilio_api, uvicorn_config
from appliance.server.websocket import StreamingWebSocket
from tests.server.houses import BASE, opened, settings

SECRET = {"auth_token": "secret"}


def test_a_listening_socket_is_not_inherited_by_children() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert not listener.get_inheritable()
        with pytest.raises(StartError, match=r"^cannot listen on 127\.0\.0\.1 port \d+: Address already in use$"):
            listen("127.0.0.1", listener.getsockname()[1])


async def test_a_data_directory_that_is_made_is_the_services_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        assert house.settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_an_address_that_is_not_this_machines_is_a_failed_start() -> None:
    with pytest.raises(StartError, match=r"^cannot listen on 192\.0\.2\.1 port 0: "):
        listen("192.0.2.1", 0)


def test_the_rest_api_needs_both_credentials(tmp_path: Path) -> None:
    account = {"account_sid": "AC" + "1" * 32}
    assert twilio_api(settings(tmp_path, twilio=account)) is None
    assert twilio_api(settings(tmp_path, twilio=SECRET)) is None
    assert twilio_api(settings(tmp_path, twilio=account | SECRET)) is not None


def test_audio_is_not_compressed_and_requests_are_not_logged() -> None:
    config = uvicorn_config(lambda: None)
    assert (config.ws_per_message_deflate, config.access_log, config.server_header) == (False, False, False)
    assert config.ws is StreamingWebSocket
    assert config.ws_max_size >= 1024 * 1024


async def test_a_house_opens_without_a_good_dialplan_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = settings(tmp_path)
    (given.dialplans.path / "plan.yaml").write_text("name: [\n")
    with caplog.at_level(logging.ERROR):
        async with open_house(given, BASE, (await _engines(tmp_path))) as house:
            assert house.dialplans.plans == ()
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "dialplan refused",
        "no dialplan serves",
    ]


async def _engines(tmp_path: Path) -> Any:
    async with opened(tmp_path / "other") as house:
        return house.engines
