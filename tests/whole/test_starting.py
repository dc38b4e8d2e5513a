"""How the service starts, and in how few words it says why it does not."""

import socket
from pathlib import Path

import aiohttp
import pytest

from tests.whole.appliance import Appliance, fails, running
from tests.whole.carrier import Carrier, new_call_id
from tests.whole.conftest import QUICK
from tests.whole.engines import free_listener

WRONG_STEP = QUICK.replace("yes_no: {yes: done, no: person}", "yes_no: {yes: dome, no: person}")
URI = "tcp://127.0.0.1:9"


def test_a_port_in_use_is_a_failed_start(tmp_path: Path) -> None:
    with free_listener() as taken:
        port = taken.getsockname()[1]
        status, text = fails(tmp_path, "--port", str(port), speech__uri=URI)
    assert (status, text) == (3, f"appliance: cannot listen on 127.0.0.1 port {port}: Address already in use\n")


def test_a_data_directory_that_cannot_be_made_is_a_failed_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "data"
    status, text = fails(path, speech__uri=URI)
    assert (status, text) == (3, f"appliance: data_dir {path} cannot be made: Not a directory\n")


def test_a_data_directory_that_cannot_be_written_is_a_failed_start() -> None:
    """Not even root may write there."""
    status, text = fails(Path("/proc/self"), speech__uri=URI)
    assert status == 3
    assert text.startswith("appliance: ")
    assert text.count("\n") == 1
    assert "/proc/self" in text


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"server__port": "eighty"}, "server.port"),
        ({"server__prot": "8080"}, "server.prot"),
        ({"twilio__token_life_secs": "0"}, "twilio.token_life_secs"),
        ({"speech__uri": "http://127.0.0.1"}, "speech.uri"),
    ],
)
def test_bad_settings_are_refused_with_their_name(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    status, text = fails(tmp_path, **settings)
    assert status == 78
    assert sentence in text
    assert "Traceback" not in text


def test_without_an_auth_token_only_this_machine_may_ring(tmp_path: Path) -> None:
    assert fails(tmp_path, "--host", "0.0.0.0", speech__uri=URI) == (
        78,
        "appliance: server.host is 0.0.0.0, but without twilio.auth_token nobody's requests can be told from the "
        "carrier's: expected a loopback address such as 127.0.0.1, or the auth token\n",
    )


def test_with_an_auth_token_the_address_that_is_signed_must_be_known(tmp_path: Path) -> None:
    status, text = fails(tmp_path, "--host", "0.0.0.0", speech__uri=URI, twilio__auth_token="secret-word")
    assert status == 78
    assert text == (
        "appliance: server.public_base_url is missing, expected the address that the carrier signs, "
        "such as https://voice.example.com\n"
    )


def test_speech_engines_that_do_not_start_are_a_failed_start(tmp_path: Path) -> None:
    status, text = fails(tmp_path, speech__ears=65)
    assert status == 78
    assert "speech.ears" in text


@pytest.fixture
def mixed(tmp_path: Path, listener: socket.socket) -> Path:
    """A directory with a good dialplan, one with a wrong step, and one that is no YAML."""
    path = tmp_path / "dialplans"
    path.mkdir()
    (path / "good.yaml").write_text(QUICK)
    (path / "wrong.yaml").write_text(WRONG_STEP.replace("+15555550100", "+15555550107"))
    (path / "broken.yaml").write_text("name: [\n")
    return path


async def test_dialplans_with_errors_are_refused_by_line_while_the_others_serve(
    mixed: Path, tmp_path: Path, listener: socket.socket
) -> None:
    uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    line = WRONG_STEP.splitlines().index("    yes_no: {yes: dome, no: person}") + 1
    with running(tmp_path / "data", mixed, speech__uri=uri) as service:
        log, (status, health) = service.log(), await service.get("/health/ready")
        async with aiohttp.ClientSession() as http:
            carrier = Carrier(service, http)
            answers = [await carrier.ring(new_call_id(), to) for to in ("+15555550100", "+15555550107")]
    assert f"dialplan refused: {mixed / 'wrong.yaml'}:{line}: " in log
    assert f"dialplan refused: {mixed / 'broken.yaml'}:" in log
    assert (status, health["status"], len(health["refused_dialplans"])) == (200, "ready", 2)
    assert ["<Stream" in answer for answer in answers] == [True, False]


async def test_a_service_without_any_dialplan_says_that_it_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with running(tmp_path / "data", tmp_path / "none", speech__uri=URI) as service:
        status, health = await service.get("/health/ready")
        assert (status, health["problems"]) == (503, ["no dialplan serves"])
        assert "no dialplan serves: every call will hear that its number is not in service" in service.log()


def test_only_what_belongs_to_the_owner_is_written(quick: Appliance) -> None:
    token = quick.token()
    modes = {path.name: path.stat().st_mode & 0o077 for path in quick.data_dir.glob("tokens.*")}
    assert modes == {"tokens.json": 0, "tokens.lock": 0}
    assert token not in (quick.data_dir / "tokens.json").read_text()
