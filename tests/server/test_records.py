from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.records import CallRecord, TurnRecord
from appliance.server.app import create_app
from appliance.server.desk import Desk
from tests.server.houses import ask, opened


class Pages:
    """Requests with a token."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._token = token

    async def get(self, path: str) -> tuple[int, Any]:
        return await ask(self._app, path, authorization=f"Bearer {self._token}")

    async def get_without(self, path: str) -> tuple[int, Any]:
        return await ask(self._app, path)


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    """A house in whose records are three calls, two of which began at the same moment."""
    async with opened(tmp_path) as house:
        for number, at in ((1, 100.0), (2, 200.0), (3, 200.0)):
            house.records.put(CallRecord(f"CA{number}", "twilio", "+1", "+2", "Plan", at, outcome="completed"))
        house.records.put(TurnRecord("CA1", 0, "bot", "Hello there.", 101.0, "Hello"))
        await house.records.flush()
        token = house.auth.credentials.add("token", "test", "viewer", None)
        yield Pages(create_app(house, Desk(house, None)), token)


async def test_the_latest_calls_come_first_and_a_page_says_where_the_next_begins(pages: Pages) -> None:
    seen, path = [], "/api/calls?limit=1"
    while True:
        status, page = await pages.get(path)
        assert status == 200
        seen += [call["call_id"] for call in page["calls"]]
        if page["next"] is None:
            break
        path = f"/api/calls?limit=1&before={page['next']}"
    assert sorted(seen) == ["CA1", "CA2", "CA3"]
    assert seen[-1] == "CA1"


async def test_a_call_is_told_with_its_turns(pages: Pages) -> None:
    status, call = await pages.get("/api/calls/CA1")
    assert (status, call["outcome"], call["dialplan"]) == (200, "completed", "Plan")
    assert call["turns"] == [
        {"index": 0, "who": "bot", "text": "Hello there.", "started_at": 101.0, "heard": "Hello", "details": {}}
    ]


async def test_an_unknown_call_is_not_found(pages: Pages) -> None:
    assert await pages.get("/api/calls/CA9") == (404, {"error": "there is no such call"})


@pytest.mark.parametrize("path", ["/api/calls", "/api/calls/CA1", "/api/calls/CA9"])
async def test_without_a_token_nothing_is_told(pages: Pages, path: str) -> None:
    status, told = await pages.get_without(path)
    assert (status, told) == (401, {"error": "Not signed in: a token or the page's session is expected."})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "limit is 0, expected 1 to 500"),
        ("limit=501", "limit is 501, expected 1 to 500"),
        ("limit=-", "limit must be a whole number and before a page's next"),
        ("before=yesterday", "limit must be a whole number and before a page's next"),
    ],
)
async def test_a_question_that_cannot_be_answered_gets_a_sentence(pages: Pages, query: str, sentence: str) -> None:
    assert await pages.get(f"/api/calls?{query}") == (400, {"error": sentence})
