"""Redis goes and comes again in every way that it can: nothing is lost, each outage is told once."""

import asyncio
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from redis import Redis as BlockingRedis
from redis.exceptions import RedisError

from watchsync import keys
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect

CHANGES = ("redis.lost", "redis.recovered")


@dataclass(frozen=True)
class Trouble:
    """How it begins, how it ends, and what it is called in metrics and logs."""

    reason: str
    begin: Callable
    end: Callable
    options: str = ""


def admin(server) -> BlockingRedis:
    return BlockingRedis.from_url(server.url)


def set_config(server, name, value):
    with admin(server) as client:
        client.config_set(name, value)


def lock_out(server):
    with admin(server) as client:
        client.config_set("requirepass", "changed")
        client.client_kill_filter(_type="normal", skipme=True)
        client.client_kill_filter(_type="pubsub")


def let_in(server):
    with BlockingRedis.from_url(server.url, password="changed") as client:
        client.config_set("requirepass", "")


def spin(server):
    def run():
        try:
            with admin(server) as client:
                client.eval("while true do end", 0)
        except RedisError:
            return

    set_config(server, "lua-time-limit", "1")
    threading.Thread(target=run, daemon=True).start()
    with admin(server) as client:
        while True:
            try:
                client.ping()
            except RedisError:
                return


def stop_spinning(server):
    with admin(server) as client:
        client.script_kill()


def demote(server):
    with admin(server) as client:
        client.replicaof("127.0.0.1", "1")


def promote(server):
    with admin(server) as client:
        client.replicaof("no", "one")


def disarm(server):
    """Take every right from the user by whom we come."""
    with admin(server) as client:
        client.acl_setuser("boss", enabled=True, nopass=True, keys=["*"], categories=["+@all"])
        client.acl_setuser("default", enabled=True, nopass=True, categories=["-@all"])


def rearm(server):
    with BlockingRedis.from_url(server.url, username="boss", password="any") as client:
        client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], channels=["*"], categories=["+@all"])


def ask_for_replicas(count):
    return lambda server: set_config(server, "min-replicas-to-write", count)


TROUBLES = [
    Trouble("locked-out", disarm, rearm),
    Trouble("failover", ask_for_replicas("1"), ask_for_replicas("0")),
    Trouble("unreachable", lambda server: server.kill(), lambda server: server.start()),
    Trouble("full", lambda s: set_config(s, "maxmemory", "1"), lambda s: set_config(s, "maxmemory", "0")),
    Trouble("read-only", demote, promote),
    Trouble(
        "silent",
        lambda server: server.signal(signal.SIGSTOP),
        lambda server: server.signal(signal.SIGCONT),
        "?socket_timeout=2",
    ),
    Trouble("locked-out", lock_out, let_in),
    Trouble("busy", spin, stop_spinning),
]


REFUSALS = [
    ("limited", "ERR max daily request limit exceeded. Limit: 10000, Usage: 10001. See https://upstash.com/docs"),
    ("limited", "ERR max concurrent connections exceeded"),
    ("unknown", "ECLIPSE come back tomorrow"),
    ("unknown", "ERR this database is paused"),
    ("failover", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
    ("full", "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."),
    ("locked-out", "NOAUTH Authentication required."),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: f"{trouble.reason}-{trouble.begin.__name__}")
async def test_an_outage_is_lived_through(trouble, own_redis, open_house, logged):
    begin, end = partial(trouble.begin, own_redis), partial(trouble.end, own_redis)
    await lives_through(own_redis.url + trouble.options, trouble.reason, begin, end, open_house, logged)


@pytest.mark.parametrize(("reason", "refusal"), REFUSALS)
async def test_a_server_that_refuses_everything_is_an_outage(reason, refusal, proxy, open_house, logged):
    def refuse(what):
        proxy.refusal = what

    await lives_through(proxy.url, reason, lambda: refuse(refusal), lambda: refuse(None), open_house, logged)


async def lives_through(url, reason, begin, end, open_house, logged):
    """A running job ends during the outage and is settled after it; requests are told, and so is the log, once."""
    async with open_house(url) as house:
        running = await house.accepted("ur1")
        await house.runs.started.get()
        assert await house.ready()
        await asyncio.to_thread(begin)
        refused = await house.ask("ur2")
        ready, health = await house.ready(), await (await house.api.get("/health")).json()
        assert (refused.status, refused.headers["Retry-After"], ready, house.gauge) == (503, "5", False, 0)
        assert health["checks"]["redis"] == "unhealthy"
        house.runs.may_end.set()  # the running job ends while nobody can be told
        await asyncio.to_thread(end)
        await house.back()
        assert (await house.done(running)).attempts == 1
        await house.done(await house.accepted("ur2"))
        assert await house.ready()
    assert house.gauge == 1
    assert house.failures(reason) > 0
    changes = [line for line in logged if line["event"] in CHANGES]
    assert [line["event"] for line in changes] == list(CHANGES)
    assert changes[0]["reason"] == reason


async def test_both_modes_start_without_redis_and_go_on_when_it_comes(own_redis, open_house, logged):
    own_redis.kill()
    async with open_house(own_redis.url) as house:
        house.runs.may_end.set()
        assert (await house.ask("ur1")).status == 503
        assert not await house.ready()
        own_redis.start()
        await house.back()
        await house.done(await house.accepted("ur1"))
        assert await house.ready()
    assert [line["event"] for line in logged if line["event"] in CHANGES] == list(CHANGES)


async def test_a_redis_that_is_loading_is_waited_for(own_redis, open_house, logged):
    async with open_house(own_redis.url) as house:
        job_id = await house.accepted("ur1")
        await house.runs.started.get()
        with admin(own_redis) as client, client.pipeline(transaction=False) as many:
            for number in range(4000):
                many.set(f"filler:{number}", number)
            many.execute()
        own_redis.kill()
        own_redis.start("--key-load-delay", "1000", waits=False)  # four seconds of loading
        assert (await house.ask("ur2")).status == 503
        house.runs.may_end.set()
        await asyncio.to_thread(own_redis.wait_until_it_answers)
        await house.back()
        assert (await house.done(job_id)).attempts == 1
    assert house.failures("loading") > 0
    assert [line["event"] for line in logged if line["event"] in CHANGES] == list(CHANGES)


async def test_a_dead_proxy_that_never_closes_is_noticed_by_the_worker(proxy, open_house, logged):
    async with open_house(f"{proxy.url}?socket_timeout=2", ping_seconds=0.3) as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))
        await house.runs.started.get()
        proxy.swallow()  # all that is connected is dead now, and looks alive
        async with asyncio.timeout(120):
            while "listener.disconnected" not in [line["event"] for line in logged]:
                await house.api.get("/health")
        while (answer := await house.ask("ur2")).status == 503:
            await house.back()
        assert (await answer.json())["jobId"] == await house.runs.started.get()


async def test_an_idle_cut_is_one_quiet_line_and_loses_no_wake_up(own_redis, open_house, logged):
    async with open_house(own_redis.url) as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))
        with admin(own_redis) as client:
            client.client_kill_filter(_type="pubsub")
        await house.done(await house.accepted("ur2"))
    lines = [line for line in logged if line["event"].startswith(("listener", "redis"))]
    assert {(line["event"], line["log_level"]) for line in lines} == {("listener.disconnected", "info")}
    assert len(lines) == 2  # one for the API's, one for the worker's connection


async def test_a_cancellation_that_was_missed_during_a_cut_still_stops_the_work(proxy, own_redis, open_house):
    async with open_house(proxy.url, lease_seconds=600) as house:
        job_id = await house.accepted("ur1")
        await house.runs.started.get()
        proxy.passes.clear()  # nobody gets a new connection
        proxy.cut()
        direct = connect(own_redis.url)
        await Queue.on(direct, Metrics()).producer.cancel(job_id)
        await direct.aclose()
        proxy.passes.set()
        async with asyncio.timeout(100):  # a renewal is due only after 200
            assert await house.runs.stopped.get() == job_id


async def test_a_forgotten_group_is_made_again_and_waiting_jobs_are_done(own_redis, open_house):
    async with open_house(own_redis.url) as house:
        first, second = await house.accepted("ur1"), await house.accepted("ur2")
        third = await house.accepted("ur3")  # two slots: this one waits
        await house.runs.started.get()
        with admin(own_redis) as client:
            client.xgroup_destroy(keys.STREAM, keys.GROUP)
            client.script_flush()
        house.runs.may_end.set()
        for job_id in (first, second, third):
            await house.done(job_id)


async def test_after_a_flush_new_jobs_are_done(own_redis, open_house):
    async with open_house(own_redis.url) as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))
        own_redis.flush()
        await house.done(await house.accepted("ur1"))


async def test_a_key_of_another_type_is_set_aside_and_told_once(own_redis, open_house, logged):
    async with open_house(own_redis.url) as house:
        house.runs.may_end.set()
        with admin(own_redis) as client:
            client.set(keys.JOBS, "somebody else's")
        await house.done(await house.accepted("ur1"))
        with admin(own_redis) as client:
            assert client.get(f"{keys.JOBS}:quarantined") == b"somebody else's"
        await house.done(await house.accepted("ur3"))
    told = [line["event"] for line in logged if line["event"].startswith(("redis.", "keys."))]
    assert told == ["redis.command_refused", "keys.quarantined"]
    assert house.failures("refused") > 0


async def test_an_error_of_one_command_that_nobody_has_seen_is_no_outage(proxy, open_house, logged):
    async with open_house(proxy.url) as house:
        house.runs.may_end.set()
        await house.done(await house.accepted("ur1"))
        proxy.refuses = lambda command: command[0].upper() == b"HMGET"
        proxy.refusal = "ECLIPSE come back tomorrow"
        answer = await house.api.get("/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        assert (answer.status, await house.ready(), house.gauge) == (503, True, 1)
        assert "ECLIPSE" in (await answer.json())["detail"]
        proxy.refusal = None
        await house.done(await house.accepted("ur2"))
    told = [line["event"] for line in logged if line["event"].startswith("redis.")]
    assert told == ["redis.command_refused"]
    assert house.failures("unknown") > 0
