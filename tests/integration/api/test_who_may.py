"""What is local is not forged, and pages of others change nothing."""

import pytest

from integration.api.corpora.other_pages import FOREIGN, LOCAL_HOSTS, OUR_OWN, REBOUND_HOSTS
from raw_http import asked, request
from watchsync.api.context import SUBMITTER

JSON = b"Content-Type: application/json"
BODY = b'{"listRef": "ur1"}'
CHANGES = [("POST", "/jobs"), ("POST", "/api/sync"), ("DELETE", "/jobs/none"), ("POST", "/admin/dead/requeue")]
PUBLIC = ["/", "/manifest.json", "/ur1/manifest.json", "/livez", "/readyz", "/health", "/metrics", "/openapi.json"]
PROXIED = [b"X-Forwarded-For: 127.0.0.1", b"Forwarded: for=127.0.0.1", b"Via: 1.1 x", b"X-Real-IP: ::1", b"CF-Ray: 1"]


def lines(headers: dict[str, str], port: int) -> list[bytes]:
    return [f"{name}: {value.format(host=f'localhost:{port}')}".encode() for name, value in headers.items()]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_page_of_another_site_changes_nothing(served, headers):
    api = await served(public_url="https://watchsync.example")
    host = b"localhost:%d" % api.port
    for method, path in CHANGES:
        body = BODY if path in {"/jobs", "/api/sync"} else b""
        sent = request(method, path, JSON, *lines(headers, api.port), body=body, host=host)
        assert (await asked(api.port, sent)).problem()["status"] == 403, (method, path)
    assert (await asked(api.port, request("GET", "/ur1/manifest.json", *lines(headers, api.port)))).status == 200


@pytest.mark.parametrize("headers", OUR_OWN, ids=str)
async def test_our_own_page_and_programs_may(served, headers):
    api = await served(public_url="https://watchsync.example")
    host = b"localhost:%d" % api.port
    for path in ("/jobs", "/api/sync"):
        sent = request("POST", path, JSON, *lines(headers, api.port), body=BODY, host=host)
        assert (await asked(api.port, sent)).status == 202


@pytest.mark.parametrize("host", REBOUND_HOSTS)
async def test_a_name_that_leads_here_does_not_make_its_page_local(served, host):
    api = await served(public_url="https://watchsync.example")
    for method, path in (("GET", "/jobs"), ("POST", "/jobs"), ("GET", "/admin/dead"), ("DELETE", "/admin/dead")):
        told = (await asked(api.port, request(method, path, JSON, body=BODY, host=host.encode()))).problem()
        assert told["status"] == 403
        assert "localhost" in told["detail"]
    for path in PUBLIC:
        answer = await asked(api.port, request("GET", path, host=host.encode()))
        assert answer.status == 200, path
        assert host.encode() not in answer.body


@pytest.mark.parametrize("host", [*LOCAL_HOSTS, "watchsync.example", "Watchsync.Example"])
async def test_names_of_this_machine_are_local(served, host):
    api = await served(public_url="https://watchsync.example")
    assert (await asked(api.port, request("GET", "/jobs", host=host.encode()))).status == 200


@pytest.mark.parametrize("line", PROXIED)
@pytest.mark.parametrize("trusted", [None, "127.0.0.1"])
async def test_through_a_proxy_nobody_is_local(served, line, trusted):
    api = await served(trusted_proxies=trusted)
    for path in ("/jobs", "/admin/dead"):
        assert (await asked(api.port, request("GET", path, line))).problem()["status"] == 403
    assert (await asked(api.port, request("GET", "/livez", line))).status == 200


async def test_a_proxy_too_old_to_say_that_it_is_one_is_not_local(served):
    api = await served()
    sent = b"GET /jobs HTTP/1.0\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\n\r\n"
    assert (await asked(api.port, sent)).problem()["status"] == 403


async def test_a_container_asks_itself_whatever_the_allowed_addresses_are(served):
    api = await served(allowed_ips="10.0.0.0/8")
    assert (await asked(api.port, request("GET", "/livez"))).status == 200
    for line in PROXIED:
        assert (await asked(api.port, request("GET", "/livez", line))).problem()["status"] == 403
    for path in ("/", "/readyz", "/metrics", "/ur1/manifest.json", "/jobs", "/livezz"):
        assert (await asked(api.port, request("GET", path))).problem()["status"] == 403


@pytest.mark.parametrize(
    ("public_url", "trusted", "told", "origin"),
    [
        (None, None, [], "http://localhost"),
        (None, None, [b"X-Forwarded-Proto: https", b"X-Forwarded-Host: evil.example"], "http://localhost"),
        (None, "127.0.0.1", [b"X-Forwarded-Proto: https", b"X-Forwarded-Host: one.example"], "https://one.example"),
        (None, "127.0.0.1", [b"X-Forwarded-Proto: https"], "https://localhost"),
        (None, "127.0.0.1", [b"X-Forwarded-Proto: ftp", b"X-Forwarded-Host: \xff"], "http://localhost"),
        ("https://watchsync.example", None, [], "https://watchsync.example"),
        ("https://watchsync.example", "127.0.0.1", [b"X-Forwarded-Host: one.example"], "https://watchsync.example"),
    ],
)
async def test_links_bear_the_public_origin_or_what_a_trusted_proxy_tells(served, public_url, trusted, told, origin):
    api = await served(public_url=public_url, trusted_proxies=trusted)
    body = (await asked(api.port, request("GET", "/ur1/manifest.json", *told))).body.decode()
    assert f'"{origin}/static/logo.png"' in body


async def test_only_what_stremio_reads_is_open_to_any_origin(served):
    api = await served()
    described = (await asked(api.port, request("GET", "/openapi.json"))).body.decode()
    assert "/api/lists/{config}" in described
    paths = {
        "/manifest.json": True,
        "/ur1/manifest.json": True,
        "/nonsense/manifest.json": True,
        "/ur1/catalog/movie/ur1-movies.json": True,
        "/ur1/catalog/movie/nonsense.json": True,
        "/UR1/CATALOG/movie/nonsense.json": True,
        **dict.fromkeys(("/", "/jobs", "/admin/dead", "/metrics", "/health", "/livez", "/openapi.json"), False),
        **dict.fromkeys(("/api/lists/ur1", "/api/sync/none", "/static/logo.png", "/no/such", "/docs"), False),
    }
    for path, is_open in paths.items():
        answer = await asked(api.port, request("GET", path))
        assert answer.headers.getall("Access-Control-Allow-Origin", []) == ["*"] * is_open, path


@pytest.mark.parametrize(
    ("told", "charged"),
    [
        ([], "127.0.0.1"),
        ([b"X-Forwarded-For: 198.51.100.7"], "198.51.100.7"),
        ([b"X-Forwarded-For: 2001:db8::7"], "2001:db8::/64"),
        ([b"X-Forwarded-For: 127.0.0.1"], "0.0.0.0"),
    ],
)
async def test_new_lists_are_charged_to_the_anonymous_address_that_asks(served, monkeypatch, told, charged):
    api = await served(trusted_proxies="127.0.0.1", api_tokens="w:jobs-write:w-secret-of-16-chars")
    keys = []
    submit = api.app[SUBMITTER].submit

    async def noted(request, *args, **options):
        keys.append(request.budget_key)
        return await submit(request, *args, **options)

    monkeypatch.setattr(api.app[SUBMITTER], "submit", noted)
    token = b"Authorization: Bearer w-secret-of-16-chars"
    await asked(api.port, request("GET", "/ur5/catalog/movie/ur5-movies.json", *told))
    await asked(api.port, request("POST", "/api/sync", JSON, *told, body=BODY))
    await asked(api.port, request("POST", "/api/sync", JSON, token, *told, body=BODY))
    await asked(api.port, request("POST", "/jobs", JSON, token, *told, body=BODY))
    assert keys == [charged, charged, None, None]
