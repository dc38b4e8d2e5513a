"""A house without a process: its real parts in this one, with canned engines."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.call import Engines
from appliance.server.house import House
from appliance.server.serve import open_house
from appliance.settings import Settings
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber
from tests.call.lines import PLAN

NUMBER = "+15555550100"
BASE = "http://127.0.0.1:8080"


def settings(tmp_path: Path, **sections: Any) -> Settings:
    """Settings with a dialplan of one question."""
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir(parents=True, exist_ok=True)
    (dialplans / "plan.yaml").write_text(PLAN)
    return Settings.model_validate({"data_dir": tmp_path / "data", "dialplans": {"path": dialplans}, **sections})


@asynccontextmanager
async def opened(tmp_path: Path, **sections: Any) -> AsyncIterator[House]:
    """A house with canned engines."""
    engines = Engines(CannedTranscriber("yes"), CannedSynthesizer(0.1))
    async with open_house(settings(tmp_path, **sections), BASE, engines) as house:
        yield house


def form(call_id: str = "CA1", to: str = NUMBER) -> dict[str, str]:
    """What a voice webhook says."""
    return {"CallSid": call_id, "To": to, "From": "+15550100199"}


async def ask(app: Any, path: str, *, body: bytes = b"", peer: str = "127.0.0.1", **headers: str) -> tuple[int, Any]:
    """One request, a form where there is a body: status, and JSON or text."""
    path, _, query = path.partition("?")
    said: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST" if body else "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": (peer, 50_000),
        "server": ("127.0.0.1", 8080),
        "scheme": "http",
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in said)
    kind = dict(said[0]["headers"]).get(b"content-type", b"")
    return said[0]["status"], json.loads(content) if kind == b"application/json" else content.decode(errors="replace")


@dataclass
class Api:
    """A carrier's REST API that writes down what it is asked."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def hang_up(self, call_id: str) -> None:
        """See CarrierApi."""
        self.asked.append(("hang up", call_id, ""))

    async def redirect(self, call_id: str, document: str) -> None:
        """See CarrierApi."""
        self.asked.append(("redirect", call_id, document))

    async def place_call(
        self, to: str, from_number: str, document: str, *, ring_secs: int, status_callback: str
    ) -> str:
        """See CarrierApi."""
        self.asked.append(("place call", f"{from_number} to {to} for {ring_secs} s", document))
        return "CA2"

    async def send_message(self, to: str, from_number: str, text: str) -> None:
        """See CarrierApi."""
        self.asked.append(("send message", f"{from_number} to {to}", text))
