"""A whole turn, with each switch of ``RTVIObserverParams`` once off and once on."""

from dataclasses import fields

from appliance.rtvi import RTVIObserverParams
from tests.rtvi.comparison.case import Case, push
from tests.rtvi.comparison.corpus.bot_output import SPOKEN, SYNTHESIS
from tests.rtvi.comparison.corpus.dialogue import MEASURED, context, user, written
from tests.rtvi.comparison.corpus.speaking import WHO_SPEAKS, WORDS, sound

TURN = [
    *WHO_SPEAKS,
    *WORDS,
    context(user("Good morning.")),
    *written("Good morning."),
    push("MetricsFrame", data=MEASURED[:3]),
    *SYNTHESIS,
    *SPOKEN,
    *sound(),
]
NAMES = [each.name for each in fields(RTVIObserverParams) if isinstance(each.default, bool)]
SWITCHES = [
    Case(f"a turn, {name} {'on' if value else 'off'}", TURN, {name: value}, generations=("2.1.0", "1.2.0"))
    for name in NAMES
    for value in (False, True)
    if name != "system_logs_enabled"
]
