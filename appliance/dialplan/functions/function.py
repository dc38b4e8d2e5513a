"""A function of a dialplan: what all kinds have in common, and exactly one kind."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Name, Part, Row, Text
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.functions.parameter import Parameter
from appliance.dialplan.functions.supervised import Supervised
from appliance.dialplan.problems import Place

KINDS = ("table", "supervised")
"""The keys that say what executes a function: exactly one in each. ``appliance/functions`` has an executor for each,
those of supervisors' clients aside."""

_WAITED_FOR = ("timeout_secs", "filler", "fallback", "cancel_on_interruption")
_HAS_ITS_OWN = {
    "table": "a table answers at once, expected no `{key}`",
    "supervised": "supervisors are asked in their own way, expected no `{key}` here (see `supervised`)",
}


class Filler(Part):
    """What the caller hears while a function takes its time."""

    after_ms: int = Field(default=1000, ge=0, le=60_000)
    """How long it may take without a word, in milliseconds."""

    say: Text = "One moment please, I am looking that up."
    """What is said then."""


class Function(Part):
    """Something that a step can call, or a language model."""

    description: str = ""
    """What it does, in a sentence."""

    parameters: dict[
        Name,
        Annotated[
            Parameter,
            BeforeValidator(
                lambda value: {"description": value} if isinstance(value, str) else value,
                json_schema_input_type=str | Parameter,
            ),
        ],
    ] = Field(default_factory=dict)
    """What a language model that calls it has to say, each with a description; a table takes one."""

    timeout_secs: float = Field(default=8, ge=0.1, le=120)
    """How long it may take; then it has failed."""

    filler: Annotated[
        Filler | None,
        BeforeValidator(
            lambda value: {"say": value} if isinstance(value, str) else value, json_schema_input_type=str | Filler
        ),
    ] = None
    """What the caller hears when it takes longer: the words, or `say` with `after_ms`."""

    fallback: Text | None = None
    """What the caller hears when it fails."""

    cancel_on_interruption: bool = False
    """Whether it is given up when the caller speaks before there is a result; otherwise it goes on."""

    table: dict[str, Row] | None = Field(default=None, min_length=1)
    """What is found under each key: a text, or fields with texts."""

    supervised: Annotated[Supervised | None, BeforeValidator(lambda value: {} if value is None else value)] = None
    """Who executes it is a supervisor's client, over RTVI; may be empty."""

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
        if self.filler:
            yield ("filler", "say"), self.filler.say
        if self.fallback:
            yield ("fallback",), self.fallback
        yield from (((self.kind, *place), text) for place, text in self._details.spoken())

    def filled(self) -> Iterator[tuple[Place, str]]:
        """Other texts with gaps: the call's variables, and over them the function's arguments."""
        yield from (((self.kind, *place), text) for place, text in self._details.filled())

    def result_fields(self) -> frozenset[str] | None:
        """The fields that a result surely has; None where it is one text, or nobody knows."""
        if self.table is None:
            return self._details.result_fields()
        fields = [frozenset(row) for row in self.table.values() if not isinstance(row, str)]
        return frozenset.intersection(*fields) if fields else None

    def named_fields(self) -> frozenset[str]:
        """Every field that a result may have, as far as the dialplan says so."""
        rows = (row for row in (self.table or {}).values() if not isinstance(row, str))
        return frozenset(field for row in rows for field in row) | self._details.named_fields()

    @property
    def _details(self) -> Kind:
        """What its kind needs; a table is all there is to it."""
        details = getattr(self, self.kind)
        return details if isinstance(details, Kind) else Kind()
