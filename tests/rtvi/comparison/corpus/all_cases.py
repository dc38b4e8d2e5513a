"""All cases."""

from tests.rtvi.comparison.case import Case
from tests.rtvi.comparison.corpus.bot_output import BOT_OUTPUT
from tests.rtvi.comparison.corpus.dialogue import DIALOGUE
from tests.rtvi.comparison.corpus.functions import FUNCTIONS
from tests.rtvi.comparison.corpus.requests import REQUESTS
from tests.rtvi.comparison.corpus.speaking import SPEAKING
from tests.rtvi.comparison.corpus.switches import SWITCHES

CASES: list[Case] = [*SPEAKING, *DIALOGUE, *BOT_OUTPUT, *FUNCTIONS, *REQUESTS, *SWITCHES]
