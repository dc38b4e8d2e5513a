"""Where settings come from, and how each mistake is explained."""

from pathlib import Path

import pytest

from appliance.errors import SettingsError
from appliance.settings import Settings, load_settings

SECRET = "f00dfeed" * 4


def refused(config: Path | None, environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(config, environ)
    return str(error.value)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "appliance.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_the_defaults_serve(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, ""), {"HOME": "/root", "PATH": "/bin"}) == Settings()


def test_environment_beats_credentials_beats_file_beats_default(tmp_path: Path) -> None:
    file = written(tmp_path, '[twilio]\nauth_token = "file"\n[server]\nport = 1\nhost = "file"\n[speech]\nears = 3\n')
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "twilio.auth_token").write_text("credential\n")
    (credentials / "server.port").write_text("2\n")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "APPLIANCE__SERVER__PORT": "3"}
    loaded = load_settings(file, environ)
    token = loaded.twilio.auth_token
    assert token is not None
    assert (loaded.server.port, token.get_secret_value(), loaded.server.host, loaded.speech.ears, loaded.limits) == (
        3,
        "credential",
        "file",
        3,
        Settings().limits,
    )


def test_an_empty_environment_value_counts_as_not_set(tmp_path: Path) -> None:
    loaded = load_settings(written(tmp_path, ""), {"APPLIANCE__SPEECH__URI": "", "APPLIANCE__DATA_DIR": "/srv/calls"})
    assert (loaded.speech.uri, loaded.data_dir) == (None, Path("/srv/calls"))


def test_a_secret_is_in_no_text_of_the_settings(tmp_path: Path) -> None:
    loaded = load_settings(written(tmp_path, f'[twilio]\nauth_token = "{SECRET}"\n'), {})
    assert SECRET not in repr(loaded) + str(loaded) + loaded.model_dump_json()


IN_FILE = {
    "[server]\nprot = 1\n": "2: server.prot: unknown key 'prot', did you mean 'port'?",
    "[speach]\nears = 1\n": "1: speach: unknown key 'speach', did you mean 'speech'?",
    "[zoo]\n": "1: zoo: unknown key 'zoo', expected one of data_dir, server, twilio, speech, openai_stt, "
    "openai_tts, deepgram, llm, engines, dialplans, functions, secrets, supervision, roles, recordings, notices, mail, "
    "log, limits",
    '[server]\n\n# the port\nport = "eighty"\n': "4: server.port: 'eighty', expected a whole number",
    "[server]\nport = 80.5\n": "2: server.port: 80.5, expected a whole number",
    "[server]\nport = 65536\n": "2: server.port: 65536, expected at most 65535",
    "server.port = -1\n": "1: server.port: -1, expected at least 0",
    "[server]\nport = true\nport = 2\n": "3: cannot overwrite a value, expected TOML such as port = 8080",
    "[server\n": "1: expected ']' at the end of a table declaration, expected TOML such as port = 8080",
    "server = 8080\n": "1: server: 8080, expected keys with values",
    '[server]\npublic_base_url = "voice.example.com"\n': "2: server.public_base_url: 'voice.example.com', expected an "
    "address such as https://voice.example.com",
    '[server]\npublic_base_url = "https://[::1"\n': "2: server.public_base_url: 'https://[::1', expected an address "
    "such as https://voice.example.com",
    '[server]\npublic_base_url = "https://a.example/?x=1"\n': "2: server.public_base_url: 'https://a.example/?x=1', "
    "expected an address such as https://voice.example.com",
    '[twilio]\naccount_sid = "AC12"\n': "2: twilio.account_sid: 'AC12', expected AC and 32 hexadecimal digits",
    '[twilio]\nrequire_stream_signature = "perhaps"\n': "2: twilio.require_stream_signature: 'perhaps', expected true "
    "or false",
    '[twilio]\napi_base = "localhost"\n': "2: twilio.api_base: 'localhost', expected an address such as "
    "https://api.twilio.com",
    '[speech]\nuri = "http://localhost"\n': "2: speech.uri: 'http://localhost', expected the address of a Wyoming "
    "server such as tcp://127.0.0.1:10300",
    "[speech]\nears = 0\n": "2: speech.ears: 0, expected at least 1",
    '[log]\nlevel = "loud"\n': "2: log.level: 'loud', expected 'debug', 'info', 'warning' or 'error'",
    '[engines.a]\nkind = "deepgam"\n': "1: engines.a: unknown kind 'deepgam', did you mean 'deepgram'?",
    '[engines.a]\nuri = "tcp://x"\n': "1: engines.a: has no kind, expected `kind`",
    '[engines.a]\nkind = "wyoming"\nuri = "http://x"\n': "3: engines.a.uri: 'http://x', expected the address of a "
    "Wyoming server such as tcp://127.0.0.1:10300",
    '[engines.a]\nkind = "deepgram"\nmodle = "x"\n': "3: engines.a.modle: unknown key 'modle', did you mean 'model'?",
    f'[engines.a]\nkind = "deepgram"\napi_key = {int(SECRET, 16)}\n': "3: engines.a.api_key: not shown, expected text",
    '[engines.A]\nkind = "deepgram"\n': "1: engines.A: 'A', expected a name of up to 32 of a-z, 0-9, _ and -, such as "
    "whisper",
    '[engines.llm]\nkind = "deepgram"\n': "1: engines.llm: 'llm' is the engine of a section of its own, expected "
    "another name",
    '[speech]\ntranscriber = ["a", "a"]\n': "2: speech.transcriber: 'a' twice, expected each engine once",
    "[speech]\ntranscriber = []\n": "2: speech.transcriber: a list, expected at least 1 of them",
    "[limits]\nmax_call_secs = 0\n": "2: limits.max_call_secs: 0, expected more than 0",
    "[dialplans]\npath = 3\n": "2: dialplans.path: 3, expected a path",
    "[limits]\nmax_call_secs = nan\n": "2: limits.max_call_secs: nan, expected a number",
    f"[twilio]\nauth_token = {int(SECRET, 16)}\n": "2: twilio.auth_token: not shown, expected text",
    f'[twilio]\nauth_tokn = "{SECRET}"\n': "2: twilio.auth_tokn: unknown key 'auth_tokn', did you mean 'auth_token'?",
    '[twilio]\nauth_token = ""\n': "2: twilio.auth_token: not shown, expected text that is not empty",
}


@pytest.mark.parametrize(("text", "said"), IN_FILE.items())
def test_a_mistake_in_the_file_is_one_sentence_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    assert refused(file, {}) == f"{file}:{said}"


IN_ENVIRONMENT = {
    "APPLIANCE__SERVER__PORT": ("http", "server.port: 'http', expected a whole number"),
    "APPLIANCE__SERVER__PROT": ("1", "server.prot: unknown key 'prot', did you mean 'port'?"),
    "APPLIANCE__SERVR__PORT": ("1", "servr: unknown key 'servr', did you mean 'server'?"),
    "APPLIANCE__SERVER": ("1", "server: '1', expected keys with values"),
    "APPLIANCE__SERVER__PORT__X": ("1", "server.port: keys with values, expected a whole number"),
    "APPLIANCE__TWILIO__AUTH_TOKEN__X": (SECRET, "twilio.auth_token: not shown, expected text"),
}


@pytest.mark.parametrize(("name", "value", "said"), [(name, *rest) for name, rest in IN_ENVIRONMENT.items()])
def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path, name: str, value: str, said: str) -> None:
    assert refused(written(tmp_path, ""), {name: value}) == f"environment {name}: {said}"


def test_every_mistake_is_told_at_once_and_no_secret_with_them(tmp_path: Path) -> None:
    file = written(tmp_path, f'[twilio]\nauth_token = ["{SECRET}"]\n[server]\nprot = 1\n')
    assert refused(file, {"APPLIANCE__LOG__FORMAT": "xml"}).splitlines() == [
        f"{file}:2: twilio.auth_token: not shown, expected text",
        f"{file}:4: server.prot: unknown key 'prot', did you mean 'port'?",
        "environment APPLIANCE__LOG__FORMAT: log.format: 'xml', expected 'text' or 'json'",
    ]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "none.toml"
    assert refused(file, {}) == f"{file}: cannot be read (No such file or directory), expected a settings file"


def test_a_file_that_is_not_text_is_said(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_bytes(b"\xff\xfe")
    assert refused(file, {}) == f"{file}: is not UTF-8, expected a settings file"


def test_a_wrong_credential_names_its_file_and_not_its_value(tmp_path: Path) -> None:
    (tmp_path / "server.port").write_text("x")
    (tmp_path / "tls.key").write_text("another service's")
    said = refused(written(tmp_path, ""), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert said == "credential server.port: server.port: 'x', expected a whole number"
