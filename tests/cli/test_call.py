"""`appliance call`, run as a person runs it."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from appliance.audio.wav import read_wav, write_wav
from appliance.cli import main
from appliance.simulator.sound import decode
from tests.simulator.bot import Bot, greet, listen, serving, tone


@pytest.fixture(autouse=True)
def dialplans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory of dialplans."""
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(tmp_path))
    return tmp_path


async def status(bot: Bot, *arguments: str) -> int:
    """Runs the command in a thread of its own, as it wants an event loop of its own."""
    return await asyncio.to_thread(main, ["call", *arguments, bot.url])


@pytest.fixture
def beep_wav(tmp_path: Path) -> str:
    """A WAV file with 0.1 s of tone."""
    path = tmp_path / "beep.wav"
    write_wav(path, decode(tone(0.1)).tobytes(), 8000)
    return str(path)


async def test_the_conversation_is_printed_and_then_the_timings(
    beep_wav: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "call.wav"
    async with serving(greet) as bot:
        code = await status(
            bot, "--wait", "bot", "--wav", beep_wav, "--dtmf", "1", "--grace", "0", "--save", str(saved)
        )
    lines = [re.sub(r"\d+\.\d+|\d+ ms", "N", line).split() for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [line[1:] for line in lines[:8]] == [
        ["carrier", "calls", "+15550100100", "from", "+15550100199"],
        ["carrier", "<Connect><Stream>"],
        ["carrier", "media", "stream", "to", f"ws://{bot.host}/media".replace("127.0.0.1", "N.N"), "is", "open"],
        ["bot", "begins", "to", "speak"],
        ["bot", "spoke", "N", "s"],
        ["caller", "says", "'beep.wav'", "(N", "s)"],
        ["caller", "presses", "1"],
        ["carrier", "the", "call", "is", "over:", "the", "caller", "hung", "up"],
    ]
    assert lines[-1] == ["The", "call", "went", "well."]
    assert read_wav(saved).channels == 2


@pytest.mark.parametrize(
    ("options", "story"),
    [
        (["--human", "busy"], ["human", "is on the telephone: busy"]),
        (["--human", "answers", "--talk", "0"], ["human", "picks up"]),
    ],
)
async def test_whom_the_caller_meets_is_told_in_the_conversation(
    capsys: pytest.CaptureFixture[str], options: list[str], story: list[str]
) -> None:
    async with serving(listen, "<Dial>+15555550177</Dial>") as bot:
        assert await status(bot, *options, "--wait", "end") == 0
    lines = [line[10:].split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["carrier", "<Dial> +15555550177"] in lines
    assert story in lines


async def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(greet) as bot:
        code = await status(bot, "--json", "--grace", "0")
    told = json.loads(capsys.readouterr().out)
    assert (code, told["ok"], told["verbs"], told["end"]) == (0, True, ["Connect"], "the caller hung up")


async def test_a_call_that_went_wrong_ends_with_status_4_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(listen, "<Say>Sorry</Say><Pay/>") as bot:
        code = await status(bot, "--wait", "end")
    assert code == 4
    assert capsys.readouterr().out.endswith(
        "The call went wrong:\n  12100: <Pay> is not a verb that this carrier runs.\n"
    )


PLAN = """name: Survey
numbers: ["+1555*", "+15555550111"]
greeting: Hello.
function_call_report_level: {"*": name}
fallback: {say: Sorry.}
steps:
  end: {hang_up: Bye.}
"""


@pytest.mark.parametrize(
    ("given", "plan", "called"),
    [(["--to", "+1777"], PLAN, "+1777"), ([], PLAN, "+15555550111"), ([], None, "+15550100100")],
)
async def test_whom_to_call_comes_from_the_option_or_the_first_dialplan(
    given: list[str], plan: str | None, called: str, dialplans: Path
) -> None:
    if plan is not None:
        (dialplans / "survey.yaml").write_text(plan)
    async with serving(listen, "<Say>Hi</Say>") as bot:
        await status(bot, "--from", "+1999", *given)
    assert (bot.forms("/voice")[0]["To"], bot.forms("/voice")[0]["From"]) == (called, "+1999")


async def test_a_text_is_said_with_the_embedded_voice(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(greet) as bot:
        code = await status(bot, "--wait", "bot", "--say", "yes", "--voice", "en-us", "--grace", "0", "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [turn["what"] for turn in told["turns"]] == ["yes"]
    assert len(bot.sockets[0].audio()) > 1600


async def test_a_port_in_use_ends_with_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(greet) as bot:
        code = await status(bot, "--rest-port", bot.host.partition(":")[2])
    assert code == 3
    assert capsys.readouterr().err.startswith("appliance: the call cannot be placed: ")


USAGE = {
    ("--dtmf", "1x"): "'1x' are no keys, expected some of 0-9, *, # and A-D",
    ("--pause", "soon"): "'soon' is no number of seconds",
    ("--wait", "forever"): "'forever' cannot be waited for, expected bot, speech or end",
    ("--misbehave", "garbage:1"): "The misbehaviour 'garbage:1' cannot be understood, expected garbage.",
    ("--save", "/nowhere/a.wav"): "'/nowhere/a.wav' cannot be written, expected a file in a directory that is there",
    ("--wav", "/nowhere.wav"): "/nowhere.wav cannot be read: No such file or directory.",
}


@pytest.mark.parametrize(("arguments", "text"), USAGE.items())
def test_what_cannot_be_understood_is_a_usage_error(
    arguments: tuple[str, str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["call", *arguments, "http://127.0.0.1/voice"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: argument {arguments[0]}: {text}\n")


def test_a_webhook_without_its_scheme_is_a_usage_error_told_under_a_short_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["call", "127.0.0.1:8080"])
    assert capsys.readouterr().err == (
        "usage: appliance call [OPTION ...] URL\n"
        "appliance call: error: argument URL: '127.0.0.1:8080', "
        "expected an address such as http://127.0.0.1:8080/twilio/voice\n"
    )


def test_help_names_every_misbehaviour(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["call", "--help"])
    assert (
        "  odd-sizes               payloads of 128, 1000, 20, 160, 1, 333, 640, 7 bytes in turn\n"
        in capsys.readouterr().out
    )
