"""What the steps of language models may have wrong."""

import re
from collections.abc import Iterator

from appliance.dialplan.llm import BUILT_IN_TOOLS, LLMStep
from appliance.dialplan.problems import Place
from appliance.dialplan.schema import Dialplan
from appliance.settings.explained import unknown

_TOOL = re.compile(r"[A-Za-z0-9_]{1,64}")
"""What the protocol of chat completions allows as a name."""


def llm_steps(plan: Dialplan) -> dict[str, LLMStep]:
    """The steps in which a language model talks, by name."""
    return {name: step for name, step in plan.steps.items() if isinstance(step, LLMStep)}


def talks_directly(plan: Dialplan) -> bool:
    """Whether callers may come to a model that hears and speaks itself."""
    return any(step.llm.engine is not None for step in llm_steps(plan).values())


def wrong_llm_steps(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    """Every problem as its place and what is wrong."""
    for name, step in llm_steps(plan).items():
        for position, called in enumerate(step.functions):
            place = ("steps", name, "functions", position)
            if called not in plan.functions:
                yield place, unknown(called, plan.functions, "function")
            elif called in BUILT_IN_TOOLS:
                yield place, f"{called!r} is how a language model ends its part, expected another name"
            elif not _TOOL.fullmatch(called):
                yield place, f"{called!r} cannot be told to a language model, expected at most 64 of A-Z, 0-9 and _"
        if "transfer" in step.may and not (step.transfer_to or plan.fallback.transfer):
            yield (
                ("steps", name, "may"),
                "nobody to transfer to, expected `transfer_to` or the dialplan's `fallback.transfer`",
            )
    for name, function in plan.functions.items():
        if function.table and len(function.parameters) > 1:
            what = f"a table is looked up with one value, expected one parameter and not {len(function.parameters)}"
            yield ("functions", name, "parameters"), what
