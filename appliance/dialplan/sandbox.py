"""Jinja2's sandbox for the texts of a dialplan: few filters, and a bound on what a text may cost.

Jinja2 bounds what a template may touch; what it may cost is bounded here. Every turn of a loop and everything that goes
through a filter is counted, and texts do not grow by multiplying.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any

from jinja2 import ChainableUndefined, nodes, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.visitor import NodeTransformer

from appliance.dialplan.filters import FILTERS, MOST_CHARACTERS, TooMuchError, as_text

MARKS = ("{{", "{%", "{#")
"""What a gap begins with."""

MOST_TURNS = 10_000
"""Of all loops and filters of one text together."""

_MOST_BITS = 512
"""Of a number."""

_ITEMS = frozenset({"get", "items", "keys", "values"})
_CASES = frozenset({"endswith", "lower", "split", "startswith", "strip", "title", "upper"})
METHODS = _ITEMS | _CASES
"""What may be called of an object and of a text."""


class Budget:
    """What filling one text may still cost."""

    KEY = "the budget"
    """Where it lies in the context: no name of a variable."""

    def __init__(self) -> None:
        self._left = MOST_TURNS

    def spend(self, value: Any) -> None:
        """Counts a value by its size. Raises TooMuchError."""
        size = len(value) if isinstance(value, Sized) else 0
        self._left -= 1 + (size // 100 if isinstance(value, str) else size)
        if self._left < 0:
            raise TooMuchError(f"more than {MOST_TURNS} turns of its loops and filters")


class Missing(ChainableUndefined):
    """What is not known (yet): nothing is said of it, and nothing is reckoned with it."""

    __slots__ = ()

    def _other(self, other: Any) -> Any:
        return other

    def _nothing(self, *_: Any, **__: Any) -> Any:
        return self

    def _never(self, _: Any) -> bool:
        return False

    __add__ = __radd__ = _other
    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _nothing
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __pos__ = __call__ = _nothing
    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]

    def __int__(self) -> int:  # type: ignore[override]
        return 0

    def __float__(self) -> float:  # type: ignore[override]
        return 0.0


class Sandbox(ImmutableSandboxedEnvironment):
    """Makes the templates of dialplans."""

    intercepted_binops = frozenset({"+", "*", "%"})

    def __init__(self, finalize: Callable[..., str] = as_text) -> None:
        """``finalize`` makes a text of what a gap holds."""
        super().__init__(
            undefined=Missing, finalize=finalize, keep_trailing_newline=True, cache_size=0, auto_reload=False
        )
        self.filters = {**FILTERS, _COUNTED: _counted}
        self.globals = {"range": safe_range}

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:
        return super()._generate(_Counting().visit(source), *arguments, **options)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field before a method: a result may well have ``items``."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what the language is said to have."""
        if isinstance(obj, Mapping):
            return attr in _ITEMS
        return attr in _CASES if isinstance(obj, str) else isinstance(obj, LoopContext) and not attr.startswith("_")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Reckons, as long as what comes of it stays small."""
        if operator == "%" and isinstance(left, str):
            raise TooMuchError("% of a text")
        if _size_of(operator, left, right) > MOST_CHARACTERS:
            raise TooMuchError(f"more than {MOST_CHARACTERS} characters by {operator}")
        return super().call_binop(context, operator, left, right)


def _size_of(operator: str, left: Any, right: Any) -> int:
    sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
    numbers = [side for side in (left, right) if isinstance(side, int)]
    if operator == "+":
        return sum(sizes)
    if operator == "*" and numbers:
        bits = sum(number.bit_length() for number in numbers)
        return sizes[0] * max(numbers[0], 0) if sizes else MOST_CHARACTERS + 1 if bits > _MOST_BITS else 0
    return 0


_COUNTED = "what is counted"
"""A filter by a name that nobody can write."""


@pass_context
def _counted(context: Context, value: Any) -> Any:
    budget = context.parent[Budget.KEY]
    if isinstance(value, Iterator):
        return _each(budget, value)
    budget.spend(value)
    return value


def _each(budget: Budget, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        budget.spend(value)
        yield value


class _Counting(NodeTransformer):
    """Has every loop and filter counted, and texts that are put together put together by a filter."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  Jinja2 finds it by this name.
        self.generic_visit(node)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = _through(_COUNTED, node.iter)
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.node is not None:
            node.node = _through(_COUNTED, node.node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through("join", _through(_COUNTED, nodes.List(node.nodes, lineno=node.lineno)))


def _through(name: str, node: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
