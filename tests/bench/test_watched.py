"""What the callers' process finds out about viewers, without a server."""

import os

from appliance.bench.socket import ClientSocket
from appliance.bench.stamps import stamp
from appliance.bench.telephones import Load
from appliance.bench.viewers import Party, Reader
from appliance.bench.watched import TOO_SLOW, Watch, Watching
from appliance.rtvi.viewer import Outgoing

LOAD = Load(
    url="http://127.0.0.1:1", number="+1", token="", frames="", calls=1, secs=1, server_pid=os.getpid(), server_core=0
)
WATCH = Watch(load=LOAD, settle_secs=0, readers=[], deaf="")


class Deaf(ClientSocket):
    """A socket whose reading was stopped, and of which the server has thought this or that."""

    def __init__(self, close_code: int | None, *, lost: bool) -> None:
        super().__init__(lambda text: None)
        self.close_code, self.lost = close_code, lost

    def resume(self) -> None:
        """There is nothing to read."""

    def close(self) -> None:
        """Nor to close."""


async def test_who_was_told_who_was_cut_off_and_who_is_still_there() -> None:
    party = Party("CA1")
    party.deaf += [Deaf(TOO_SLOW, lost=True), Deaf(None, lost=True), Deaf(None, lost=False), Deaf(1000, lost=True)]
    watching = Watching(WATCH, [b""])
    watching._parties = [party]
    assert await watching._ask_deaf() == (1, 1)


def test_the_server_counts_those_that_stayed() -> None:
    party, reader = Party("CA1"), Reader()
    party.readers["viewer"] = [reader]
    message = {"label": "rtvi-ai", "type": "server-message", "data": stamp(3, 0)}
    reader.take(Outgoing("server-message", False, message, 1).encode())
    watching = Watching(WATCH, [b""])
    watching._parties = [party]
    assert watching.readers == [reader]
    assert watching._stayed(party) == 2
