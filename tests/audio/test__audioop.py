"""The import of audioop stays silent for users."""

import subprocess
import sys


def test_importing_the_audio_package_prints_no_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", "import appliance.audio.g711"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "audioop" not in done.stderr
    assert done.returncode == 0
