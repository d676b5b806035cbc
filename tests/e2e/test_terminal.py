"""The commands that people type."""

import os
import subprocess
import sys

import orjson
import pytest

from builders import playable

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
