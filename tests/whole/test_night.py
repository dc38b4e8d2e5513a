"""The practice by night: a message is left over the real protocol, kept, fetched, mailed and posted."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from appliance.audio.g711 import ulaw_to_pcm
from appliance.audio.level import dbfs
from appliance.audio.wav import read_wav
from appliance.simulator import Action, Call, CallResult, Pause, Phone, Press, Say, Wait
from appliance.simulator.script import DEFAULT_VOICE
from appliance.speech.local.embedded_voice import EmbeddedVoice
from tests.stand_ins.hook import HookServer
from tests.stand_ins.smtp import SmtpServer
from tests.whole.appliance import DIALPLANS, Appliance, running

NUMBER = "+15555550104"
SECRET = "a secret of the test's own"
SAYS = "It is Robin Smith, my number is four seven one one, please call me back."


@contextmanager
def practice(
    data_dir: Path, *, notify: Sequence[str] = (), is_open: bool = False, **settings: Any
) -> Iterator[Appliance]:
    """The example, at an hour that is always the same, and with somebody to be notified."""
    text = (DIALPLANS / "voicemail.yaml").read_text()
    week = 'mon-sun: "0:00-24:00"' if is_open else "mon-sun: closed"
    text = re.sub(r"      mon-thu: .*\n      fri: .*\n", f"      {week}\n", text)
    text = re.sub(r"    holidays: .*\n", "", text)
    text = text.replace("      max_secs: 120\n", f"      max_secs: 120\n      notify: {json.dumps(list(notify))}\n")
    text = text.replace("In an emergency, please hang up and dial 9 1 1.", "")  # Quicker, and no other way through it.
    text = re.sub(r"say: Please leave your name.*", "say: Please speak after the tone.", text)
    plans = data_dir / "dialplans"
    plans.mkdir()
    (plans / "voicemail.yaml").write_text(text)
    with running(data_dir / "data", plans, **settings) as service:
        yield service


async def leave(service: Appliance, actions: list[Action]) -> CallResult:
    async with EmbeddedVoice() as voice, Phone(speaker=voice) as phone:
        return await phone.call(Call(url=service.voice_url, to=NUMBER, actions=actions))


async def said() -> bytes:
    """What the caller says, as it was synthesised."""
    async with EmbeddedVoice() as voice:
        return await voice.speak(SAYS, voice=DEFAULT_VOICE)


async def fetched(service: Appliance, path: str, token: str) -> tuple[int, str, bytes]:
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(service.url + path, headers=headers) as reply:
        return reply.status, reply.content_type, await reply.read()


def sound_of(data_dir: Path, content: bytes) -> bytes:
    file = data_dir / "fetched.wav"
    file.write_bytes(content)
    wav = read_wav(file)
    assert (wav.rate_hz, wav.channels) == (8000, 1)
    return wav.pcm


async def test_by_night_a_message_is_kept_as_it_was_said_and_reaches_web_server_and_mail(tmp_path: Path) -> None:
    async with HookServer(503, 200) as hook, SmtpServer() as mail:
        with practice(
            tmp_path,
            notify=[hook.url, "office@example.com"],
            functions__allow='["127.0.0.1"]',
            notices__webhook_secret=SECRET,
            mail__host="127.0.0.1",
            mail__port=mail.port,
            mail__security="none",
        ) as service:
            result = await leave(service, [Wait("bot"), Pause(0.7), Say(SAYS), Wait("end")])
            assert (result.problems, result.end) == ([], "<Hangup>")
            record = await service.record(result.call_sid)
            (message,) = record["messages"]
            assert (message["number"], message["ended_by"], record["recording"]) == (1, "silence", None)
            path = f"/api/calls/{result.call_sid}/messages/1"
            status, kind, content = await fetched(service, path, service.token())
            assert (status, kind) == (200, "audio/wav")
            pcm = sound_of(tmp_path, content)
            caller = ulaw_to_pcm(result.caller_track)
            assert pcm in caller, "what is kept is what the caller's line carried, sample for sample"
            assert len(pcm) / 16_000 == pytest.approx(message["secs"], abs=0.001)
            spoken = await said()
            assert 3.0 <= len(pcm) / 16_000 - len(spoken) / 16_000 < 5.0, "all of it, and the silence that ended it"
            assert dbfs(pcm[: len(spoken)]) == pytest.approx(dbfs(spoken), abs=3.0)
            async with asyncio.timeout(40):
                await hook.took.wait()
                await mail.arrived.wait()
            assert (await fetched(service, path, service.token("viewer")))[0] == 403
            assert (await fetched(service, path.replace("/1", "/2"), service.token()))[0] == 404
            assert (await service.get(path))[0] == 401
            told_of_hook(hook, service.url + path, message)
            told_of_mail(mail, content)


def told_of_hook(hook: HookServer, address: str, message: dict[str, Any]) -> None:
    """What the web server was told: twice, because it did not take it at once, and the same both times."""
    (first, body), (second, again) = hook.requests
    assert (body, first["Idempotency-Key"]) == (again, second["Idempotency-Key"])
    for headers, content in hook.requests:
        signed = headers["X-Appliance-Timestamp"].encode() + b"." + content
        assert headers["X-Appliance-Signature"] == "sha256=" + hmac(SECRET.encode(), signed, sha256).hexdigest()
    told = json.loads(body)
    assert (told["type"], told["number"], told["to"], told["audio"]) == ("message", 1, NUMBER, address)
    assert (told["secs"], told["ended_by"], told["dialplan"]) == (
        round(message["secs"], 1),
        "silence",
        "Practice, day and night",
    )


def told_of_mail(mail: SmtpServer, content: bytes) -> None:
    """The mail has the sound with it."""
    (one,) = mail.mails
    assert (one["To"], mail.recipients) == ("office@example.com", ["office@example.com"])
    assert re.fullmatch(r"Message of 0:\d\d for Practice, day and night", one["Subject"])
    (attached,) = one.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "message-1.wav")
    assert attached.get_payload(decode=True) == content


async def test_who_hangs_up_in_mid_message_has_left_it_all_the_same_and_a_restart_loses_no_notice(
    tmp_path: Path,
) -> None:
    allow = '["127.0.0.1"]'
    async with HookServer(503) as hook:
        with practice(tmp_path, notify=[hook.url], functions__allow=allow) as service:
            result = await leave(service, [Wait("bot"), Pause(0.7), Say(SAYS)])
            record = await service.record(result.call_sid)
            (message,) = record["messages"]
            assert (record["outcome"], message["ended_by"]) == ("abandoned", "hang-up")
            path = f"/api/calls/{result.call_sid}/messages/1"
            content = (await fetched(service, path, service.token()))[2]
            pcm = sound_of(tmp_path, content)
            assert pcm in ulaw_to_pcm(result.caller_track)
            assert dbfs(pcm) == pytest.approx(dbfs(await said()), abs=3.0)
            assert "the web server answered 503" in service.log()
        assert not hook.took.is_set()
        hook.will(200)
        with running(tmp_path / "data", tmp_path / "dialplans", functions__allow=allow) as service:
            async with asyncio.timeout(40):
                await hook.took.wait()
        assert len({headers["Idempotency-Key"] for headers, _ in hook.requests}) == 1


async def test_by_day_the_caller_is_put_through(tmp_path: Path) -> None:
    with practice(tmp_path, is_open=True) as service:
        result = await leave(service, [Wait("end")])
        assert (result.problems, result.dialled) == ([], ["+15555550199"])
        assert (await service.record(result.call_sid))["messages"] == []


async def test_who_says_nothing_has_left_nothing(tmp_path: Path) -> None:
    with practice(tmp_path) as service:
        result = await leave(service, [Wait("bot"), Press("#"), Wait("end")])
        record = await service.record(result.call_sid)
        assert (record["messages"], record["metadata"]["steps"][-1]) == ([], "nothing")
