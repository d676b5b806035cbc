"""Ways to read a list, and lists that did not change, with both modes as processes."""

import psutil
import pytest

from making import playable

WAYS = {"WATCHSYNC_IMDB_STRATEGIES": "page,graphql"}
LIST = "ur10001179"
AT_ONCE_STALE = {"WATCHSYNC_MAX_AGE_HOURS": "0.000001"}


@pytest.fixture
def ports(unused_tcp_port_factory):
    return unused_tcp_port_factory(), unused_tcp_port_factory()


@pytest.mark.parametrize("slug", ["ur20000004", "ur20000005", "ur20000007", "ur20000014"])
def test_where_the_page_is_barred_the_data_service_reads_the_list(house, ports, slug):
    house.start_api(ports[0], **WAYS)
    house.start_worker(ports[1], **WAYS)
    job_id = house.sync(slug)
    assert house.finished(job_id)["status"] == "completed"
    job = house.job(job_id)
    assert (job["result"]["strategy"], job["summary"]["strategy"], job["attempts"]) == ("graphql", "graphql", 1)
    assert {meta["id"] for meta in house.catalog(slug, "imdb", "all")} == set(playable(slug))
    assert house.imdb_of(ports[1])["used"] == "graphql"


def test_while_pages_are_left_alone_further_lists_come_from_the_data_service(house, ports):
    house.start_api(ports[0], **WAYS)
    house.start_worker(ports[1], **WAYS)
    house.finished(house.sync("ur20000004"))
    told = house.imdb_of(ports[1])
    assert told["page"].startswith("left alone")
    assert told["graphql"] == "healthy"
    assert house.finished(house.sync("ur10000250"))["status"] == "completed"
    assert house.summary("ur10000250")["strategy"] == "graphql"


def test_a_worker_without_the_page_starts_no_browser(house, ports):
    only = {"WATCHSYNC_IMDB_STRATEGIES": "graphql"}
    house.start_api(ports[0])
    worker = house.start_worker(ports[1], **only)
    assert house.finished(house.sync("p.demo0000000000000000001179"))["status"] == "completed"
    assert psutil.Process(worker.pid).children(recursive=True) == []
    failed = house.finished(house.sync("ur10001179-ratings"))
    assert failed["error"]["code"] == "no-way-to-read"


def test_a_list_that_did_not_change_is_looked_at_with_one_page(house, sites, ports):
    house.start_api(ports[0], **AT_ONCE_STALE)
    house.start_worker(ports[1])
    first = house.job_of(house.sync(LIST))
    before = sites.served("list")
    second = house.job_of(house.sync(LIST))
    assert sites.served("list") - before == 1
    assert (first["summary"]["unchanged"], second["summary"]["unchanged"]) == (False, True)
    assert second["result"]["readInFullAt"] == first["result"]["fetchedAt"] < second["result"]["fetchedAt"]
    assert second["result"]["titles"] == first["result"]["titles"]


def test_a_change_is_seen_and_a_forced_sync_reads_everything(house, sites, ports):
    house.start_api(ports[0], **AT_ONCE_STALE)
    house.start_worker(ports[1])
    first = house.job_of(house.sync(LIST))
    forced = house.job_of(house.sync(LIST, force=True))
    sites.switch(LIST, "edited")
    edited = house.job_of(house.sync(LIST))
    assert [job["summary"]["unchanged"] for job in (first, forced, edited)] == [False, False, False]
    assert edited["summary"]["rows"] == 1177
