"""How a call is told to people."""

from dataclasses import replace

from appliance.cli.call_report import line, summary
from appliance.simulator import BargeIn, CallResult, Item, Silence, Turn

RESULT = CallResult(
    call_sid="CA1",
    items=[],
    verbs=["Connect"],
    dialled=[],
    turns=[Turn("hello", 4.5, 0.6124), Turn("a text that is much too long to be told in full", 9.0, None)],
    barge_ins=[BargeIn(7.25, 0.2, None)],
    answer_secs=0.345,
    longest_silence=Silence(3.0, 1.5),
    violations=[],
    problems=[],
    marks=[],
    streams=1,
    end="the caller hung up",
    secs=12.34,
    worst_delay_secs=0.001,
    caller_track=b"",
    bot_track=b"",
)


def test_a_line_has_when_who_and_what_under_each_other() -> None:
    assert line(Item(3.456, "bot", "spoke 2.3 s")) == "    3.46  bot      spoke 2.3 s"


def test_the_table_is_aligned() -> None:
    assert (
        summary(RESULT)
        == """
  answered after                                 345 ms
  answer to 'hello'                              612 ms   said until 4.50 s
  answer to 'a text that is much too lon...'  no answer   said until 9.00 s
  barge-in, until cleared                        200 ms   interrupted at 7.25 s
  barge-in, until quiet                           never   interrupted at 7.25 s
  longest silence                                 1.5 s   at 3.00 s
  length of the call                             12.3 s   the caller hung up

The call went well."""
    )


def test_problems_and_an_overloaded_machine_are_told() -> None:
    told = summary(replace(RESULT, turns=[], barge_ins=[], problems=["One.", "Two."], worst_delay_secs=0.25))
    assert told.endswith("\n\nThe call went wrong:\n  One.\n  Two.")
    assert "  this side was late by     250 ms   the timings may be too long\n" in told
