"""What an operator may set, and what is said of a bad value."""

import os
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
        ("API_TOKENS", "ops:admin", "each entry must be name:scope+scope:secret"),
        ("API_TOKENS", "ops:root:a-secret-of-16-chars", "unknown scope 'root'"),
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
    assert (load().redis_url, load().port) == ("redis://host:6379", 9000)
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
    assert load() == Settings(_env_file=None, data_dir=load().data_dir)
