"""The language of a dialplan's calls, and what it means for its steps."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.dialplan.fields import Part, Text
from appliance.dialplan.problems import Place
from appliance.dialplan.template import Value, fill

ENGLISH = "en"
_TAG = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _is_tag(text: str) -> str:
    if not re.match(_TAG, text):
        raise ValueError(f"{text!r}, expected a language's tag such as en, de or fr-CA")
    return text


Language = Annotated[str, AfterValidator(_is_tag), Field(json_schema_extra={"pattern": _TAG})]
"""A tag of BCP 47: the language in small letters, and perhaps a country."""


class Sentences(Part):
    """What the house itself says. In another language than English all of it has to be written down."""

    misheard: Text = "Sorry, something went wrong on our side."
    """Said before a question is asked again because an engine has failed."""

    cut_off: Text = "Sorry, we were cut off."
    """Said when the line was lost and is back."""

    not_taken: Text = "I am sorry, nobody could take your call."
    """Said when a transfer has failed and the caller is back, where no step follows for that."""

    go_on: Text = "Shall I go on?"
    """Said after the beginning of a language model's answer that was too long."""

    one_moment: Text = "One moment please."
    """Said while another language model is asked, because the first has failed."""

    connecting: Text = "One moment please, I am connecting you."
    """Said before a transfer, where a language model says nothing itself."""

    goodbye: Text = "Goodbye."
    """Said before the end, where a language model says nothing itself."""


def filled(sentences: Sentences, variables: Mapping[str, Value]) -> Sentences:
    """The sentences with their gaps filled."""
    texts = {name: getattr(sentences, name) for name in Sentences.model_fields}
    if not any("{" in text for text in texts.values()):
        return sentences
    return sentences.model_copy(update={name: fill(text, variables) for name, text in texts.items()})


def language_of(tag: str) -> str:
    """Without the country."""
    return tag.partition("-")[0]


def wrong_sentences(tag: str, sentences: Sentences) -> Iterator[tuple[Place, str]]:
    """What is missing of the house's own sentences in another language."""
    missing = [name for name in Sentences.model_fields if name not in sentences.model_fields_set]
    if language_of(tag) != ENGLISH and missing:
        yield ("language",), f"{tag!r} needs sentences of its own, expected `sentences` with {', '.join(missing)}"
