import socket
from collections.abc import Iterator

import pytest

from appliance.speech.local.pipe import MAX_BODY_BYTES, Frame, FrameReader, Kind, WorkerPipe, pack


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        yield ours, theirs


def test_frames_survive_being_cut_anywhere() -> None:
    frames = [
        Frame(Kind.OPEN, 7, b'{"text": "h\xc3\xa9"}'),
        Frame(Kind.AUDIO, 2**32 - 1, bytes(1000)),
        Frame(Kind.FINISH, 1),
    ]
    raw = b"".join(pack(*frame) for frame in frames)
    for step in (1, 3, 8, 500, len(raw)):
        reader = FrameReader()
        got = [frame for at in range(0, len(raw), step) for frame in reader.feed(raw[at : at + step])]
        assert got == frames


def test_a_body_is_an_object_in_both_directions() -> None:
    (frame,) = FrameReader().feed(pack(Kind.DONE, 3, {"text": "größer"}))
    assert frame.data() == {"text": "größer"}
    with pytest.raises(ValueError, match=r"^the body of DONE is list, expected an object$"):
        Frame(Kind.DONE, 3, b"[]").data()


def test_a_frame_too_long_to_be_ours_is_refused() -> None:
    length = MAX_BODY_BYTES + 1
    header = pack(Kind.AUDIO, 1)[:5] + length.to_bytes(4, "big")
    with pytest.raises(ValueError, match=rf"^a frame of {length} bytes, expected at most {MAX_BODY_BYTES}$"):
        list(FrameReader().feed(header))


def test_a_worker_answers_pings_before_it_takes_its_next_frame(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    ours.sendall(pack(Kind.OPEN, 1) + pack(Kind.PING, 0))
    assert WorkerPipe(theirs).receive() == Frame(Kind.OPEN, 1)
    assert list(FrameReader().feed(ours.recv(100))) == [Frame(Kind.PONG, 0)]


def test_a_cancelled_session_that_waits_is_forgotten(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    ours.sendall(b"".join((pack(Kind.OPEN, 1), pack(Kind.OPEN, 2), pack(Kind.FINISH, 1), pack(Kind.CANCEL, 1))))
    pipe = WorkerPipe(theirs)
    assert [pipe.receive(), pipe.receive()] == [Frame(Kind.OPEN, 2), Frame(Kind.CANCEL, 1)]


def test_a_worker_in_the_middle_of_a_session_learns_that_it_is_cancelled(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    ours.sendall(pack(Kind.OPEN, 1))
    pipe = WorkerPipe(theirs)
    pipe.receive()
    assert not pipe.is_cancelled(1)
    ours.sendall(pack(Kind.CANCEL, 1))
    assert pipe.is_cancelled(1)


def test_a_worker_ends_when_the_server_is_gone(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    ours.close()
    with pytest.raises(EOFError, match=r"^the speech server is gone$"):
        WorkerPipe(theirs).receive()


def test_a_session_that_is_only_to_be_finished_comes_first(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    frames = [Frame(Kind.AUDIO, 1), Frame(Kind.AUDIO, 2), Frame(Kind.AUDIO, 1), Frame(Kind.FINISH, 2)]
    ours.sendall(b"".join(pack(*frame) for frame in frames))
    pipe = WorkerPipe(theirs)
    assert [pipe.receive() for _ in frames] == [frames[1], frames[3], frames[0], frames[2]]
