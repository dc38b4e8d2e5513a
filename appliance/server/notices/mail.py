"""Sends notices by mail, with the sound attached. See RFC 5321 and RFC 6409."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from appliance.errors import NoticeError
from appliance.settings import MailSettings

MEGABYTE = 1_000_000


class Mail:
    """One SMTP server, asked anew for each mail, in a thread."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, to: str, notice_id: str, subject: str, text: str, sound: Path) -> None:
        """Sends once. Raises NoticeError unless the server has taken it."""
        if self._settings.host is None:
            raise NoticeError("there is no mail server, expected mail.host in the settings")
        await asyncio.to_thread(self._send, to, notice_id, subject, text, sound)

    def _send(self, to: str, notice_id: str, subject: str, text: str, sound: Path) -> None:
        try:
            mail = self._written(to, notice_id, subject, text, sound)
            with self._connected() as server:
                if self._settings.user is not None and self._settings.password is not None:
                    server.login(self._settings.user, self._settings.password.get_secret_value())
                server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise NoticeError(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NoticeError("the mail server refused the recipient") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NoticeError(f"the mail server cannot be used: {type(error).__name__}") from error

    def _written(self, to: str, notice_id: str, subject: str, text: str, sound: Path) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.sender, to, subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(notice_id, self._settings.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        if sound.exists() and sound.stat().st_size <= self._settings.attach_megabytes * MEGABYTE:
            mail.add_attachment(sound.read_bytes(), "audio", "wav", filename=sound.name)
        return mail

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        assert settings.host is not None
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_secs, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_secs)
        if settings.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server
