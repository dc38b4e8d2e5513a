"""Which voices the embedded engine has, read from its data: the library itself is loaded in its own process only."""

from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_USUAL = "en-us, en-gb or de"
_USUAL_VARIANTS = "f3 or m3"


def data_folder() -> Path:
    """Where the voices lie. Found without loading the engine."""
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package espeakng-loader is not installed")
    return Path(spec.origin).parent / "espeak-ng-data"


@cache
def known_voices() -> frozenset[str]:
    """Every name of a voice, in lower case: its languages, its name and its file.

    See espeak-ng's docs/voices.md: lines such as ``name English (America)`` and ``language en-us 2``.
    """
    known: set[str] = set()
    lang = data_folder() / "lang"
    for file in (path for path in lang.rglob("*") if path.is_file()):
        known.add(file.relative_to(lang).as_posix().lower())
        for line in file.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition("//")[0].partition(" ")
            if key == "name":
                known.add(value.strip(" ").lower())
            elif key == "language":
                known.add(value.split()[0].lower())
    return frozenset(known)


@cache
def variants() -> frozenset[str]:
    """What may follow a voice after a plus."""
    return frozenset(path.name for path in (data_folder() / "voices" / "!v").iterdir())


def wrong_with_voice(voice: str) -> str | None:
    """What is wrong with a voice such as ``en-us+f3`` that is asked of the embedded engine."""
    name, plus, variant = voice.partition("+")
    if (asked := name.lower().replace("_", "-")) not in known_voices():
        return f"the embedded engine has no voice {voice!r}, {_meant(asked, known_voices(), _USUAL)}"
    if plus and variant not in variants():
        return (
            f"the embedded engine has no variant {variant!r} of a voice, {_meant(variant, variants(), _USUAL_VARIANTS)}"
        )
    return None


def _meant(name: str, known: frozenset[str], usual: str) -> str:
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"did you mean {close[0]!r}?" if close else f"expected one such as {usual}"
