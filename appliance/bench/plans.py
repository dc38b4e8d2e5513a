"""The dialplans that the bench plays."""

from pathlib import Path

LOAD_NUMBER = "+15550100300"
ORDERS_NUMBER = "+15550100301"
OPEN_NUMBER = "+15550100302"
THINGS_NUMBER = "+15550100303"
MODEL_NUMBER = "+15550100304"

ORDERS = ("4711", "2580", "3069", "8142")
THINGS = (
    *("yellow umbrella", "green elephant", "garden gate", "library ticket", "little submarine"),
    *("orange bicycle", "kitchen cupboard", "wedding photograph", "coffee machine", "winter holiday"),
    *("telephone bill", "chocolate cake", "mountain road", "paper bag", "history teacher"),
    *("football stadium", "apple juice", "computer keyboard", "concert ticket", "wooden table"),
)
"""Twenty things that nobody confuses: what is understood wrongly here was said by somebody else."""

_LOAD = f"""\
name: Load
numbers: ["{LOAD_NUMBER}"]
anywhere: {{stop: {{say: goodbye, next: bye}}}}
steps:
  first:
    ask: Please say yes or no.
    yes_no: {{yes: second, no: second}}
    otherwise: second
  second:
    ask: And again, yes or no.
    yes_no: {{yes: first, no: first}}
    otherwise: first
  bye:
    hang_up: Goodbye.
"""
"""Goes on for ever: every answer leads to the other question, and so does none."""

_ORDERS = f"""\
name: Orders
numbers: ["{ORDERS_NUMBER}"]
turn: {{no_input_secs: 20}}
functions:
  known:
    description: Knows every order
    table: {{{", ".join(f'"{order}": {{state: known}}' for order in ORDERS)}}}
steps:
  ask:
    ask: Your order number?
    digits: {{from: known}}
    save_as: number
    no_match: Please say it again.
    tries: 10
    next: read
    otherwise: bye
  read:
    say: "I heard {{{{ number | digits }}}}."
    next: ask
  bye:
    hang_up: Goodbye.
"""

_THINGS = f"""\
name: Things
numbers: ["{THINGS_NUMBER}"]
turn: {{no_input_secs: 20}}
steps:
  ask:
    ask: What do you want?
    expect: {{{", ".join(f"{thing}: {{say: {thing}}}" for thing in THINGS)}}}
    save_as: thing
    tries: 10
    next: read
    otherwise: bye
  read:
    say: "I heard {{{{ thing }}}}."
    next: ask
  bye:
    hang_up: Goodbye.
"""

_OPEN = f"""\
name: Open
numbers: ["{OPEN_NUMBER}"]
turn: {{no_input_secs: 20}}
anywhere: {{stop: {{say: goodbye, next: bye}}}}
steps:
  talk:
    ask: >-
      Please say yes or no, and take all the time that you need, because I am going to speak for a while now,
      so that somebody can interrupt me in the middle of what I say.
    yes_no: {{yes: talk, no: talk}}
    no_match: >-
      I did not understand that, and I am going to speak for a while now,
      so that somebody can interrupt me in the middle of what I say.
    tries: 10
    otherwise: talk
  bye:
    hang_up: Goodbye.
"""


_MODEL = f"""\
name: Model
numbers: ["{MODEL_NUMBER}"]
steps:
  talk:
    llm: You tell callers where their orders are. You speak with caller {{{{ caller }}}}.
    opening: What can I do for you?
    may: [hang_up]
    otherwise: bye
  bye:
    hang_up: Goodbye.
"""


def write_plans(directory: Path, *, with_model: bool = False) -> None:
    """Writes them into a directory; the one that talks with a language model is refused where there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    plans = {"load": _LOAD, "orders": _ORDERS, "open": _OPEN, "things": _THINGS}
    if with_model:
        plans["model"] = _MODEL
    for name, text in plans.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
