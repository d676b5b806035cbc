"""The commands that people type."""

import os
import signal
import subprocess
import sys

import orjson
import pytest

from builders import playable
from tiers import in_full

LIST = "ur10001179"


def watchsync(*words, settings, timeout=200):
    return subprocess.run(
        [sys.executable, "-m", "watchsync", *words],
        env={**os.environ, **settings},
        capture_output=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def settings(sites, tmp_path):
    sites.reset()
    return {**sites.settings, "WATCHSYNC_DATA_DIR": str(tmp_path)}


def test_sync_prints_the_whole_list_behind_a_challenge_as_json_and_nothing_else(settings):
    done = watchsync("sync", f"https://www.imdb.com/user/{LIST}/watchlist?ref_=nv", "--json", settings=settings)
    document = orjson.loads(done.stdout)
    found = {title["id"]: title["kind"] for title in document["titles"]}
    dates = [title["addedAt"] for title in document["titles"] if title["addedAt"]]
    assert done.returncode == 0
    assert found == {key: kind.value for key, kind in playable(LIST).items()}
    assert len(document["titles"]) == len(found)
    assert dates == sorted(dates, reverse=True)


def test_sync_of_a_private_list_ends_with_its_sentence(settings):
    done = watchsync("sync", "ur20000001", settings=settings)
    assert done.returncode == 5
    assert b"This list is private" in done.stderr
    assert done.stdout == b""


PAGES_ALONE = {"WATCHSYNC_IMDB_STRATEGIES": "page"}
ENDS = [
    ("ur20000005", 4, b"is refusing"),
    ("ur20000002", 5, b"no such list"),
]
FURTHER_ENDS = [
    ("ur20000001", 5, b"private"),
    ("ur20000004", 4, b"human"),
    ("ur20000006", 4, b"slow down"),
    ("ur20000007", 4, b"browser check"),
    ("ur20000014", 1, b"could be read"),
    ("ur20000015", 4, b"slow down"),
]


@pytest.mark.parametrize(("slug", "code", "words"), [*ENDS, *in_full(FURTHER_ENDS)])
def test_sync_of_a_list_that_does_not_come_ends_with_its_sentence_and_code(settings, slug, code, words):
    """Asked again, while the next attempt waits and the site is left alone, it ends the same way."""
    for _ in range(2):
        done = watchsync("sync", slug, settings=settings | PAGES_ALONE)
        last = done.stderr.splitlines()[-1]
        assert done.returncode == code, done.stderr
        assert last.startswith(b"watchsync: ")
        assert words in last
        assert done.stdout == b""


def test_sync_may_wait_for_a_list_that_is_refused_until_it_is_stopped(settings):
    command = [sys.executable, "-m", "watchsync", "sync", "ur20000005", "--wait"]
    env = {**os.environ, **settings, **PAGES_ALONE}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as process:
        assert process.stderr
        while b"(attempt 1)" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=100)
    assert process.returncode == 130


def test_a_token_that_tmdb_refuses_costs_facts_and_no_list(settings, sites):
    bad = settings | {"WATCHSYNC_TMDB_TOKEN": "bad-token-of-nobody"}
    done = watchsync("sync", "ur10000003", settings=bad)
    assert done.returncode == 0
    assert b"TMDB's facts are still missing for" in done.stdout
    assert b"tmdb.token_rejected" in done.stderr
    assert b"WATCHSYNC_TMDB_TOKEN" in done.stderr


def test_sync_of_nonsense_is_wrong_usage(settings):
    done = watchsync("sync", "nonsense", settings=settings)
    assert done.returncode == 2
    assert b"Expected an IMDb user" in done.stderr


def test_every_bad_setting_is_named_at_once(settings):
    bad = {**settings, "WATCHSYNC_PORT": "abc", "WATCHSYNC_LEASE_SECONDS": "0", "WATCHSYNC_HOSTT": "x"}
    done = watchsync("up", settings=bad)
    assert done.returncode == 1
    for name in (b"WATCHSYNC_PORT", b"WATCHSYNC_LEASE_SECONDS", b"did you mean WATCHSYNC_HOST?"):
        assert name in done.stderr


def test_what_was_synced_is_there_at_the_next_start(settings):
    watchsync("sync", "ur10000003", "--json", settings=settings)
    done = watchsync("compare", "ur10000003", settings=settings)
    assert done.returncode == 0
    assert b"No snapshot" not in done.stderr
