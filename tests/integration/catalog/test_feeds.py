"""Feeds over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from catalog_samples import big_snapshot
from watchsync.snapshot import Completeness

FEEDS = ("releases.ics", "radarr.json", "list.csv")


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_feed_is_sent_once_and_kept_by_its_tag(world: Any, feed: str):
    world.store.hold(big_snapshot(150))
    first = await world.client.get(f"/ur12345678/feeds/{feed}")
    assert first.status == 200
    assert await first.read()
    again = await world.client.get(f"/ur12345678/feeds/{feed}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("completeness", [Completeness.PARTIAL, Completeness.UNKNOWN])
@pytest.mark.parametrize("feed", FEEDS)
async def test_a_part_is_refused_in_every_form(world: Any, feed: str, completeness: Completeness):
    world.store.hold(replace(big_snapshot(3), completeness=completeness))
    for headers in ({}, {"If-None-Match": "*"}, {"Cache-Control": "no-cache"}):
        answer = await world.client.get(f"/ur12345678/feeds/{feed}", headers=headers)
        assert (answer.status, (await answer.json())["type"]) == (409, "urn:watchsync:not-fed")


@pytest.mark.parametrize(("path", "status"), [("ur12345678", 404), ("nonsense", 422)])
async def test_what_is_not_there_is_a_clear_error(world: Any, path: str, status: int):
    assert (await world.client.get(f"/{path}/feeds/radarr.json")).status == status


async def test_without_redis_nothing_is_made_up(world: Any):
    world.store.away = True
    assert (await world.client.get("/ur12345678/feeds/radarr.json")).status == 503
