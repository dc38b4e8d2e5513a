"""Protocol 0.3: services with options that a client may read and set while the call runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.rtvi.attempt import attempt
from appliance.rtvi.service_messages import OptionType, RTVIConfig, RTVIServiceConfig, RTVIServiceOptionConfig

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

OptionHandler = Callable[["RTVIProcessor", str, RTVIServiceOptionConfig], Awaitable[None]]

TYPES: dict[OptionType, tuple[type, ...]] = {
    "bool": (bool,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}


def has_type(value: Any, kind: OptionType) -> bool:
    """Whether a JSON value is of the type; true and false are no numbers."""
    return isinstance(value, TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))


@dataclass(slots=True)
class RTVIServiceOption:
    """An option; ``handler(processor, service_name, option)`` applies each new value."""

    name: str
    type: OptionType
    handler: OptionHandler


@dataclass(slots=True)
class RTVIService:
    """Something of the bot that has options."""

    name: str
    options: list[RTVIServiceOption] = field(default_factory=list)


@dataclass(slots=True)
class _Change:
    service: str
    option: RTVIServiceOption
    value: Any


class Services:
    """The registered services, and their options' values."""

    def __init__(self, rtvi: RTVIProcessor, initial: RTVIConfig | None) -> None:
        self._rtvi = rtvi
        self._initial = initial
        self._services: dict[str, RTVIService] = {}
        self._values: dict[tuple[str, str], Any] = {}

    def register(self, service: RTVIService, values: Mapping[str, Any] | None = None) -> None:
        """Offers a service; ``values`` of its options are already in force, so that no handler is called for them.

        None is no value: not shown, and given to the handler where a change is taken back.
        """
        self._services[service.name] = service
        self._values |= {(service.name, name): value for name, value in (values or {}).items()}

    def described(self) -> dict[str, Any]:
        """What ``bot-ready`` says of them: nothing where there are none."""
        return self.values() if self._services else {}

    def description(self) -> dict[str, Any]:
        """The data of ``config-available``."""
        services = [
            {"name": service.name, "options": [{"name": o.name, "type": o.type} for o in service.options]}
            for service in self._services.values()
        ]
        return {"config": services}

    def values(self) -> dict[str, Any]:
        """The data of ``config``: each service with the options that have a value."""
        config = [
            {
                "service": name,
                "options": [
                    {"name": option.name, "value": self._values[name, option.name]}
                    for option in service.options
                    if self._values.get((name, option.name)) is not None
                ],
            }
            for name, service in self._services.items()
        ]
        return {"config": config}

    async def apply_initial(self) -> None:
        """Sets the values that the program gave, once."""
        initial, self._initial = self._initial, None
        problem = await self.update(initial.config) if initial is not None else None
        if problem is not None:
            await self._rtvi.send_error(f"The initial configuration was not applied: {problem}")

    async def update(self, config: list[RTVIServiceConfig], *, interrupt: bool = False) -> str | None:
        """Sets values: all of them, or none and the returned sentence says why."""
        changes = [self._change(service.service, option) for service in config for option in service.options]
        unknown = [service.service for service in config if service.service not in self._services]
        problem = next((f"Service {name} not registered" for name in unknown), None)
        problem = problem or next((change for change in changes if isinstance(change, str)), None)
        if problem is not None:
            return problem
        if interrupt:
            await self._rtvi.interrupt_bot()
        return await self._apply([change for change in changes if not isinstance(change, str)])

    def _change(self, name: str, given: RTVIServiceOptionConfig) -> _Change | str:
        service = self._services.get(name)
        if service is None:
            return f"Service {name} not registered"
        option = next((option for option in service.options if option.name == given.name), None)
        if option is None:
            return f"Service {name} has no option {given.name}"
        if not has_type(given.value, option.type):
            return f"Option {given.name} of service {name} must be of type {option.type}"
        return _Change(name, option, given.value)

    async def _apply(self, changes: list[_Change]) -> str | None:
        done: list[_Change] = []
        old_values = dict(self._values)
        for change in changes:
            failure = await self._set(change, change.value)
            if failure is not None:
                self._values = old_values
                for earlier in reversed(done):
                    if (earlier.service, earlier.option.name) in old_values:
                        await self._set(earlier, old_values[earlier.service, earlier.option.name])
                return f"Option {change.option.name} of service {change.service} could not be set: {failure}"
            done.append(change)
            self._values[change.service, change.option.name] = change.value
        return None

    async def _set(self, change: _Change, value: Any) -> str | None:
        option = RTVIServiceOptionConfig(name=change.option.name, value=value)
        what = f"option {change.option.name} of service {change.service}"
        done = await attempt(what, self._rtvi.handler_secs, change.option.handler, self._rtvi, change.service, option)
        return done.failure
