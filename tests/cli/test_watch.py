"""`appliance watch` against a real server: what is printed, and what happens when it is refused or cut off."""

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.cli import watch as command
from appliance.cli.watch import Viewing, watch
from appliance.settings import SupervisionSettings
from tests.supervision.desk import Desk, open_desk


class Terminal(io.StringIO):
    """Standard output whose lines can be awaited."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def write(self, text: str) -> int:
        written = super().write(text)
        self._loop.call_soon_threadsafe(self._changed.set)
        return written

    async def shows(self, text: str) -> None:
        """Returns once this was printed."""
        async with asyncio.timeout(20):
            while text not in self.getvalue():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, SupervisionSettings(linger_secs=0)) as desk:
        yield desk


async def test_a_call_is_followed_from_what_was_said_to_its_end(desk: Desk) -> None:
    with contextlib.redirect_stdout(Terminal()) as terminal:
        bot = desk.call("CA/1")
        bot.said("Hello there.")
        watching = asyncio.create_task(watch(desk.url, "CA/1", desk.token))
        await terminal.shows("bot      Hello there.\n")
        bot.tell("user-transcription", {"text": "It is me", "user_id": "", "timestamp": "", "final": True})
        await terminal.shows("caller   It is me\n")
        desk.hub.call_ended("CA/1", outcome="completed")
        async with asyncio.timeout(20):
            assert await watching is None
        assert terminal.getvalue().endswith("caller   It is me\ncall     ended: completed\n")


async def test_after_a_loss_it_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.redirect_stdout(Terminal()) as terminal:
        monkeypatch.setattr(command, "RETRY_SECS", (0,))
        watching = asyncio.create_task(watch(desk.url, None, desk.token))
        await terminal.shows("No call right now")
        for feed in desk.hub.house.ready():
            feed.close(1012, "a loss")
        desk.call()
        await terminal.shows("CA1  started")
        assert terminal.getvalue() == (
            "No call right now; a call appears here when it comes in.\n"
            "-- connection lost, trying again\n"
            "CA1  started  +15550100001 to +15550100002, reception\n"
        )
        watching.cancel()


async def test_a_refusal_is_one_sentence(desk: Desk) -> None:
    address = f"ws://127.0.0.1:{desk.port}/rtvi"
    assert await watch(desk.url, None, "wrong") == f"{address}: the token is unknown, revoked or expired"
    assert await watch(desk.url, "CA9", desk.token) == f"{address}/CA9: there is no such call"


async def test_on_the_appliances_own_machine_no_token_is_needed_and_none_stays(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.redirect_stdout(Terminal()) as terminal:
        monkeypatch.setenv("APPLIANCE__DATA_DIR", str(tmp_path))
        monkeypatch.setenv("APPLIANCE__SERVER__PORT", str(desk.port))
        monkeypatch.delenv("APPLIANCE_TOKEN", raising=False)
        desk.wall.now = time.time()
        desk.call()
        watching = asyncio.create_task(asyncio.to_thread(main, ["watch", "CA1"]))
        await terminal.shows("call     CA1")
        desk.hub.call_ended("CA1", outcome="completed")
        async with asyncio.timeout(20):
            assert await watching == 0
        assert [token.name for token in desk.auth.credentials.tokens()] == ["anna"]


def test_a_token_of_this_machine_is_shown_to_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("APPLIANCE_TOKEN", raising=False)
    assert main(["watch", "--url", "ws://127.0.0.1:9"]) == 3
    expected = (
        "appliance: --url ws://127.0.0.1:9 needs --token, or the token in $APPLIANCE_TOKEN "
        "(without --url none is needed)\n"
    )
    assert capsys.readouterr() == ("", expected)


@pytest.mark.parametrize(
    ("url", "call", "address"),
    [
        ("http://a:1", None, "ws://a:1/rtvi"),
        ("https://a/", "CA 1/2?", "wss://a/rtvi/CA%201%2F2%3F"),
        ("wss://a:2", "CA1", "wss://a:2/rtvi/CA1"),
    ],
)
def test_the_address_is_made_from_any_form_of_url(url: str, call: str | None, address: str) -> None:
    assert Viewing(url, call).address == address
