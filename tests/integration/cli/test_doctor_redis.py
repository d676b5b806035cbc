"""Doctor before real servers that are not as a queue needs them: the cause is named, and which Redis it is."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis

from watchsync.cli.doctor_checks import Finding
from watchsync.cli.doctor_redis import redis_findings

PLACE = "WATCHSYNC_REDIS_URL"
Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path, free_port: int) -> Iterator[Serve]:
    """Start a redis-server with options; its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        binary = shutil.which("redis-server")
        assert binary
        command = [binary, "--port", str(free_port), "--dir", str(tmp_path), "--save", "", "--appendonly", "yes"]
        if "--cluster-enabled" in options:  # its nodes would meet 10,000 higher, where any program may listen
            command += ["--cluster-port", str(_unused_port())]
        started.append(subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL))
        while not _listens(free_port):
            assert started[0].poll() is None, "redis-server died at its start"
        return f"redis://127.0.0.1:{free_port}"

    yield start
    for process in started:
        process.kill()
        process.wait()


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def set_user(url: str, *rules: str) -> str:
    """Give a user these rights; the address with the user in it."""
    with BlockingRedis.from_url(url) as client:
        client.execute_command("ACL", "SETUSER", "me", "reset", "on", ">hunter2", *rules)
    return url.replace("redis://", "redis://me:hunter2@")


async def looked(url: str) -> list[Finding]:
    found = await redis_findings(url, PLACE)
    assert all("hunter2" not in finding.line() for finding in found)
    return found


def bad(found: list[Finding]) -> str:
    return "\n".join(finding.line() for finding in found if not finding.is_good)


async def test_a_good_one_is_named_with_where_its_address_stands(serve: Serve):
    url = serve("--maxmemory-policy", "noeviction")
    found = await looked(url)
    assert bad(found) == ""
    assert found[0].line() == f"✓ Redis: {url} ({PLACE})"


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl", "volatile-lfu"])
async def test_one_that_evicts_is_told_to_stop(serve: Serve, policy: str):
    told = bad(await looked(serve("--maxmemory-policy", policy)))
    assert told.startswith(f"✗ Redis eviction: {policy} Fix: Set maxmemory-policy noeviction")


LOCKED = [
    ("redis://{place}", ("--requirepass", "pw-of-it"), "locks us out: it wants a password"),
    ("redis://:hunter2@{place}", ("--requirepass", "pw-of-it"), "refuses the name or password"),
    ("redis://nobody:hunter2@{place}", (), "refuses the name or password"),
    ("redis://:hunter2@{place}", (), "has no password, but is given one"),
    ("redis://{place}/99", (), "has no database of that number"),
    ("redis+cluster://{place}", (), "is no cluster"),
    ("rediss://{place}", (), "rediss:// is for a server that speaks TLS only"),
    ("redis://{place}", ("--maxmemory", "1"), "is full"),
    ("redis://{place}", ("--replicaof", "127.0.0.1", "1"), "is a replica"),
    ("redis://{place}", ("--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "no"), "is a replica"),
    ("redis://{place}", ("--cluster-enabled", "yes"), "is a cluster that is down"),
    ("redis://{place}", ("--min-replicas-to-write", "1"), "has too few replicas"),
]


@pytest.mark.parametrize(("address", "options", "cause"), LOCKED)
async def test_the_cause_is_named(serve: Serve, address: str, options: tuple[str, ...], cause: str):
    place = serve(*options).removeprefix("redis://")
    told = bad(await looked(address.format(place=place)))
    assert cause in told
    assert place in told
    assert " Fix: " in told


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("redis://127.0.0.1:1", "nothing listens there"),
        ("redis://:hunter2@localhost:1/0", "nothing listens there"),
        ("redis://no-such-host.invalid", "no host has that name"),
        ("unix:///nowhere/redis.sock", "no such socket or CA file"),
        ("rediss://127.0.0.1:1?ssl_ca_certs=/nowhere/ca.pem", "no such socket or CA file"),
        ("redis+sentinel://127.0.0.1:1/main", "Redis: redis+sentinel://127.0.0.1:1/main"),
    ],
)
async def test_the_way_to_it_is_named_where_that_is_the_matter(address: str, cause: str):
    assert cause in bad(await looked(address))


RIGHTS = [
    (("+@all", "-info", "~*", "&*"), "Redis version: not told: this user may not run INFO", False),
    (("+@all", "-@dangerous", "~*", "&*"), "Redis version: not told: this user may not run INFO", False),
    (("+@all", "~*", "resetchannels"), "Redis channels: this user may not subscribe to them", True),
    (("+@all", "~*", "&other*"), "Redis channels: this user may not subscribe to them", True),
    (("+@all", "~*", "&*", "-publish"), "Redis channels: this user may not publish on them", True),
    (("+@all", "~*", "&*", "-subscribe"), "Redis channels: this user may not subscribe to them", True),
    (("+@all", "~other*", "&*"), "does not let this user do it", True),
    (("+@all", "-eval", "~*", "&*"), "does not let this user do it", True),
    (("+@read", "~*", "&*"), "does not let this user do it", True),
    (("+@all", "-getdel", "~*", "&*"), "does not let this user do it", True),
]


@pytest.mark.parametrize(("rules", "said", "is_bad"), RIGHTS)
async def test_what_a_user_may_not_do_is_named(serve: Serve, rules: tuple[str, ...], said: str, is_bad: bool):
    found = await looked(set_user(serve(), *rules))
    assert said in "\n".join(finding.line() for finding in found)
    assert (said in bad(found)) is is_bad


async def test_a_certificate_of_another_ca_is_named(tmp_path: Path):
    """A server that shows a certificate which nobody here signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run([*command, "-subj", "/CN=localhost", "-days", "2"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            peer, _ = listening.accept()
            with peer, pytest.raises(OSError, match=r"alert|EOF|closed|reset"):
                context.wrap_socket(peer, server_side=True)

        shaking = threading.Thread(target=refuse)
        shaking.start()
        told = bad(await looked(f"rediss://127.0.0.1:{listening.getsockname()[1]}"))
        shaking.join()
    assert "shows a certificate that this machine does not trust" in told
    assert "ssl_ca_certs" in told
