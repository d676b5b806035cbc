"""A worker's own port obeys the same rules as the API's."""

from contextlib import asynccontextmanager

import pytest

from integration.api.corpora.malformed import MALFORMED
from integration.api.corpora.requests import HOSTS
from raw_http import asked, request
from watchsync import probes
from watchsync.probes import HealthReport
from watchsync.settings import load

ALL = ["/health", "/livez", "/readyz", "/metrics"]


async def well() -> HealthReport:
    return HealthReport(())


@asynccontextmanager
async def port(metrics, **given):
    async with probes.serving(load(**given), 0, well, metrics) as number:
        yield number


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("host", ["localhost", "worker:8001", "10.0.0.7:8001", "evil.example", "[2001:db8::1]"])
async def test_probes_answer_under_any_host(metrics, path, host):
    async with port(metrics, public_url="https://watchsync.example") as number:
        answer = await asked(number, request("GET", path, b"X-Correlation-ID: my-own-id-1", host=host.encode()))
        assert (answer.status, answer.headers["X-Correlation-ID"]) == (200, "my-own-id-1")
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ALL)
async def test_who_is_not_allowed_gets_nothing_but_its_own_life(metrics, path):
    async with port(metrics, allowed_ips="10.0.0.0/8", trusted_proxies="127.0.0.1") as number:
        expected = 200 if path == "/livez" else 403
        assert (await asked(number, request("GET", path))).status == expected
        for line, status in ((b"X-Forwarded-For: 10.0.0.9", 200), (b"X-Forwarded-For: 192.0.2.9", 403)):
            assert (await asked(number, request("GET", path, line))).status == status


async def test_metrics_need_their_token(metrics):
    async with port(metrics, api_tokens="prom:metrics:m-secret-of-16-chars") as number:
        (await asked(number, request("GET", "/metrics"))).problem()
        token = b"Authorization: Bearer m-secret-of-16-chars"
        assert (await asked(number, request("GET", "/metrics", token))).status == 200
        assert (await asked(number, request("GET", "/livez"))).status == 200


async def test_what_is_no_request_is_a_problem_here_too(metrics):
    async with port(metrics) as number:
        hosts = {name: request("GET", "/livez", host=host) for name, host in HOSTS.items()}
        others = {"no route": request("GET", "/no/such"), "no method": request("POST", "/livez")}
        for name, sent in {**MALFORMED, **hosts, **others}.items():
            answer = await asked(number, sent)
            assert 400 <= answer.problem()["status"] < 500, name


async def test_a_page_of_another_site_asks_in_vain(metrics):
    async with port(metrics) as number:
        sent = request("POST", "/livez", b"Sec-Fetch-Site: cross-site")
        assert (await asked(number, sent)).problem()["status"] == 403
