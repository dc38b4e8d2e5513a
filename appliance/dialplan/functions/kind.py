"""What all kinds of functions have in common, as far as the checks are concerned."""

from collections.abc import Iterator

from appliance.dialplan.fields import Part
from appliance.dialplan.problems import Place
from appliance.dialplan.shapes import TEXT, Shape


class Kind(Part):
    """What one kind of function needs. Unless it says so, it has no texts for the caller, no gaps and no fields."""

    def spoken(self) -> Iterator[tuple[Place, str]]:
        """The texts that the caller hears, each with its place in the kind; their gaps are the call's variables."""
        yield from ()

    def filled(self) -> Iterator[tuple[Place, str, frozenset[str]]]:
        """Other texts with gaps, each with its place; their gaps are the call's variables, over them the function's
        arguments, and over these the names that come with the text.
        """
        yield from ()

    def result_shape(self) -> Shape:
        """What a variable holds that takes a result."""
        return TEXT
