"""What an operator may set, and what is said of a bad value."""

import os
import traceback
from pathlib import Path

import pytest

from watchsync.api_tokens import ApiToken
from watchsync.errors import InvalidSetting
from watchsync.settings import Settings, load, sources


@pytest.fixture(autouse=True)
def _bare(monkeypatch, tmp_path):
    """No variable and no .env of this machine."""
    for name in [name for name in os.environ if name.startswith("WATCHSYNC_") or name in {"REDIS_URL", "PORT"}]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refused(monkeypatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as caught:
        load()
    return str(caught.value).splitlines()


SUB_PATHS = [
    *("https://example.org/watchsync", "https://example.org/a/b/", "https://example.org//x", "https://example.org/%2F"),
    *("https://example.org?x=1", "https://example.org/?x", "https://example.org#top", "https://example.org/#"),
    *("https://example.org/.", "http://127.0.0.1:8000/watchsync", "https://[2001:db8::1]/x", "https://example.org?"),
]
NO_ORIGINS = [
    *("https://", "http:///", "https://user:secret@example.org", "https://user@example.org", "https://exa mple.org"),
    *(
        "https://example.org:http",
        "https://example.org:99999",
        "https://b\u00fccher.example",
        "https://[::1",
        "https://a,b",
    ),
    *("https://example.org:0", "https://<x>", 'https://a"b', "https://:8000"),
]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("https://Example.org/", "https://example.org"),
        ("HTTPS://example.org".replace("HTTPS", "https"), "https://example.org"),
        ("http://127.0.0.1:8000//", "http://127.0.0.1:8000"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://watchsync_api:8000", "http://watchsync_api:8000"),
    ],
)
def test_the_public_url_is_an_origin_in_its_one_form(monkeypatch, value, meant):
    monkeypatch.setenv("WATCHSYNC_PUBLIC_URL", value)
    assert load().public_url == meant


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "70000", "less than or equal to 65535"),
        ("PORT", "many", "valid integer"),
        ("REDIS_URL", "http://x", "must start with one of redis://"),
        ("PUBLIC_URL", "example.org", "must start with http:// or https://"),
        *(("PUBLIC_URL", value, "must end after the host") for value in SUB_PATHS),
        *(("PUBLIC_URL", value, "must be an origin") for value in NO_ORIGINS),
        ("API_TOKENS", "ops:admin", "entry 1 must be name:scope+scope:secret"),
        ("API_TOKENS", "ops:root:a-secret-of-16-chars", "entry 1 has an unknown scope; scopes are jobs-read"),
        (
            "API_TOKENS",
            "a:admin:a-secret-of-16-chars,b,c:admin:short",
            "entry 2 must be name:scope+scope:secret; ent",
        ),
        ("API_TOKENS", "ops:admin:short", "shorter than 16 characters"),
        ("ALLOWED_IPS", "10.0.0.0/99", "is not an address or CIDR"),
        ("TRUSTED_PROXIES", "proxy.example", "is not an address or CIDR"),
        ("IMDB_STRATEGIES", "page,telepathy", "'telepathy'"),
        ("IMDB_INTERVAL_SECONDS", "-1", "greater than or equal to 0"),
        ("BROWSER_URL", "localhost:9222", "must be a CDP address"),
        ("BROWSER_SLOTS", "0", "greater than or equal to 1"),
        ("MEMORY_LIMIT", "lots", "byte"),
        ("MAX_AGE_HOURS", "0", "greater than 0"),
        ("WORKER_PORT", "-1", "greater than or equal to 0"),
        ("IMDB_URL", "imdb.com", "must start with http:// or https://"),
        ("IMDB_STRATEGIES", ",", "page"),
        ("BROWSER_SLOTS", "1.5", "integer"),
        ("TMDB_REQUESTS_PER_SECOND", "nan", "less than or equal to 10000"),
        ("JOB_MAX_ATTEMPTS", "21", "less than or equal to 20"),
        ("JOB_DEADLINE_SECONDS", "soon", "valid number"),
        ("LEASE_SECONDS", "0.5", "greater than or equal to 1"),
        ("DRAIN_SECONDS", "inf", "less than or equal to 3600"),
        ("HOST", "http://0.0.0.0", "address or name alone"),
        ("HOST", "0.0.0.0:8000", "address or name alone"),
        ("HOST", "a..b", "a host that cannot be"),
        ("HOST", "300.0.0.1", "numbers that are no address"),
        ("IMDB_URL", "https://", "names no host"),
        ("TMDB_URL", "https://[::1", "host or port that cannot be read"),
        ("POSTER_URL", "https://host:many/x", "host or port that cannot be read"),
        ("BROWSER_URL", "ws://", "names no host"),
        ("TMDB_TOKEN", "Bearer eyJ", "the token alone"),
        ("TMDB_TOKEN", "schlüssel", "in ASCII"),
        ("DATA_DIR", "~nobody-of-this-machine/x", "begins with ~"),
        ("LOG_FORMAT", "xml", "'json' or 'console'"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_right(monkeypatch, name, value, said):
    (line,) = refused(monkeypatch, **{f"WATCHSYNC_{name}": value})
    assert line.startswith(f"WATCHSYNC_{name}: ")
    assert said in line


def test_all_bad_values_are_reported_at_once(monkeypatch):
    lines = refused(monkeypatch, WATCHSYNC_PORT="x", WATCHSYNC_LOG_LEVEL="y", WATCHSYNC_PROT="1")
    assert sorted(line.partition(":")[0] for line in lines) == [
        "WATCHSYNC_LOG_LEVEL",
        "WATCHSYNC_PORT",
        "WATCHSYNC_PROT",
    ]


def test_a_misspelt_name_is_told_with_the_right_one(monkeypatch):
    (line,) = refused(monkeypatch, WATCHSYNC_TMDB_TOKN="x")
    assert line == "WATCHSYNC_TMDB_TOKN: no such setting; did you mean WATCHSYNC_TMDB_TOKEN?"


def test_what_cannot_be_read_hides_no_other_bad_value(monkeypatch):
    lines = refused(
        monkeypatch,
        WATCHSYNC_TMDB_TOKEN_FILE="/nowhere/token",
        WATCHSYNC_REDIS_URL_FILE="/nowhere/url",
        WATCHSYNC_PORT="x",
        WATCHSYNC_PROT="1",
    )
    assert {line.partition(":")[0] for line in lines} == {
        "WATCHSYNC_TMDB_TOKEN_FILE",
        "WATCHSYNC_REDIS_URL_FILE",
        "WATCHSYNC_PORT",
        "WATCHSYNC_PROT",
    }


@pytest.mark.parametrize(
    ("variables", "dotenv", "given", "named"),
    [
        ({"PORT": "many"}, "", {}, "PORT"),
        ({"REDIS_URL": "http://x"}, "", {}, "REDIS_URL"),
        ({"PORT": "80", "WATCHSYNC_PORT": "many"}, "", {}, "WATCHSYNC_PORT"),
        ({"WATCHSYNC_PORT_FILE": "port"}, "", {}, "WATCHSYNC_PORT_FILE"),
        ({}, "WATCHSYNC_PORT=many", {}, ".env (WATCHSYNC_PORT)"),
        ({"WATCHSYNC_PORT": "80"}, "", {"port": "many"}, "--port"),
        ({}, "WATCHSYNC_PROT=80", {}, ".env (WATCHSYNC_PROT)"),
    ],
)
def test_a_bad_value_is_named_by_where_it_stands(monkeypatch, tmp_path, variables, dotenv, given, named):
    Path(tmp_path, "port").write_text("many")
    Path(tmp_path, ".env").write_text(dotenv)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as caught:
        load(**given)
    assert str(caught.value).startswith(f"{named}: ")


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_is_absent(monkeypatch, tmp_path, content):
    Path(tmp_path, "url").write_bytes(content)
    monkeypatch.setenv("WATCHSYNC_REDIS_URL_FILE", str(tmp_path / "url"))
    assert load().redis_url is None


def test_a_file_that_is_not_text_is_named(monkeypatch, tmp_path):
    Path(tmp_path, "token").write_bytes(b"\xff\xfe")
    (line,) = refused(monkeypatch, WATCHSYNC_TMDB_TOKEN_FILE=str(tmp_path / "token"))
    assert line.startswith("WATCHSYNC_TMDB_TOKEN_FILE: cannot be read")


def test_the_nearest_source_wins(monkeypatch, tmp_path):
    """From the farthest to the nearest: the host's own name, .env, a file, a variable, the command line."""
    Path(tmp_path, "port").write_text("3")
    found = [load().port]
    monkeypatch.setenv("PORT", "1")
    found.append(load().port)
    Path(tmp_path, ".env").write_text("WATCHSYNC_PORT=2\n")
    found.append(load().port)
    monkeypatch.setenv("WATCHSYNC_PORT_FILE", str(tmp_path / "port"))
    found.append(load().port)
    monkeypatch.setenv("WATCHSYNC_PORT", "4")
    assert [*found, load().port, load(port=5).port] == [8000, 1, 2, 3, 4, 5]


def test_no_secret_is_repeated(monkeypatch):
    lines = refused(monkeypatch, WATCHSYNC_API_TOKENS="ops:admin:my-secret")
    assert "my-secret" not in "".join(lines)


def test_an_empty_variable_is_absent(monkeypatch):
    monkeypatch.setenv("WATCHSYNC_REDIS_URL", "")
    monkeypatch.setenv("WATCHSYNC_PORT", "")
    assert (load().redis_url, load().port) == (None, 8000)


EMPTY = ["", " ", "\t", "\n", " \n "]


@pytest.mark.parametrize("nothing", EMPTY)
@pytest.mark.parametrize(
    "name", ["PORT", "TMDB_TOKEN", "API_TOKENS", "MEMORY_LIMIT", "LOG_FORMAT", "PROT", "PORT_FILE"]
)
def test_a_variable_that_is_empty_is_absent_whatever_it_is_called(monkeypatch, tmp_path, name, nothing):
    """It hides no value that stands farther away, and a misspelt one is no fault."""
    Path(tmp_path, ".env").write_text("WATCHSYNC_PORT=2\nWATCHSYNC_LOG_LEVEL=\nWATCHSYNC_HOSTT=\n")
    monkeypatch.setenv(f"WATCHSYNC_{name}", nothing)
    settings = load()
    assert (settings.port, settings.log_level, settings.tmdb_token) == (2, "info", None)
    assert sources(settings)["port"] == ".env (WATCHSYNC_PORT)"


DOTENV = [
    ("WATCHSYNC_PORT=1", 1, ".env (WATCHSYNC_PORT)"),
    ("export WATCHSYNC_PORT='1'", 1, ".env (WATCHSYNC_PORT)"),
    ("\ufeffWATCHSYNC_PORT=1", 1, ".env (WATCHSYNC_PORT)"),
    ("WATCHSYNC_PORT_FILE=port", 3, ".env (WATCHSYNC_PORT_FILE)"),
    ("WATCHSYNC_PORT_FILE=~/port", 3, ".env (WATCHSYNC_PORT_FILE)"),
    ("WATCHSYNC_PORT=\nWATCHSYNC_PORT_FILE=port", 3, ".env (WATCHSYNC_PORT_FILE)"),
    ("PORT=4", 4, ".env (PORT)"),
    ("PORT=4\nWATCHSYNC_PORT=1", 1, ".env (WATCHSYNC_PORT)"),
    ("PORT=4\nWATCHSYNC_PORT_FILE=port", 3, ".env (WATCHSYNC_PORT_FILE)"),
    ("WATCHSYNC_PORT", 8000, "default"),
    ("PORT=", 8000, "default"),
    ("# WATCHSYNC_PORT=1\nCOMPOSE_PROJECT_NAME=x\nHOST=y\nTMDB_TOKEN=z", 8000, "default"),
]


@pytest.mark.parametrize(("text", "port", "place"), DOTENV)
def test_the_env_file_knows_what_the_environment_knows(monkeypatch, tmp_path, text, port, place):
    Path(tmp_path, ".env").write_text(text, encoding="utf-8")
    Path(tmp_path, "port").write_text("3")
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load()
    assert (settings.port, sources(settings)["port"]) == (port, place)


def test_the_redis_of_a_host_may_stand_in_the_env_file(monkeypatch, tmp_path):
    Path(tmp_path, ".env").write_text("REDIS_URL=redis://:pw@far:6379\n")
    assert load().redis_address == "redis://:pw@far:6379"
    monkeypatch.setenv("REDIS_URL", "redis://near")
    assert load().redis_address == "redis://near"


MISSPELT = [
    ("WATCHSYNC_TMDB_TOKN", "WATCHSYNC_TMDB_TOKEN"),
    ("WATCHSYNC_TMBD_TOKEN_FILE", "WATCHSYNC_TMDB_TOKEN_FILE"),
    ("WATCHSYNC_REDISURL", "WATCHSYNC_REDIS_URL"),
    ("WATCHSYNC_BROWSER_SLOT", "WATCHSYNC_BROWSER_SLOTS"),
    ("WATCHSYNC_LOGLEVEL", "WATCHSYNC_LOG_LEVEL"),
    ("watchsync_port", "WATCHSYNC_PORT"),
    ("WATCHSNYC_PORT", "WATCHSYNC_PORT"),
    ("WATCHSYN_HOST", "WATCHSYNC_HOST"),
    ("WATCH_SYNC_DATA_DIR", "WATCHSYNC_DATA_DIR"),
    ("WATCHSYNCPUBLIC_URL", "WATCHSYNC_PUBLIC_URL"),
]


@pytest.mark.parametrize("place", ["environment", ".env"])
@pytest.mark.parametrize(("name", "meant"), MISSPELT)
def test_a_misspelt_name_is_told_wherever_it_stands(monkeypatch, tmp_path, name, meant, place):
    if place == ".env":
        Path(tmp_path, ".env").write_text(f"{name}=1\n")
        (line,) = refused(monkeypatch)
        assert line == f".env ({name}): no such setting; did you mean {meant}?"
    else:
        (line,) = refused(monkeypatch, **{name: "1"})
        assert line == f"{name}: no such setting; did you mean {meant}?"


UNREADABLE = [
    (b"WATCHSYNC_PORT=1\n\xff\xfe", ".env: cannot be read (it is no UTF-8 text)"),
    (b"WATCHSYNC_PORT='1\n", ".env: line 1 is no NAME=value"),
    (b"LOG=x\nWATCHSYNC PORT 1\n", ".env: line 2 is no NAME=value"),
    (b"=1\n", ".env: line 1 is no NAME=value"),
    (b"WATCHSYNC_TMDB_TOKEN_FILE=nowhere", ".env (WATCHSYNC_TMDB_TOKEN_FILE): cannot be read (nowhere: No such file"),
    (b"WATCHSYNC_TMDB_TOKEN_FILE=.", ".env (WATCHSYNC_TMDB_TOKEN_FILE): cannot be read (.: Is a directory"),
    (b"WATCHSYNC_TMDB_TOKEN_FILE=~no-such-person/x", ".env (WATCHSYNC_TMDB_TOKEN_FILE): cannot be read (Could not"),
    (b"WATCHSYNC_TMDB_TOKEN_FILE=bytes", ".env (WATCHSYNC_TMDB_TOKEN_FILE): cannot be read (it is no UTF-8 text"),
]


@pytest.mark.parametrize(("content", "said"), UNREADABLE)
def test_what_cannot_be_read_is_one_fault_among_the_others(monkeypatch, tmp_path, content, said, caplog):
    Path(tmp_path, ".env").write_bytes(content)
    Path(tmp_path, "bytes").write_bytes(b"\xff\xfe")
    lines = refused(monkeypatch, WATCHSYNC_LOG_LEVEL="loud")
    assert [line for line in lines if line.startswith(said)]
    assert [line for line in lines if line.startswith("WATCHSYNC_LOG_LEVEL: ")]
    assert len(lines) == 2
    assert caplog.records == []


def test_the_home_folder_may_be_written_short(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(tmp_path, "token").write_text("a-read-token")
    monkeypatch.setenv("WATCHSYNC_DATA_DIR", "~/data")
    monkeypatch.setenv("WATCHSYNC_BROWSER_PATH", "~/bin/chrome")
    monkeypatch.setenv("WATCHSYNC_TMDB_TOKEN_FILE", "~/token")
    settings = load()
    assert (settings.data_dir, settings.browser_path) == (tmp_path / "data", tmp_path / "bin/chrome")
    assert settings.tmdb_token
    assert load(data_dir=Path("~/other")).data_dir == tmp_path / "other"


@pytest.mark.parametrize(
    ("variables", "port", "place"),
    [
        ({}, 8001, "default"),
        ({"PORT": "9000"}, 9000, "PORT"),
        ({"WATCHSYNC_PORT": "9000"}, 8001, "default"),
        ({"PORT": "9000", "WATCHSYNC_PORT": "1"}, 9000, "PORT"),
        ({"PORT": "9000", "WATCHSYNC_WORKER_PORT": "2"}, 2, "WATCHSYNC_WORKER_PORT"),
        ({"PORT": "9000", "WATCHSYNC_WORKER_PORT": ""}, 9000, "PORT"),
    ],
)
def test_a_worker_on_its_own_takes_the_port_of_its_host(monkeypatch, variables, port, place):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert (settings.worker_port, sources(settings)["worker_port"]) == (port, place)


def test_a_bad_port_of_the_host_is_one_fault(monkeypatch):
    (line,) = refused(monkeypatch, PORT="many")
    assert line.startswith("PORT: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://:hunter2-secret@host:many"),
        ("REDIS_URL", "redis://:hunter2-secret/x@host"),
        ("REDIS_URL", "hunter2-secret"),
        ("BROWSER_URL", "ftp://u:hunter2-secret@host?token=hunter2-secret"),
        ("BROWSER_URL", "wss://[u:hunter2-secret@host"),
        ("TMDB_TOKEN", "Bearer hunter2-secret"),
        ("API_TOKENS", "hunter2-secret:admin:short"),
        ("API_TOKENS", "ops:hunter2-secret:admin-admin-admin"),
        ("API_TOKENS", "hunter2-secret"),
        ("ALLOWED_IPS", "redis://:hunter2-secret@host"),
        ("PORT", "redis://:hunter2-secret@host"),
        ("IMDB_STRATEGIES", "https://u:hunter2-secret@host"),
        ("TMDB_URL", "https://u:hunter2-secret@host:many"),
        ("LOG_LEVEL", "hunter2-secret"),
    ],
)
def test_no_refusal_repeats_a_secret(monkeypatch, name, value):
    monkeypatch.setenv(f"WATCHSYNC_{name}", value)
    with pytest.raises(InvalidSetting) as caught:
        load()
    told = "".join(traceback.format_exception(caught.value))
    assert f"WATCHSYNC_{name}: " in told
    assert "hunter2-secret" not in told


def test_a_value_may_stand_in_a_file(monkeypatch, tmp_path):
    Path(tmp_path, "token").write_text(" a-read-token \n")
    monkeypatch.setenv("WATCHSYNC_TMDB_TOKEN_FILE", str(tmp_path / "token"))
    token = load().tmdb_token
    assert token is not None
    assert token.get_secret_value() == "a-read-token"


def test_a_file_that_cannot_be_read_is_named(monkeypatch):
    (line,) = refused(monkeypatch, WATCHSYNC_TMDB_TOKEN_FILE="/nowhere/token")
    assert line.startswith("WATCHSYNC_TMDB_TOKEN_FILE: cannot be read")


def test_what_a_container_host_sets_counts_where_the_prefixed_name_is_absent(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://host:6379")
    monkeypatch.setenv("PORT", "9000")
    assert (load().redis_address, load().port) == ("redis://host:6379", 9000)
    monkeypatch.setenv("WATCHSYNC_PORT", "9001")
    assert load().port == 9001


def test_each_setting_says_where_it_came_from(monkeypatch, tmp_path):
    Path(tmp_path, ".env").write_text("WATCHSYNC_LOG_LEVEL=debug\n")
    monkeypatch.setenv("WATCHSYNC_WORKER_PORT", "8002")
    monkeypatch.setenv("PORT", "9000")
    Path(tmp_path, "token").write_text("a-read-token")
    monkeypatch.setenv("WATCHSYNC_TMDB_TOKEN_FILE", str(tmp_path / "token"))
    settings = load(host="0.0.0.0")
    came_from = sources(settings, host="0.0.0.0")
    assert settings.log_level == "debug"
    assert came_from["host"] == "command line"
    assert came_from["worker_port"] == "WATCHSYNC_WORKER_PORT"
    assert came_from["log_level"] == ".env (WATCHSYNC_LOG_LEVEL)"
    assert came_from["port"] == "PORT"
    assert came_from["tmdb_token"] == "WATCHSYNC_TMDB_TOKEN_FILE"
    assert came_from["data_dir"] == "default"


def test_a_token_may_have_several_secrets_and_scopes():
    token = ApiToken.parse(" ops:jobs-read+admin:a-secret:with:colons ")
    assert (token.name, token.scopes) == ("ops", {"jobs-read", "admin"})
    assert token.secret.get_secret_value() == "a-secret:with:colons"


def test_every_default_is_valid():
    assert load() == Settings(data_dir=load().data_dir)
