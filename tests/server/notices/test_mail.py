"""Notices mailed to a real SMTP server's stand-in on this machine."""

from pathlib import Path
from typing import Any

import pytest

from appliance.errors import NoticeError
from appliance.server.notices.mail import Mail
from appliance.settings import MailSettings
from tests.stand_ins.smtp import SmtpServer

SOUND = bytes(range(256)) * 50


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    file = tmp_path / "message-1.wav"
    file.write_bytes(SOUND)
    return file


async def send(sound: Path, *, to: str = "office@example.com", **settings: Any) -> None:
    mail = Mail(MailSettings.model_validate({"host": "127.0.0.1", "security": "none", "timeout_secs": 2, **settings}))
    await mail.send(to, "notice-1", "Größe", "Call.\n.\nMe.\n", sound)


async def test_a_mail_has_the_sound_with_it(sound: Path) -> None:
    async with SmtpServer() as server:
        await send(sound, port=server.port, sender="bot@example.com")
    (mail,) = server.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == ("bot@example.com", "office@example.com", "Größe")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "notice-1" in mail["Message-ID"]
    body = mail.get_body()
    assert body is not None
    assert body.get_content().splitlines() == ["Call.", ".", "Me."]
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("message-1.wav", SOUND)


@pytest.mark.parametrize("missing", [True, False])
async def test_sound_that_is_too_large_or_deleted_is_left_out(sound: Path, missing: bool) -> None:
    async with SmtpServer() as server:
        await send(sound.with_name("gone.wav") if missing else sound, port=server.port, attach_megabytes=0.01)
    assert list(server.mails[0].iter_attachments()) == []


@pytest.mark.parametrize(
    ("answer", "settings", "said"),
    [
        ("451 later", {}, "the mail server answered 451"),
        ("250 fine", {"security": "starttls"}, "the mail server cannot be used: SMTPNotSupportedError"),
        ("250 fine", {"security": "tls"}, "the mail server cannot be used: SSLError"),
        ("250 fine", {"user": "bot", "password": "hush"}, "the mail server cannot be used: SMTPNotSupportedError"),
    ],
)
async def test_what_was_not_taken_has_not_arrived(
    sound: Path, answer: str, settings: dict[str, Any], said: str
) -> None:
    async with SmtpServer(answer) as server:
        with pytest.raises(NoticeError, match=said):
            await send(sound, port=server.port, **settings)
    assert server.mails == []


async def test_nothing_is_slipped_into_the_head_of_a_mail(sound: Path) -> None:
    async with SmtpServer() as server:
        with pytest.raises(NoticeError, match="cannot be used: ValueError"):
            await send(sound, to="office@example.com\r\nBcc: all@example.com", port=server.port)
    assert server.mails == []


async def test_without_a_server_it_is_said_what_is_missing(sound: Path) -> None:
    with pytest.raises(NoticeError, match=r"^there is no mail server, expected mail\.host in the settings$"):
        await Mail(MailSettings()).send("office@example.com", "1", "", "", sound)
    with pytest.raises(NoticeError, match="cannot be used: ConnectionRefusedError"):
        await send(sound, port=1)
