"""What people and Stremio are told when the queue takes no more for now."""

import pytest

from watchsync.api.app import create_app
from watchsync.catalog.store import SnapshotStore
from watchsync.origin.breaker_monitor import BreakerMonitor, hosts
from watchsync.queue.admission import Admission
from watchsync.queue.queue import Queue
from watchsync.settings import load


@pytest.fixture
def bounded(client, metrics, aiohttp_client):
    """Open the API over a queue that takes in so much."""

    async def make(admission, **given):
        settings = load(**given)
        queue = Queue.on(client, metrics, admission=admission)
        breakers = BreakerMonitor(client, hosts(settings))
        return await aiohttp_client(create_app(settings, metrics, queue, SnapshotStore(client), breakers))

    return make


async def test_who_asks_for_too_many_new_lists_is_told_when_to_come_back(bounded):
    api = await bounded(Admission(lists_per_hour=2))
    for number in (1, 2):
        assert (await api.post("/api/sync", json={"userId": f"ur{number}"})).status == 202
    answer = await api.post("/api/sync", json={"userId": "ur3"})
    assert (answer.status, 0 < int(answer.headers["Retry-After"]) <= 3600) == (429, True)
    assert (await answer.json())["type"] == "urn:watchsync:budget-spent"
    card = await (await api.get("/ur4/catalog/imdb/ur4-all.json")).json()
    assert "many new lists" in str(card["metas"])
    assert (await api.post("/jobs", json={"imdbUserId": "ur5"})).status == 202  # has a budget of its own


async def test_while_too_many_jobs_wait_an_api_says_503_and_stremio_gets_a_card(bounded):
    api = await bounded(Admission(waiting_jobs=1))
    assert (await api.post("/jobs", json={"imdbUserId": "ur1"})).status == 202
    for path, body in (("/jobs", {"imdbUserId": "ur2"}), ("/api/sync", {"userId": "ur2"})):
        answer = await api.post(path, json=body)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    card = await (await api.get("/ur2/catalog/imdb/ur2-all.json")).json()
    assert "wait to be read" in str(card["metas"])
    assert (await api.post("/jobs", json={"imdbUserId": "ur1"})).status == 202  # joins
