"""What may an operator set?"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from watchsync.api_tokens import ApiToken
from watchsync.errors import InvalidSetting
from watchsync.setting_sources import PREFIX, FromFiles, HostsOwn, places, unknown_names, unreadable_files

STRATEGIES = ("page", "graphql")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_REDIS_SCHEMES = (
    "redis://",
    "rediss://",
    "unix://",
    "redis+sentinel://",
    "redis+cluster://",
    "rediss+sentinel://",
    "rediss+cluster://",
)


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _tokens(value: object) -> object:
    if isinstance(value, str):
        return tuple(ApiToken.parse(entry) for entry in value.split(",") if entry.strip())
    return value


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"'{text}' is not an address or CIDR such as 10.0.0.0/8") from None
    return text


def _web(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return text.rstrip("/")


def _origin(text: str) -> str:
    """Where the world reaches us: links are made of it, so nothing may stand behind host and port."""
    said = "must be an origin such as https://watchsync.example, with at most a port behind the host"
    address = _web(text)
    try:
        given = urlsplit(address)
        is_whole = bool(given.hostname) and given.port != 0
    except ValueError:
        raise ValueError(said) from None
    if not is_whole or not _HOST.fullmatch(given.netloc):
        raise ValueError(said)
    if given.path.strip("/") or given.query or given.fragment or "?" in text or "#" in text:
        raise ValueError(
            f"must end after the host, as in {given.scheme}://{given.netloc}: below a path nothing would be found. "
            "Give watchsync a host of its own"
        )
    return f"{given.scheme}://{given.netloc}".lower()


def _redis(text: str) -> str:
    if not text.startswith(_REDIS_SCHEMES):
        raise ValueError(f"must start with one of {', '.join(_REDIS_SCHEMES)}")
    return text


def _cdp(text: str) -> str:
    if not text.startswith(("http://", "https://", "ws://", "wss://")):
        raise ValueError("must be a CDP address: http(s):// or ws(s)://")
    return text


def _strategies(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or (unknown := sorted(set(names) - set(STRATEGIES))):
        raise ValueError(f"'{unknown[0] if names else ''}' is no strategy; there are {', '.join(STRATEGIES)}")
    return names


def _header_value(text: str) -> str:
    if not (text.isascii() and text.isprintable() and len(text) <= 200):
        raise ValueError("must be at most 200 printable ASCII characters, as it is sent in a header")
    return text.strip()


Web = Annotated[str, AfterValidator(_web)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Everything that can be set, with its default. Build it with ``load()``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    redis_url: Annotated[str, AfterValidator(_redis)] | None = None
    """``None`` means the embedded Redis in ``data_dir``."""
    host: str = "127.0.0.1"
    port: Port = 8000
    public_url: Annotated[str, AfterValidator(_origin)] | None = None
    worker_port: Port = 8001
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("watchsync")))
    api_tokens: Annotated[tuple[ApiToken, ...], NoDecode, BeforeValidator(_tokens)] = ()
    allowed_ips: Networks = ()
    trusted_proxies: Networks = ()
    imdb_url: Web = "https://www.imdb.com"
    imdb_strategies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_strategies)] = (
        "page",
        "graphql",
    )
    imdb_graphql_url: Web = "https://api.graphql.imdb.com"
    imdb_graphql_client: Annotated[str, AfterValidator(_header_value)] = "watchsync"
    """The name that we give IMDb's data service."""
    imdb_interval_seconds: float = Field(1.0, ge=0, le=3600)
    browser_url: Annotated[str, AfterValidator(_cdp)] | None = None
    browser_path: Path | None = None
    browser_mode: Literal["auto", "headed", "headless", "shell"] = "auto"
    """``auto``: a full Chromium on a virtual display, else without windows, else the headless shell."""
    browser_slots: int | None = Field(None, ge=1, le=64)
    memory_limit: ByteSize | None = None
    tmdb_token: SecretStr | None = None
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
        """Command line, then environment, then ``NAME_FILE``, then ``.env``, then the host's own names."""
        return (
            init_settings,
            env_settings,
            FromFiles(settings_cls),
            dotenv_settings,
            HostsOwn(settings_cls),
        )


def load(**given: Any) -> Settings:
    """Read the settings; ``given`` (from the command line; ``None`` means not given) comes first.

    Raises InvalidSetting with one line for each bad value, named by where it stands.
    """
    problems = [*unknown_names(Settings), *unreadable_files(Settings)]
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        came_from = places(Settings, given)
        problems += [_line(problem, came_from) for problem in error.errors()]
    else:
        if not problems:
            return settings
    raise InvalidSetting("\n".join(problems))


def sources(settings: Settings, **given: Any) -> dict[str, str]:
    """Say for each setting where its value came from: a flag, a variable, a file, ``.env`` or the default."""
    del settings  # whoever asks has loaded them, so nothing is wrong with the sources
    return places(Settings, given)


def _line(problem: Any, came_from: Mapping[str, str]) -> str:
    """One bad value, named by where it stands."""
    name = str(problem["loc"][0]) if problem["loc"] else ""
    source = came_from.get(name, PREFIX)
    if source == "command line":
        source = f"--{name.replace('_', '-')}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{source}: {message[0].lower()}{message[1:]}"
