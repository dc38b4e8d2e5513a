"""Reads the settings: environment before systemd's credentials before the file before the defaults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from appliance.errors import SettingsError
from appliance.settings.explained import explained
from appliance.settings.model import Settings
from appliance.settings.named_engines import Engine, kinds
from appliance.settings.sources import CredentialsSource, EnvironmentSource, FileSource, PlacedSource

SYSTEM_FILE = Path("/etc/appliance/appliance.toml")


def load_settings(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of ``config`` (a TOML file), ``$CREDENTIALS_DIRECTORY`` and ``APPLIANCE__SECTION__KEY``.

    Without ``config`` the file in /etc is read if there is one. Raises SettingsError with a line for each problem;
    a secret's value is in none of them.
    """
    sources = _sources(config, environ)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(cls, *_: Any, **__: Any) -> tuple[PlacedSource, ...]:
            return sources

    try:
        loaded: BaseSettings = Loaded()
    except ValidationError as refused:
        problems = (_problem(error, sources) for error in refused.errors(include_url=False))
        raise SettingsError("\n".join(sorted(problems))) from None
    return Settings.model_construct(**{name: getattr(loaded, name) for name in Settings.model_fields})


def place_of(path: tuple[str, ...], config: Path | None, environ: Mapping[str, str]) -> str:
    """Where a setting was written that only a look at something else shows to be wrong; arguments as before."""
    return _place(path, _sources(config, environ))


def _sources(config: Path | None, environ: Mapping[str, str]) -> tuple[PlacedSource, ...]:
    if config is None and SYSTEM_FILE.exists():
        config = SYSTEM_FILE
    directory = environ.get("CREDENTIALS_DIRECTORY")
    return (
        EnvironmentSource(Settings, environ),
        CredentialsSource(Settings, Path(directory) if directory else None),
        FileSource(Settings, config),
    )


def _place(path: tuple[str, ...], sources: tuple[PlacedSource, ...]) -> str:
    return next((source.place(path) for source in sources if source.holds(path)), "settings")


def _problem(error: ErrorDetails, sources: tuple[PlacedSource, ...]) -> str:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    said = explained(error, _known(path), secret=_is_secret(path))
    if path[0] == "engines":
        path = (*path[:2], *path[3:])  # without the kind, which pydantic counts as a part of the way
    return f"{_place(path, sources)}: {'.'.join(path)}: {said}"


def _known(path: tuple[str, ...]) -> list[str]:
    model = _model(path[:-1])
    return list(model.model_fields) if model else []


def _is_secret(path: tuple[str, ...]) -> bool:
    if path[0] == "secrets":
        return True
    model = _model(path[:-1])
    field = model.model_fields.get(path[-1]) if model else None
    return field is not None and "SecretStr" in str(field.annotation)


def _model(path: tuple[str, ...]) -> type[BaseModel] | None:
    kind: Any = Settings
    for name in path:
        if get_origin(kind) is dict:  # Sections whose names the settings choose, such as roles.
            kind = get_args(kind)[1]
        elif kind == Engine:
            kind = kinds().get(name)
        else:
            field = kind.model_fields.get(name) if _is_model(kind) else None
            kind = field.annotation if field else None
    return kind if _is_model(kind) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
