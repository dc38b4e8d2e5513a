"""Dialplans that change while calls are running."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.audio.silero import shared_model
from appliance.audio.wav import write_wav
from appliance.carriers.twilio.answers import NOT_IN_SERVICE
from appliance.dialplan import Arrival, Dialplans
from appliance.server import reload
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.house import House
from appliance.server.reload import Reloader, has_terminal, on_hangup, state_of
from appliance.settings import Settings
from appliance.speech.canned import babble
from tests.call.lines import PLAN
from tests.server.houses import NUMBER, ask, form, opened

NEW = "+15555550177"
BAD = "name: [\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


def write(house: House, text: str, name: str = "plan") -> Path:
    file = house.settings.dialplans.path / f"{name}.yaml"
    file.write_text(text)
    return file


def answered(house: House, number: str = NEW) -> bool:
    return house.dialplans.match(Arrival(number)) is not None


async def test_a_change_is_taken_when_it_has_lasted_for_one_look(house: House) -> None:
    reloader = Reloader(house)
    write(house, PLAN.replace(NUMBER, NEW))
    await reloader.look()
    assert not answered(house)
    await reloader.look()
    assert answered(house)
    assert not answered(house, NUMBER)


async def test_a_model_that_a_dialplan_needs_is_there_before_its_first_call(house: House) -> None:
    shared_model.cache_clear()
    write(house, "vad: {detector: silero}\n" + PLAN)
    reload.load(house.settings)
    assert shared_model.cache_info().currsize == 1


async def test_what_is_still_being_written_is_not_loaded(house: House) -> None:
    reloader = Reloader(house)
    for size in (20, 40, 60):
        write(house, PLAN[:size])
        await reloader.look()
    assert (house.refused, answered(house, NUMBER)) == ((), True)
    write(house, PLAN.replace(NUMBER, NEW))
    await reloader.look()
    await reloader.look()
    assert answered(house)


async def test_without_a_change_nothing_is_loaded_until_that_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Settings] = []

    def load(settings: Settings) -> Dialplans:
        loaded.append(settings)
        return house.dialplans

    monkeypatch.setattr(reload, "load", load)
    reloader = Reloader(house)
    for _ in range(3):
        await reloader.look()
    assert loaded == []
    reloader.ask()
    await reloader.look()
    await reloader.look()
    assert loaded == [house.settings]


async def test_a_version_with_a_mistake_is_refused_as_a_whole_and_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    good, app = house.dialplans, create_app(house, Desk(house, None))
    write(house, PLAN.replace(NUMBER, NEW), "good")
    bad = write(house, BAD, "bad")
    reloader = Reloader(house)
    reloader.ask()
    await reloader.look()
    assert house.dialplans is good
    status, told = await ask(app, "/health/ready")
    assert (status, told["status"], told["dialplans"]) == (200, "ready", good.version)
    assert [one.partition(": ")[0] for one in told["refused_dialplans"]] == [f"{bad}:2"]
    assert [record.getMessage().partition(":")[0] for record in caplog.records if record.levelno >= logging.ERROR] == [
        "dialplan refused",
        "the dialplans stay as they were",
    ]
    bad.unlink()
    await reloader.look()
    await reloader.look()
    assert (house.refused, answered(house)) == ((), True)
    assert (await ask(app, "/health/ready"))[1]["dialplans"] == house.dialplans.version != good.version


async def test_a_changed_recording_is_played_by_calls_from_then_on(house: House) -> None:
    file, reloader = house.settings.dialplans.path / "hello.wav", Reloader(house)
    assert house.recordings is not None
    for lasts_ms in (100, 300):
        write_wav(file, babble(lasts_ms), 8000)
        await reloader.look()
        await reloader.look()
        assert await house.recordings.load("hello.wav") == babble(lasts_ms)


async def test_while_a_mistake_keeps_the_dialplans_as_they_were_recordings_stay_too(house: House) -> None:
    file, reloader = house.settings.dialplans.path / "hello.wav", Reloader(house)
    assert house.recordings is not None
    write_wav(file, babble(100), 8000)
    await house.recordings.load("hello.wav")
    write_wav(file, babble(300), 8000)
    bad = write(house, BAD, "bad")
    reloader.ask()
    await reloader.look()
    assert await house.recordings.load("hello.wav") == babble(100)
    bad.unlink()
    reloader.ask()
    await reloader.look()
    assert await house.recordings.load("hello.wav") == babble(300)


async def test_a_directory_that_has_become_empty_or_is_gone_changes_nothing(house: House) -> None:
    path, reloader = house.settings.dialplans.path, Reloader(house)
    (path / "plan.yaml").unlink()
    reloader.ask()
    await reloader.look()
    assert [str(problem) for problem in house.refused] == [
        f"{path}:1: holds no dialplan any more, expected at least one"
    ]
    path.rmdir()
    reloader.ask()
    await reloader.look()
    assert [str(problem) for problem in house.refused] == [
        f"{path}:1: cannot be read (No such file or directory), expected a dialplan or a directory of them"
    ]
    assert answered(house, NUMBER)


async def test_a_call_keeps_the_dialplan_that_it_began_with(house: House) -> None:
    desk = Desk(house, None)
    await desk.answer(form("CA1"))
    write(house, PLAN.replace(NUMBER, NEW))
    reloader = Reloader(house)
    reloader.ask()
    await reloader.look()
    again, other = await desk.answer(form("CA1")), await desk.answer(form("CA2"))
    assert ("<Stream" in again, "<Stream" in other, NOT_IN_SERVICE in other) == (True, False, True)
    assert "<Stream" in await desk.answer(form("CA3", NEW))


async def test_it_looks_by_itself_and_at_once_when_asked(tmp_path: Path) -> None:
    (tmp_path / "dialplans").mkdir()
    async with opened(tmp_path, dialplans={"path": tmp_path / "dialplans", "watch_secs": 0}) as house:
        reloader = Reloader(house)
        task = asyncio.create_task(reloader.run())
        write(house, PLAN.replace(NUMBER, NEW))
        reloader.ask()
        async with asyncio.timeout(10):
            while not answered(house):
                await asyncio.to_thread(lambda: None)
        task.cancel()


def test_every_change_of_a_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "tenant" / "a.yaml"
    file.parent.mkdir()
    states = [state_of(tmp_path)]
    file.write_text("name: a")
    states.append(state_of(tmp_path))
    os.utime(file, (1, 1))
    states.append(state_of(tmp_path))
    file.rename(tmp_path / "_a.yaml")
    states.append(state_of(tmp_path))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".a.yaml.swp").write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.yaml").write_text("x")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    assert state_of(tmp_path) == states[-1]
    assert len(set(states)) == 4


@pytest.mark.parametrize(
    ("terminals", "does"),
    [([True, False], "stop"), ([True, True], "reload"), ([False, False], "reload")],
    ids=["hung up", "asked", "service"],
)
def test_who_loses_its_terminal_stops_and_others_load_again(
    monkeypatch: pytest.MonkeyPatch, terminals: list[bool], does: str
) -> None:
    done: list[str] = []
    monkeypatch.setattr(reload, "has_terminal", lambda: terminals.pop(0))
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # Whoever runs the tests may have chosen otherwise.
    try:
        on_hangup(lambda: done.append("reload"), lambda: done.append("stop"))()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done == [does]


def test_who_was_told_to_outlive_its_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(reload, "has_terminal", lambda: not done)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        handle = on_hangup(lambda: done.append("reload"), lambda: done.append("stop"))
    finally:
        signal.signal(signal.SIGHUP, before)
    handle()
    assert done == ["reload"]


def test_whether_there_is_a_terminal_is_the_systems_word() -> None:
    child, master = os.forkpty()
    if child == 0:
        os._exit(0 if has_terminal() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(master)
