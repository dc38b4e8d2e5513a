"""Looking something up."""

import pytest

from appliance.functions.table import TableExecutor

TABLE = TableExecutor({"4711": {"state": "here"}, "2580": "gone"})


@pytest.mark.parametrize(
    ("number", "result"),
    [("4711", {"state": "here"}), ("2580", "gone"), (" 2580 ", "gone"), (2580, "gone"), ("1", None), ("", None)],
)
async def test_a_table_gives_what_stands_under_the_key(number: str | int, result: object) -> None:
    assert await TABLE.run({"number": number}) == result


async def test_without_an_argument_nothing_is_found() -> None:
    assert await TABLE.run({}) is None
