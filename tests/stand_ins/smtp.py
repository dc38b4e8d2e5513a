"""A mail server's stand-in: takes mail as RFC 5321 has it, without encryption, and keeps it."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage


class SmtpServer:
    """Listens on a free port of this machine while it is open. ``answers`` follow the mails, the last one each more."""

    def __init__(self, *answers: str) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.arrived = asyncio.Event()
        self._answers = [*answers, "250 taken"]
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> "SmtpServer":
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**26)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        say("220 stand-in")
        while line := await reader.readline():
            command = line.decode().strip()
            match command.partition(" ")[0].upper():
                case "EHLO" | "HELO":
                    say("250 stand-in")
                case "RCPT":
                    self.recipients.append(command.partition("<")[2].partition(">")[0])
                    say("250 fine")
                case "DATA":
                    say("354 go on")
                    self._take(await reader.readuntil(b"\r\n.\r\n"), say)
                case "QUIT":
                    say("221 goodbye")
                    break
                case _:
                    say("250 fine")
        writer.close()

    def _take(self, content: bytes, say: "object") -> None:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        say(answer)  # type: ignore[operator]
        if answer.startswith("250"):
            plain = content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
            mail = message_from_bytes(plain, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.arrived.set()
