import logging
import os
import stat
from pathlib import Path

import pytest

from appliance.speech.shelf import DIGEST_BYTES, Shelf

PIECE = b"x" * (100 - DIGEST_BYTES)
"""A hundred bytes on the shelf."""


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_was_put_there_is_found_again_also_by_the_next_process(tmp_path: Path) -> None:
    Shelf(tmp_path / "a" / "b", 1000).put("one", b"1")
    again = Shelf(tmp_path / "a" / "b", 1000)
    assert (again.get("one"), again.get("two")) == (b"1", None)


def test_the_newer_piece_of_a_name_counts(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 100)
    shelf.put("one", PIECE)
    shelf.put("one", PIECE[1:])
    assert (shelf.get("one"), names(tmp_path)) == (PIECE[1:], {"one"})


def test_what_has_not_been_wanted_for_longest_makes_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 300)
    for name in ("a", "b", "c"):
        shelf.put(name, PIECE)
    assert shelf.get("a") == PIECE
    shelf.put("d", PIECE)
    assert names(tmp_path) == {"a", "c", "d"}


def test_use_is_remembered_over_a_restart_and_a_smaller_limit_holds_at_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 300)
    for age, name in enumerate(("a", "b", "c")):
        shelf.put(name, PIECE)
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    shelf.get("a")
    Shelf(tmp_path, 200)
    assert names(tmp_path) == {"a", "c"}


def test_a_piece_larger_than_the_shelf_is_not_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 99)
    shelf.put("one", PIECE)
    assert (shelf.get("one"), names(tmp_path)) == (None, set())


@pytest.mark.parametrize("damage", [b"", b"short", bytes(100), b"\0" * DIGEST_BYTES + PIECE])
def test_a_damaged_file_is_thrown_away_and_may_be_written_anew(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    Shelf(tmp_path, 1000).put("one", PIECE)
    (tmp_path / "one").write_bytes(damage)
    shelf = Shelf(tmp_path, 1000)
    with caplog.at_level(logging.WARNING):
        assert (shelf.get("one"), shelf.get("one")) == (None, None)
    assert caplog.messages == [f"the cached {tmp_path / 'one'} is damaged and thrown away"]
    assert names(tmp_path) == set()
    shelf.put("one", PIECE)
    assert shelf.get("one") == PIECE


def test_a_file_that_vanishes_is_not_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1000)
    shelf.put("one", PIECE)
    (tmp_path / "one").unlink()
    assert (shelf.get("one"), shelf.get("one")) == (None, None)


def test_a_disk_that_cannot_be_written_to_costs_nothing_but_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(tmp_path / "shelf", 1000)
    (tmp_path / "shelf").rmdir()
    with caplog.at_level(logging.WARNING):
        shelf.put("one", PIECE)
    assert shelf.get("one") is None
    assert caplog.messages == [f"the cache {tmp_path / 'shelf' / 'one'} cannot be written: No such file or directory"]


def test_what_a_killed_process_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "tmp123.part").write_bytes(PIECE)
    Shelf(tmp_path, 1000)
    assert names(tmp_path) == set()


def test_a_file_that_cannot_take_the_piece_s_name_leaves_nothing_behind(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1000)
    (tmp_path / "one").mkdir()
    shelf.put("one", PIECE)
    assert (shelf.get("one"), names(tmp_path)) == (None, {"one"})


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    Shelf(tmp_path / "shelf", 1000).put("one", PIECE)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "shelf", tmp_path / "shelf" / "one")]
    assert modes == [0o700, 0o600]
