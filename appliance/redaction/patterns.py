"""An operator's own regular expressions, of which none can make a call wait.

Python's ``re`` tries every way in which a pattern can match, and has no time limit. So a pattern is taken only when the
ways at one place of a text are few: their number is bounded by its alternatives and repetitions, multiplied. Open ends
(``*``, ``+``, ``{3,}``) go as far as OPEN_END; what is longer is found in parts.
"""

import re
from collections.abc import Iterator
from math import prod

OPEN_END = 50
MOST_WAYS = 3000
LONGEST = 500

_TOKEN = re.compile(
    r"""(?P<group>\((?:\?:)?(?!\?))
      | (?P<unbounded>\(\?|\\[1-9])
      | (?P<close>\))
      | (?P<or>\|)
      | (?P<repeat>(?:[*+?]|\{\d*,\d*\}|\{\d+\})[?+]?)
      | \[\^?\]?(?:\\.|[^\]\\])*\]
      | \\?.""",
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {"*": (0, OPEN_END), "+": (1, OPEN_END), "?": (0, 1)}
_COUNTS = re.compile(r"\{(\d*)(,?)(\d*)\}")


def compiled(text: str) -> re.Pattern[str]:
    """The pattern ``text``, for any case of letters; ValueError when it cannot be used."""
    if len(text) > LONGEST:
        raise ValueError(f"has {len(text)} characters, expected at most {LONGEST}")
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a regular expression ({error}), expected one") from None
    ways, bounded = _alternatives(_TOKEN.finditer(text))
    if ways > MOST_WAYS:
        expected = "expected fewer repetitions and alternatives, such as [0-9 -]{6,20}"
        raise ValueError(f"{text!r} can match in too many ways, {expected}")
    pattern = re.compile(bounded, re.IGNORECASE)
    if pattern.match(""):
        raise ValueError(f"{text!r} matches where nothing is, expected at least one character")
    return pattern


def _alternatives(tokens: Iterator[re.Match[str]]) -> tuple[int, str]:
    """How many ways there are, at most, up to the closing bracket or the end; and that part with its ends bounded."""
    ways, text = 0, ""
    row: list[tuple[int, str]] = []
    for token in tokens:
        match token.lastgroup:
            case "group":
                inner, within = _alternatives(tokens)
                row.append((inner, f"{token[0]}{within})"))
            case "close":
                break
            case "or":
                ways, text, row = ways + _product(row), f"{text}{_joined(row)}|", []
            case "repeat":
                row.append(_repeated(*row.pop(), token[0]))
            case "unbounded":
                what = "looks around, refers back or sets flags, expected only groups ( ) and (?: )"
                raise ValueError(f"{token.string!r} {what}")
            case _:
                row.append((1, token[0]))
    return ways + _product(row), text + _joined(row)


def _repeated(ways: int, text: str, sign: str) -> tuple[int, str]:
    if counts := _COUNTS.match(sign):
        fewest = int(counts[1] or 0)
        most = int(counts[3]) if counts[3] else fewest + OPEN_END * bool(counts[2])
    else:
        fewest, most = _SIGNS[sign[0]]
    greed = sign[-1] if len(sign) > 1 and sign[-1] in "?+" else ""
    # More than one way, taken more than a dozen times, is too many already: no need to work out how many.
    return (most - fewest + 1) * ways ** min(most, 13), f"{text}{{{fewest},{most}}}{greed}"


def _product(row: list[tuple[int, str]]) -> int:
    return prod(ways for ways, _ in row)


def _joined(row: list[tuple[int, str]]) -> str:
    return "".join(text for _, text in row)
