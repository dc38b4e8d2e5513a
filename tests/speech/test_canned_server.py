import subprocess
import sys

from appliance.speech.base import SpeechAudio, Transcript
from appliance.speech.canned import babble
from appliance.speech.canned_server import LISTENING, CannedServer
from appliance.speech.wyoming import WyomingSynthesizer, WyomingTranscriber


async def test_it_hears_and_says_the_same_whatever_comes() -> None:
    async with CannedServer("order status", 0.5) as server:
        utterance = WyomingTranscriber(server.uri).transcribe(language="en")
        utterance.send(bytes(4000))
        utterance.finish()
        assert [result async for result in utterance.results()] == [
            Transcript("order status", final=False),
            Transcript("order status", final=True),
        ]
        await utterance.close()
        pieces = [piece async for piece in WyomingSynthesizer(server.uri).synthesize("hello", language="en")]
        assert b"".join(piece.pcm for piece in pieces if isinstance(piece, SpeechAudio)) == babble(500)


def test_as_a_process_it_says_where_it_listens_and_ends_when_told_to() -> None:
    command = [sys.executable, "-m", "appliance.speech.canned_server", "--secs", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(LISTENING + "tcp://127.0.0.1:")
        process.terminate()
        assert process.wait(20) == 0
