"""Nobody fills the queue: budgets of new lists by address, and a bound of what waits, shared by all API processes."""

import asyncio

import pytest
from ulid import ULID

from watchsync import keys
from watchsync.errors import BudgetSpent, QueueFull
from watchsync.job import Lane, NewJob
from watchsync.metrics import Metrics
from watchsync.queue.admission import Admission
from watchsync.queue.producer import IdempotencyKey
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

THREE_LISTS = Admission(lists_per_hour=3)
THREE_WAITING = Admission(waiting_jobs=3)


def new(number: int, address: str | None = "192.0.2.1", lane: Lane = Lane.INTERACTIVE) -> NewJob:
    return NewJob(id=str(ULID()), ref=ListRef.parse(f"ur{number + 1}"), lane=lane, budget_key=address)


@pytest.fixture
async def api(client):
    """Make an API's side of the queue: each has a connection of its own to the same Redis."""
    opened = []

    def make(url, admission):
        opened.append(connect(url))
        return Queue.on(opened[-1], Metrics(), admission=admission)

    yield make
    for each in opened:
        await each.aclose()


async def test_an_address_gets_so_many_new_lists_an_hour_from_all_processes_together(api, redis_url, client):
    first, second = api(redis_url, THREE_LISTS), api(redis_url, THREE_LISTS)
    for number, queue in enumerate((first, second, first)):
        assert (await queue.producer.submit(new(number))).created
    with pytest.raises(BudgetSpent) as refused:
        await second.producer.submit(new(3))
    assert 0 < refused.value.retry_after_seconds <= 3600
    assert await client.hlen(keys.ACTIVE) == 3
    assert (await second.producer.submit(new(3, "192.0.2.2"))).created
    assert (await second.producer.submit(new(4, None))).created  # who has a token


async def test_joining_and_asking_again_cost_nothing(api, redis_url):
    queue = api(redis_url, THREE_LISTS)
    job = new(0)
    for _ in range(5):
        await queue.producer.submit(job)
        await queue.producer.submit(new(0))
    for number in (1, 2):
        assert (await queue.producer.submit(new(number))).created


async def test_when_the_hour_is_over_there_is_a_new_budget(api, redis_url, client):
    queue = api(redis_url, THREE_LISTS)
    for number in range(3):
        await queue.producer.submit(new(number))
    assert 0 < await client.ttl(keys.BUDGETS) <= 3600
    await client.delete(keys.BUDGETS)  # as its time does
    assert (await queue.producer.submit(new(3))).created


async def test_an_address_is_nowhere_to_be_read_and_its_salt_lives_a_day(api, redis_url, client):
    await api(redis_url, THREE_LISTS).producer.submit(new(0))
    kept = [await client.dump(key) for key in await client.keys("*")]
    assert not [text for text in kept if b"192.0.2.1" in text]
    assert 0 < await client.ttl(keys.SALT) <= 86_400


async def test_what_waits_has_a_bound_for_everybody_but_who_joins_or_schedules(api, redis_url, hire):
    queue = api(redis_url, THREE_WAITING)
    for number in range(3):
        await queue.producer.submit(new(number, None))
    with pytest.raises(QueueFull) as refused:
        await queue.producer.submit(new(3, None))
    assert refused.value.retry_after_seconds > 0
    assert not (await queue.producer.submit(new(0, None))).created
    assert (await queue.producer.submit(new(4, lane=Lane.SCHEDULED))).created
    await hire().take(1)
    assert (await queue.producer.submit(new(3, None))).created
    assert (await queue.gauges.depth()).waiting == 4


async def test_a_crowd_in_one_batch_is_admitted_one_by_one(api, redis_url):
    queue = api(redis_url, THREE_WAITING)
    answers = await asyncio.gather(
        *(queue.producer.submit(new(number)) for number in range(10)), return_exceptions=True
    )
    assert [isinstance(answer, QueueFull) for answer in answers] == [False] * 3 + [True] * 7


async def test_who_asks_for_many_does_not_make_others_wait(api, redis_url, hire):
    queue = api(redis_url, Admission(lists_per_hour=20, first_lists=2))
    greedy = [(await queue.producer.submit(new(number))).job.id for number in range(6)]
    modest = (await queue.producer.submit(new(7, "192.0.2.2"))).job.id
    taken = [delivery.job.id for delivery in (await hire().take(4)).deliveries]
    assert taken == [*greedy[:2], modest, greedy[2]]


async def test_a_refused_submission_leaves_its_idempotency_key_free(api, redis_url, client):
    queue = api(redis_url, THREE_WAITING)
    for number in range(3):
        await queue.producer.submit(new(number))
    key = IdempotencyKey("scope", "key", "asked")
    with pytest.raises(QueueFull):
        await queue.producer.submit(new(3), idempotency=key)
    await client.delete(keys.STREAM)
    assert (await queue.producer.submit(new(3), idempotency=key)).created


@pytest.mark.parametrize("key", [keys.BUDGETS, keys.SALT])
async def test_a_budget_that_cannot_be_kept_refuses_nobody(api, redis_url, client, key):
    await client.lpush(key, "somebody else's")
    assert (await api(redis_url, THREE_LISTS).producer.submit(new(0))).created


async def test_without_bounds_everything_is_taken_in(queue):
    for number in range(30):
        assert (await queue.producer.submit(new(number))).created
