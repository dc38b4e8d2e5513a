import subprocess
import sys


def test_the_speech_command_says_where_it_listens_and_ends_when_told_to() -> None:
    command = [sys.executable, "-c", "import sys; from appliance.cli import main; sys.exit(main())"]
    with subprocess.Popen(
        [*command, "speech", "--port", "0", "--ears", "1"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("speech engines listen on tcp://127.0.0.1:")
        process.terminate()
        assert process.wait(20) == 0
