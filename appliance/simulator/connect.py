"""`<Connect><Stream>`: the call is handed to a media stream until that ends."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

from appliance.simulator.leg import CallFailedError, Leg
from appliance.simulator.playout import Playout
from appliance.simulator.requests import LOOPBACK, resolve
from appliance.simulator.sids import new_sid
from appliance.simulator.stream import MediaStream, StreamAddress, StreamEars, StreamEnd, StreamFailedError
from appliance.simulator.twiml import DOCUMENT_PARSE_FAILURE, Verb

PARAMETER_LIMIT = 500
NOT_WSS = 31922
BROKEN_PIPE = 31903
CLOSED_BADLY = 31921
SECOND_STREAM_SECS = 3.0


async def connect(leg: Leg, base_url: str, noun: Verb) -> None:
    """Runs one `<Stream>` to its end, whatever ends it; when cancelled, the carrier ends it."""
    address = _address(leg, noun)
    stream = MediaStream(address, leg.line.playout, leg.stream_ears, leg.manners)
    callback = _Callback(leg, base_url, noun, address.stream_sid)
    try:
        await stream.open(leg.requests.http)
    except StreamFailedError as error:
        leg.fail(f"{error.code}: {error}")
        await callback.tell("stream-error", str(error))
        return
    leg.streams += 1
    leg.tell("carrier", f"media stream to {address.url} is open")
    leg.line.attach(stream)
    try:
        await callback.tell("stream-started")
        if leg.manners.second_stream:
            await _second(leg, noun)
        await asyncio.shield(stream.ended)
    finally:
        leg.line.detach()
        await stream.close()
        await _report(leg, stream.ended.result(), callback)


async def _report(leg: Leg, end: StreamEnd, callback: "_Callback") -> None:
    if end.by == "server":
        leg.tell("server", f"closes the media stream ({end.code})")
        await callback.tell("stream-stopped")
    elif end.by == "carrier":
        await callback.tell("stream-stopped")
    elif end.by == "cut":
        leg.tell("carrier", "the media stream's connection is cut")
        await callback.tell("stream-error", f"{BROKEN_PIPE}: Broken Pipe")
    else:
        leg.fail(f"{CLOSED_BADLY}: The server dropped the media stream's connection without closing it.")
        await callback.tell("stream-error", f"{CLOSED_BADLY}: Close Error")


def _address(leg: Leg, noun: Verb) -> StreamAddress:
    parameters = _parameters(leg, noun)
    given = noun.attributes.get("url", "")
    stripped = given.partition("?")[0]
    if stripped != given:
        leg.tell("carrier", "the query of the stream's url is left out, as always")
    parts = urlsplit(stripped)
    url = leg.requests.addresses.inside(stripped)
    if parts.scheme != "wss" and not (parts.scheme == "ws" and parts.hostname in LOOPBACK):
        leg.fail(f"{NOT_WSS}: The stream's url is {stripped!r}, expected one that begins with wss://.")
        raise CallFailedError
    signature = leg.requests.signature(stripped)
    headers = {"x-twilio-signature": signature} if signature else {}
    return StreamAddress(url, new_sid("MZ"), leg.account_sid, leg.sid, parameters, headers)


def _parameters(leg: Leg, noun: Verb) -> dict[str, str]:
    parameters = {}
    for inner in noun.nouns:
        name, value = inner.attributes.get("name", ""), inner.attributes.get("value", "")
        if inner.name != "Parameter" or not name:
            leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <{inner.name}> in <Stream>, expected <Parameter name= value=>.")
        elif len(name) + len(value) >= PARAMETER_LIMIT:
            leg.fail(
                f"The stream's parameter {name!r} has {len(name) + len(value)} characters, expected less than 500."
            )
        else:
            parameters[name] = value
    return parameters


class _Callback:
    """The stream's own status callback."""

    def __init__(self, leg: Leg, base_url: str, noun: Verb, stream_sid: str) -> None:
        self._leg = leg
        self._url = noun.attributes.get("statusCallback")
        self._base_url = base_url
        self._method = noun.attributes.get("statusCallbackMethod", "POST")
        self._stream_sid = stream_sid
        self._name = noun.attributes.get("name", stream_sid)

    async def tell(self, event: str, error: str = "") -> None:
        """Posts a stream event."""
        if self._url is None:
            return
        extra = {
            "StreamSid": self._stream_sid,
            "StreamName": self._name,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(),
        }
        if error:
            extra["StreamError"] = error
        await self._leg.notify(resolve(self._base_url, self._url), extra, self._method)


async def _second(leg: Leg, noun: Verb) -> None:
    """Misbehaviour: the same parameters once more, on a stream of their own. The server should refuse or close it."""
    ears = StreamEars(leg.violated, lambda: None, lambda dropped: None, lambda mark: None, lambda: None)
    second = MediaStream(_address(leg, noun), Playout(), ears, leg.manners)
    try:
        await second.open(leg.requests.http)
        await asyncio.wait({second.ended}, timeout=SECOND_STREAM_SECS)
        if second.ended.done():
            leg.tell("server", f"closes the second stream ({second.ended.result().code})")
        else:
            leg.fail(f"The server still had a second stream after {SECOND_STREAM_SECS:g} s, expected it to be closed.")
        if second.received_bytes:
            leg.fail(f"The server sent {second.received_bytes} bytes of audio to a second stream, expected none.")
    except StreamFailedError as error:
        leg.tell("server", f"refuses the second stream: {error}")
    finally:
        await second.close()
