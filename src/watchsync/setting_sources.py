"""Where does the value of a setting stand? The only place that reads the environment for them."""

import difflib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, PydanticBaseSettingsSource

PREFIX = "WATCHSYNC_"
HOSTS_OWN = {"redis_url": "REDIS_URL", "port": "PORT"}
"""Names that container hosts set by themselves, honoured where the prefixed one is absent."""


class FromFiles(PydanticBaseSettingsSource):
    """``WATCHSYNC_NAME_FILE``: the value is what the file holds.

    ``unreadable_files`` tells of those that are passed over here.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(_file_variable(field_name))
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            with suppress(OSError, UnicodeDecodeError):
                if value := self.get_field_value(field, name)[0]:
                    found[name] = value
        return found


class HostsOwn(PydanticBaseSettingsSource):
    """``REDIS_URL`` and ``PORT`` as container hosts set them."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return os.environ.get(HOSTS_OWN.get(field_name, "")), field_name, False

    def __call__(self) -> dict[str, Any]:
        return {name: os.environ[own] for name, own in HOSTS_OWN.items() if os.environ.get(own)}


def places(settings_cls: type[BaseSettings], given: Mapping[str, Any]) -> dict[str, str]:
    """For each setting where its value stands: ``command line``, a variable, a file, ``.env`` or ``default``."""
    own_files = FromFiles(settings_cls)()
    environment = EnvSettingsSource(settings_cls)()
    dotenv = DotEnvSettingsSource(settings_cls)()
    return {name: _place(name, given, environment, own_files, dotenv) for name in settings_cls.model_fields}


def _place(
    name: str,
    given: Mapping[str, Any],
    environment: Mapping[str, Any],
    files: Mapping[str, Any],
    dotenv: Mapping[str, Any],
) -> str:
    variable = _variable(name)
    if given.get(name) is not None:
        return "command line"
    if environment.get(name):
        return variable
    if name in files:
        return _file_variable(name)
    if dotenv.get(name):
        return f".env ({variable})"
    own = HOSTS_OWN.get(name, "")
    return own if os.environ.get(own) else "default"


def unknown_names(settings_cls: type[BaseSettings]) -> list[str]:
    """A line for each variable with our prefix, set here or in ``.env``, that is not a setting."""
    known = {_variable(name) for name in settings_cls.model_fields}
    in_environment = known | {_file_variable(name) for name in settings_cls.model_fields}
    problems = []
    for names, allowed, place in ((os.environ, in_environment, "{}"), (dotenv_values(".env"), known, ".env ({})")):
        for name in sorted(name for name in names if name.startswith(PREFIX) and name not in allowed):
            close = difflib.get_close_matches(name, allowed, n=1)
            said = f"no such setting; did you mean {close[0]}?" if close else "no such setting"
            problems.append(f"{place.format(name)}: {said}")
    return problems


def unreadable_files(settings_cls: type[BaseSettings]) -> list[str]:
    """A line for each ``WATCHSYNC_NAME_FILE`` whose file cannot be read as text."""
    problems = []
    files = FromFiles(settings_cls)
    for name, field in settings_cls.model_fields.items():
        try:
            files.get_field_value(field, name)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{_file_variable(name)}: cannot be read ({error})")
    return problems


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _file_variable(name: str) -> str:
    return f"{_variable(name)}_FILE"
