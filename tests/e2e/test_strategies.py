"""OpenStrategies to read a list, and lists that did not change, with both modes as processes."""

import subprocess
from pathlib import Path

import psutil
import pytest

import light_browser
from builders import playable
from tiers import in_full

LIST = "ur10001179"
AT_ONCE_STALE = {"WATCHSYNC_MAX_AGE_HOURS": "0.000001"}


class Elsewhere:
    """A browser that runs elsewhere, reached over CDP; what is started after a kill has the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = 0
        self.start()

    def start(self) -> None:
        said = self._folder / "DevToolsActivePort"
        said.unlink(missing_ok=True)
        options = [f"--remote-debugging-port={self._port}", f"--user-data-dir={self._folder}", "--no-sandbox"]
        browser = light_browser.program()
        self.process = subprocess.Popen([browser, "--headless", *options], stderr=subprocess.DEVNULL)
        while not (said.exists() and "\n" in said.read_text()):
            assert self.process.poll() is None, "the browser ended at its start"
        self._port = int(said.read_text().split()[0])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "profile").mkdir()
    started = Elsewhere(tmp_path / "profile")
    yield started
    started.kill()


@pytest.fixture
def ports(unused_tcp_port_factory):
    return unused_tcp_port_factory(), unused_tcp_port_factory()


@pytest.mark.parametrize("slug", ["ur20000004", *in_full(["ur20000005", "ur20000007", "ur20000014"])])
def test_where_the_page_is_barred_the_data_service_reads_the_list(house, ports, slug):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    job_id = house.sync(slug)
    assert house.finished(job_id)["status"] == "completed"
    job = house.job(job_id)
    assert (job["result"]["strategy"], job["summary"]["strategy"], job["attempts"]) == ("graphql", "graphql", 1)
    assert {meta["id"] for meta in house.catalog(slug, "imdb", "all")} == set(playable(slug))
    assert house.imdb_of(ports[0])["used"] == house.imdb_of(ports[1])["used"] == "graphql"


def test_where_both_ways_are_shut_the_job_the_card_and_the_api_say_what_opens_one(house, sites, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    sites.shut_data_service()
    event = house.follow(house.sync("ur20000004"), lambda event: "error" in event)
    job = house.job(event["jobId"])
    (card,) = house.catalog_page("ur20000004", "imdb", "all")
    assert (job["status"], job["errorCode"]) == ("pending", "captcha")
    for opener in ("WATCHSYNC_IMDB_GRAPHQL_CLIENT", "WATCHSYNC_BROWSER_URL", "at home"):
        assert opener in job["error"]
        assert opener in card["description"]
    assert (sites.served("list"), sites.served("graphql")) == (1, 1)


def test_without_any_browser_lists_come_from_the_data_service(house, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1], WATCHSYNC_BROWSER_PATH="/bin/false")
    for slug in ("ur10000250", "ur20000009"):
        job = house.job_of(house.sync(slug))
        assert (job["status"], job["result"]["strategy"], job["attempts"]) == ("completed", "graphql", 1)
    assert house.imdb_of(ports[1])["used"] == "graphql"
    put_off = house.follow(house.sync("ur10001179-ratings"), lambda event: "error" in event)
    assert put_off["status"] == "pending"
    assert put_off["error"]["message"].startswith("Ratings can only be read from IMDb's pages.")


def test_while_pages_are_left_alone_further_lists_come_from_the_data_service(house, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
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


def test_a_browser_that_runs_elsewhere_reads_a_list_and_so_does_the_one_that_follows_it_there(house, elsewhere, ports):
    house.start_api(ports[0])
    worker = house.start_worker(ports[1], WATCHSYNC_BROWSER_URL=elsewhere.url)
    first = house.job_of(house.sync(LIST))
    assert (first["status"], first["result"]["strategy"], first["attempts"]) == ("completed", "remote-page", 1)
    assert not [child for child in psutil.Process(worker.pid).children(recursive=True) if "chrom" in child.name()]
    elsewhere.kill()
    while house.browser_of(ports[1]).startswith("healthy"):
        pass
    elsewhere.start()
    second = house.job_of(house.sync("ur10000250"))
    assert (second["status"], second["result"]["strategy"], second["attempts"]) == ("completed", "remote-page", 1)
    assert house.browser_of(ports[1]) == "healthy, but it runs elsewhere, where nothing holds its pages to IMDb"
    worker.terminate()
    assert worker.wait() == 0
    assert elsewhere.process.poll() is None


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
