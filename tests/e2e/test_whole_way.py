"""From a pasted list to a Stremio catalog, with both modes as processes."""

import signal

import psutil
import pytest

from builders import playable
from watchsync.demo.lists import invented
from watchsync.titles import Kind

LIST = "ur10001179"


@pytest.fixture
def ports(unused_tcp_port_factory):
    return unused_tcp_port_factory(), unused_tcp_port_factory(), unused_tcp_port_factory()


def test_a_list_behind_a_challenge_reaches_the_catalogs_whole(house, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    done = house.finished(house.sync(LIST))
    assert done["status"] == "completed"
    films, series = house.catalog(LIST, "movie", "movies"), house.catalog(LIST, "series", "series")
    wanted = playable(LIST)
    assert {meta["id"] for meta in films} == {key for key, kind in wanted.items() if kind is Kind.MOVIE}
    assert {meta["id"] for meta in series} == {key for key, kind in wanted.items() if kind is Kind.SERIES}
    assert len(films) + len(series) == len(wanted)
    assert {meta["type"] for meta in films} == {"movie"}


def test_the_newest_added_comes_first(house, ports):
    house.start_api(ports[0])
    house.start_worker(ports[1])
    house.finished(house.sync("ur10000250"))
    added = {}
    for row in invented("ur10000250"):
        title_id = row.series[0] if row.type_id == "tvEpisode" and row.series else row.title_id
        if row.added:
            added[title_id] = max(added.get(title_id, row.added), row.added)
    shown = [added[meta["id"]] for meta in house.catalog("ur10000250", "imdb", "all") if meta["id"] in added]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) > 200


def test_a_killed_workers_job_is_completed_by_another(house, sites, ports):
    sites.switch(LIST, "ok", latencySeconds=30)
    house.start_api(ports[0])
    first = house.start_worker(ports[1], WATCHSYNC_LEASE_SECONDS="5")
    job_id = house.sync(LIST)
    house.follow(job_id, lambda event: event["status"] == "processing" and "progress" in event)
    first.send_signal(signal.SIGKILL)
    first.wait()
    sites.switch(LIST, "ok")
    house.start_worker(ports[2], WATCHSYNC_LEASE_SECONDS="5")
    done = house.finished(job_id)
    job = house.job(job_id)
    assert done["status"] == "completed"
    assert (job["id"], job["attempts"]) == (job_id, 2)
    assert [attempt["outcome"] for attempt in job["history"]] == ["lost", "completed"]
    assert len(job["result"]["titles"]) == len(playable(LIST))


def test_a_terminated_workers_job_goes_on_elsewhere_at_no_cost(house, sites, ports):
    sites.switch("ur10000250", "ok", latencySeconds=30)
    house.start_api(ports[0])
    first = house.start_worker(ports[1], WATCHSYNC_DRAIN_SECONDS="0")
    job_id = house.sync("ur10000250")
    house.follow(job_id, lambda event: event["status"] == "processing" and "progress" in event)
    first.send_signal(signal.SIGTERM)
    assert first.wait() == 0
    assert house.job(job_id)["attempts"] == 0
    sites.switch("ur10000250", "ok")
    house.start_worker(ports[2])
    assert house.finished(job_id)["status"] == "completed"
    assert house.job(job_id)["attempts"] == 1


def test_a_worker_whose_driver_is_killed_as_it_is_told_to_stop_ends_in_order(house, sites, ports):
    sites.switch("ur10000250", "ok", latencySeconds=30)
    house.start_api(ports[0])
    worker = house.start_worker(ports[1], WATCHSYNC_DRAIN_SECONDS="0")
    job_id = house.sync("ur10000250")
    house.follow(job_id, lambda event: event["status"] == "processing" and "progress" in event)
    driver = house.driver_of(worker)
    processes = [driver, *driver.children(recursive=True)]
    driver.kill()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(100) == 0
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert house.job(job_id)["attempts"] == 0


def test_a_second_signal_hands_the_job_back_at_no_cost(house, sites, ports):
    sites.switch("ur10000250", "ok", latencySeconds=30)
    house.start_api(ports[0])
    worker = house.start_worker(ports[1], WATCHSYNC_DRAIN_SECONDS="60")
    job_id = house.sync("ur10000250")
    house.follow(job_id, lambda event: event["status"] == "processing" and "progress" in event)
    worker.send_signal(signal.SIGTERM)
    house.until_it_drains(ports[1])
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    job = house.job(job_id)
    assert (job["status"], job["attempts"]) == ("pending", 0)


def test_a_paused_worker_that_wakes_up_changes_nothing(house, sites, ports):
    sites.switch(LIST, "ok", latencySeconds=30)
    house.start_api(ports[0])
    sleeper = house.start_worker(ports[1], WATCHSYNC_LEASE_SECONDS="5")
    job_id = house.sync(LIST)
    house.follow(job_id, lambda event: event["status"] == "processing" and "progress" in event)
    sleeper.send_signal(signal.SIGSTOP)
    sites.switch(LIST, "ok")
    house.start_worker(ports[2], WATCHSYNC_LEASE_SECONDS="5")
    assert house.finished(job_id)["status"] == "completed"
    before = house.job(job_id)
    sleeper.send_signal(signal.SIGCONT)
    sleeper.send_signal(signal.SIGTERM)
    assert sleeper.wait() == 0
    assert house.job(job_id) == before


def test_a_redis_that_is_killed_in_the_middle_loses_no_job(house, sites, own_redis, ports):
    sites.switch(LIST, "ok", latencySeconds=0.4)
    house.start_api(ports[0])
    house.start_worker(ports[1])
    job_id = house.sync(LIST)
    house.follow(job_id, lambda event: event.get("progressDetail", {}).get("done", 0) > 0)
    own_redis.kill()
    own_redis.start()
    assert house.finished(job_id)["status"] == "completed"
    assert house.job(job_id)["attempts"] == 1


def test_both_modes_start_without_redis_and_work_once_it_is_there(house, own_redis, ports):
    own_redis.kill()
    house.start_api(ports[0])
    house.start_worker(ports[1])
    own_redis.start()
    assert house.finished(house.sync("ur10000003"))["status"] == "completed"
