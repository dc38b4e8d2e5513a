"""A function of a dialplan: what all kinds have in common, and exactly one kind."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Part, Row, Text
from appliance.dialplan.functions.arguments import Arguments, Result
from appliance.dialplan.functions.hours import HoursLookup
from appliance.dialplan.functions.http import Http
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.functions.parameter import Parameter, Parameters, Schema
from appliance.dialplan.functions.python import Python
from appliance.dialplan.functions.sms import Sms
from appliance.dialplan.functions.supervised import Supervised
from appliance.dialplan.problems import Place
from appliance.dialplan.shapes import TEXT, Shape, shape_of, with_fields

KINDS = ("table", "supervised", "http", "python", "hours", "sms")
"""The keys that say what executes a function: exactly one in each. ``appliance/functions`` has an executor for each,
those of supervisors' clients aside."""

_WAITED_FOR = ("timeout_secs", "filler", "fallback", "cancel_on_interruption")
LOOKED_UP = Parameter(description="What is looked up.")

_HAS_ITS_OWN = {
    "table": "a table answers at once, expected no `{key}`",
    "hours": "hours are known at once, expected no `{key}`",
    "supervised": "supervisors are asked in their own way, expected no `{key}` here (see `supervised`)",
}


class Filler(Part):
    """What the caller hears while a function takes its time."""

    after_ms: int = Field(default=1500, ge=0, le=60_000)
    """How long it may take without a word, in milliseconds."""

    say: Text = "One moment please."
    """What is said then, and again when it takes much longer."""


class Function(Part):
    """Something that a step can call, or a language model."""

    description: str = ""
    """What it does, in a sentence."""

    parameters: Parameters = Field(default_factory=dict)
    """What it is told, each with a description or as JSON Schema has it; a table takes one."""

    returns: Schema | None = None
    """What it gives back, as JSON Schema has it; anything else is a failure."""

    timeout_secs: float = Field(default=8, ge=0.1, le=120)
    """How long it may take; then it has failed."""

    filler: Annotated[
        Filler,
        BeforeValidator(
            lambda value: {"say": value} if isinstance(value, str) else value, json_schema_input_type=str | Filler
        ),
    ] = Filler()
    """What the caller hears when it takes longer: the words, or `say` with `after_ms`."""

    fallback: Text | None = None
    """What the caller hears when it fails."""

    cancel_on_interruption: bool = False
    """Whether it is given up when the caller speaks before there is a result; otherwise it goes on."""

    table: dict[str, Row] | None = Field(default=None, min_length=1)
    """What is found under each key: a text, or fields with texts."""

    supervised: Annotated[Supervised | None, BeforeValidator(lambda value: {} if value is None else value)] = None
    """Who executes it is a supervisor's client, over RTVI; may be empty."""

    http: Annotated[
        Http | None,
        BeforeValidator(
            lambda value: {"url": value} if isinstance(value, str) else value, json_schema_input_type=str | Http
        ),
    ] = None
    """A request to a server: its address, or `url` with `method`, `body`, `result` and others."""

    python: Annotated[
        Python | None,
        BeforeValidator(
            lambda value: {"call": value} if isinstance(value, str) else value, json_schema_input_type=str | Python
        ),
    ] = None
    """A function of your own: the module and its name, such as booking:free_slots."""

    hours: Annotated[
        HoursLookup | None,
        BeforeValidator(
            lambda value: {"name": value} if isinstance(value, str) else value, json_schema_input_type=str | HoursLookup
        ),
    ] = None
    """Tells whether somebody is there, and when: the name of some of the dialplan's `hours`."""

    sms: Annotated[
        Sms | None,
        BeforeValidator(
            lambda value: {"text": value} if isinstance(value, str) else value, json_schema_input_type=str | Sms
        ),
    ] = None
    """A text message is sent: its text, or `text` with more."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Function":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"is {' and '.join(given) or 'nothing'}, expected exactly one of {', '.join(KINDS)}")
        for key in _WAITED_FOR:
            if key in self.model_fields_set and given[0] in _HAS_ITS_OWN:
                raise ValueError(_HAS_ITS_OWN[given[0]].format(key=key))
        return self

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def spoken(self) -> Iterator[tuple[Place, str]]:
        """The texts that the caller hears, each with its place; their gaps are the call's variables."""
        if self.kind not in _HAS_ITS_OWN:
            yield ("filler", "say"), self.filler.say
        if self.fallback:
            yield ("fallback",), self.fallback
        yield from (((self.kind, *place), text) for place, text in self._details.spoken())

    def filled(self) -> Iterator[tuple[Place, str, frozenset[str]]]:
        """Other texts with gaps: the call's variables, its arguments, and the names that come with each text."""
        yield from (((self.kind, *place), text, names) for place, text, names in self._details.filled())

    @cached_property
    def arguments(self) -> Arguments:
        """What it is told, ready to be read."""
        return Arguments(self.told)

    @property
    def told(self) -> Mapping[str, Parameter]:
        """Its parameters; those of a table that names none are what is looked up."""
        return {"value": LOOKED_UP} if self.table is not None and not self.parameters else self.parameters

    @cached_property
    def result(self) -> Result | None:
        """What it gives back, ready to be read; None where it may be anything."""
        return Result(self.returns) if self.returns else None

    def result_shape(self) -> Shape:
        """What a variable holds that takes its result."""
        if self.returns is not None:
            return shape_of(self.returns.as_json_schema())
        if self.table is None:
            return self._details.result_shape()
        rows = [frozenset(row) for row in self.table.values() if not isinstance(row, str)]
        fields = frozenset.intersection(*rows) if rows else frozenset()
        return with_fields(fields) if fields else TEXT

    def named_fields(self) -> frozenset[str]:
        """Every field that a result may have, as far as the dialplan says so."""
        rows = (row for row in (self.table or {}).values() if not isinstance(row, str))
        return frozenset(field for row in rows for field in row) | frozenset(_fields_in(self.result_shape()))

    @property
    def _details(self) -> Kind:
        """What its kind needs; a table is all there is to it."""
        details = getattr(self, self.kind)
        return details if isinstance(details, Kind) else Kind()


def _fields_in(shape: Shape) -> Iterator[str]:
    for name, inner in (shape.fields or {}).items():
        yield name
        yield from _fields_in(inner)
    if shape.items is not None:
        yield from _fields_in(shape.items)
