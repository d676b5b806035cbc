"""The description of the API is complete, valid, and true of what the API really answers."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from watchsync import keys
from watchsync.api import static_files
from watchsync.api.streams import STREAMS
from watchsync.job import Completed, Dead, JobError, Progress
from watchsync.snapshot import Completeness

REDOC = "b8e4317a1942803663bac151eed6f028f6b75fd03b48642ef7f5411881b46f6b"
"""What scripts/vendor_docs prints for redoc 2.5.4."""
STREAMED = ("/jobs/{id}/events", "/api/sync/{id}/events")


@pytest.fixture
async def described(api) -> dict[str, Any]:
    return await (await api.get("/openapi.json")).json()


async def test_a_linter_finds_nothing_to_say(described):
    assert [error.message for error in OpenAPIV2SpecValidator(described).iter_errors()] == []


async def test_every_route_is_described(api, described):
    routes = {(route.resource.canonical, route.method.lower()) for route in api.app.router.routes()}
    operations = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert routes - operations == set()
    assert operations - routes == set()


async def test_every_operation_says_what_it_is_and_every_body_has_a_schema(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["tags"], path
            for status, answer in operation["responses"].items():
                assert answer["description"], (path, method, status)
                is_json = operation["produces"][0] == "application/json"
                has_body = method not in {"head", "options"} and status != "304"
                assert not is_json or not has_body or "schema" in answer, (path, method, status)
                assert method != "head" or "schema" not in answer, (path, status)
                if has_body and int(status) >= 400 and path not in {"/health", "/readyz"}:
                    assert answer["schema"] == {"$ref": "#/definitions/Problem"}


async def test_what_needs_a_token_says_so(described):
    for path, methods in described["paths"].items():
        for operation in methods.values():
            may_need_one = path.startswith(("/jobs", "/admin", "/metrics"))
            assert bool(operation.get("security")) is may_need_one, path
            assert ({} in operation.get("security", ())) is (path == "/metrics")


async def test_what_takes_a_body_takes_json(described):
    taking = {
        (path, method)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if operation.get("consumes") == ["application/json"]
    }
    assert taking == {("/jobs", "post"), ("/api/sync", "post")}


SENT_WITH = {"ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Correlation-ID"}
"""The headers that an answer has exactly where the description says so."""
FEEDS = ("releases.ics", "radarr.json", "list.csv")
OTHERWISE = {400, 401, 403, 408, 417, 431, 500, 503}
"""What takes another setting, or a fault: asked for in tests of their own."""
SAMPLE = {
    "id": "none",
    "config": "ur1",
    "name": "page.css",
    "rest": "movie/ur1-movies.json",
    "type": "movie",
    "card": "watchsync:private",
}
BODY = {"listRef": "ur1"}


class Truth:
    """Asks, and holds each answer against the description."""

    def __init__(self, api, described: dict[str, Any]) -> None:
        self._api = api
        self._described = described
        self._definitions = _strict(described["definitions"])
        self.headers: Mapping[str, str] = {}
        """Those of the latest answer."""
        self.seen: dict[tuple[str, str], set[int]] = {
            (path, method): set() for path, methods in described["paths"].items() for method in methods
        }

    def promised(self, path: str, method: str) -> set[int]:
        return {int(status) for status in self._described["paths"][path][method]["responses"]}

    async def ask(self, method: str, template: str, status: int | None = None, *, path: str = "", **options: Any):
        operation = self._described["paths"][template][method.lower()]
        async with self._api.request(method, path or template.format(**SAMPLE), **options) as answer:
            is_stream = answer.content_type == "text/event-stream"
            body = b"" if is_stream else await answer.read()
            self.headers = answer.headers
        assert status in {None, answer.status}, body
        assert str(answer.status) in operation["responses"], (method, template, answer.status)
        promised = operation["responses"][str(answer.status)]
        assert not body or {answer.content_type, "*/*"} & {*operation["produces"]}
        assert {*promised["headers"]} == {name for name in SENT_WITH if name in answer.headers}, (
            method,
            template,
            answer.status,
        )
        self.seen[template, method.lower()].add(answer.status)
        if "schema" not in promised or method == "HEAD":
            return body
        found = json.loads(body)
        jsonschema.Draft4Validator({**_strict(promised["schema"]), "definitions": self._definitions}).validate(found)
        return found

    async def ask_everything(self) -> None:
        """One harmless request to each operation."""
        bodies = {("/jobs", "post"): BODY, ("/api/sync", "post"): BODY}
        await asyncio.gather(
            *(self.ask(method.upper(), path, json=bodies.get((path, method))) for path, method in self.seen)
        )


def _strict(schema: Any) -> Any:
    """Nothing but what is described; and Swagger 2.0 has no null, so its descriptions say x-nullable."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _strict(value) for name, value in schema.items() if name != "x-nullable"}
    if plain.get("type") == "object" and "properties" in plain:
        plain = {"additionalProperties": False, **plain}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("x-nullable") is True else plain


async def ask_for_jobs(truth: Truth, client, consumer, store_snapshot) -> None:
    job = await truth.ask("POST", "/jobs", 202, json={"imdbUserId": "ur2"})
    one = f"/jobs/{job['jobId']}"
    await truth.ask("GET", "/jobs", 200)
    await truth.ask("GET", "/jobs", 400, path="/jobs?cursor=%20")
    await truth.ask("GET", "/jobs", 422, path="/jobs?limit=0")
    await truth.ask("GET", "/jobs/{id}", 200, path=one)
    await truth.ask("GET", "/jobs/{id}", 404)
    await truth.ask("GET", "/jobs/{id}/events", 200, path=f"{one}/events")
    await truth.ask("GET", "/jobs/{id}/events", 404)
    await truth.ask("GET", "/api/sync/{id}", 200, path=f"/api/sync/{job['jobId']}")
    await truth.ask("GET", "/api/sync/{id}", 404)
    await truth.ask("GET", "/api/sync/{id}/events", 200, path=f"/api/sync/{job['jobId']}/events")
    await truth.ask("GET", "/api/sync/{id}/events", 404)
    await consumer.report((taken := (await consumer.take(1)).deliveries[0]), Progress("reading", "Reading", 1, None))
    await truth.ask("GET", "/jobs/{id}", 200, path=one)
    await truth.ask("GET", "/api/sync/{id}", 200, path=f"/api/sync/{job['jobId']}")
    await consumer.settle(taken, Dead(JobError("private", "Private.")))
    dead = f"/admin/dead/{job['jobId']}"
    await truth.ask("GET", "/admin/dead", 200)
    await truth.ask("GET", "/admin/dead", 400, path="/admin/dead?cursor=%20")
    await truth.ask("GET", "/admin/dead", 422, path="/admin/dead?limit=0")
    await truth.ask("GET", "/admin/dead/{id}", 200, path=dead)
    await truth.ask("GET", "/admin/dead/{id}", 404)
    await truth.ask("POST", "/admin/dead/{id}/requeue", 200, path=f"{dead}/requeue")
    await truth.ask("POST", "/admin/dead/{id}/requeue", 409, path=f"{dead}/requeue")
    await truth.ask("POST", "/admin/dead/{id}/requeue", 404)
    await truth.ask("POST", "/admin/dead/requeue", 200)
    for path in ("/admin/dead/requeue", "/admin/dead/{id}/requeue", "/jobs", "/api/sync"):
        await truth.ask("POST", path, 415, data=b"{}", headers={"Content-Type": "text/plain"})
    for path in ("/jobs", "/api/sync"):
        await truth.ask("POST", path, 400, data=b"{", headers={"Content-Type": "application/json"})
        await truth.ask("POST", path, 413, data=b"1" * 70_000, headers={"Content-Type": "application/json"})
        await truth.ask("POST", path, 422, json={})
    await truth.ask("DELETE", "/admin/dead", 200)
    await truth.ask("DELETE", "/jobs/{id}", 200, path=one)
    await truth.ask("DELETE", "/jobs/{id}", 409, path=one)
    await truth.ask("DELETE", "/jobs/{id}", 404)

    again = {"json": {"listRef": "ur3"}, "headers": {"Idempotency-Key": "once"}}
    forgotten = await truth.ask("POST", "/jobs", 202, **again)
    await client.hdel(keys.JOBS, forgotten["jobId"])
    await truth.ask("POST", "/jobs", 404, **again)

    await store_snapshot()
    done = await truth.ask("POST", "/api/sync", 202, json={"listRef": "ur1", "forceRefresh": True})
    await consumer.settle((await consumer.take(1)).deliveries[0], Completed())
    await truth.ask("GET", "/jobs/{id}", 200, path=f"/jobs/{done['jobId']}")
    await truth.ask("POST", "/jobs", 200, json=BODY)
    await truth.ask("POST", "/api/sync", 200, json={"userId": "ur1"})
    await truth.ask("GET", "/api/lists/{config}", 200)
    await truth.ask("GET", "/api/lists/{config}", 404, path="/api/lists/ur3")
    await truth.ask("GET", "/api/lists/{config}", 422, path="/api/lists/nonsense")


async def ask_for_the_rest(truth: Truth) -> None:
    for prefix in ("", "/api/stremio"):
        catalog = f"{prefix}/{{config}}/catalog/{{rest}}"
        await truth.ask("GET", f"{prefix}/{{config}}/manifest.json", 422, path=f"{prefix}/nonsense/manifest.json")
        await truth.ask("GET", catalog, 200, path=f"{prefix}/ur1/catalog/series/ur1-series.json")
        opened = f"{prefix}/{{config}}/meta/{{type}}/{{card}}.json"
        await truth.ask("GET", opened, 422, path=f"{prefix}/nonsense/meta/movie/watchsync:private.json")
        await truth.ask("GET", opened, 404, path=f"{prefix}/ur1/meta/movie/tt1.json")
        await truth.ask("GET", catalog, 404, path=f"{prefix}/ur1/catalog/movie/nonsense.json")
        await truth.ask("GET", catalog, 400, path=f"{prefix}/ur1/catalog/movie/ur1-movies/skip=x.json")
    for feed in FEEDS:
        await truth.ask("GET", f"/{{config}}/feeds/{feed}", 422, path=f"/nonsense/feeds/{feed}")
        await truth.ask("GET", f"/{{config}}/feeds/{feed}", 404, path=f"/ur9/feeds/{feed}")
    await truth.ask("GET", "/static/{name}", 404, path="/static/none.css")
    for path, method in truth.seen:
        if 304 in truth.promised(path, method):
            await truth.ask(method.upper(), path, 200)
            await truth.ask(method.upper(), path, 304, headers={"If-None-Match": truth.headers["ETag"]})


async def test_answers_are_as_described(api, described, client, consumer, store_snapshot):
    truth = Truth(api, described)
    await ask_for_jobs(truth, client, consumer, store_snapshot)
    await ask_for_the_rest(truth)
    await truth.ask_everything()
    await store_snapshot(titles=4, completeness=Completeness.PARTIAL)
    for feed in FEEDS:
        await truth.ask("GET", f"/{{config}}/feeds/{feed}", 409, headers={"Cache-Control": "no-cache"})
    for _ in range(20):
        await truth.ask("POST", "/api/sync", json={"listRef": "ur9", "forceRefresh": True})
    api.app[STREAMS]._per_address = 0
    for path in STREAMED:
        await truth.ask("GET", path, 429)
    missed = {key: truth.promised(*key) - seen - OTHERWISE for key, seen in truth.seen.items() if key[1] != "head"}
    assert {key: statuses for key, statuses in missed.items() if statuses} == {}


async def test_without_a_token_what_needs_one_is_refused_as_described(guarded, described):
    truth = Truth(guarded, described)
    await truth.ask_everything()
    refused = {key for key, seen in truth.seen.items() if 401 in seen}
    assert refused == {(path, method) for path, method in truth.seen if path.startswith(("/jobs", "/admin"))}


async def test_an_address_that_is_not_allowed_is_refused_everywhere_as_described(opened, described):
    truth = Truth(await opened(allowed_ips="10.0.0.0/8"), described)
    await truth.ask_everything()
    let_in = {path for (path, _), seen in truth.seen.items() if seen != {403}}
    assert let_in == {"/livez"}  # a container asks itself


async def test_without_redis_answers_are_as_described(lonely, described):
    truth = Truth(lonely, described)
    await truth.ask_everything()
    for (path, method), seen in truth.seen.items():
        assert (503 in seen) is (503 in truth.promised(path, method)), (path, method, seen)


def test_the_page_that_shows_the_description_is_the_file_that_was_vetted():
    files = static_files.load_site().files
    assert "redoc.standalone.js" in files
    folder = Path(static_files.__file__).parent / "static"
    assert hashlib.sha256((folder / "redoc.standalone.js").read_bytes()).hexdigest() == REDOC
    assert "MIT" in (folder / "redoc.LICENSE.txt").read_text()
