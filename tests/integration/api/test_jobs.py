"""The worker contract over HTTP."""

import pytest

from watchsync.errors import LeaseLost
from watchsync.job import Completed, Dead, JobError, Progress, RetryAt

ERROR = JobError("private", "This list is private.")


async def posted(api, **body):
    return await api.post("/jobs", json=body)


async def test_a_list_without_a_snapshot_is_accepted_as_a_job(api):
    answer = await posted(api, imdbUserId="ur1")
    body = await answer.json()
    assert (answer.status, body["status"]) == (202, "pending")
    assert answer.headers["Location"] == f"/jobs/{body['jobId']}"
    assert (await (await api.get(f"/jobs/{body['jobId']}")).json())["listRef"] == "ur1"


async def test_a_fresh_snapshot_answers_at_once(api, store_snapshot):
    await store_snapshot()
    answer = await posted(api, listRef="https://www.imdb.com/user/ur1/watchlist/?ref_=nv")
    body = await answer.json()
    assert (answer.status, body["status"], body["cached"]) == (200, "completed", True)
    assert len(body["result"]["titles"]) == 3


async def test_a_stale_snapshot_is_synced_again(api, store_snapshot):
    await store_snapshot(age_hours=13)
    assert (await posted(api, listRef="ur1")).status == 202


async def test_a_forced_refresh_syncs_a_fresh_one(api, store_snapshot):
    await store_snapshot()
    assert (await posted(api, listRef="ur1", forceRefresh=True)).status == 202


async def test_a_second_request_gets_the_same_job(api):
    first, second = [await (await posted(api, listRef="ur1")).json() for _ in range(2)]
    assert first == second


async def test_an_idempotency_key_makes_one_job_and_refuses_another_request(api, consumer):
    key = {"Idempotency-Key": "abc"}
    first = await (await api.post("/jobs", json={"listRef": "ur1"}, headers=key)).json()
    await consumer.settle((await consumer.take(1)).deliveries[0], Completed(), patience_seconds=1)
    again = await (await api.post("/jobs", json={"listRef": "ur1"}, headers=key)).json()
    other = await api.post("/jobs", json={"listRef": "ur2"}, headers=key)
    assert again["jobId"] == first["jobId"]
    assert other.status == 422
    assert "Idempotency-Key" in (await other.json())["detail"]


async def test_a_job_tells_its_whole_life(api, consumer, store_snapshot):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    delivery = (await consumer.take(1)).deliveries[0]
    await consumer.report(delivery, Progress("reading", "Read 250 of 1,179 titles", 250, 1179))
    running = await (await api.get(f"/jobs/{job_id}")).json()
    await store_snapshot()
    await consumer.settle(delivery, Completed(), patience_seconds=1)
    done = await (await api.get(f"/jobs/{job_id}")).json()
    assert (running["status"], running["progress"]) == ("processing", "Read 250 of 1,179 titles")
    assert running["progressDetail"] == {"stage": "reading", "done": 250, "total": 1179}
    assert (done["status"], done["attempts"], len(done["result"]["titles"])) == ("completed", 1, 3)
    assert done["startedAt"] <= done["finishedAt"]


async def test_a_failed_attempt_says_why_and_when_again(api, consumer):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    await consumer.settle((await consumer.take(1)).deliveries[0], RetryAt(900, ERROR), patience_seconds=1)
    job = await (await api.get(f"/jobs/{job_id}")).json()
    assert (job["status"], job["error"], job["errorCode"]) == ("pending", "This list is private.", "private")
    assert job["retryAt"]


async def test_a_dead_job_reads_failed(api, consumer):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    await consumer.settle((await consumer.take(1)).deliveries[0], Dead(ERROR), patience_seconds=1)
    assert (await (await api.get(f"/jobs/{job_id}")).json())["status"] == "failed"


async def test_jobs_are_listed_by_user_and_status_page_by_page(api):
    for number in range(3):
        await posted(api, listRef=f"ur{number}")
    first = await (await api.get("/jobs?limit=2&status=pending")).json()
    second = await (await api.get(f"/jobs?limit=2&status=pending&cursor={first['cursor']}")).json()
    one = await (await api.get("/jobs", params={"user": "https://imdb.com/user/ur1"})).json()
    assert [job["listRef"] for job in first["jobs"] + second["jobs"]] == ["ur2", "ur1", "ur0"]
    assert [job["listRef"] for job in one["jobs"]] == ["ur1"]


async def test_a_running_job_is_cancelled_once(api, consumer):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    delivery = (await consumer.take(1)).deliveries[0]
    cancelled = await api.delete(f"/jobs/{job_id}")
    again = await api.delete(f"/jobs/{job_id}")
    assert ((await cancelled.json())["status"], again.status) == ("cancelled", 409)
    with pytest.raises(LeaseLost):
        await consumer.settle(delivery, Completed(), patience_seconds=1)


async def test_events_lead_from_pending_to_completed(api, consumer):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    async with api.get(f"/jobs/{job_id}/events") as stream:
        delivery = (await consumer.take(1)).deliveries[0]
        await consumer.settle(delivery, Completed(), patience_seconds=1)
        text = (await stream.content.read()).decode()
    assert text.rstrip().endswith("}")
    assert "event: completed" in text


async def test_events_go_on_after_the_last_one_that_was_seen(api, consumer):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    delivery = (await consumer.take(1)).deliveries[0]
    seen = (await api.get("/jobs")).status and delivery.job.seq
    async with api.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": str(seen)}) as stream:
        await consumer.settle(delivery, Completed(), patience_seconds=1)
        text = (await stream.content.read()).decode()
    assert "processing" not in text
    assert "event: completed" in text


async def test_anybody_may_ask_for_a_sync_and_follow_it(guarded):
    answer = await guarded.post("/api/sync", json={"userId": "ur1"})
    body = await answer.json()
    state = await (await guarded.get(f"/api/sync/{body['jobId']}")).json()
    assert (answer.status, body["status"], body["listRef"]) == (202, "pending", "ur1")
    assert state["status"] == "pending"


async def test_one_address_cannot_ask_without_end(api):
    statuses = [(await api.post("/api/sync", json={"listRef": f"ur{number}"})).status for number in range(25)]
    last = await api.post("/api/sync", json={"listRef": "ur99"})
    assert statuses[:20] == [202] * 20
    assert last.status == 429
    assert int(last.headers["Retry-After"]) > 0


async def finish(consumer, outcome):
    await consumer.settle((await consumer.take(1)).deliveries[0], outcome, patience_seconds=1)


@pytest.mark.parametrize("path", ["/jobs", "/api/sync"])
@pytest.mark.parametrize("end", ["dead", "cancelled", "delayed", "running", "waiting"])
async def test_completed_is_never_paired_with_the_id_of_a_job_that_is_not(
    api, consumer, store_snapshot, queue, path, end
):
    await store_snapshot()
    job_id = (await (await posted(api, listRef="ur1", forceRefresh=True)).json())["jobId"]
    if end == "dead":
        await finish(consumer, Dead(ERROR))
    elif end == "cancelled":
        await queue.producer.cancel(job_id)
    elif end == "delayed":
        await finish(consumer, RetryAt(60, ERROR))
    elif end == "running":
        await consumer.take(1)
    body = await (await api.post(path, json={"listRef": "ur1"})).json()
    assert (body["status"], body["jobId"]) == ("completed", None)


@pytest.mark.parametrize("path", ["/jobs", "/api/sync"])
async def test_completed_is_paired_with_the_job_that_completed(api, consumer, store_snapshot, path):
    job_id = (await (await posted(api, listRef="ur1")).json())["jobId"]
    await finish(consumer, Completed())
    await store_snapshot()
    body = await (await api.post(path, json={"listRef": "ur1"})).json()
    assert (body["status"], body["jobId"]) == ("completed", job_id)


async def test_a_forced_sync_without_a_token_is_for_one_list_once_in_ten_minutes(guarded):
    async def forced(ref: str, **headers: str) -> int:
        answer = await guarded.post("/api/sync", json={"listRef": ref, "forceRefresh": True}, headers=headers)
        assert answer.status == 202 or answer.headers["Retry-After"] == "600"
        return answer.status

    assert [await forced("ur1"), await forced("UR1"), await forced("ur2")] == [202, 429, 202]
    wrong = {"Authorization": "Bearer wrong-secret-of-16"}
    reader = {"Authorization": "Bearer r-secret-of-16-chars"}
    writer = {"Authorization": "Bearer w-secret-of-16-chars"}
    assert [await forced("ur1", **each) for each in (wrong, reader, writer)] == [429, 429, 202]
    assert (await guarded.post("/api/sync", json={"listRef": "ur1"})).status == 202
