"""Sentinels and clusters that were all down, or come later than we do; many callers at once; passwords and TLS."""

import asyncio
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from redis import Redis as BlockingRedis
from redis.exceptions import RedisError

from watchsync.job import NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

CALLERS = 120
"""More than a client has connections."""


def until_says(port, *command, says, **options):
    """Ask again until the answer holds these words."""
    while True:
        try:
            with BlockingRedis(port=port, **options) as client:
                if says in str(client.execute_command(*command)):
                    return
        except RedisError:
            continue


@pytest.fixture
def cluster(start_redis, port):
    """The servers of a cluster of three, and the port of one."""
    ports = [port() for _ in range(3)]
    servers = [
        start_redis("--cluster-enabled", "yes", "--cluster-port", str(port()), "--appendonly", "yes", port=each)
        for each in ports
    ]
    nodes = [f"127.0.0.1:{each}" for each in ports]
    create = ["redis-cli", "--cluster", "create", *nodes, "--cluster-replicas", "0", "--cluster-yes"]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
    for each in ports:
        until_says(each, "CLUSTER", "INFO", says="cluster_state:ok")
    return servers, ports[0]


@contextmanager
def sentinel_of(master_port, port, folder, *lines):
    config = folder / "sentinel.conf"
    config.write_text("\n".join((f"port {port}", f"sentinel monitor mymaster 127.0.0.1 {master_port} 1", *lines)))
    command = [shutil.which("redis-server"), str(config), "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as process:
        try:
            yield
        finally:
            process.kill()


async def lives_on(house, fall, rise):
    """A job is done before everything falls, one that runs meanwhile and one asked for afterwards are done too."""
    running = await house.accepted("ur1")
    await house.runs.started.get()
    await asyncio.to_thread(fall)
    assert (await house.ask("ur2")).status == 503
    house.runs.may_end.set()
    await asyncio.to_thread(rise)
    await house.back()
    assert (await house.done(running)).attempts == 1
    while (answer := await house.ask("ur3")).status == 503:
        await house.back()
    await house.done((await answer.json())["jobId"])


async def test_a_cluster_that_was_all_down_comes_back(cluster, open_house):
    servers, port = cluster

    def fall():
        for server in servers:
            server.kill()

    def rise():
        for server in servers:
            server.start()

    async with open_house(f"redis+cluster://127.0.0.1:{port}") as house:
        await lives_on(house, fall, rise)


async def test_a_cluster_that_comes_after_us_is_used(cluster, open_house):
    servers, port = cluster
    for server in servers:
        server.kill()
    async with open_house(f"redis+cluster://127.0.0.1:{port}") as house:
        house.runs.may_end.set()
        assert (await house.ask("ur1")).status == 503
        for server in servers:
            server.start()
        await house.back()
        while (answer := await house.ask("ur1")).status == 503:
            await house.back()
        await house.done((await answer.json())["jobId"])


async def test_a_master_behind_sentinels_that_was_down_comes_back(start_redis, port, open_house, tmp_path):
    at, guard = port(), port()
    server = start_redis("--appendonly", "yes", port=at)
    with sentinel_of(at, guard, tmp_path, "sentinel down-after-milliseconds mymaster 60000"):
        until_says(guard, "SENTINEL", "MASTERS", says="mymaster")
        async with open_house(f"redis+sentinel://127.0.0.1:{guard}/mymaster") as house:
            await lives_on(house, server.kill, server.start)


async def test_sentinels_that_come_after_us_are_used(start_redis, port, open_house, tmp_path):
    at, guard = port(), port()
    start_redis(port=at)
    async with open_house(f"redis+sentinel://127.0.0.1:{guard}/mymaster") as house:
        house.runs.may_end.set()
        assert (await house.ask("ur1")).status == 503
        with sentinel_of(at, guard, tmp_path):
            await house.back()
            await house.done(await house.accepted("ur2"))


async def test_an_idle_worker_finds_the_new_master_though_the_old_one_is_still_up(
    start_redis, port, open_house, tmp_path
):
    old, new, guard = port(), port(), port()
    start_redis(port=old)
    start_redis(port=new)
    with sentinel_of(old, guard, tmp_path):
        until_says(guard, "SENTINEL", "MASTERS", says="mymaster")
        async with open_house(f"redis+sentinel://127.0.0.1:{guard}/mymaster", follow_seconds=0.2) as house:
            house.runs.may_end.set()
            await house.done(await house.accepted("ur1"))
            await house.runs.started.get()
            with BlockingRedis(port=guard) as sentinel:
                sentinel.sentinel_remove("mymaster")
                sentinel.sentinel_monitor("mymaster", "127.0.0.1", new, 1)
            other = connect(f"redis://127.0.0.1:{new}")
            asked = NewJob(id="J2", ref=ListRef.parse("ur2"))
            await Queue.on(other, Metrics()).producer.submit(asked)
            await other.aclose()
            async with asyncio.timeout(40):
                assert await house.runs.started.get() == "J2"


async def test_sentinels_and_master_have_passwords_of_their_own(start_redis, port, open_house, tmp_path):
    at, guard = port(), port()
    start_redis("--requirepass", "masters p@ss", port=at, waits=False)
    lines = ('sentinel auth-pass mymaster "masters p@ss"', "requirepass guards")
    with sentinel_of(at, guard, tmp_path, *lines):
        until_says(guard, "PING", says="True", password="guards")
        address = f"redis+sentinel://:masters%20p%40ss@127.0.0.1:{guard}/mymaster?sentinel_password=guards"
        async with open_house(address) as house:
            house.runs.may_end.set()
            await house.done(await house.accepted("ur1"))


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
async def test_who_finds_all_connections_busy_waits_for_one(kind, request, start_redis, port, tmp_path):
    if kind == "cluster":
        _, at = request.getfixturevalue("cluster")
        await _many(f"redis+cluster://127.0.0.1:{at}")
    else:
        at, guard = port(), port()
        start_redis(port=at)
        with sentinel_of(at, guard, tmp_path):
            until_says(guard, "SENTINEL", "MASTERS", says="mymaster")
            await _many(f"redis+sentinel://127.0.0.1:{guard}/mymaster")


async def _many(url):
    client = connect(url)
    await client.ping()
    answers = await asyncio.gather(*(client.incr("{watchsync}:count") for _ in range(CALLERS)))
    assert sorted(answers) == list(range(1, CALLERS + 1))
    clients = await client.execute_command("INFO", "clients", **_anywhere(client))
    await client.aclose()
    assert int(clients["connected_clients"]) < CALLERS / 2


def _anywhere(client):
    return {"target_nodes": client.get_node_from_key("{watchsync}:count")} if hasattr(client, "get_nodes") else {}
