"""A conversation as those are shown it who may not see what is sensitive."""

from collections.abc import Iterator, Sequence
from typing import Any

from appliance.redaction import MOST_BEFORE, Masked, Redactor, Span

Item = dict[str, Any]
"""What somebody said: ``role``, ``text`` and perhaps ``heard``, how much of it was; all else is nobody's words."""


def masked_items(items: Sequence[Item], redactor: Redactor, longest: int) -> list[Item]:
    """Masks items, each cut to ``longest`` characters. Each side's texts are taken for one: a number may be split over
    them, and is masked from where it begins.
    """
    by_role = {role: _in_one(items, role, redactor) for role in {item["role"] for item in items}}
    return [_shown(item, next(by_role[item["role"]]), redactor, longest) for item in items]


def masked_last(items: Sequence[Item], redactor: Redactor, longest: int) -> Item:
    """Masks the last item; what its speaker said before it counts."""
    role, before = items[-1]["role"], ""
    for item in reversed(items[:-1]):
        if len(before) >= MOST_BEFORE:
            break
        if item["role"] == role:
            before = f"{item['text']} {before}"
    return _shown(items[-1], redactor.masked(items[-1]["text"], before[-MOST_BEFORE:]), redactor, longest)


def _in_one(items: Sequence[Item], role: str, redactor: Redactor) -> Iterator[Masked]:
    """Each text of one side, with what of its sensitive spans is in it."""
    texts = [item["text"] for item in items if item["role"] == role]
    spans = redactor.masked(" ".join(texts)).spans
    start = 0
    for text in texts:
        end = start + len(text)
        yield Masked(
            text,
            (
                Span(max(span.start, start) - start, min(span.end, end) - start, span.mask)
                for span in spans
                if span.start < end and span.end > start
            ),
        )
        start = end + 1


def _shown(item: Item, masked: Masked, redactor: Redactor, longest: int) -> Item:
    text, heard = item["text"], item.get("heard")
    shown = {**item, "text": masked.cut(min(len(text), longest))[0]}
    if heard is not None:
        known = masked if text.startswith(heard) else redactor.masked(heard)
        shown["heard"] = known.cut(min(len(heard), longest))[0]
    return shown
