"""Whether viewers of a call have got the same, and everything."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from appliance.bench.stamps import stamp
from appliance.bench.viewers import Party, Reader
from appliance.rtvi.viewer import Outgoing


def message(seq: int, data: object = None, kind: str = "server-message") -> bytes:
    return Outgoing(kind, False, {"label": "rtvi-ai", "type": kind, "data": data}, seq).encode()


def party(**seen: Sequence[Sequence[int]]) -> Party:
    """Readers by role, each with the numbers of what it got."""
    made = Party("CA1")
    for role, lists in seen.items():
        for numbers in lists:
            made.readers.setdefault(role, []).append(reader := Reader())
            for number in numbers:
                reader.take(message(number))
    return made


def test_a_reader_knows_how_late_a_stamp_was_and_what_it_said() -> None:
    reader = Reader()
    for seq, waiting in ((1, 500), (2, 20)):
        reader.take(message(seq, stamp(5, waiting)))
    reader.take(message(3, kind="bot-llm-started"))
    assert (reader.seq, len(reader.seen), len(reader.delays_secs)) == (3, 3, 2)
    assert all(0 <= delay < 10 for delay in reader.delays_secs)
    assert (reader.most_waiting_bytes, reader.stamp and reader.stamp.waiting_bytes) == (500, 20)
    reader.count_from_now()
    assert (reader.delays_secs, reader.most_waiting_bytes, len(reader.seen)) == ([], 0, 3)


@pytest.mark.parametrize(
    ("seen", "unlike", "missing"),
    [
        ({"viewer": [[1, 2, 3], [1, 2, 3]]}, 0, 0),
        ({"viewer": [[1, 2, 3], [1, 3], [1, 2]]}, 2, 0),
        ({"viewer": [[1, 3], [1, 3]]}, 0, 1),
        ({"viewer": [[1, 3], [1, 3]], "supervisor": [[1, 2, 3]]}, 0, 0),
        ({"viewer": [[]], "supervisor": [[1], [2]]}, 1, 0),
        ({}, 0, 0),
    ],
)
def test_readers_of_a_role_are_compared_and_numbers_that_nobody_got_are_missing(
    seen: dict[str, list[list[int]]], unlike: int, missing: int
) -> None:
    of_call = party(**seen)
    assert (of_call.unlike(), of_call.missing()) == (unlike, missing)


def test_what_came_before_the_last_reader_is_not_compared() -> None:
    of_call = party(viewer=[[1, 2, 5], [4]])
    of_call.compare_from_now()
    for reader in of_call:
        reader.take(message(6))
    assert (of_call.unlike(), of_call.missing()) == (0, 0)


def test_the_same_number_with_something_else_is_unlike() -> None:
    of_call = party(viewer=[[1], [1]])
    for reader, text in zip(of_call, "ab", strict=True):
        reader.take(message(2, text))
    assert (of_call.unlike(), of_call.missing()) == (1, 0)


async def test_what_a_newcomer_alone_is_told_is_not_missing() -> None:
    of_call = party(viewer=[[1, 4]])
    assert of_call.missing() == 2
    is_over = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        is_over.set()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await of_call.join_deaf(f"http://127.0.0.1:{port}", "token")
        assert of_call.missing() == 0
        of_call.deaf[0].close()
        async with asyncio.timeout(10):
            await is_over.wait()
