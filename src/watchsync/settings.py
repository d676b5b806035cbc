"""What may an operator set?"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import ByteSize, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from watchsync import redaction
from watchsync.errors import InvalidSetting
from watchsync.setting_sources import PREFIX, FromSources, Sources
from watchsync.setting_values import (
    STRATEGIES,
    ApiTokens,
    BearerToken,
    CdpUrl,
    HeaderValue,
    Host,
    Hosts,
    Networks,
    Origin,
    OwnPath,
    Port,
    RedisUrl,
    Strategies,
    Web,
)


class Settings(BaseSettings):
    """Everything that can be set, with its default. Build it with ``load()``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    redis_url: RedisUrl | None = None
    """``None`` means the embedded Redis in ``data_dir``."""
    host: Host = "127.0.0.1"
    port: Port = 8000
    public_url: Origin | None = None
    worker_port: Port = 8001
    data_dir: OwnPath = Field(default_factory=lambda: Path(platformdirs.user_data_dir("watchsync")))
    api_tokens: ApiTokens = ()
    allowed_ips: Networks = ()
    trusted_proxies: Networks = ()
    imdb_url: Web = "https://www.imdb.com"
    imdb_strategies: Strategies = STRATEGIES
    imdb_graphql_url: Web = "https://api.graphql.imdb.com"
    imdb_graphql_client: HeaderValue = "watchsync"
    """The name that we give IMDb's data service."""
    imdb_interval_seconds: float = Field(1.0, ge=0, le=3600)
    browser_url: CdpUrl | None = None
    browser_path: OwnPath | None = None
    browser_mode: Literal["auto", "headed", "headless", "shell"] = "auto"
    """``auto``: a full Chromium on a virtual display, else without windows, else the headless shell."""
    browser_slots: int | None = Field(None, ge=1, le=64)
    memory_limit: ByteSize | None = None
    tmdb_token: BearerToken | None = None
    tmdb_url: Web = "https://api.themoviedb.org/3"
    tmdb_requests_per_second: float = Field(35, gt=0, le=10_000)
    """TMDB allows about 40 from one address; several workers behind one address share them."""
    tmdb_image_url: Web = "https://image.tmdb.org/t/p"
    poster_url: Web = "https://images.metahub.space/poster/medium/{imdb_id}/img"
    """Posters for titles that neither TMDB nor IMDb has one for; ``{imdb_id}`` is put in."""
    combined_type: Literal["imdb", "all"] = "imdb"
    """Stremio's type of the catalog that holds films and series together; ``all`` makes it Discover's first tab."""
    max_age_hours: float = Field(12, gt=0, le=24 * 30)
    new_lists_per_hour: int = Field(20, ge=0, le=100_000)
    """Lists without a snapshot that one address without a token may ask for; 0 is no limit."""
    max_waiting_jobs: int = Field(1_000, ge=0, le=1_000_000)
    """Interactive jobs that may wait before new ones are refused; 0 is no limit."""
    job_max_attempts: int = Field(3, ge=1, le=20)
    job_deadline_seconds: float = Field(300, gt=0, le=86_400)
    lease_seconds: float = Field(30, ge=1, le=3600)
    drain_seconds: float = Field(25, ge=0, le=3600)
    callback_allow: Hosts = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] | None = None
    """``None`` chooses console on a terminal, else json."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value != ""}
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then what ``Sources`` finds in the environment and in ``.env``."""
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, FromSources(settings_cls)

    @property
    def max_age(self) -> timedelta:
        """How long a snapshot stays fresh."""
        return timedelta(hours=self.max_age_hours)

    @property
    def redis_address(self) -> str:
        """The address of Redis as it is, with its secrets; empty where none is set."""
        return self.redis_url.get_secret_value() if self.redis_url else ""

    @property
    def browser_address(self) -> str | None:
        """The address of a browser that runs elsewhere, with its secrets."""
        return self.browser_url.get_secret_value() if self.browser_url else None


def load(**given: Any) -> Settings:
    """Read the settings; ``given`` (from the command line; ``None`` means not given) comes first.

    Their secrets are masked from now on in all that this process says. Raises InvalidSetting with one line for each bad
    value, named by where it stands.
    """
    stand = Sources(Settings.model_fields)
    came_from = _places(stand, given)
    problems = stand.problems
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems += [_line(problem, came_from) for problem in error.errors(include_input=False, include_url=False)]
    else:
        redaction.remember(_secrets(settings))
        if not problems:
            return settings
    raise InvalidSetting("\n".join(dict.fromkeys(map(redaction.redact, problems))))


def sources(settings: Settings, **given: Any) -> dict[str, str]:
    """Say for each setting where its value came from: a flag, a variable, a file, ``.env`` or the default."""
    del settings  # whoever asks has loaded them, so nothing is wrong with the sources
    return _places(Sources(Settings.model_fields), given)


def _places(stand: Sources, given: Mapping[str, Any]) -> dict[str, str]:
    places = dict.fromkeys(Settings.model_fields, "default")
    places |= {name: found.place for name, found in stand.found.items()}
    return places | {name: "command line" for name, value in given.items() if value is not None}


def _secrets(settings: Settings) -> list[str]:
    """All that opens a door, in whichever setting it stands."""
    found = [token.secret.get_secret_value() for token in settings.api_tokens]
    if settings.tmdb_token:
        found.append(settings.tmdb_token.get_secret_value())
    for value in dict(settings).values():
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and "://" in text:
            found += redaction.secrets_in(text)
    return found


def _line(problem: Any, came_from: Mapping[str, str]) -> str:
    """One bad value, named by where it stands."""
    name = str(problem["loc"][0]) if problem["loc"] else ""
    source = came_from.get(name, PREFIX)
    if source == "command line":
        source = f"--{name.replace('_', '-')}"
    message = " ".join(str(problem["msg"]).removeprefix("Value error, ").split())
    return f"{source}: {message[:1].lower()}{message[1:]}"
