"""Texts with gaps, in Jinja2's language: ``{{ order | digits }}``, ``{% if late %}...{% endif %}``.

Its sandbox, with less in it: a text says something, it is no program. What is left out is refused when the dialplan is
loaded (``read``); what only shows while a call runs, such as a text that would become too long, is an engine's error.
See https://jinja.palletsprojects.com/en/stable/templates/.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes

from appliance.dialplan.filters import FILTERS, MOST_CHARACTERS, TooMuchError
from appliance.dialplan.sandbox import MARKS, METHODS, Budget, Sandbox
from appliance.errors import EngineError
from appliance.settings.explained import unknown

Value = Any
"""What a variable holds: what JSON can say. A text mostly, or a function's result with fields."""

Path = tuple[str | int, ...]
"""A variable and what of it: ("status", "items", 0, "name")."""

MOST_DEEP = 60
"""Levels of one expression within another."""

MOST_MARKS = 1000
"""Gaps, conditions and loops of one text."""

MANY_MARKS = 16
"""A text with more of them is compiled when it is loaded: in a call it would take longer than anybody should wait."""

_OLD = re.compile(r"(?<![{$])\{\s*([A-Za-z_]\w*(?:\.\w+)?)(?::(\w+))?\s*\}(?!\})")
_OPEN = re.compile(r"innermost block that needs to be closed is '(\w+)'")
_PLAIN = re.compile(r"\{\{ *([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *((?:\| *[A-Za-z_]\w* *)*)\}\}", re.ASCII)
_RESERVED = frozenset({"True", "False", "None", "true", "false", "none", "not", "if", "in", "is", "and", "or", "else"})
_OWN = frozenset({"loop", "range", "self"})
_ENVIRONMENT = Sandbox()
_FILTERS, _TESTS = sorted(FILTERS), sorted(_ENVIRONMENT.tests)
_FILTERS_KNOWN = frozenset(FILTERS)
_KNOWN: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Assign,
    nodes.Expr,
    nodes.Pair,
    nodes.Keyword,
    nodes.Operand,
)
_LEFT_OUT = {
    nodes.Pow: "**",
    nodes.AssignBlock: "{% set %} with {% endset %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.CallBlock: "{% call %}",
    nodes.With: "{% with %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text has gaps for."""

    names: frozenset[str] = frozenset()
    """Every variable that it does not set itself."""

    paths: tuple[Path, ...] = ()
    """Every variable with fields, as far as they are written out."""

    spoken: frozenset[str] = frozenset()
    """The variables that are spoken as they are, without one of their fields."""


_NOTHING = Reading()


def read(text: str) -> Reading:
    """What ``text`` has gaps for; ValueError when it is not written as it should be."""
    if _has_gaps(text):
        return _read(text)
    _refuse_old(text)
    return _NOTHING


def fill(text: str, values: Mapping[str, Value]) -> str:
    """``text`` with its gaps filled; what is not known (yet) is left out.

    Raises EngineError for what cannot be filled, such as a loop that goes on too long.
    """
    return rendered(_compiled, text, values) if _has_gaps(text) else text


def rendered(compiled: Callable[[str], Template], text: str, values: Mapping[str, Value]) -> str:
    """``text`` as the template that ``compiled`` makes of it says it. Raises EngineError, as ``fill`` does."""
    filled, length = [], 0
    try:
        template = compiled(text)
        context = template.new_context({**values, Budget.KEY: Budget()})
        for piece in template.root_render_func(context):
            length += len(piece)
            if length > MOST_CHARACTERS:
                raise TooMuchError(f"more than {MOST_CHARACTERS} characters")
            filled.append(piece)
    except TooMuchError as error:
        raise EngineError(f"The text {_beginning(text)} cannot be filled: {error}.") from error
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        # What it says may hold what a caller has said.
        raise EngineError(f"The text {_beginning(text)} cannot be filled ({type(error).__name__}).") from error
    return "".join(filled)


def _refuse_old(said: str) -> None:
    """What was a gap in an older language of ours would be spoken as it stands."""
    if old := _OLD.search(said):
        form = f" | {old[2]}" if old[2] else ""
        raise ValueError(f"{old[0]!r} is not filled, expected {{{{ {old[1]}{form} }}}}")


def _has_gaps(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def _beginning(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}...")


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Template:
    """Made at the first use, which takes less than a millisecond for most texts, and kept."""
    return _ENVIRONMENT.from_string(text)


@lru_cache(maxsize=16384)
def _read(text: str) -> Reading:
    marks = sum(text.count(mark) for mark in MARKS)
    if marks > MOST_MARKS:
        raise ValueError(f"has {marks} gaps, expected at most {MOST_MARKS}")
    reading = _read_plain(text) or _read_any(text)
    if marks > MANY_MARKS:
        _compiled(text)
    return reading


def _read_plain(text: str) -> Reading | None:
    """The same as ``_read_any``, six times as quick, where all gaps are names with fields and filters; or else None."""
    said = _PLAIN.sub("", text)
    if "{" in said:
        return None
    paths: list[Path] = []
    spoken = set()
    for gap in _PLAIN.finditer(text):
        path, filters = gap[1].split("."), gap[2].replace("|", " ").split()
        if path[0] in _RESERVED | _OWN or not _FILTERS_KNOWN.issuperset(filters):
            return None
        paths.append(tuple(path))
        if not filters and len(path) == 1:
            spoken.add(path[0])
    return Reading(frozenset(str(path[0]) for path in paths), tuple(dict.fromkeys(paths)), frozenset(spoken))


def _read_any(text: str) -> Reading:
    try:
        tree = _ENVIRONMENT.parse(text)
        _check(tree, 0)
        names = _names(tree)
    except TemplateSyntaxError as error:
        raise ValueError(_syntax(error, has_lines="\n" in text.strip())) from error
    except RecursionError:
        raise ValueError("is no template that can be read, expected one that is not so deep") from None
    names -= {"range"}
    paths = (path for node in _chains(tree) if (path := _path(node)) and path[0] in names)
    return Reading(names, tuple(dict.fromkeys(paths)), frozenset(_spoken(tree)) & names)


def _names(tree: nodes.Template) -> frozenset[str]:
    """The variables that a text does not set itself; Jinja2's own answer takes longest, and few texts need it."""
    if any(tree.find_all((nodes.For, nodes.Assign))):
        return frozenset(meta.find_undeclared_variables(tree))
    return frozenset(node.name for node in tree.find_all(nodes.Name))


def _syntax(error: TemplateSyntaxError, *, has_lines: bool) -> str:
    what = (error.message or "it cannot be read").rstrip(".")
    if left_open := _OPEN.search(what):
        what = f"{{% {left_open[1]} %}} is not closed, expected {{% end{left_open[1]} %}}"
    expected = "" if "xpected " in what.replace("nexpected ", "") else ", expected text such as Hello {{ name }}"
    where = f" (line {error.lineno} of the text)" if has_lines else ""
    return f"is no template: {what[:1].lower()}{what[1:]}{expected}{where}"


def _check(node: nodes.Node, depth: int) -> None:
    """ValueError for what a text may not do, at the first such place."""
    if depth > MOST_DEEP:
        raise ValueError(f"is more than {MOST_DEEP} levels deep, expected fewer")
    if not isinstance(node, _KNOWN) or isinstance(node, tuple(_LEFT_OUT)):
        name = _LEFT_OUT.get(type(node), f"{{% {type(node).__name__.lower()} %}}")
        raise ValueError(f"{name} is left out here, expected if, for, set and expressions")
    if isinstance(node, nodes.For) and node.recursive:
        raise ValueError("a loop that is recursive, expected a plain one")
    if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
        raise ValueError("{% set %} of more than one variable, expected one name")
    if isinstance(node, nodes.TemplateData):
        _refuse_old(node.data)
    if isinstance(node, nodes.Filter | nodes.Test):
        _check_filter(node)
    if isinstance(node, nodes.Call):
        _check_call(node)
    for child in node.iter_child_nodes():
        _check(child, depth + 1)


def _check_call(node: nodes.Call) -> None:
    called = node.node
    if isinstance(called, nodes.Getattr):
        if called.attr not in METHODS:
            raise ValueError(unknown(called.attr, sorted(METHODS), "method"))
    elif not isinstance(called, nodes.Name) or called.name != "range":
        name = f"{called.name}()" if isinstance(called, nodes.Name) else "this"
        raise ValueError(f"{name} cannot be called, expected range() or a filter such as {{{{ name | upper }}}}")


def _check_filter(node: nodes.Filter | nodes.Test) -> None:
    known, kind = (_FILTERS, "filter") if isinstance(node, nodes.Filter) else (_TESTS, "test")
    if node.name not in known:
        raise ValueError(unknown(node.name, known, kind))
    names = [one.value for one in node.args[:2] if isinstance(one, nodes.Const)]
    if node.name == "map" and names and names[0] not in _FILTERS:
        raise ValueError(unknown(str(names[0]), _FILTERS, "filter"))
    tests = {"select": names[:1], "reject": names[:1], "selectattr": names[1:], "rejectattr": names[1:]}
    for name in tests.get(node.name, ()):
        if name not in _TESTS:
            raise ValueError(unknown(str(name), _TESTS, "test"))


def _chains(tree: nodes.Node) -> list[nodes.Node]:
    """The longest chains of fields, and the names that stand alone."""
    found: list[nodes.Node] = []

    def visit(node: nodes.Node, *, within: bool) -> None:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            visit(node.node.node, within=False)
            for argument in (*node.args, *node.kwargs):
                visit(argument, within=False)
            return
        is_chain = isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Name)
        if is_chain and not within:
            found.append(node)
        for child in node.iter_child_nodes():
            goes_on = isinstance(node, nodes.Getattr | nodes.Getitem) and child is node.node
            visit(child, within=goes_on and _path(node) is not None)

    visit(tree, within=False)
    return found


def _path(node: nodes.Node) -> Path | None:
    """The path that is written out; None where a part of it only shows in a call."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        above, key = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        above, key = _path(node.node), node.arg.value
    else:
        return None
    return None if above is None or not isinstance(key, str | int) else (*above, key)


def _spoken(tree: nodes.Node) -> list[str]:
    return [
        part.name for output in tree.find_all(nodes.Output) for part in output.nodes if isinstance(part, nodes.Name)
    ]
