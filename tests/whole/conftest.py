"""Services that many tests share: one with the embedded engines, one with engines that a test turns as it likes."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from appliance.simulator import Phone, Sound
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import Carrier
from tests.whole.engines import Engines, free_listener

DATA = Path(__file__).parent.parent / "data"

QUICK = """\
name: Quick
numbers: ["+15555550100"]
greeting: Welcome.
function_call_report_level: {"*": name, price: full, secret: none}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
functions:
  price: {description: A price, table: {"1": {euros: "5"}}}
  secret: {description: Nobody's business, table: {"1": {word: swordfish}}}
  weight: {description: A weight, table: {"1": {grams: "20"}}}
steps:
  question:
    ask: Shall we go on?
    yes_no: {yes: done, no: person}
    expect:
      look: {say: look it up, keys: "5", next: price}
    no_match: Yes or no, please.
    otherwise: person
  price: {call: price, with: {number: "1"}, found: secret, not_found: person}
  secret: {call: secret, with: {number: "1"}, found: weight, not_found: person}
  weight: {call: weight, with: {number: "1"}, found: looked, not_found: person}
  looked: {say: I have looked it up., next: question}
  done: {hang_up: Thank you and goodbye.}
  person: {transfer: {to: "+15555550198", say: One moment please.}}
"""


@pytest.fixture(scope="session")
def listener() -> Iterator[socket.socket]:
    """Where the engines of the quick service are."""
    with free_listener() as one:
        yield one


@pytest.fixture(scope="session")
def quick_dialplans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a dialplan of one question: yes ends the call, no transfers it, 5 calls three functions."""
    path = tmp_path_factory.mktemp("dialplans")
    (path / "quick.yaml").write_text(QUICK)
    return path


@pytest.fixture(scope="session")
def quick(
    listener: socket.socket, quick_dialplans: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A service whose engines are the test's own, with short time limits."""
    with running(
        tmp_path_factory.mktemp("quick"),
        quick_dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        twilio__start_timeout_secs=1,
        twilio__media_timeout_secs=1.5,
        twilio__token_life_secs=2,
        supervision__linger_secs=0.5,
    ) as service:
        yield service


@pytest.fixture
async def engines(listener: socket.socket) -> AsyncIterator[Engines]:
    """The quick service's engines."""
    async with Engines(listener) as turned:
        yield turned


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service as it comes: the embedded engines and the example dialplans."""
    with running(tmp_path_factory.mktemp("embedded")) as service:
        yield service


@pytest.fixture(scope="session")
def embedded_quick(quick_dialplans: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service with the embedded engines and the dialplan of one question."""
    with running(tmp_path_factory.mktemp("embedded_quick"), quick_dialplans) as service:
        yield service


@pytest.fixture(scope="session")
def yes() -> Sound:
    """A person says yes."""
    return Sound.from_wav(DATA / "speech_yes.wav")


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """A phone without credentials."""
    async with Phone() as one:
        yield one


@pytest.fixture
async def carrier(quick: Appliance) -> AsyncIterator[Carrier]:
    """A carrier by hand, for the quick service."""
    async with aiohttp.ClientSession() as http:
        yield Carrier(quick, http)
