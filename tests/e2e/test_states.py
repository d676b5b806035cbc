"""Each state of a list, driven through the whole stack: what the job, the catalog and the page's API say."""

import os
import subprocess
import sys

import pytest

from captures.lists import LISTS
from tiers import in_full

PAGES_ALONE = {"WATCHSYNC_IMDB_STRATEGIES": "page", "WATCHSYNC_JOB_DEADLINE_SECONDS": "25"}
FINAL = {"private", "not-found", "not-titles"}
REFUSALS = {"captcha", "refused", "throttled", "challenge", "sign-in"}
CARDS = {
    "private": "This list is private",
    "not-found": "No such list on IMDb",
    "not-titles": "This list holds no titles",
    "drifted": "The list could not be read",
    "page-timeout": "The list could not be read",
    **dict.fromkeys(REFUSALS, "IMDb is refusing this server"),
}
EXITS = {"complete": 0, "settled": 0, "partial": 3, "unknown": 3}
BY_PAGE = {name: (slug, expected) for name, (slug, ways, expected) in LISTS.items() if ways == ("page",)}
UNREADABLE = [name for name, (_, expected) in BY_PAGE.items() if isinstance(expected, str)]
READABLE = [name for name, (_, expected) in BY_PAGE.items() if not isinstance(expected, str)]
FAST = {"page-private", "page-captcha", "page-gone-dark", "page-dom-only"}


def each_once(names: list[str]) -> list[object]:
    """Every kind in the fast tier; the others of the kind in full."""
    return [*(name for name in names if name in FAST), *in_full(name for name in names if name not in FAST)]


@pytest.fixture
def ports(unused_tcp_port_factory):
    return unused_tcp_port_factory(), unused_tcp_port_factory()


def in_terminal(house, slug):
    """``watchsync sync`` on the same Redis: its exit code, and all that it says."""
    command = [sys.executable, "-m", "watchsync", "sync", slug]
    done = subprocess.run(command, env={**os.environ, **house.settings, **PAGES_ALONE}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", each_once(UNREADABLE))
def test_a_list_that_cannot_be_read_says_why_everywhere(house, ports, name):
    slug, code = BY_PAGE[name]
    house.start_api(ports[0], **PAGES_ALONE)
    house.start_worker(ports[1], **PAGES_ALONE)
    job_id = house.sync(slug)
    event = house.follow(job_id, lambda event: "error" in event)
    job, (card,) = house.job(job_id), house.catalog_page(slug, "imdb", "all")
    exit_code, said = in_terminal(house, slug)
    status = "failed" if code in FINAL else "pending"
    assert (event["status"], event["error"]["code"]) == (job["status"], job["errorCode"]) == (status, code)
    assert event["error"]["message"] == job["error"] == card["description"]
    assert card["name"] == CARDS[code]
    assert house.has_no_summary(slug)
    assert exit_code == (5 if code in FINAL else 4 if code in REFUSALS else 1)
    assert job["error"].split(". ")[0] in said


@pytest.mark.parametrize("name", each_once(READABLE))
def test_a_list_that_is_read_says_how_much_of_it_everywhere(house, ports, name):
    slug, (form, completeness, rows, total, _) = BY_PAGE[name]
    house.start_api(ports[0], **PAGES_ALONE)
    house.start_worker(ports[1], **PAGES_ALONE)
    job_id = house.sync(slug)
    assert house.finished(job_id)["status"] == "completed"
    job, summary, metas = house.job(job_id), house.summary(slug), house.catalog_page(slug, "imdb", "all")
    told = (form, completeness, rows, total)
    assert tuple(summary[each] for each in ("form", "completeness", "rows", "total")) == told
    assert tuple(job["result"][each] for each in ("form", "completeness", "rows", "total")) == told
    assert (summary["readInFullAt"] is None) is (completeness in {"partial", "unknown"})
    assert [meta["name"] for meta in metas] == ["Nothing here yet"] or metas[0]["id"].startswith("tt")
    assert bool(rows) is metas[0]["id"].startswith("tt")
    exit_code, said = in_terminal(house, slug)
    assert exit_code == EXITS[completeness]
    is_another_each_time = name == "page-resized"  # whose second reading is no better than the first
    assert ("rows arrived" if is_another_each_time else f"{summary['titles']:,} titles") in said.replace("\n", " ")


def test_a_partial_reading_never_replaces_a_good_snapshot(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    sites.switch("ur20000010", "ok")
    house.finished(house.sync("ur20000010"))
    good = house.catalog("ur20000010", "imdb", "all")
    sites.switch("ur20000010", "partial")
    event = house.follow(house.sync("ur20000010", force=True), lambda event: "error" in event)
    assert event["error"]["code"] == "partial"
    assert house.catalog("ur20000010", "imdb", "all") == good


def test_a_list_that_really_shrank_is_believed_at_the_second_look(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    house.finished(house.sync("ur10000250"))
    sites.switch("ur10000250", "shrunk")
    assert house.finished(house.sync("ur10000250", force=True))["status"] == "completed"
    assert len(house.catalog("ur10000250", "imdb", "all")) <= 50


def test_a_momentary_loss_is_not_believed(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    house.finished(house.sync("ur10000250"))
    before = len(house.catalog("ur10000250", "imdb", "all"))
    sites.switch("ur10000250", "shrunk", count=1)
    assert house.finished(house.sync("ur10000250", force=True))["status"] == "completed"
    assert len(house.catalog("ur10000250", "imdb", "all")) == before


def test_a_private_list_keeps_its_last_good_copy(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    house.finished(house.sync("ur10000250"))
    good = house.catalog("ur10000250", "imdb", "all")
    sites.switch("ur10000250", "private")
    assert house.finished(house.sync("ur10000250", force=True))["error"]["code"] == "private"
    assert house.catalog("ur10000250", "imdb", "all") == good
