"""What applications do to the bot's text before viewers see it."""

import inspect
import warnings
from typing import Any, NamedTuple

from appliance.rtvi.attempt import attempt
from appliance.rtvi.params import BotOutputTransform, BotOutputTransformResult

ANY_TYPE = "*"


class Spoken(NamedTuple):
    """A segment's text and, for word progress, how much of it was heard."""

    text: str
    accumulated: str | None = None
    remaining: str | None = None


class _Transform(NamedTuple):
    aggregation_type: str
    function: BotOutputTransform
    knows_progress: bool


class Transforms:
    """The registered transforms, applied one after another."""

    def __init__(self) -> None:
        self.are_none = True
        self._transforms: list[_Transform] = []

    def add(self, function: BotOutputTransform, aggregation_type: str) -> None:
        """Registers a transform; one that takes two parameters works but is deprecated."""
        knows_progress = _knows_progress(function)
        if not knows_progress:
            warnings.warn(
                "A bot output transform (text, agg_type) -> str is deprecated: take accumulated_text and "
                "remaining_text too, and return a BotOutputTransformResult.",
                DeprecationWarning,
                stacklevel=4,
            )
        self._transforms.append(_Transform(aggregation_type, function, knows_progress))
        self.are_none = False

    def remove(self, function: BotOutputTransform, aggregation_type: str) -> None:
        """Takes a transform back."""
        gone = (aggregation_type, function)
        self._transforms = [each for each in self._transforms if each[:2] != gone]
        self.are_none = not self._transforms

    def apply_to(self, aggregation_type: str) -> bool:
        """Whether any transform is for this type."""
        return any(each.aggregation_type in (ANY_TYPE, aggregation_type) for each in self._transforms)

    def are_for(self, aggregation_type: str) -> bool:
        """Whether a transform is for this very type."""
        return any(each.aggregation_type == aggregation_type for each in self._transforms)

    async def transformed(self, spoken: Spoken, aggregation_type: str, secs: float) -> Spoken | None:
        """The text as viewers may see it; None where a transform fails: it is withheld, never sent raw."""
        for each in tuple(self._transforms):
            if each.aggregation_type in (ANY_TYPE, aggregation_type):
                done = await _apply(each, spoken, aggregation_type, secs)
                if done is None:
                    return None
                spoken = done
        return spoken


def _knows_progress(function: BotOutputTransform) -> bool:
    """Whether the function takes four positional arguments."""
    try:
        inspect.signature(function).bind("", "", None, None)
    except TypeError:
        return False
    except ValueError:  # Some built-in functions have no signature.
        return False
    return True


async def _apply(each: _Transform, spoken: Spoken, aggregation_type: str, secs: float) -> Spoken | None:
    if each.knows_progress:
        done = await attempt("a bot output transform", secs, each.function, spoken.text, aggregation_type, *spoken[1:])
        return _checked(done.value, spoken)
    texts = [None if text is None else await _old(each, text, aggregation_type, secs) for text in spoken]
    if any(text is not None and new is None for text, new in zip(spoken, texts, strict=True)):
        return None
    return Spoken(texts[0] or "", texts[1], texts[2])


async def _old(each: _Transform, text: str, aggregation_type: str, secs: float) -> str | None:
    value = (await attempt("a bot output transform", secs, each.function, text, aggregation_type)).value
    return value if isinstance(value, str) else None


def _checked(result: Any, given: Spoken) -> Spoken | None:
    """What a transform returned, if it is whole. An empty string is a value; what is missing withholds the text."""
    if isinstance(result, str) and given.accumulated is None:
        return Spoken(result)
    if not isinstance(result, BotOutputTransformResult) or not isinstance(result.text, str):
        return None
    if given.accumulated is None:
        return Spoken(result.text)
    if not isinstance(result.accumulated_text, str) or not isinstance(result.remaining_text, str):
        return None
    return Spoken(result.text, result.accumulated_text, result.remaining_text)
