"""Functions that block."""

import asyncio
import threading

import pytest

from appliance.errors import FunctionError
from appliance.functions import threads
from appliance.functions.threads import in_thread


async def test_a_result_comes_from_another_thread() -> None:
    assert await in_thread(lambda: threading.current_thread() is threading.main_thread()) is False


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ZeroDivisionError("x"), ZeroDivisionError("x")),
        (StopIteration(), RuntimeError("it raised StopIteration")),
        (SystemExit(3), RuntimeError("it raised SystemExit")),
    ],
)
async def test_an_error_is_raised_where_the_result_is_waited_for(error: BaseException, raised: Exception) -> None:
    def breaks() -> None:
        raise error

    with pytest.raises(type(raised)) as got:
        await in_thread(breaks)
    assert str(got.value) == str(raised)


async def test_one_that_hangs_is_not_waited_for_and_counts_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MOST_THREADS", 1)
    goes_on = threading.Event()

    def hangs() -> None:
        goes_on.wait(20)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(in_thread(hangs), 0.05)
    with pytest.raises(FunctionError) as refused:
        await in_thread(lambda: None)
    assert str(refused.value) == "1 functions are still running, expected them to end."
    assert all(thread.daemon for thread in threads._alive)
    goes_on.set()
    for thread in tuple(threads._alive):
        thread.join(20)
    assert await in_thread(lambda: "again") == "again"
