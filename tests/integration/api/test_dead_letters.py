"""Dead letters over HTTP."""

import pytest

from watchsync.errors import PrivateList
from watchsync.job import Dead, JobError

ERROR = JobError(PrivateList.code, "This list is private.")


@pytest.fixture
def bury(api, consumer):
    """Let jobs of these lists die, one after the other; answer their ids."""

    async def make(*refs: str) -> list[str]:
        ids = []
        for ref in refs:
            answer = await api.post("/jobs", json={"listRef": ref}, headers={"X-Correlation-ID": "abc-12345"})
            ids.append((await answer.json())["jobId"])
            await consumer.settle((await consumer.take(1)).deliveries[0], Dead(ERROR), patience_seconds=1)
        return ids

    return make


async def listed(api, query=""):
    return await (await api.get(f"/admin/dead{query}")).json()


async def test_the_latest_letter_comes_first_and_pages_lead_to_the_end(api, bury):
    ids = await bury("ur1", "ur2", "ur3")
    first = await listed(api, "?limit=2")
    second = await listed(api, f"?limit=2&cursor={first['cursor']}")
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == ids[::-1]
    assert second["cursor"] is None


async def test_a_letter_tells_its_error_attempts_payload_and_correlation(api, bury):
    (job_id,) = await bury("ur1")
    letter = await (await api.get(f"/admin/dead/{job_id}")).json()
    assert (letter["status"], letter["errorCode"], letter["error"]) == ("failed", "private", ERROR.message)
    assert [attempt["outcome"] for attempt in letter["history"]] == ["dead"]
    assert letter["payload"] == {"listRef": "ur1", "lane": "interactive", "forceRefresh": False, "callbackUrl": None}
    assert letter["correlationId"] == "abc-12345"


async def test_a_letter_goes_round_again_with_fresh_attempts(api, bury, metrics):
    (job_id,) = await bury("ur1")
    again = await (await api.post(f"/admin/dead/{job_id}/requeue")).json()
    assert (again["status"], again["attempts"]) == ("pending", 0)
    assert (await listed(api))["jobs"] == []
    assert (await api.post(f"/admin/dead/{job_id}/requeue")).status == 409
    assert metrics.jobs_requeued._value.get() == 1


async def test_all_go_round_again_but_those_whose_list_is_busy(api, bury):
    await bury("ur1", "ur2")
    await api.post("/jobs", json={"listRef": "ur2"})
    assert await (await api.post("/admin/dead/requeue")).json() == {"requeued": 1, "left": 1}
    assert [job["listRef"] for job in (await listed(api))["jobs"]] == ["ur2"]


async def test_a_purge_drops_them_all(api, bury):
    await bury("ur1", "ur2")
    assert await (await api.delete("/admin/dead")).json() == {"dropped": 2}
    assert (await listed(api))["jobs"] == []


async def test_what_is_no_letter_is_not_found(api):
    job_id = (await (await api.post("/jobs", json={"listRef": "ur1"})).json())["jobId"]
    assert [(await api.get(f"/admin/dead/{each}")).status for each in (job_id, "nobody")] == [404, 404]
    assert (await api.get("/admin/dead?cursor=nonsense")).status == 400


async def test_letters_are_for_operators_only(guarded):
    writer = {"Authorization": "Bearer w-secret-of-16-chars"}
    assert (await guarded.get("/admin/dead")).status == 401
    assert (await guarded.get("/admin/dead", headers=writer)).status == 403
