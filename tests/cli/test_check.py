"""appliance check."""

from pathlib import Path

import pytest

from appliance.audio.wav import write_wav
from appliance.cli import main

GOOD = 'name: Good\nnumbers: ["+15555550100"]\nsteps:\n  end: {hang_up: Bye.}\n'
REFUNDS = """name: Refunds
numbers: ["+15555550102"]
tags: [shop]
function_call_report_level: {refund: full}
functions:
  refund: {supervised: {timeout_secs: 20}}
steps:
  ask: {call: refund, found: end, not_found: end}
  end: {hang_up: Bye.}
"""
WORDS = """name: Words
numbers: ["+15555550101"]
steps:
  q:
    ask: What?
    expect:
      a:
        say:
          - good morning
          - "[the] quibblesnork (zzyzx | hours)"
        next: end
    otherwise: end
  end: {hang_up: Bye.}
"""


def test_without_problems_the_status_is_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("1 dialplan with 1 step can serve, no problems\n", "")


def test_everything_is_found_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, good, bad, words = (tmp_path / name for name in ("a.toml", "good.yaml", "bad.yaml", "words.yaml"))
    settings.write_text('[server]\nprot = 1\n[log]\nlevel = "loud"\n')
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("name: Good\n", "").replace("Bye.", "{{ who }}"))
    words.write_text(WORDS)
    assert main(["check", "--config", str(settings), str(good), str(bad), str(words)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        f"{settings}:2: server.prot: unknown key 'prot', did you mean 'port'?",
        f"{settings}:4: log.level: 'loud', expected 'debug', 'info', 'warning' or 'error'",
        f"{bad}:1: name: is missing, expected what supervisors and records call it",
        f"{bad}:3: steps.end.hang_up: a text with {{{{ or {{% that is not in quotes, "
        'expected quotes, such as "{{ order }}"',
        f"{words}:10: steps.q.expect.a.say[2]: the embedded recogniser cannot pronounce 'quibblesnork', "
        "expected words of its dictionary",
        f"{words}:10: steps.q.expect.a.say[2]: the embedded recogniser cannot pronounce 'zzyzx', "
        "expected words of its dictionary",
        "2 dialplans with 3 steps can serve, 6 problems",
    ]


def test_without_a_path_the_settings_say_where_the_dialplans_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(tmp_path / "none"))
    assert main(["check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/none:1: cannot be read (No such file or directory), expected a dialplan or a directory of them",
        "no dialplan can serve, 1 problem",
    ]


def test_dialplans_are_not_looked_for_where_refused_settings_do_not_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text("[server]\nprot = 1\n")
    assert main(["check", "--config", str(settings)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{settings}:2: server.prot: unknown key 'prot', did you mean 'port'?",
        "1 problem; the dialplans were not looked at",
    ]


def test_settings_with_which_the_service_would_not_start_are_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, good = tmp_path / "a.toml", tmp_path / "good.yaml"
    settings.write_text('[server]\nhost = "0.0.0.0"\n')
    good.write_text(GOOD)
    assert main(["check", "--config", str(settings), str(good)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("server.host is 0.0.0.0, but without twilio.auth_token nobody's requests can be told")
    assert last == "1 dialplan with 1 step can serve, 1 problem"


def test_the_examples_have_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(Path(__file__).parents[2] / "dialplans")]) == 0
    *left_out, last = capsys.readouterr().out.splitlines()
    assert last.endswith(" can serve, no problems")
    assert {line.partition(".yaml:")[0].rpartition("/")[2] for line in left_out} == {"receptionist"}
    assert all(line.startswith("left out, being optional: ") for line in left_out)


def test_a_recording_that_cannot_be_played_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = GOOD.replace("Bye.", '"[wav:bye.wav] Bye."') + '\ngreeting: "[wav:noise.wav]"\n'
    (tmp_path / "good.yaml").write_text(plan)
    (tmp_path / "noise.wav").write_bytes(b"noise")
    assert main(["check", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    file = tmp_path / "good.yaml"
    assert lines[0].startswith(f"{file}:6: greeting: the recording 'noise.wav' cannot be played (")
    assert lines[1] == (
        f"{file}:4: steps.end.hang_up: the recording 'bye.wav' cannot be played "
        "(No such file or directory), expected a WAV file"
    )


def test_a_role_that_covers_a_dialplan_which_is_not_there_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    settings = tmp_path / "a.toml"
    settings.write_text(f'[dialplans]\npath = "{tmp_path}"\n\n[roles.night]\nsees = []\ndialplans = ["Good", "God"]\n')
    monkeypatch.setenv("APPLIANCE__ROLES__COACH__DIALPLANS", "tag:x")
    monkeypatch.setenv("APPLIANCE__ROLES__COACH__ACTIONS", "dialogue:*")
    assert main(["check", "--config", str(settings)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "environment APPLIANCE__ROLES__COACH__DIALPLANS: roles.coach.dialplans: unknown dialplan 'tag:x', "
        "expected one of Good",
        f"{settings}:6: roles.night.dialplans: unknown dialplan 'God', did you mean 'Good'?",
        "1 dialplan with 1 step can serve, 2 problems",
    ]
    assert main(["check", "--config", str(settings), str(tmp_path / "good.yaml")]) == 0


def test_a_dialplan_that_is_refused_may_be_the_one_that_a_role_covers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD.replace("Bye.", "{{ who }}"))
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(tmp_path))
    monkeypatch.setenv("APPLIANCE__ROLES__COACH__DIALPLANS", "Good")
    assert main(["check"]) == 1
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        str(tmp_path / "bad.yaml"),
        "no dialplan can serve, 1 problem",
    ]


NOBODY = (
    "functions.refund: nobody can answer it, expected a role that covers this dialplan, "
    "with report_level full and llm-function-call-result among its messages"
)


@pytest.mark.parametrize(
    ("roles", "is_fine"),
    [
        ("", True),
        ('[roles.supervisor]\nreport_level = "name"\n[roles.admin]\nreport_level = "name"\n', False),
        ('[roles.supervisor]\nmessages = "send-text"\n[roles.admin]\nreport_level = "name"\n', False),
        ('[roles.supervisor]\ndialplans = "tag:bank"\n[roles.admin]\nreport_level = "name"\n', False),
        ('[roles.supervisor]\ndialplans = "tag:shop"\n[roles.admin]\nreport_level = "name"\n', True),
        ('[roles.supervisor]\ndialplans = "tag:bank"\n[roles.admin]\nmessages = "llm-function-call-result"\n', True),
    ],
)
def test_a_function_that_no_role_could_answer_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], roles: str, is_fine: bool
) -> None:
    settings, plan = tmp_path / "a.toml", tmp_path / "refunds.yaml"
    settings.write_text(roles)
    plan.write_text(REFUNDS)
    assert main(["check", "--config", str(settings), str(plan)]) == (0 if is_fine else 1)
    summary = f"1 dialplan with 2 steps can serve, {'no problems' if is_fine else '1 problem'}"
    assert capsys.readouterr().out.splitlines() == [*([] if is_fine else [f"{plan}:6: {NOBODY}"]), summary]


def test_a_supervised_function_that_its_dialplan_does_not_show_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "refunds.yaml"
    plan.write_text(REFUNDS.replace("refund: full", "refund: name"))
    assert main(["check", str(plan)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        f"{plan}:6: functions.refund: supervisors see it at 'name', expected full in `function_call_report_level`: "
        "they have to answer"
    )


def test_roles_that_are_refused_say_nothing_of_dialplans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, plan = tmp_path / "a.toml", tmp_path / "refunds.yaml"
    settings.write_text('[roles.night]\nreport_level = "all"\n')
    plan.write_text(REFUNDS)
    assert main(["check", "--config", str(settings), str(plan)]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["1 dialplan with 2 steps can serve, 1 problem"]


def test_a_role_that_permits_what_no_call_offers_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    monkeypatch.setenv("APPLIANCE__ROLES__COACH__ACTIONS", "dialogue:apend")
    assert main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "environment APPLIANCE__ROLES__COACH__ACTIONS: roles.coach.actions: unknown action 'dialogue:apend', "
        "did you mean 'dialogue:append'?",
        "1 dialplan with 1 step can serve, 1 problem",
    ]


def test_a_voice_that_the_embedded_engine_does_not_have_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(f"{GOOD}voice: en-uss\n")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        f"{file}:5: voice: the embedded engine has no voice 'en-uss', did you mean 'en-us'?"
    )
    monkeypatch.setenv("APPLIANCE__SPEECH__SYNTHESIZER_URI", "tcp://127.0.0.1:10200")
    assert main(["check", str(file)]) == 0


def test_words_voices_and_recordings_are_looked_at_where_other_things_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(f"{WORDS}voice: xx\ngreeting: '[wav:../out.wav]'\n".replace("otherwise: end", "otherwise: ende"))
    (tmp_path.parent / "out.wav").write_bytes(b"")
    assert main(["check", str(file)]) == 1
    where = [line.removeprefix(f"{file}:").split(": ")[1] for line in capsys.readouterr().out.splitlines()[:-1]]
    word = "steps.q.expect.a.say[2]"
    assert where == ["steps.q.otherwise", word, word, "voice", "greeting"]


def test_a_tenants_recordings_lie_where_the_service_looks_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(tmp_path))
    (tmp_path / "tenant").mkdir()
    file = tmp_path / "tenant" / "good.yaml"
    file.write_text(GOOD.replace("Bye.", '"[wav:tenant/bye.wav] Bye."'))
    write_wav(tmp_path / "tenant" / "bye.wav", b"\0" * 320, 8000)
    assert main(["check"]) == main(["check", str(file)]) == 0


def test_words_are_the_embedded_recognisers_business_alone_and_a_key_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words.yaml").write_text(WORDS)
    monkeypatch.setenv("APPLIANCE__SPEECH__TRANSCRIBER", "deepgram")
    assert main(["check", str(tmp_path)]) == 1
    monkeypatch.setenv("APPLIANCE__DEEPGRAM__API_KEY", "s3cret")
    assert main(["check", str(tmp_path)]) == 0
    missing, *rest = capsys.readouterr().out.splitlines()
    assert missing == (
        "deepgram.api_key is missing, expected the key for api.deepgram.com, as systemd's credential deepgram.api_key "
        "or as APPLIANCE__DEEPGRAM__API_KEY"
    )
    assert rest == ["1 dialplan with 2 steps can serve, 1 problem", "1 dialplan with 2 steps can serve, no problems"]


def test_engines_and_their_voices_are_held_against_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, file = tmp_path / "a.toml", tmp_path / "words.yaml"
    settings.write_text(
        '[engines.piper]\nkind = "wyoming"\nuri = "tcp://127.0.0.1:1"\n[engines.ear]\nkind = "deepgram"\n'
        '[speech]\nsynthesizer = ["piper", "espeak"]\n'
    )
    engines = "engines: {transcriber: [piper, aer, ear], synthesizer: [piper, embedded]}\n"
    file.write_text(f"{WORDS}{engines}voice: {{piper: amy, embedded: en-uss, openai: nova}}\n")
    assert main(["check", "--config", str(settings), str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "speech.synthesizer: unknown engine 'espeak', expected one of wyoming, embedded, openai, piper",
        f"{file}:14: engines.transcriber[2]: unknown engine 'aer', did you mean 'ear'?",
        f"{file}:14: engines.transcriber[3]: engines.ear.api_key is missing, expected the key for api.deepgram.com, as "
        "systemd's credential engines.ear.api_key or as APPLIANCE__ENGINES__EAR__API_KEY",
        f"{file}:15: voice.openai: unknown engine 'openai', expected one of piper, embedded",
        f"{file}:15: voice.embedded: the embedded engine has no voice 'en-uss', did you mean 'en-us'?",
        "no dialplan can serve, 5 problems",
    ]


def test_words_are_only_looked_up_where_the_embedded_recogniser_may_have_to_listen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, file = tmp_path / "a.toml", tmp_path / "words.yaml"
    settings.write_text('[engines.ear]\nkind = "wyoming"\nuri = "tcp://127.0.0.1:1"\n')
    for engines, problems in (("ear", 0), ("[ear, embedded]", 2)):
        file.write_text(f"{WORDS}engines: {{transcriber: {engines}}}\n")
        main(["check", "--config", str(settings), str(file)])
        assert capsys.readouterr().out.count("cannot pronounce") == problems
