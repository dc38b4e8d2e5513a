"""A real server with supervision's routes on a free port."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.settings import SupervisionSettings
from tests.supervision.desk import Desk, open_desk


@pytest.fixture
def supervision() -> SupervisionSettings:
    return SupervisionSettings(linger_secs=0, queue_messages=50)


@pytest.fixture
async def desk(tmp_path: Path, supervision: SupervisionSettings) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, supervision) as desk:
        yield desk
