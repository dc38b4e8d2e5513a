"""Functions of the operator's own: found by name, and held against what the dialplan says of their parameters."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path
from typing import Any

from appliance.dialplan.functions import Parameter

IMPORT_SECS = 20.0
CALL = "call"
"""The keyword by which a function is told of its call, where it wants to know."""


def look_in(directory: Path) -> None:
    """Modules are found in the directory, too, behind all others."""
    if directory.is_dir() and (place := str(directory.resolve())) not in sys.path:
        sys.path.append(place)
    importlib.invalidate_caches()


def entry_point(name: str) -> Callable[..., Any]:
    """The function that ``module:function`` names. Raises ValueError with what is wrong.

    Modules are loaded once: a changed one counts after a restart.
    """
    module, _, path = name.partition(":")
    try:
        found: Any = reduce(getattr, path.split("."), sys.modules.get(module) or _load(module))
    except AttributeError:
        raise ValueError(f"the module {module!r} has no {path!r}, expected a function") from None
    if callable(found):
        function: Callable[..., Any] = found
        return function
    raise ValueError(f"{name!r} is of type {type(found).__name__}, expected a function")


def _load(module: str) -> Any:
    """In a thread of its own: whatever a module does when it is loaded, the other dialplans are loaded, too."""
    loading = ThreadPoolExecutor(1, thread_name_prefix="import")
    future = loading.submit(importlib.import_module, module)
    try:
        error = future.exception(IMPORT_SECS)
    except TimeoutError:
        raise ValueError(f"the module {module!r} takes longer than {IMPORT_SECS:g} s to load") from None
    finally:
        loading.shutdown(wait=False)
    if isinstance(error, ModuleNotFoundError) and error.name == module.partition(".")[0]:
        raise ValueError(f"there is no module {module!r}, expected {module.replace('.', '/')}.py")
    if error is not None:
        raise ValueError(f"the module {module!r} cannot be loaded ({type(error).__name__}: {error})") from error
    return future.result()


def wants_call(function: Callable[..., Any], parameters: Mapping[str, Parameter]) -> bool:
    """Whether the function is to be told of its call, too."""
    return CALL in _signature(function) and CALL not in parameters


def wrong_parameters(function: Callable[..., Any], parameters: Mapping[str, Parameter]) -> Iterator[str]:
    """What of the dialplan's parameters does not fit those of the function."""
    taken = _signature(function)
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
    named = {name for name, one in taken.items() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
    for name in parameters:
        if name not in named and not takes_any:
            yield f"has no parameter {name!r}, expected one as in `parameters`"
    for name, one in taken.items():
        if one.default is not one.empty or one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL) or name == CALL:
            continue
        if one.kind is one.POSITIONAL_ONLY:
            yield f"takes {name!r} by its position, expected all parameters to be taken by name"
        elif name not in parameters:
            yield f"needs {name!r}, expected it in `parameters`, or a default"
        elif not parameters[name].required:
            yield f"needs {name!r}, which is not required in `parameters`: expected a default"


def _signature(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # Some built-in ones do not tell.
        return {"any": inspect.Parameter("any", inspect.Parameter.VAR_KEYWORD)}
