"""The embedded engines as a Wyoming server: ``async with SpeechServer() as server: server.uri``.

The server itself holds no engine: it passes audio and text between its clients and the worker processes.
"""

import asyncio
import contextlib
import os
from typing import Self

from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

from appliance.errors import EngineError, ProtocolError, StartError
from appliance.speech import wire
from appliance.speech.local.embedded_voice import VOICE_MODULE
from appliance.speech.local.requests import Requests
from appliance.speech.local.worker import Worker

EAR_MODULE = "appliance.speech.local.ear"
_UP_AGAIN_SECS = 3.0
_POCKETSPHINX = Attribution("CMU Sphinx", "https://cmusphinx.github.io/")
_ESPEAK = Attribution("espeak-ng", "https://github.com/espeak-ng/espeak-ng")


class SpeechServer:
    """A Wyoming server on TCP with ``ears`` recogniser processes (default: one a core) and one voice process.

    Port 0 lets the system choose; ``uri`` and ``port`` tell which. Raises StartError when the port cannot be had, and
    EngineError when an engine does not start.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, ears: int | None = None) -> None:
        self._host = host
        self.port = port
        count = ears if ears is not None else os.cpu_count() or 1
        self.ears = [Worker(EAR_MODULE, f"recogniser {number}") for number in range(1, count + 1)]
        self.speaker = Worker(VOICE_MODULE, "embedded voice")
        self._stack = contextlib.AsyncExitStack()
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def uri(self) -> str:
        """Where it listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"tcp://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Starts the engines, then listens."""
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(worker) for worker in (*self.ears, self.speaker)))
            stack.push_async_callback(self._end_clients)
            try:
                server = await asyncio.start_server(
                    self._serve, self._host, self.port, limit=wire.MAX_HEADER_BYTES, backlog=512
                )
            except OSError as error:
                raise StartError(
                    f"The speech engines cannot listen on {self._host}:{self.port}: {wire.reason(error)}."
                ) from None
            stack.callback(server.close)
            self.port = server.sockets[0].getsockname()[1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hangs up on all clients and ends the engines."""
        await self._stack.aclose()

    async def _end_clients(self) -> None:
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        requests = Requests(self, writer)
        try:
            while (event := await wire.read_event(reader)) is not None:
                await requests.take(event)
        except ProtocolError as error:
            with contextlib.suppress(ConnectionError):
                await requests.refuse(str(error))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(task)
            await requests.close()
            writer.close()

    async def ear(self) -> Worker:
        """The recogniser with the least to do that is up; waits a little for one that is restarting."""
        worker = min(self.ears, key=lambda ear: (not ear.is_up, ear.load))
        await worker.wait_until_up(_UP_AGAIN_SECS)
        return worker

    async def voice(self) -> Worker:
        """The voice; waits a little while it is restarting."""
        await self.speaker.wait_until_up(_UP_AGAIN_SECS)
        return self.speaker

    def info(self) -> Event:
        """What there is, as Wyoming's ``info``. Raises EngineError while the voice has never been up."""
        if not self.speaker.info:
            raise EngineError("The embedded voice is not running.")
        model = AsrModel("en-us", _POCKETSPHINX, True, "Grammars (JSGF) on the telephone", None, ["en", "en-US"])
        voices = [
            TtsVoice(voice["name"], _ESPEAK, True, voice["description"], None, list(voice["languages"]))
            for voice in self.speaker.info["voices"]
        ]
        return Info(
            asr=[AsrProgram("pocketsphinx", _POCKETSPHINX, True, "Embedded recogniser", None, [model])],
            tts=[TtsProgram("espeak-ng", _ESPEAK, True, "Embedded voice", None, voices)],
        ).event()
