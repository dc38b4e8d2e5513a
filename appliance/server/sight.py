"""What a role sees of a call's record: numbers, sensitive data and function calls as far as it may."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from appliance.call.privacy import UNMASKED, Privacy
from appliance.call.transferring import TRANSFERS
from appliance.dialplan import CallStep, Dialplan, redactor_of
from appliance.records import CallRecord, SoundRecord, TurnRecord
from appliance.redaction import Redactor
from appliance.rtvi import RTVIFunctionCallReportLevel as Level
from appliance.supervision.calls import MASKED_NUMBER, masked_destination
from appliance.supervision.roles import Role


class Sight:
    """One call's record as one role sees it.

    ``plan`` is the call's dialplan as it serves now: by it is decided what is sensitive in calls of long ago, too. None
    for one that serves no more; then it is the role alone that decides.
    """

    def __init__(self, record: CallRecord, plan: Dialplan | None, role: Role) -> None:
        self._record = record
        self._plan = plan
        self._role = role
        self._sees_all = "sensitive" in role.sees
        self._privacy = Privacy(self._redactor())

    def call(self) -> dict[str, Any]:
        """The call, as JSON."""
        record = self._privacy.of_call(self._record)
        hidden = {} if "numbers" in self._role.sees else {"caller": MASKED_NUMBER, "called": MASKED_NUMBER}
        metadata = self._collected(self._kept(record.metadata))
        if hidden and TRANSFERS in metadata:
            metadata[TRANSFERS] = [{**one, "to": masked_destination(one["to"])} for one in metadata[TRANSFERS]]
        if UNMASKED in metadata:
            metadata[UNMASKED] = self._collected(metadata[UNMASKED])
        return asdict(record) | hidden | {"metadata": metadata}

    def turns(self, turns: Iterable[TurnRecord]) -> Iterator[dict[str, Any]]:
        """The turns that it sees, in order, as JSON."""
        for turn in map(self._privacy.of_turn, turns):
            told = asdict(turn) | {"details": dict(self._kept(turn.details))}
            del told["call_id"]
            if turn.who == "function":
                level = self._level(turn.text)
                if level is Level.DISABLED:
                    continue
                told["text"] = turn.text if level >= Level.NAME else ""
                told["details"] = told["details"] if level is Level.FULL else {}
            yield told

    def sounds(self, sounds: Iterable[SoundRecord]) -> dict[str, Any]:
        """What was recorded, as JSON; to those who may not hear it there is nothing."""
        if "recordings" not in self._role.sees:
            return {}
        told = {sound.name: self._sound(sound) for sound in map(self._privacy.of_sound, sounds)}
        return {"recording": told.pop("recording", None), "messages": list(told.values())}

    @staticmethod
    def _sound(sound: SoundRecord) -> dict[str, Any]:
        known = {name: value for name, value in asdict(sound).items() if name not in ("call_id", "name")}
        number = sound.name.rpartition("-")[2]
        return ({"number": int(number)} if number.isdecimal() else {}) | known

    def _redactor(self) -> Redactor:
        if not self._sees_all:
            return redactor_of(self._plan, self._record.caller)
        return Redactor() if "numbers" in self._role.sees else redactor_of(None, self._record.caller)

    def _kept(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return values if self._sees_all else {name: value for name, value in values.items() if name != UNMASKED}

    def _level(self, function: str) -> Level:
        ceiling = self._role.report_level
        return min(Level[self._plan.report_level(function).upper()], ceiling) if self._plan else ceiling

    def _collected(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Without results of functions that it does not see in full."""
        return {name: self._variables(value) if name == "variables" else value for name, value in metadata.items()}

    def _variables(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        if self._plan is None:
            return dict(variables) if self._role.report_level is Level.FULL else {}
        calls = (step for step in self._plan.steps.values() if isinstance(step, CallStep))
        hidden = {step.save_as for step in calls if self._level(step.call) is not Level.FULL}
        return {name: value for name, value in variables.items() if name not in hidden}
