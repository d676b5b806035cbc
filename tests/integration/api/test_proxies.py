"""Who counts as whom behind nginx and Caddy, which really run, with the very lines that docs/proxies.md shows."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from raw_http import asked, request

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs/proxies.md").read_text()
NOBODY = "0.0.0.0"
LOOPBACK = "127.0.0.1,::1"
FORGED = [
    *(b"X-Forwarded-For: 203.0.113.66", b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: https"),
    *(b"X-Real-IP: 203.0.113.66", b"Forwarded: for=203.0.113.66", b"CF-Connecting-IP: 203.0.113.66"),
]


def own_address(family: socket.AddressFamily, elsewhere: str) -> str | None:
    """An address of this machine that is not loopback, if it has one of this family."""
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((elsewhere, 9))
        return probe.getsockname()[0]
    return None


V4, V6 = own_address(socket.AF_INET, "192.0.2.1"), own_address(socket.AF_INET6, "2001:db8::1")
OUTSIDERS = [each for each in (V4, V6) if each]
EVERYBODY = ["127.0.0.1", "::1", *OUTSIDERS]


def lines_for(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)[number]


@pytest.mark.parametrize("language", ["nginx", "caddy"])
def test_the_readme_shows_the_lines_that_are_tried(language):
    assert f"```{language}\n{lines_for(language)}```" in (ROOT / "README.md").read_text()


@pytest.fixture
def started(tmp_path, unused_tcp_port_factory) -> Iterator[Callable[..., int]]:
    """Start a proxy in front of a port; it listens for both families."""
    running: list[subprocess.Popen[bytes]] = []

    def start(kind: str, behind: int, *, believes: bool = False) -> int:
        port = unused_tcp_port_factory()
        folder = tmp_path / f"{kind}-{port}"
        folder.mkdir()
        command = {"nginx": nginx, "caddy": caddy}[kind](folder, port, behind, believes=believes)
        own = {**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        silent = subprocess.DEVNULL
        running.append(subprocess.Popen(command, env=own, stderr=silent, stdout=silent))
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return port
            assert running[-1].poll() is None, f"{kind} did not start"

    yield start
    for process in running:
        process.terminate()
        process.wait()


def nginx(folder: Path, port: int, behind: int, *, believes: bool) -> list[str]:
    location = lines_for("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    if believes:
        location = location.replace("Proto $scheme", "Proto $http_x_forwarded_proto")
        location = location.replace("Host: $http_host", "Host: $http_x_forwarded_host")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root; worker_processes 1;\n"
        "events {}\n"
        f"http {{ access_log off; {temporary}\n"
        f"server {{ listen 0.0.0.0:{port}; listen [::]:{port}; {location} }} }}\n"
    )
    return ["nginx", "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, port: int, behind: int, *, believes: bool) -> list[str]:
    site = lines_for("caddy", int(believes)).replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    (folder / "Caddyfile").write_text(f"{{\n admin off\n auto_https off\n}}\nhttp://:{port} {{\n{site}\n}}\n")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


async def counts_as(port: int, through: str, *lines: bytes) -> str:
    """The address that somebody has who connects to this address of ours, which is theirs too."""
    host = f"[{through}]:{port}" if ":" in through else f"{through}:{port}"
    answer = await asked(port, request("GET", "/", *lines, host=host.encode()), host=through)
    return re.search(r"The address (\S+) is not among", answer.problem()["detail"])[1]


@pytest.mark.parametrize("forged", [[], FORGED], ids=["honest", "forged"])
@pytest.mark.parametrize("who", EVERYBODY)
async def test_with_nothing_between_the_socket_tells(served, who, forged):
    """The port is one for both families, so that version 4 comes mapped."""
    api = await served(bind="::", allowed_ips="198.51.100.0/24")
    assert await counts_as(api.port, who, *forged) == (NOBODY if forged and who not in OUTSIDERS else who)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_only_over_loopback_one_is_local(served, who):
    api = await served(bind="::")
    answer = await asked(api.port, request("GET", "/jobs"), host=who)
    assert answer.status == (403 if who in OUTSIDERS else 200)


PROXIES = [
    pytest.param(each, marks=pytest.mark.skipif(not shutil.which(each), reason=f"{each} is not installed"))
    for each in ("nginx", "caddy")
]
PAIRS = [
    pytest.param(
        *pair,
        marks=pytest.mark.skipif(not all(map(shutil.which, pair)), reason=f"{' and '.join(pair)} are not installed"),
    )
    for pair in (("caddy", "nginx"), ("nginx", "caddy"))
]


@pytest.mark.parametrize("forged", [[], FORGED], ids=["honest", "forged"])
@pytest.mark.parametrize("proxy", PROXIES)
async def test_behind_one_proxy_who_is_trusted_decides(served, started, proxy, forged):
    for trusted, expected in ((None, None), ("192.0.2.99", None), (LOOPBACK, "self"), ("::ffff:127.0.0.1", "self")):
        api = await served(allowed_ips="198.51.100.0/24", trusted_proxies=trusted)
        port = started(proxy, api.port)
        for who in OUTSIDERS if forged and expected else EVERYBODY:
            outsider = who if expected and who in OUTSIDERS else NOBODY
            assert await counts_as(port, who, *forged) == outsider, (trusted, who)


@pytest.mark.parametrize("forged", [[], FORGED], ids=["honest", "forged"])
@pytest.mark.parametrize(("far", "near"), PAIRS)
async def test_behind_two_proxies_both_must_be_trusted(served, started, far, near, forged):
    api = await served(allowed_ips="198.51.100.0/24", trusted_proxies=LOOPBACK)
    port = started(far, started(near, api.port, believes=True))
    for who in OUTSIDERS if forged else EVERYBODY:
        assert await counts_as(port, who, *forged) == (who if who in OUTSIDERS else NOBODY), who


@pytest.mark.parametrize("trusted", [None, LOOPBACK], ids=["untrusted", "trusted"])
@pytest.mark.parametrize("proxy", PROXIES)
async def test_through_a_proxy_nobody_is_local_whatever_they_write(served, started, proxy, trusted):
    api = await served(trusted_proxies=trusted)
    port = started(proxy, api.port)
    for path in ("/jobs", "/admin/dead"):
        for host in (b"localhost", b"127.0.0.1:8000", b"[::1]"):
            assert (await asked(port, request("GET", path, host=host))).problem()["status"] == 403
    assert (await asked(api.port, request("GET", "/jobs"))).status == 200


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
async def test_a_proxy_that_says_nothing_at_all_is_not_local_either(served, started, monkeypatch):
    """nginx with nothing but proxy_pass names us by our own address and sets no header."""
    bare = "location / { proxy_pass http://127.0.0.1:8000; }"
    monkeypatch.setitem(globals(), "lines_for", lambda *_: bare)
    api = await served()
    answer = await asked(started("nginx", api.port), request("GET", "/jobs"))
    assert answer.problem()["status"] == 403


@pytest.mark.parametrize("proxy", PROXIES)
async def test_links_bear_the_name_by_which_the_proxy_was_asked(served, started, proxy):
    api = await served(trusted_proxies=LOOPBACK)
    port = started(proxy, api.port)
    plain = b"Accept-Encoding: identity"
    for lines in ([], FORGED):
        answer = await asked(port, request("GET", "/ur1/manifest.json", plain, *lines, host=b"watchsync.example"))
        assert b'"http://watchsync.example/static/logo.png"' in answer.body
        assert b"evil.example" not in answer.body


@pytest.mark.parametrize("proxy", PROXIES)
async def test_our_own_page_may_ask_for_a_sync_through_a_proxy(served, started, proxy):
    api = await served(trusted_proxies=LOOPBACK)
    port = started(proxy, api.port)
    json, body = b"Content-Type: application/json", b'{"listRef": "ur1"}'
    for origin, status in ((b"https://watchsync.example", 202), (b"https://evil.example", 403)):
        sent = request("POST", "/api/sync", json, b"Origin: " + origin, body=body, host=b"watchsync.example")
        assert (await asked(port, sent)).status == status
