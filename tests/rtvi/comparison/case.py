"""Cases that both sides play, in words of neither: frames by their names, messages as they stand on the wire."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

JSON = dict[str, Any]
Step = dict[str, Any]

NEWEST, OLD, UNKNOWN = "2.1.0", "1.2.0", None
GENERATIONS = (NEWEST, OLD, UNKNOWN)
"""The protocols that each case is played with: what a client says in its ``client-ready``."""


@dataclass(frozen=True)
class Case:
    """What happens in a call, step by step, to a client that has shaken hands unless the case is about that.

    ``params`` are those of ``RTVIObserverParams``, levels and transforms by name. ``answers`` are the application's to
    clients' own messages: ``data`` or ``error`` of an RTVIServerResponseFrame, or a method of the processor's, and a
    value. ``sensitive`` is what the dialplan names as such, for a viewer who may not see it. ``by_telephone``: with
    Pipecat messages leave by the carrier's socket: there is no other. ``searches``: it takes Pipecat's processor that
    knows of searches. ``services``: there are services and actions, where there may be any.
    """

    name: str
    steps: list[Step]
    params: JSON = field(default_factory=dict)
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)
    generations: tuple[str | None, ...] = GENERATIONS
    ready: bool = True
    sensitive: tuple[str, ...] = ()
    by_telephone: bool = False
    searches: bool = False
    services: bool = False
    version: str | None = NEWEST

    def each(self) -> "list[Case]":
        """The case once for each protocol that it is played with."""
        return [replace(self, version=version) for version in self.generations]

    @property
    def label(self) -> str:
        """For the reader."""
        return f"{self.name}, {self.version or 'unknown'}"

    def told(self) -> JSON:
        """The case as JSON."""
        return asdict(self) | {"hello": hello(self.version)}


def hello(version: str | None, **about: Any) -> JSON:
    """A ``client-ready``."""
    data: JSON = {"about": {"library": "corpus", **about}}
    return message("client-ready", data if version is None else {"version": version, **data}, id="hello")


def message(kind: str, data: Any = None, *, id: str = "1") -> JSON:  # noqa: A002
    """A client's message."""
    whole = {"label": "rtvi-ai", "type": kind, "id": id}
    return whole if data is None else {**whole, "data": data}


def push(frame: str, *, name: str | None = None, by: str | None = None, **fields: Any) -> Step:
    """A frame goes through the pipeline; ``by="ear"``: the output transport pushes it. ``name``: its id is known by."""
    return {"push": frame, "name": name, "by": by, "fields": fields}


def say(kind: str, data: Any = None, *, id: str = "1", times: int | None = None) -> Step:  # noqa: A002
    """The client sends a message; ``times``: so many at once."""
    return {"say": message(kind, data, id=id)} | ({} if times is None else {"times": times})


def raw(whole: JSON) -> Step:
    """The client sends this."""
    return {"say": whole}


def also(step: Step) -> Step:
    """What another client of the same call sends."""
    return {**step, "other": True}


def do(method: str, *args: Any) -> Step:
    """The application calls a method of the processor's, or of the observer's."""
    return {"do": method, "args": list(args)}
