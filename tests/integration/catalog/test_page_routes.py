"""The page and the state of a sync over HTTP."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from catalog_samples import big_snapshot, job, snapshot, title
from watchsync.job import JobError, JobState, Progress


@pytest.mark.parametrize(
    "path", ["/", "/configure", "/api/stremio/configure", "/ur12345678/configure", "/p.abc/configure"]
)
async def test_the_page_runs_nothing_but_its_own_files(world: Any, path: str):
    answer = await world.client.get(path)
    html = await answer.text()
    assert answer.status == 200
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "https://image.tmdb.org" in answer.headers["Content-Security-Policy"]
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in html
    assert not re.search(r'(src|href)="https?://', html)
    assert not re.search(r"\son[a-z]+=|style=", html)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        file = await world.client.get(address)
        assert file.status == 200
        assert file.headers["Cache-Control"].endswith("immutable")


async def test_every_field_and_button_has_a_name(world: Any):
    html = await (await world.client.get("/")).text()
    assert '<label for="list">' in html
    assert '<html lang="en">' in html
    assert all(text.strip() for text in re.findall(r"<button[^>]*>(.*?)</button>", html))


async def test_the_configured_page_knows_its_list_even_without_scripts(world: Any):
    html = await (await world.client.get("/api/stremio/ur12345678/configure")).text()
    assert 'data-ref="ur12345678"' in html
    assert 'href="stremio://watchsync.example/ur12345678/manifest.json"' in html
    typed = await (await world.client.get("/configure?list=https://www.imdb.com/list/ls012345678/")).text()
    assert 'data-ref="ls012345678"' in typed


async def test_an_address_that_is_no_list_is_shown_back_safely_with_what_was_expected(world: Any):
    html = await (await world.client.get("/%3Cscript%3Ealert(1)%3C%2Fscript%3E/configure")).text()
    assert "<script>alert" not in html
    assert "Expected an IMDb user" in html


async def test_a_file_is_not_sent_twice_and_others_are_not_served(world: Any, static_folder: Path):
    first = await world.client.get("/static/card-private.png")
    assert await first.read() == (static_folder / "card-private.png").read_bytes()
    again = await world.client.get("/static/card-private.png", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert (await world.client.get("/static/..%2Fpage.py")).status == 404
    assert (await world.client.get("/favicon.ico")).status == 200


async def test_the_facts_of_a_list_say_what_it_holds_and_how_fresh_it_is(world: Any):
    assert (await world.client.get("/api/lists/ur12345678")).status == 404
    world.store.hold(snapshot(title(1), author="Ana", left_out={"videoGame": 2}))
    facts = await (await world.client.get("/api/lists/ur12345678")).json()
    assert facts["name"] == "Ana's Watchlist"
    assert (facts["titles"], facts["movies"], facts["series"]) == (1, 1, 0)
    assert facts["leftOut"] == {"videoGame": 2}
    assert facts["freshness"] == "fresh"
    assert facts["manifestUrl"] == "https://watchsync.example/ur12345678/manifest.json"
    assert facts["installUrl"] == "stremio://watchsync.example/ur12345678/manifest.json"
    world.store.hold(big_snapshot(7))
    assert (await (await world.client.get("/api/lists/ur12345678")).json())["titles"] == 7


async def test_the_status_of_a_list_says_when_redis_is_away(world: Any):
    assert (await world.client.get("/api/lists/ur12345678")).status == 404
    world.store.away = True
    assert (await world.client.get("/api/lists/ur12345678")).status == 503
    world.store.away = False


async def test_a_status_that_is_remembered_says_so(world: Any):
    world.store.hold(snapshot())
    assert (await (await world.client.get("/api/lists/ur12345678")).json())["remembered"] is False
    world.store.away = True
    assert (await (await world.client.get("/api/lists/ur12345678")).json())["remembered"] is True


async def test_the_state_of_a_sync_is_open_to_who_holds_its_id(world: Any):
    world.queue.put(job(JobState.DELAYED, error=JobError("throttled", "Wait.")))
    answer = await world.client.get("/api/sync/01JOB")
    assert await answer.json() == {
        "jobId": "01JOB",
        "status": "pending",
        "error": {"code": "throttled", "message": "Wait."},
    }
    assert (await world.client.get("/api/sync/other")).status == 404
    assert (await world.client.get("/api/sync/other/events")).status == 404


async def event(answer: Any) -> dict[str, str]:
    """The next event of a stream."""
    fields: dict[str, str] = {}
    while line := (await answer.content.readline()).decode().rstrip("\r\n"):
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields


async def test_a_sync_is_followed_to_its_end(world: Any):
    world.queue.put(job(JobState.WAITING, seq=1))
    answer = await world.client.get("/api/sync/01JOB/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert (await event(answer))["retry"] == "2000"
    assert (await event(answer))["event"] == "progress"
    await world.queue.move(job(JobState.RUNNING, seq=2, progress=Progress("reading", "Reading", 1, 2)))
    running = await event(answer)
    assert running["id"] == "2"
    assert '"done":1' in running["data"]
    await world.queue.move(job(JobState.COMPLETED, seq=3))
    assert (await event(answer))["event"] == "completed"
    assert await answer.content.read() == b""


async def test_who_comes_back_is_not_told_the_same_again_but_always_the_end(world: Any):
    world.queue.put(job(JobState.RUNNING, seq=5))
    answer = await world.client.get("/api/sync/01JOB/events", headers={"Last-Event-ID": "5"})
    await event(answer)
    await world.queue.move(job(JobState.DEAD, seq=6, error=JobError("private", "Open it.")))
    failed = await event(answer)
    assert (failed["event"], failed["id"]) == ("failed", "6")
    again = await world.client.get("/api/sync/01JOB/events", headers={"Last-Event-ID": "6"})
    await event(again)
    assert (await event(again))["event"] == "failed"


async def test_a_stream_ends_when_the_process_stops(world: Any):
    world.queue.put(job(JobState.WAITING, seq=1))
    answer = await world.client.get("/api/sync/01JOB/events")
    await event(answer)
    await event(answer)
    world.stopping.set()
    async with asyncio.timeout(60):
        assert await answer.content.read() == b""
