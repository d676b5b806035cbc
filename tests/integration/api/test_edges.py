"""Bad input at every edge gets its clear error, and loses nothing."""

import asyncio

import pytest

from watchsync import keys
from watchsync.errors import Refused
from watchsync.origin.rate_limiter import RateLimiter

READER = {"Authorization": "Bearer r-secret-of-16-chars"}
WRITER = {"Authorization": "Bearer w-secret-of-16-chars"}


async def problem(answer, status):
    body = await answer.json()
    assert answer.status == status, body
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "correlationId"} <= body.keys()
    assert body["correlationId"] == answer.headers["X-Correlation-ID"]
    return body


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"listRef": "nonsense"}, "/listRef", "not a list"),
        ({"imdbUserId": "https://evil.com/list/ls1"}, "/imdbUserId", "not a list"),
        ({}, "/", "exactly one"),
        ({"listRef": "ur1", "imdbUserId": "ur1"}, "/", "exactly one"),
        ({"listRef": 7}, "/listRef", "string"),
        ({"listRef": "ur1", "forceRefresh": "yes"}, "/forceRefresh", "boolean"),
        ({"listRef": "ur1", "surprise": 1}, "/surprise", "Unknown"),
        ({"listRef": "ur1", "callbackUrl": "https://x.org"}, "/callbackUrl", "no callbacks yet"),
        ({"listRef": "u" * 3000}, "/listRef", "Length"),
        ({"listRef": "ur1", "json": 1}, "/json", "Unknown"),
        ({"listRef": "ur1", "a/b~c": 1}, "/a~1b~0c", "Unknown"),
    ],
)
async def test_each_bad_field_is_named(api, body, pointer, words):
    told = await problem(await api.post("/jobs", json=body), 422)
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert words.lower() in told["errors"][0]["detail"].lower()


async def test_every_bad_field_is_named_at_once(api):
    told = await problem(await api.post("/jobs", json={"listRef": 1, "x": 2, "forceRefresh": 3}), 422)
    assert {error["pointer"] for error in told["errors"]} == {"/listRef", "/x", "/forceRefresh"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"listRef": ',
        b"\xff\xfe",
        b'{"listRef": "\\ud800"}',
        b'{"listRef": NaN}',
        b'{"listRef": "ur1"} {}',
        b"[" * 60_000,
        b"9" * 60_000,
        '{"listRef": "ur1"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_broken_json_is_a_400_that_says_what_is_wrong(api, body):
    told = await problem(await api.post("/jobs", data=body, headers={"Content-Type": "application/json"}), 400)
    assert told["detail"].startswith("The body is not valid JSON: ")


async def test_json_is_utf8_whatever_its_charset_says(api):
    headers = {"Content-Type": "application/json; charset=nonsense"}
    assert (await api.post("/jobs", data=b'{"listRef": "ur1"}', headers=headers)).status == 202


async def test_a_body_that_is_no_json_is_a_415(api):
    told = await problem(await api.post("/jobs", data=b"listRef=ur1", headers={"Content-Type": "text/plain"}), 415)
    assert "application/json" in told["detail"]


async def test_a_huge_body_is_a_413(api):
    headers = {"Content-Type": "application/json"}
    told = await problem(await api.post("/jobs", data=b'"' + b"x" * 70_000 + b'"', headers=headers), 413)
    assert "64 kB" in told["detail"]


@pytest.mark.parametrize("query", ["limit=0", "limit=abc", "limit=9999", "status=odd", "user=nonsense", "nosuch=1"])
async def test_a_bad_query_is_named(api, query):
    told = await problem(await api.get(f"/jobs?{query}"), 422)
    assert told["errors"][0]["pointer"] == f"/{query.partition('=')[0]}"


async def test_a_cursor_that_is_not_ours_is_refused(api):
    await problem(await api.get("/jobs?cursor=(x"), 400)


async def test_a_bad_idempotency_key_is_refused(api):
    await problem(await api.post("/jobs", json={"listRef": "ur1"}, headers={"Idempotency-Key": "x" * 300}), 422)


@pytest.mark.parametrize("path", ["/jobs/nobody", "/jobs/nobody/events", "/api/sync/nobody", "/no/such/route"])
async def test_what_is_not_there_is_a_404(api, path):
    await problem(await api.get(path), 404)


async def test_a_wrong_method_names_the_right_ones(api):
    told = await problem(await api.put("/jobs", json={}), 405)
    assert "GET" in told["detail"]
    assert "POST" in told["detail"]


@pytest.mark.parametrize("header", [None, "Bearer wrong-secret-of-16", "Basic abc", "Bearer "])
async def test_without_a_valid_token_jobs_are_a_401(guarded, header):
    answer = await guarded.get("/jobs", headers={"Authorization": header} if header else {})
    told = await problem(answer, 401)
    assert "bearer token" in told["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def asked_raw(api, *lines: bytes) -> bytes:
    """The answer to a request whose bytes no client library would send."""
    reader, writer = await asyncio.open_connection(api.host, api.port)
    writer.write(b"\r\n".join([*lines, b"Host: x", b"Connection: close", b"", b""]))
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_token_that_is_not_utf8_is_a_401(guarded):
    answer = await asked_raw(guarded, b"GET /jobs HTTP/1.1", b"Authorization: Bearer \xff\xfe")
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_an_address_that_is_not_utf8_is_told_as_a_problem(opened):
    api = await opened(allowed_ips="10.0.0.0/8", trusted_proxies="127.0.0.1/32")
    answer = await asked_raw(api, b"GET /health HTTP/1.1", b"X-Forwarded-For: \xff")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"application/problem+json" in answer


async def test_a_token_without_the_scope_is_a_403_that_names_it(guarded):
    told = await problem(await guarded.post("/jobs", json={"listRef": "ur1"}, headers=READER), 403)
    assert "jobs-write" in told["detail"]


async def test_the_right_token_opens_the_right_door(guarded):
    assert (await guarded.get("/jobs", headers=READER)).status == 200
    assert (await guarded.post("/jobs", json={"listRef": "ur1"}, headers=WRITER)).status == 202


async def test_without_tokens_a_proxied_request_is_not_local(api):
    told = await problem(await api.get("/jobs", headers={"X-Forwarded-For": "203.0.113.7"}), 403)
    assert "WATCHSYNC_API_TOKENS" in told["detail"]


async def test_an_address_that_is_not_allowed_gets_nothing(opened):
    api = await opened(allowed_ips="10.0.0.0/8")
    await problem(await api.get("/health"), 403)


async def test_a_trusted_proxy_tells_who_asks(opened):
    api = await opened(allowed_ips="203.0.113.0/24", trusted_proxies="127.0.0.1/32")
    assert (await api.get("/livez", headers={"X-Forwarded-For": "203.0.113.7"})).status == 200
    await problem(await api.get("/livez", headers={"X-Forwarded-For": "198.51.100.1"}), 403)


async def test_a_well_formed_correlation_id_is_kept_and_another_replaced(api):
    kept = await api.get("/livez", headers={"X-Correlation-ID": "abc-12345"})
    replaced = await api.get("/livez", headers={"X-Correlation-ID": "no spaces allowed!"})
    assert kept.headers["X-Correlation-ID"] == "abc-12345"
    assert len(replaced.headers["X-Correlation-ID"]) == 26


async def test_an_unknown_catalog_and_a_bad_skip_are_clear_errors(api, store_snapshot):
    await store_snapshot()
    await problem(await api.get("/ur1/catalog/movie/ur1-nonsense.json"), 404)
    told = await problem(await api.get("/ur1/catalog/movie/ur1-movies/skip=abc.json"), 400)
    assert "skip" in told["detail"]


async def test_a_bad_list_in_a_manifest_is_a_clear_error(api):
    await problem(await api.get("/nonsense/manifest.json"), 422)


async def test_health_says_which_site_is_left_alone(opened, client, metrics):
    api = await opened(imdb_strategies="page,graphql")
    told = (await (await api.get("/health")).json())["checks"]["imdb"]
    assert told == {"page": "healthy", "graphql": "healthy", "used": None}
    limiter = RateLimiter(client, metrics, host="www.imdb.com", interval_seconds=0)
    await limiter.note_used()
    await limiter.start_pass().report_refusal(Refused())
    again = await (await (await opened(imdb_strategies="page,graphql")).get("/health")).json()
    assert again["status"] == "degraded"
    assert again["checks"]["imdb"]["page"].startswith("left alone for ")
    assert again["checks"]["imdb"]["graphql"] == "healthy"
    assert again["checks"]["imdb"]["used"] == "page"


async def test_health_says_when_the_next_list_is_a_probe(opened, client):
    await client.hset(keys.origin("www.imdb.com"), "open_until", 1)
    told = await (await (await opened()).get("/health")).json()
    assert told["checks"]["imdb"]["page"] == "half-open: the next list is a probe"


async def test_without_redis_jobs_are_a_503_that_says_when_to_come_back(lonely):
    answer = await lonely.post("/jobs", json={"listRef": "ur1"})
    told = await problem(answer, 503)
    assert "Redis" in told["detail"]
    assert answer.headers["Retry-After"]


async def test_without_redis_a_catalog_is_a_card_and_no_error(lonely):
    answer = await lonely.get("/ur1/catalog/movie/ur1-movies.json")
    (card,) = (await answer.json())["metas"]
    assert answer.status == 200
    assert card["name"] == "Back in a moment"


async def test_without_redis_the_probes_tell_apart_alive_ready_and_healthy(lonely):
    live, ready, health = [await lonely.get(path) for path in ("/livez", "/readyz", "/health")]
    assert (live.status, ready.status, health.status) == (200, 503, 503)
    assert (await health.json())["checks"]["redis"] == "unhealthy"


async def test_the_description_names_every_job_route_in_every_app_of_a_process(opened):
    for _ in range(2):
        api = await opened()
        paths = (await (await api.get("/openapi.json")).json())["paths"]
        assert set(paths) >= {"/jobs", "/jobs/{id}", "/jobs/{id}/events", "/api/sync"}
        assert any(parameter["in"] == "body" for parameter in paths["/jobs"]["post"]["parameters"])


async def test_metrics_carry_route_templates_only(api):
    await api.get("/jobs/some-job-id")
    text = await (await api.get("/metrics")).text()
    assert 'route="/jobs/{id}"' in text
    assert "some-job-id" not in text


async def test_metrics_need_their_token_once_one_is_made_for_them(opened):
    api = await opened(api_tokens="prom:metrics:m-secret-of-16-chars")
    await problem(await api.get("/metrics"), 401)
    assert (await api.get("/metrics", headers={"Authorization": "Bearer m-secret-of-16-chars"})).status == 200
