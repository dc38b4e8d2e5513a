"""The step of a language model: what it may say, and what is refused."""

from pathlib import Path
from typing import Any

from appliance.dialplan import LLMStep
from appliance.dialplan.functions import Function
from tests.dialplan.stories import loaded


def talk(directory: Path, **step: Any) -> LLMStep:
    """A dialplan's only step but the last, with these keys."""
    keys = "".join(f"    {key}: {value}\n" for key, value in step.items())
    functions = 'functions: {stock: {table: {"1": here}}}\n'
    text = (
        f'name: Talk\nnumbers: ["*"]\n{functions}steps:\n  talk:\n{keys}    otherwise: end\n  end: {{hang_up: Bye.}}\n'
    )
    found = loaded(directory, text).plan.steps["talk"]
    assert isinstance(found, LLMStep)
    return found


def test_a_text_alone_is_the_prompt(tmp_path: Path) -> None:
    step = talk(tmp_path, llm="You are Ann.", may="hang_up")
    assert (step.llm.prompt, step.llm.model, step.llm.longest_answer, step.may) == (
        "You are Ann.",
        None,
        600,
        ("hang_up",),
    )


def test_a_step_may_name_its_own_model_and_server(tmp_path: Path) -> None:
    step = talk(tmp_path, llm="{prompt: Be Ann., model: small, base_url: http://127.0.0.1:1/v1/, temperature: 0.2}")
    assert (step.llm.model, step.llm.base_url, step.llm.temperature) == ("small", "http://127.0.0.1:1/v1", 0.2)


def test_a_single_function_needs_no_list(tmp_path: Path) -> None:
    assert talk(tmp_path, llm="Be Ann.", functions="stock").functions == ("stock",)


def test_a_text_alone_describes_a_parameter() -> None:
    function = Function.model_validate({"table": {"1": "here"}, "parameters": {"number": "The order's number"}})
    number = function.parameters["number"]
    assert (number.description, number.type, number.required) == ("The order's number", "string", True)
