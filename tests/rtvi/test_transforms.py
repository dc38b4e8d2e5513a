"""What applications do to the bot's text."""

import pytest

from appliance.rtvi import BotOutputTransformResult as Result
from appliance.rtvi.params import BotOutputTransform
from appliance.rtvi.transforms import Spoken, Transforms

SECS = 5.0


def shout(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Result:
    return Result(text.upper(), *(None if each is None else each.upper() for each in (accumulated, remaining)))


async def whisper(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Result:
    return Result(f"({text})", *(None if each is None else f"({each})" for each in (accumulated, remaining)))


def made_of(*pairs: tuple[str, BotOutputTransform]) -> Transforms:
    transforms = Transforms()
    for kind, function in pairs:
        transforms.add(function, kind)
    return transforms


async def test_transforms_run_in_order_plain_or_async_each_for_its_type() -> None:
    transforms = made_of(("*", shout), ("code", whisper))
    assert await transforms.transformed(Spoken("a"), "code", SECS) == Spoken("(A)")
    assert await transforms.transformed(Spoken("a"), "sentence", SECS) == Spoken("A")
    assert await transforms.transformed(Spoken("ab", "a", "b"), "code", SECS) == Spoken("(AB)", "(A)", "(B)")


async def test_a_transform_that_was_taken_back_is_not_used() -> None:
    transforms = made_of(("*", shout), ("code", shout))
    transforms.remove(shout, "*")
    assert (transforms.apply_to("code"), transforms.apply_to("sentence")) == (True, False)
    assert (transforms.are_for("code"), transforms.are_for("*")) == (True, False)


async def test_the_older_form_works_on_each_text_and_warns_when_it_is_registered() -> None:
    with pytest.warns(DeprecationWarning, match="deprecated: take accumulated_text and remaining_text too"):
        transforms = made_of(("*", lambda text, kind: f"{kind}:{text}"))
    assert await transforms.transformed(Spoken("ab"), "word", SECS) == Spoken("word:ab")
    assert await transforms.transformed(Spoken("ab", "a", ""), "word", SECS) == Spoken("word:ab", "word:a", "word:")


@pytest.mark.parametrize("wrong", [None, 5, Result("x", "y"), Result("x"), "x"], ids=repr)
async def test_progress_that_comes_back_incomplete_is_withheld(wrong: object) -> None:
    transforms = made_of(("*", lambda text, kind, accumulated, remaining: wrong))  # type: ignore[arg-type, return-value]
    assert await transforms.transformed(Spoken("ab", "a", "b"), "word", SECS) is None


@pytest.mark.parametrize("wrong", [None, 5, Result(None)], ids=repr)  # type: ignore[arg-type]
async def test_a_text_that_comes_back_as_no_text_is_withheld(wrong: object) -> None:
    transforms = made_of(("*", lambda text, kind, accumulated, remaining: wrong))  # type: ignore[arg-type, return-value]
    assert await transforms.transformed(Spoken("ab"), "word", SECS) is None


async def test_the_older_form_that_fails_withholds_the_text() -> None:
    def fails(text: str, kind: str) -> str:
        raise KeyError(text)

    with pytest.warns(DeprecationWarning, match="return a BotOutputTransformResult"):
        transforms = made_of(("*", fails))
    assert await transforms.transformed(Spoken("ab"), "word", SECS) is None
