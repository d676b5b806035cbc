"""Every kind of address that is promised, on real servers: failover, sentinels, a cluster, TLS and ACL users."""

import asyncio
import shutil
import subprocess

import pytest
from redis import Redis as BlockingRedis
from redis.exceptions import RedisError

from watchsync.redis_client import connect


def tell(port, *command):
    with BlockingRedis(port=port) as client:
        return client.execute_command(*command)


def until(port, *command, says):
    """Ask again until the answer holds these bytes."""
    while True:
        try:
            if says in str(tell(port, *command)):
                return
        except RedisError:
            continue


async def test_a_failover_behind_one_address_is_followed(start_redis, port, proxy, open_house):
    first, second = port(), port()
    old = start_redis(port=first)
    new = start_redis("--replicaof", f"127.0.0.1 {first}", port=second)
    await asyncio.to_thread(until, second, "INFO", "replication", says="'master_link_status': 'up'")
    proxy.server = old.url.removeprefix("unix://")
    async with open_house(proxy.url) as house:
        running = await house.accepted("ur1")
        await house.runs.started.get()
        tell(first, "WAIT", 1, 60_000)
        proxy.server = new.url.removeprefix("unix://")
        await asyncio.to_thread(tell, second, "REPLICAOF", "NO", "ONE")
        await asyncio.to_thread(tell, first, "REPLICAOF", "127.0.0.1", second)
        refused = await house.ask("ur2")  # READONLY, or already the new master
        house.runs.may_end.set()
        await house.back()
        assert refused.status in {202, 503}
        assert (await house.done(running)).attempts == 1
        await house.done(await house.accepted("ur3"))
    assert house.failures("read-only") > 0


async def test_sentinels_lead_to_the_new_master(start_redis, port, open_house, tmp_path):
    first, second, guard = port(), port(), port()
    start_redis(port=first)
    start_redis("--replicaof", f"127.0.0.1 {first}", port=second)
    await asyncio.to_thread(until, second, "INFO", "replication", says="'master_link_status': 'up'")
    config = tmp_path / "sentinel.conf"
    config.write_text(
        f"port {guard}\nsentinel monitor mymaster 127.0.0.1 {first} 1\n"
        "sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 5000\n"
    )
    binary = shutil.which("redis-server")
    command = [binary, str(config), "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path) as sentinel:
        try:
            await asyncio.to_thread(until, guard, "SENTINEL", "REPLICAS", "mymaster", says=str(second))
            async with open_house(f"redis+sentinel://127.0.0.1:{guard}/mymaster") as house:
                running = await house.accepted("ur1")
                await house.runs.started.get()
                tell(first, "WAIT", 1, 60_000)
                while True:
                    try:
                        await asyncio.to_thread(tell, guard, "SENTINEL", "FAILOVER", "mymaster")
                        break
                    except RedisError:  # NOGOODSLAVE until the replica's state is known
                        continue
                await asyncio.to_thread(until, second, "ROLE", says="master")
                await asyncio.to_thread(until, first, "ROLE", says="slave")
                house.runs.may_end.set()  # what the old master was told after the change would be lost
                assert (await house.done(running)).attempts == 1
                while (answer := await house.ask("ur2")).status == 503:
                    await house.back()
                await house.done((await answer.json())["jobId"])
            assert str(second) in str(tell(guard, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"))
        finally:
            sentinel.kill()


async def test_a_cluster_of_three_serves_the_queue(start_redis, port, open_house):
    ports = [port() for _ in range(3)]
    for each in ports:
        bus = port()
        start_redis("--cluster-enabled", "yes", "--cluster-port", str(bus), port=each)
    nodes = [f"127.0.0.1:{each}" for each in ports]
    create = ["redis-cli", "--cluster", "create", *nodes, "--cluster-replicas", "0", "--cluster-yes"]
    await asyncio.to_thread(subprocess.run, create, check=True, stdout=subprocess.DEVNULL)
    for each in ports:
        await asyncio.to_thread(until, each, "CLUSTER", "INFO", says="cluster_state:ok")
    async with open_house(f"redis+cluster://127.0.0.1:{ports[0]}") as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))
        assert await house.ready()


@pytest.fixture
def secured(start_redis, port, tmp_path):
    """A server that speaks TLS only, with a CA of its own and an ACL user; its port and the CA's file."""
    ca, key, certificate = (tmp_path / name for name in ("ca.pem", "key.pem", "cert.pem"))
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    shutil.copy(certificate, ca)
    listening = port()
    options = ["--tls-port", str(listening), "--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    options += ["--tls-ca-cert-file", str(ca), "--tls-auth-clients", "no"]
    server = start_redis(*options)
    with BlockingRedis.from_url(server.url) as client:
        client.acl_setuser(
            "watch", enabled=True, passwords=["+secret"], keys=["*"], channels=["*"], categories=["+@all"]
        )
    return listening, ca


async def test_tls_with_a_ca_of_ones_own_and_an_acl_user(secured, open_house):
    listening, ca = secured
    async with open_house(f"rediss://watch:secret@localhost:{listening}?ssl_ca_certs={ca}") as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))


async def test_an_unknown_ca_is_a_clear_error(secured):
    listening, _ = secured
    client = connect(f"rediss://watch:secret@localhost:{listening}")
    with pytest.raises(Exception, match="certificate verify failed"):
        await client.ping()
    await client.aclose()
