"""`appliance call`: a simulated carrier places a call over the real protocol, and tells how it went."""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from appliance.cli import EXIT_CALL, EXIT_OK, EXIT_START, call_report
from appliance.cli.call_watch import watch
from appliance.cli.config import add_config, settings_of
from appliance.dialplan import load_dialplans
from appliance.errors import ProtocolError
from appliance.simulator import (
    MISBEHAVIOURS,
    Action,
    Call,
    CallResult,
    Item,
    Pause,
    Phone,
    Press,
    Say,
    Sound,
    Speak,
    Wait,
)
from appliance.simulator.humans import HUMANS
from appliance.simulator.line import QUIET_SECS
from appliance.simulator.misbehave import manners
from appliance.simulator.script import DEFAULT_VOICE

ANY_NUMBER = "+15550100100"
"""Whom to call when nobody is named and no dialplan has a number."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The webhook's address, what the caller does, how the carrier is configured, and what comes of the call."""
    parser.usage = "appliance call [OPTION ...] URL"
    parser.description = (
        "Places a simulated call: asks the webhook, follows its TwiML, speaks and listens, prints the conversation "
        "and its timings. Ends with status 4 when the call went wrong."
    )
    parser.epilog = _epilog()
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(actions=[])
    parser.add_argument(
        "url", metavar="URL", type=_url, help="the voice webhook, such as http://127.0.0.1:8080/twilio/voice"
    )
    add_config(parser)
    _add_script(parser)
    _add_carrier(parser)
    _add_output(parser)


def _epilog() -> str:
    width = max(map(len, MISBEHAVIOURS)) + 7
    lines = ["misbehaviours (SECS may be left out):"]
    for name, known in sorted(MISBEHAVIOURS.items()):
        usage = name if known.default is None else f"{name}:SECS"
        seconds = "" if known.default is None else f" ({known.default:g})"
        lines.append(f"  {usage:<{width}}{known.explanation}{seconds}")
    return "\n".join(lines)


WAITS = (
    "bot: until the bot has said something since the caller last did (a filler counts), and been silent for "
    f"{QUIET_SECS:.1f} s; speech: until it is speaking; end: until the call ends"
)


class _Append(argparse.Action):
    """Puts what several options say into one list, in the order of the command line."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        namespace.actions = [*namespace.actions, values]


def _add_script(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the caller does, from left to right (all may be repeated)")
    for option, kind, metavar, explanation in (
        ("--wav", _wav, "FILE", "says what is in a WAV file"),
        ("--say", Say, "TEXT", "says a text with the embedded voice"),
        ("--dtmf", _digits, "DIGITS", "presses keys"),
        ("--pause", _pause, "SECS", "says nothing"),
        ("--wait", _wait, "bot|speech|end", WAITS),
    ):
        group.add_argument(option, action=_Append, type=kind, metavar=metavar, help=explanation, dest="actions")
    group.add_argument("--voice", default=DEFAULT_VOICE, help="the voice of --say (%(default)s)")
    group.add_argument("--noise", action="store_true", help="an open line's faint noise instead of silence")
    group.add_argument("--grace", type=_secs, default=1.0, metavar="SECS", help="hangs up so long after (%(default)s)")


def _add_carrier(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the carrier")
    group.add_argument("--to", metavar="NUMBER", help="the number called (the first dialplan's)")
    group.add_argument("--from", dest="from_number", default="+15550100199", metavar="NUMBER", help="(%(default)s)")
    group.add_argument("--account-sid", metavar="SID", help="the account (a new one)")
    group.add_argument("--auth-token", metavar="TOKEN", help="signs webhooks and streams; for REST, too")
    group.add_argument("--public-url", metavar="BASE", help="where the server believes it is, when behind a proxy")
    group.add_argument("--rest-port", type=int, metavar="PORT", help="serves the carrier's REST API on 127.0.0.1")
    group.add_argument("--status-callback", metavar="URL", help="is told of the call's progress")
    group.add_argument(
        "--status-event",
        action="append",
        choices=["initiated", "ringing", "answered", "completed"],
        help="which progress (completed); may be repeated",
    )
    group.add_argument(
        "--human",
        default="answers",
        choices=sorted(HUMANS),
        help="whom the call meets when it is passed on, also over REST (%(default)s)",
    )
    group.add_argument("--talk", type=_secs, default=3.0, metavar="SECS", help="how long they talk (%(default)s)")
    group.add_argument(
        "--misbehave",
        action="append",
        default=[],
        type=_misbehaviour,
        metavar="NAME",
        help="see below; may be repeated",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what comes of it")
    group.add_argument("--save", type=_writable, metavar="FILE", help="a stereo WAV: caller left, bot right, as heard")
    group.add_argument("--rtvi", metavar="TOKEN", help="shows the words too, as a supervisor with this token sees them")
    group.add_argument("--json", action="store_true", help="prints one JSON object and nothing else")
    group.add_argument(
        "--dead-air", type=_secs, default=10.0, metavar="SECS", help="more silence went wrong (%(default)s)"
    )
    group.add_argument("--limit", type=_secs, default=300.0, metavar="SECS", help="longest call (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Places the call and returns the exit status: 0, 3 (could not even begin) or 4 (went wrong)."""
    try:
        result = asyncio.run(_place(arguments, _called(arguments)))
    except OSError as error:
        print(f"appliance: the call cannot be placed: {error}", file=sys.stderr)
        return EXIT_START
    print(json.dumps(result.to_json(), indent=2) if arguments.json else call_report.summary(result))
    return EXIT_OK if result.ok else EXIT_CALL


def _called(arguments: argparse.Namespace) -> str:
    """The number to call: the first that a dialplan names in full when none is given."""
    if arguments.to is not None:
        return str(arguments.to)
    settings = settings_of(arguments)
    plans = load_dialplans(settings.dialplans.path, settings).plans
    numbers = (number for loaded in plans for number in loaded.plan.numbers)
    return next((number for number in numbers if re.fullmatch(r"\+\d+", number)), ANY_NUMBER)


async def _place(args: argparse.Namespace, to: str) -> CallResult:
    hear = (lambda item: None) if args.json else _print_item
    async with AsyncExitStack() as stack:
        phone = Phone(
            account_sid=args.account_sid,
            auth_token=args.auth_token,
            public_url=args.public_url,
            rest_port=args.rest_port,
            speaker=await _speaker(args, stack),
        )
        await stack.enter_async_context(phone)
        live = await phone.dial(_call(args, to), hear)
        if args.rtvi is not None:
            watching = asyncio.create_task(watch(args.url, live.sid, args.rtvi, live.leg.tell))
            stack.callback(watching.cancel)
        result = await live.result()
    if args.save is not None:
        result.save(args.save)
    return result


async def _speaker(args: argparse.Namespace, stack: AsyncExitStack) -> Any:
    if not any(isinstance(action, Say) for action in args.actions):
        return None
    from appliance.speech.local.embedded_voice import EmbeddedVoice  # starts slowly; most calls do without

    return await stack.enter_async_context(EmbeddedVoice())


def _call(args: argparse.Namespace, to: str) -> Call:
    actions: list[Action] = [Say(a.text, args.voice) if isinstance(a, Say) else a for a in args.actions]
    return Call(
        url=args.url,
        to=to,
        from_number=args.from_number,
        actions=actions or [Wait("bot")],
        misbehave=args.misbehave,
        noise=args.noise,
        grace_secs=args.grace,
        dead_air_secs=args.dead_air,
        limit_secs=args.limit,
        human=args.human,
        talk_secs=args.talk,
        status_callback=args.status_callback,
        status_events=args.status_event or ["completed"],
    )


def _print_item(item: Item) -> None:
    print(call_report.line(item), flush=True)


def _wav(path: str) -> Speak:
    try:
        return Speak(Sound.from_wav(Path(path)))
    except ProtocolError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise argparse.ArgumentTypeError(f"{text!r}, expected an address such as http://127.0.0.1:8080/twilio/voice")
    return text


def _writable(text: str) -> Path:
    """Known before the call, not after it."""
    path = Path(text)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written, expected a file in a directory that is there")
    return path


def _digits(text: str) -> Press:
    if not re.fullmatch(r"[0-9*#A-D]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} are no keys, expected some of 0-9, *, # and A-D")
    return Press(text)


def _secs(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value


def _pause(text: str) -> Pause:
    return Pause(_secs(text))


def _wait(text: str) -> Wait:
    if text not in ("bot", "speech", "end"):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be waited for, expected bot, speech or end")
    return Wait(text)


def _misbehaviour(text: str) -> str:
    try:
        manners([text])
    except ProtocolError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
