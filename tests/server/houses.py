"""A house without a process: its real parts in this one, with canned engines."""

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
    dialplans.mkdir(exist_ok=True)
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
