"""What an ask step waits for, compiled: a grammar for the recogniser, and answers from transcripts and keys."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from appliance.dialplan.digits import DigitRow
from appliance.dialplan.numerals import NUMBER_WORDS
from appliance.dialplan.phrases import Words, expansions, words_of
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.steps import AskStep, ExpectedAnswer, YesNo

YES = ("yes", "yes please", "yes it is", "yes that is right", "yes that's right", "that's right", "that is correct")
NO = ("no", "no thanks", "no thank you", "no it is not", "no that is wrong", "no that's wrong", "that's wrong")
YES_NO_KEYS = ("1", "2")
FILLERS = ("um", "uh", "well")
"""How people begin; it means nothing, but a recogniser that does not expect it refuses the whole answer."""
POLITE = "please"
"""How they end."""


class _More(Enum):
    MORE = "more keys may follow"


MORE: Final = _More.MORE
"""What was keyed in so far is the beginning of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller answered and where that leads."""

    name: str
    """The answer's name; "digits" for a row of digits, "yes" and "no"."""

    value: str
    """What ``save_as`` takes: the digits, otherwise the name."""

    next: str
    """The step that follows."""

    set: Mapping[str, str] = field(default_factory=dict)
    """Variables to set, as templates."""

    complete: bool = True
    """Whether this is all of an expected answer, word for word, so that nothing more needs to be waited for."""


@dataclass(frozen=True, slots=True)
class _Choice:
    answer: Answer
    phrases: tuple[str, ...]
    keys: str | None


class Expectation:
    """What one ask step waits for."""

    def __init__(self, plan: Dialplan, step: AskStep) -> None:
        self._choices = tuple(_choices(plan, step))
        self._digits = _digit_row(plan, step)
        self._after_digits = step.next or ""
        self.confirmation = Expectation(plan, _YES_OR_NO) if step.confirm else None
        """What is waited for when an answer is said back."""
        self._said: dict[Words, Answer] = {}
        for choice in self._choices:
            for phrase in choice.phrases:
                for words in expansions(phrase):
                    self._said.setdefault(words, choice.answer)
        self._said = _settled(self._said)
        self._keyed = {choice.keys: choice.answer for choice in reversed(self._choices) if choice.keys}
        self._grammar = _grammar(self._choices, self._digits)

    def grammar(self) -> str:
        """JSGF for what is expected, in lower-case words; every word is meant to have a pronunciation."""
        return self._grammar

    @property
    def hints(self) -> tuple[str, ...]:
        """What may be said, phrase by phrase; rows of digits are no phrases."""
        return tuple(" ".join(words) for words in self._said)

    @property
    def words(self) -> frozenset[str]:
        """Every word of the grammar."""
        said = {word for words in self._said for word in words}
        return frozenset(said | (NUMBER_WORDS if self._digits else set()) | {*FILLERS, POLITE})

    def interpret(self, text: str) -> Answer | None:
        """The answer that a transcript is; None for "no match".

        Takes what the grammar allows, and also the free transcript of another recogniser ("Yes, please.", "4711").
        """
        words = words_of(text)
        if exact := self._said.get(_spelled_out(words)):
            return exact
        words = _bare(words)
        if exact := self._said.get(_spelled_out(words)):
            return exact
        if self._digits and (found := self._digits.heard(words)):
            value, complete = found
            return Answer("digits", value, self._after_digits, complete=complete)
        return self._within(_spelled_out(words))

    def is_begun(self, text: str) -> bool:
        """Whether a transcript is the first part of a row of digits."""
        return self._digits is not None and self._digits.is_begun(_bare(words_of(text)))

    def interpret_keys(self, pressed: str, *, complete: bool = False) -> Answer | Literal[_More.MORE] | None:
        """The answer that keys are, MORE while others may follow, None for none.

        ``complete`` says that no more came in time; the end key of a row of digits says so itself.
        """
        digits = self._digits
        if digits and len(pressed) > 1 and pressed.endswith(digits.end_key):
            pressed, complete = pressed[:-1], True
        if not complete and self._may_go_on(pressed):
            return MORE
        if digits and digits.accepts(pressed):
            return Answer("digits", pressed, self._after_digits)
        return self._keyed.get(pressed)

    def _may_go_on(self, pressed: str) -> bool:
        longer = any(keys != pressed and keys.startswith(pressed) for keys in self._keyed)
        return longer or (self._digits is not None and self._digits.may_grow(pressed))

    def _within(self, words: Words) -> Answer | None:
        """The longest phrase that lies in ``words``; none when two different answers are equally long."""
        for length in range(len(words), 0, -1):
            found = {
                answer.name: answer
                for start in range(len(words) - length + 1)
                if (answer := self._said.get(words[start : start + length]))
            }
            if found:
                answer, *others = found.values()
                return None if others else _loosely(answer)
        return None


_YES_OR_NO = AskStep(ask="Is that right?", yes_no=YesNo(yes="yes", no="no"), otherwise="no")
"""The question that confirms; where its answers lead is the asked step's business."""


def expectations(plan: Dialplan) -> dict[str, Expectation]:
    """The expectation of every ask step, by step."""
    return {name: Expectation(plan, step) for name, step in plan.steps.items() if isinstance(step, AskStep)}


def _settled(said: Mapping[Words, Answer]) -> dict[Words, Answer]:
    """The same, but an answer that could still become another one, when more words follow, is not complete."""
    begun: dict[Words, set[str]] = {}
    for words, answer in said.items():
        for length in range(1, len(words)):
            begun.setdefault(words[:length], set()).add(answer.name)
    return {
        words: _loosely(answer) if begun.get(words, set()) - {answer.name} else answer for words, answer in said.items()
    }


def _loosely(answer: Answer) -> Answer:
    return Answer(answer.name, answer.value, answer.next, answer.set, complete=False)


def _bare(words: Words) -> Words:
    """Without what people say before and after an answer."""
    start = next((place for place, word in enumerate(words) if word not in FILLERS), len(words))
    end = len(words) - (words[-1:] == (POLITE,))
    return words[start:end]


def _spelled_out(words: Words) -> Words:
    """One-digit and two-digit numbers as the words that phrases have."""
    if not any(word.isdecimal() for word in words):
        return words
    spelled: list[str] = []
    for word in words:
        small = word.isdecimal() and len(word) <= 2
        spelled += expansions(str(int(word)))[0] if small else (word,)
    return tuple(spelled)


def _choices(plan: Dialplan, step: AskStep) -> Iterator[_Choice]:
    yield from _expected(step.expect, step.next or "")
    if step.yes_no:
        yield from _yes_no(step.yes_no)
    yield from _expected(plan.anywhere, "")


def _expected(answers: Mapping[str, ExpectedAnswer], following: str) -> Iterator[_Choice]:
    for name, expected in answers.items():
        answer = Answer(name, name, expected.next or following, expected.set)
        yield _Choice(answer, expected.say, expected.keys)


def _yes_no(steps: YesNo) -> Iterator[_Choice]:
    yield _Choice(Answer("yes", "yes", steps.yes), YES, YES_NO_KEYS[0])
    yield _Choice(Answer("no", "no", steps.no), NO, YES_NO_KEYS[1])


def _digit_row(plan: Dialplan, step: AskStep) -> DigitRow | None:
    digits = step.digits
    if digits is None:
        return None
    if isinstance(digits.from_, str):
        function = plan.functions.get(digits.from_)
        listed: Iterable[str] | None = (function.table if function else None) or ()
    else:
        listed = digits.from_
    if listed is not None:
        return DigitRow.listed(listed, digits.end_key)
    return DigitRow.between(digits.length or digits.min or 1, digits.length or digits.max or 1, digits.end_key)


def _grammar(choices: Iterable[_Choice], digits: DigitRow | None) -> str:
    rules: dict[str, str] = {}
    for position, choice in enumerate(choices):
        said = [" ".join(words) for phrase in choice.phrases for words in expansions(phrase)]
        if said:
            rules[f"answer{position}"] = " | ".join(dict.fromkeys(said))
    if digits:
        rules["digits"] = digits.grammar()
    if not rules:
        return ""
    answers = " | ".join(f"<{name}>" for name in rules)
    public = f"[{' | '.join(FILLERS)}] ({answers}) [{POLITE}]"
    lines = ["#JSGF V1.0;", "grammar expected;", f"public <expected> = {public};"]
    return "\n".join([*lines, *(f"<{name}> = {rule};" for name, rule in rules.items())]) + "\n"
