"""Supervisors of a call that runs without a socket: they ask for things, and get their answers."""

import asyncio
import base64
import itertools
import json
from typing import Any

from appliance.call import Call
from tests.rtvi.stage import FakeViewer, Message


class Supervisor(FakeViewer):
    """Has joined the call; ``asks`` for what a client would send, and returns the answer."""

    def __init__(self, call: Call, name: str = "anna", **facts: Any) -> None:
        super().__init__(name, **facts)
        self.call = call
        self._numbers = itertools.count(1)
        call.rtvi.join(self)

    async def ready(self) -> "Supervisor":
        """Shakes hands."""
        await self.asks("client-ready", {"version": "2.1.0"})
        return self

    def says(self, kind: str, data: Any = None) -> str:
        """Sends a message that need not be answered; returns its id."""
        request = f"{self.name}-{next(self._numbers)}"
        message = {"label": "rtvi-ai", "type": kind, "id": request} | ({} if data is None else {"data": data})
        self.call.rtvi.receive(self, json.dumps(message))
        return request

    async def asks(self, kind: str, data: Any = None) -> Message:
        """Sends a message and returns what answers it, without its id."""
        request = self.says(kind, data)
        async with asyncio.timeout(10):
            while True:
                answer = next((one for one in self.got if one.get("id") == request), None)
                if answer is not None:
                    del answer["id"]
                    return answer
                await asyncio.sleep(0)

    async def does(self, what: str, **arguments: Any) -> Any:
        """Runs an action (``service:action``); its result, or the sentence that refuses it."""
        service, action = what.split(":")
        given = [{"name": name, "value": value} for name, value in arguments.items()]
        answer = await self.asks("action", {"service": service, "action": action, "arguments": given})
        return answer["data"]["result"] if answer["type"] == "action-response" else answer["data"]["error"]

    async def sets(self, service: str, **values: Any) -> str | None:
        """Sets options; the sentence that refuses it, or None."""
        options = [{"name": name, "value": value} for name, value in values.items()]
        answer = await self.asks("update-config", {"config": [{"service": service, "options": options}]})
        return None if answer["type"] == "config" else str(answer["data"]["error"])

    async def config(self) -> dict[str, dict[str, Any]]:
        """The values of all options of all services."""
        answer = await self.asks("get-config")
        return {
            service["service"]: {option["name"]: option["value"] for option in service["options"]}
            for service in answer["data"]["config"]
        }

    def speaks(self, pcm: bytes, rate_hz: int = 8000) -> None:
        """Its microphone, in one message."""
        audio = base64.b64encode(pcm).decode()
        self.says("raw-audio", {"base64Audio": audio, "sampleRate": rate_hz, "numChannels": 1})

    def heard(self, kind: str) -> list[Any]:
        """The data of all messages of a type."""
        return [message.get("data") for message in self.got if message["type"] == kind]
