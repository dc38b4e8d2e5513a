import subprocess
import sys


def test_importing_it_says_nothing_to_whoever_runs_the_appliance() -> None:
    """audioop announces its removal on 3.11 and 3.12; that is no news to an operator."""
    said = subprocess.run(
        [sys.executable, "-c", "from appliance.audio import _audioop; print(_audioop.rms(b'\\1\\0', 2))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout, said.stderr) == ("1\n", "")
