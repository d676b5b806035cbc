"""No form of a secret comes through, and what is no secret stays readable."""

import io
import logging
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
import pytest

from watchsync import logs, redaction
from watchsync.redaction import redact, redact_value, remember, secrets_in, shown, shown_origin
from watchsync.settings import Settings, load

SECRET = "hunter2/+ =ä"
SHOWN = [
    ("redis://host:6379/0", "redis://host:6379/0"),
    ("redis://user:hunter2@host:6379/0", "redis://…@host:6379/0"),
    ("redis://:hunter2@host", "redis://…@host"),
    ("redis://hunter2@host", "redis://…@host"),
    ("redis://hunter2:@host", "redis://…@host"),
    ("redis://host?password=hunter2", "redis://host?…"),
    ("redis://[::1]:6379/0?username=hunter2", "redis://[::1]:6379/0?…"),
    ("redis://user:hunter2@[fe80::1%25eth0]:6379", "redis://…@[fe80::1%25eth0]:6379"),
    ("unix:///run/redis.sock?password=hunter2", "unix:///run/redis.sock?…"),
    ("unix://user:hunter2@/run/redis.sock", "unix://…@/run/redis.sock"),
    ("redis+sentinel://:hunter2@a:1,b:2/main/0", "redis+sentinel://…@a:1,b:2/main/0"),
    ("rediss+cluster://u:hunter2@a:1", "rediss+cluster://…@a:1"),
    # What cannot be read as an address shows no more than its kind.
    ("redis://:hunter2", "redis://…"),
    ("redis://user:hunter2:6379", "redis://…"),
    ("redis://:hun@ter2@host", "redis://…"),
    ("redis://:hunter2/x@host", "redis://…"),
    ("redis://:hunter2#x@host", "redis://…"),
    ("redis://:hunter2?x@host", "redis://…"),
    ("redis://[hunter2", "redis://…"),
    ("hunter2", "…"),
]


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch):
    monkeypatch.setattr(redaction, "_known", redaction._Known())


@pytest.mark.parametrize(("url", "told"), SHOWN)
def test_an_address_is_shown_without_what_opens_it(url: str, told: str):
    assert shown(url) == told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("wss://browsers.example", "wss://browsers.example"),
        ("wss://browsers.example:3000/?token=hunter2", "wss://browsers.example:3000/…"),
        ("wss://browsers.example?token=hunter2", "wss://browsers.example/…"),
        ("wss://u:hunter2@browsers.example/x", "wss://…@browsers.example/…"),
        ("http://[::1]:9222/hunter2", "http://[::1]:9222/…"),
        ("wss://browsers.example/hunter2/devtools", "wss://browsers.example/…"),
        ("wss://:hunter2", "wss://…"),
    ],
)
def test_a_browsers_address_is_shown_without_its_path(url: str, told: str):
    assert shown_origin(url) == told


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        b64encode(SECRET.encode()).decode(),
        repr({"password": SECRET}),
        f"ConnectionError: Error 111 connecting to redis://:{quote(SECRET, safe='')}@host",
        f"AUTH default {SECRET}\nWRONGPASS",
        f"authorization: Bearer {SECRET}",
        f"?token={quote(SECRET)}&x=1",
        f"<{SECRET}>",
    ],
)
def test_a_secret_that_is_known_comes_through_in_no_form(form: str):
    remember([SECRET])
    masked = redact(form)
    assert "hunter2" not in masked
    assert b64encode(SECRET.encode()).decode()[:12] not in masked
    assert redaction.MASK in masked or "…@" in masked


@pytest.mark.parametrize(
    "text",
    [
        "redis://:hunter2@host",
        "Error: rediss://user:hunter2@host:6380/0 is away",
        "redis://:hun@hunter2@host",
        "redis://:a/hunter2@host",
        "redis+sentinel://u:hunter2@a:1,b:2/x",
        "unix:///run/redis.sock?password=hunter2",
        "wss://host/?x=1&token=hunter2",
        "wss://host/?apiKey=hunter2",
        "https://user:hunter2@proxy.example/3",
        "https://host/path?api_key=hunter2&y=2",
        "Authorization: Bearer hunter2hunter2",
        "https://hunter2@host",
    ],
)
def test_where_an_address_holds_a_secret_it_is_masked_though_nobody_knows_it(text: str):
    assert "hunter2" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://www.imdb.com/user/ur1/watchlist?page=2&sort=date_added",
        "redis://host:6379/0 does not answer",
        "unix:///tmp/x/redis.sock",
        "Read 250 of 1,179 titles",
        "someone@example.org wrote: https://example.org/a",
        "http://127.0.0.1:8000/ur10001179/manifest.json",
        "stremio://127.0.0.1:8000/ur10001179/manifest.json",
        "default",
        "ValueError: x=1; token missing",
        "https://a.example/x, mail b@example.org",
    ],
)
def test_what_is_no_secret_stays(text: str):
    remember(secrets_in("redis://default@host"))
    assert redact(text) == text


def test_a_value_is_masked_through_and_through():
    remember(["hunter2"])
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    value = {"a": ["hunter2", (b"hunter2", {"hunter2": ValueError("hunter2")})], "n": 2, "when": moment, "none": None}
    masked = redact_value(value)
    assert "hunter2" not in repr(masked)
    assert masked["n"] == 2
    assert masked["when"] is moment
    assert masked["none"] is None


PLANTED = "planted-secret-x"
ADDRESSES = [
    {"redis_url": f"redis://user:{PLANTED}@host"},
    {"redis_url": f"redis://{PLANTED}@host"},
    {"redis_url": f"redis://host?password={PLANTED}"},
    {"redis_url": f"unix://u:{PLANTED}@/run/redis.sock"},
    {"redis_url": f"redis+sentinel://:{PLANTED}@a:1/x"},
    {"redis_url": f"rediss://:{PLANTED.replace('-', '%2D')}@[::1]:6380"},
    {"browser_url": f"wss://host/?token={PLANTED}"},
    {"browser_url": f"wss://u:{PLANTED}@host"},
    {"browser_url": f"https://host?k={PLANTED}"},
    {"tmdb_token": PLANTED},
    {"tmdb_url": f"https://u:{PLANTED}@proxy.example/3"},
    {"api_tokens": f"ops:admin:{PLANTED}"},
]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("given", ADDRESSES)
def test_a_secret_of_a_setting_reaches_no_log_line(given: dict[str, str], form: str):
    """As a fact, in an error with a cause, in a traceback, in a library's line, and in the settings themselves."""
    settings = load(**given)
    stream = io.StringIO()
    logs.configure("info", form, stream)
    log = logs.get("test")
    (value,) = given.values()
    try:
        _fail(value)
    except ValueError as error:
        log.exception("a.failed", error=error, settings=settings, address=value, nested={"x": [value]})
        logging.getLogger("library").exception("it said %s", value)
    lines = stream.getvalue()
    assert "a.failed" in lines
    assert "it said" in lines
    assert "Traceback" in lines
    assert PLANTED not in lines
    if form == "json":
        assert all(orjson.loads(line)["event"] for line in lines.splitlines())


def _fail(value: str) -> None:
    raise ValueError(f"about {value}") from ConnectionError(value)


def test_a_traceback_on_a_terminal_shows_no_variable():
    stream = io.StringIO()
    logs.configure("info", "console", stream)
    kept = "a value that nobody should see"
    try:
        int(kept[:1])
    except ValueError:
        logs.get("test").exception("a.failed")
    assert "Traceback" in stream.getvalue()
    assert kept not in stream.getvalue()


def test_an_error_that_nobody_caught_is_printed_without_secrets(capsys: pytest.CaptureFixture[str]):
    remember([PLANTED])
    try:
        _fail(f"redis://:{PLANTED}@host")
    except ValueError as error:
        redaction.excepthook(type(error), error, error.__traceback__)
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert PLANTED not in told


def test_settings_say_their_secrets_only_where_they_are_asked_for():
    settings = Settings(redis_url="redis://:hunter2@host", browser_url="ws://host/?token=hunter2", tmdb_token="hunter2")
    assert settings.redis_address == "redis://:hunter2@host"
    assert settings.browser_address == "ws://host/?token=hunter2"
    assert "hunter2" not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"
