"""Each state of a list, driven through the whole stack: what the job, the catalog and the page's API say."""

import pytest

from tiers import in_full

PAGES_ALONE = {"WATCHSYNC_IMDB_STRATEGIES": "page"}
STATES = [
    ("ur20000001", "failed", "private", "private"),
    ("ur20000004", "pending", "captcha", "human"),
]
FURTHER_STATES = [
    ("ur20000002", "failed", "not-found", "no such list"),
    ("ur20000005", "pending", "refused", "is refusing"),
    ("ur20000006", "pending", "throttled", "slow down"),
    ("ur20000007", "pending", "challenge", "browser check"),
    ("ur20000014", "pending", "drifted", "could be read"),
    ("ur20000015", "pending", "throttled", "slow down"),
]
READABLE = [("ur20000008", "jsonld")]
FURTHER_READABLE = [
    ("ur20000009", "dom"),
    ("ur20000011", "jsonld"),
    ("ur20000012", "json"),
]


@pytest.fixture
def ports(unused_tcp_port_factory):
    return unused_tcp_port_factory(), unused_tcp_port_factory()


@pytest.mark.parametrize(("slug", "status", "code", "words"), [*STATES, *in_full(FURTHER_STATES)])
def test_a_list_that_cannot_be_read_says_why_everywhere(house, ports, slug, status, code, words):
    house.start_api(ports[0], **PAGES_ALONE)
    house.start_worker(ports[1], **PAGES_ALONE)
    job_id = house.sync(slug)
    event = house.follow(job_id, lambda event: "error" in event)
    job = house.job(job_id)
    (card,) = house.catalog_page(slug, "imdb", "all")
    assert (event["status"], event["error"]["code"]) == (status, code)
    assert (job["status"], job["errorCode"]) == (status, code)
    assert words in job["error"]
    assert card["name"]
    assert card["description"]


@pytest.mark.parametrize(("slug", "form"), [*READABLE, *in_full(FURTHER_READABLE)])
def test_a_page_that_changed_its_shape_is_still_read(house, ports, slug, form):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    job_id = house.sync(slug)
    assert house.finished(job_id)["status"] == "completed"
    result = house.job(job_id)["result"]
    assert result["form"] == form
    assert result["titles"]


def test_an_empty_list_is_a_card_that_says_so(house, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    job_id = house.sync("ur20000003")
    assert house.finished(job_id)["status"] == "completed"
    (card,) = house.catalog_page("ur20000003", "imdb", "all")
    assert "holds no titles" in card["description"]


def test_a_list_that_hangs_is_tried_again(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1], WATCHSYNC_JOB_DEADLINE_SECONDS="2")
    event = house.follow(house.sync("ur20000013"), lambda event: "error" in event)
    assert (event["status"], event["error"]["code"]) == ("pending", "page-timeout")


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
