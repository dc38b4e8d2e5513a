"""Tracebacks for the log: where it went wrong and with what kind of error, but nothing that a caller may have said.

``ValueError("could not convert string to float: 'four seven'")`` quotes what it was given; nobody knows which errors
do. So only the texts of errors that are known not to are shown.
"""

import traceback
from collections.abc import Iterator

from appliance.errors import ApplianceError

_TELLING = (ApplianceError, OSError, ImportError)
"""Errors whose texts are ours or the operating system's."""

WITHHELD = "(its text is not shown without log.personal_data)"


def discreet(error: BaseException) -> str:
    """The traceback of ``error`` and of what led to it, the first error first."""
    return "\n\n".join(_traced(one) for one in _led_to(error, set()))


def _led_to(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    if id(error) in seen:
        return
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier:
        yield from _led_to(earlier, seen)
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _led_to(member, seen)
    yield error


def _traced(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    text = str(error) if isinstance(error, _TELLING) else WITHHELD if str(error) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{kind}{': ' if text else ''}{text}"
