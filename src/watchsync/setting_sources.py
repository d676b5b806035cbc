"""Where does the value of a setting stand? The only place that reads the environment for them."""

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX = "WATCHSYNC_"
DOTENV = ".env"
HOSTS_OWN = {"redis_url": "REDIS_URL", "port": "PORT", "worker_port": "PORT"}
"""Names that container hosts set by themselves, honoured where the prefixed one is absent."""
_CLOSE = 0.85


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and where it stands: ``NAME``, ``NAME_FILE`` or ``.env (NAME)``."""

    value: str
    place: str


class Sources:
    """The environment and ``.env`` as they are now. Nothing that is empty counts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self.problems: list[str] = []
        dotenv = dict(self._read_dotenv())
        self._layers = (_Layer("{}", _filled(os.environ)), _Layer(f"{DOTENV} ({{}})", _filled(dotenv)))
        self.problems += [problem for layer in self._layers for problem in layer.unknown(self._names)]

    @cached_property
    def found(self) -> dict[str, Found]:
        """For each setting the value that counts; files that cannot be read are told in ``problems``."""
        found = {}
        for name in self._names:
            if value := self._find(name):
                found[name] = value
        return found

    def _find(self, name: str) -> Found | None:
        """A variable, then the file that one names, first of the environment, then of ``.env``; then the host's own."""
        for layer in self._layers:
            if value := layer.get(_variable(name)) or self._in_file(layer, name):
                return value
        own = HOSTS_OWN.get(name, "")
        return next((value for layer in self._layers if (value := layer.get(own))), None)

    def _in_file(self, layer: "_Layer", name: str) -> Found | None:
        named = layer.get(f"{_variable(name)}_FILE")
        if named is None:
            return None
        try:
            text = Path(named.value).expanduser().read_text(encoding="utf-8-sig").strip()
        except (OSError, RuntimeError, ValueError) as error:
            self.problems.append(f"{named.place}: cannot be read ({_why(error)})")
            return None
        return Found(text, named.place) if text else None

    def _read_dotenv(self) -> Iterator[tuple[str, str]]:
        path = Path(DOTENV)
        try:
            if not path.exists():
                return
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            self.problems.append(f"{DOTENV}: cannot be read ({_why(error)})")
            return
        for binding in parse_stream(StringIO(text)):
            if binding.error:
                self.problems.append(f"{DOTENV}: line {binding.original.line} is no NAME=value")
        # Lines that cannot be read are told above; the library would log each once more.
        good = "".join(line.original.string for line in parse_stream(StringIO(text)) if not line.error)
        for name, value in dotenv_values(stream=StringIO(good)).items():
            yield name, value or ""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One set of variables, and how a name in it is written."""

    place: str
    variables: Mapping[str, str]

    def get(self, name: str) -> Found | None:
        value = self.variables.get(name)
        return None if value is None else Found(value, self.place.format(name))

    def unknown(self, names: Iterable[str]) -> Iterator[str]:
        """A line for each name that is no setting but has our prefix, or was meant to have it."""
        known = [form for name in names for form in (_variable(name), f"{_variable(name)}_FILE")]
        for name in sorted(self.variables):
            if name in known:
                continue
            is_ours = name.upper().startswith(PREFIX)
            if close := difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6 if is_ours else _CLOSE):
                yield f"{self.place.format(name)}: no such setting; did you mean {close[0]}?"
            elif is_ours:
                yield f"{self.place.format(name)}: no such setting"


class FromSources(PydanticBaseSettingsSource):
    """What stands in the environment and in ``.env``, for pydantic."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._sources = Sources(settings_cls.model_fields)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        found = self._sources.found.get(field_name)
        return (found.value if found else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        return {name: found.value for name, found in self._sources.found.items()}


def _filled(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in variables.items() if value.strip()}


def _why(error: Exception) -> str:
    """The cause, without what the file holds."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return "it is no UTF-8 text" if isinstance(error, UnicodeError) else str(error)


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
