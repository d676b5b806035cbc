"""The description of the API is complete, valid, and true of what the API really answers."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from watchsync.api import static_files
from watchsync.job import Completed, Dead, JobError

REDOC = "b8e4317a1942803663bac151eed6f028f6b75fd03b48642ef7f5411881b46f6b"
"""What scripts/vendor_docs prints for redoc 2.5.4."""
STREAMS = {"/jobs/{id}/events", "/api/sync/{id}/events"}


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
                is_json = operation["produces"][0] == "application/json" and status != "304"
                assert not is_json or method == "options" or "schema" in answer, (path, method, status)
                if int(status) >= 400 and path not in {"/health", "/readyz"}:
                    assert answer["schema"] == {"$ref": "#/definitions/Problem"}


async def test_what_needs_a_token_says_so(described):
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert bool(operation.get("security")) is path.startswith(("/jobs", "/admin")), path


class Truth:
    """Asks, and holds each answer against the description."""

    def __init__(self, api, described: dict[str, Any]) -> None:
        self._api = api
        self._described = described
        self.seen: set[tuple[str, str, int]] = set()

    async def ask(self, method: str, template: str, status: int, *, path: str = "", **options: Any) -> Any:
        answer = await self._api.request(method, path or template, **options)
        body = await answer.read()
        assert answer.status == status, body
        operation = self._described["paths"][template][method.lower()]
        promised = operation["responses"][str(status)]
        assert {answer.content_type, "*/*"} & {*operation["produces"]}
        self.seen.add((template, method, status))
        if "schema" not in promised:
            return body
        found = json.loads(body)
        jsonschema.validate(found, _nullable({**promised["schema"], "definitions": self._described["definitions"]}))
        return found


def _nullable(schema: Any) -> Any:
    """Swagger 2.0 has no null; its descriptions say x-nullable."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _nullable(value) for name, value in schema.items() if name != "x-nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("x-nullable") is True else plain


async def test_answers_are_as_described(api, described, consumer, store_snapshot):
    truth = Truth(api, described)
    job = await truth.ask("POST", "/jobs", 202, json={"imdbUserId": "ur2"})
    await truth.ask("GET", "/jobs", 200)
    await truth.ask("GET", "/jobs", 400, path="/jobs?cursor=%20")
    await truth.ask("GET", "/jobs", 422, path="/jobs?limit=0")
    await truth.ask("GET", "/jobs/{id}", 200, path=f"/jobs/{job['jobId']}")
    await truth.ask("GET", "/jobs/{id}", 404, path="/jobs/none")
    await truth.ask("GET", "/jobs/{id}/events", 404, path="/jobs/none/events")
    await truth.ask("GET", "/api/sync/{id}", 200, path=f"/api/sync/{job['jobId']}")
    await consumer.settle((await consumer.take(1)).deliveries[0], Dead(JobError("private", "Private.")))
    dead = f"/admin/dead/{job['jobId']}"
    await truth.ask("GET", "/admin/dead", 200)
    await truth.ask("GET", "/admin/dead/{id}", 200, path=dead)
    await truth.ask("POST", "/admin/dead/{id}/requeue", 200, path=f"{dead}/requeue")
    await truth.ask("POST", "/admin/dead/{id}/requeue", 409, path=f"{dead}/requeue")
    await truth.ask("POST", "/admin/dead/requeue", 200)
    await truth.ask("DELETE", "/admin/dead", 200)
    await truth.ask("DELETE", "/jobs/{id}", 200, path=f"/jobs/{job['jobId']}")
    await truth.ask("DELETE", "/jobs/{id}", 409, path=f"/jobs/{job['jobId']}")

    await store_snapshot()
    done = await truth.ask("POST", "/api/sync", 202, json={"listRef": "ur1", "forceRefresh": True})
    await consumer.settle((await consumer.take(1)).deliveries[0], Completed())
    await truth.ask("GET", "/jobs/{id}", 200, path=f"/jobs/{done['jobId']}")
    await truth.ask("POST", "/jobs", 200, json={"listRef": "ur1"})
    await truth.ask("POST", "/api/sync", 200, json={"userId": "ur1"})
    await truth.ask("POST", "/api/sync", 422, json={})
    await truth.ask("POST", "/api/sync", 415, data=b"{}", headers={"Content-Type": "text/plain"})
    await truth.ask("GET", "/api/lists/{config}", 200, path="/api/lists/ur1")
    await truth.ask("GET", "/api/lists/{config}", 404, path="/api/lists/ur3")
    await truth.ask("GET", "/api/lists/{config}", 422, path="/api/lists/nonsense")


async def test_the_addon_and_the_probes_are_as_described(api, described, store_snapshot):
    truth = Truth(api, described)
    await store_snapshot()
    for prefix in ("", "/api/stremio"):
        await truth.ask("GET", f"{prefix}/manifest.json", 200)
        await truth.ask("GET", f"{prefix}/{{config}}/manifest.json", 200, path=f"{prefix}/ur1/manifest.json")
        catalog = f"{prefix}/{{config}}/catalog/{{rest}}"
        await truth.ask("GET", catalog, 200, path=f"{prefix}/ur1/catalog/movie/ur1-movies.json")
        await truth.ask("GET", catalog, 200, path=f"{prefix}/ur1/catalog/series/ur1-series.json")
        await truth.ask("GET", catalog, 404, path=f"{prefix}/ur1/catalog/movie/nonsense.json")
        await truth.ask("GET", catalog, 400, path=f"{prefix}/ur1/catalog/movie/ur1-movies/skip=x.json")
        await truth.ask("OPTIONS", catalog, 200, path=f"{prefix}/ur1/catalog/movie/ur1-movies.json")
    for path in (
        "/health",
        "/livez",
        "/readyz",
        "/metrics",
        "/",
        "/configure",
        "/docs",
        "/favicon.ico",
        "/openapi.json",
    ):
        await truth.ask("GET", path, 200)
    await truth.ask("GET", "/static/{name}", 200, path="/static/page.css")
    await truth.ask("GET", "/static/{name}", 404, path="/static/none.css")


def test_the_page_that_shows_the_description_is_the_file_that_was_vetted():
    files = static_files.load_site().files
    assert "redoc.standalone.js" in files
    folder = Path(static_files.__file__).parent / "static"
    assert hashlib.sha256((folder / "redoc.standalone.js").read_bytes()).hexdigest() == REDOC
    assert "MIT" in (folder / "redoc.LICENSE.txt").read_text()
