"""Politeness and the breaker, with several workers on one real Redis."""

import asyncio
from collections.abc import Callable

import pytest

from watchsync import keys
from watchsync.errors import CaptchaDemanded, OriginCoolingDown, RedisAway, Refused, Throttled
from watchsync.origin.breaker import State
from watchsync.origin.gate import Gate
from watchsync.redis_client import connect

HOST = "www.example.com"
QUARTER, HOUR, DAY = 15 * 60, 3600, 24 * 3600


class Sleeper:
    """Notes how long somebody would have waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def worker(client, metrics, sleeper) -> Callable[..., Gate]:
    """A gate as each worker process has its own."""

    def make(interval_seconds: float = 0.0) -> Gate:
        return Gate(client, metrics, host=HOST, interval_seconds=interval_seconds, sleep=sleeper)

    return make


@pytest.fixture
def let_pass(client) -> Callable[[float], object]:
    """Move what Redis remembers into the past, as if time had passed."""

    async def move(seconds: float) -> None:
        for field in ("open_until", "probe_until"):
            if await client.hexists(keys.origin(HOST), field):
                await client.hincrby(keys.origin(HOST), field, -int(seconds * 1000))

    return move


async def cooling_seconds(gate: Gate) -> float:
    with pytest.raises(OriginCoolingDown) as refused:
        await gate.visit().enter()
    return refused.value.retry_after_seconds


async def commands(client) -> int:
    return (await client.info("stats"))["total_commands_processed"]


async def test_all_workers_share_one_interval(worker, sleeper):
    gates = [worker(1000), worker(1000)]
    visits = [gate.visit() for gate in gates]
    for _ in range(2):
        for visit in visits:
            await visit.enter()
    assert sleeper.waits == pytest.approx([1000, 2000, 3000], abs=60)


async def test_pages_asked_for_at_once_get_a_turn_each(worker, sleeper):
    visits = [worker(100).visit() for _ in range(20)]
    await asyncio.gather(*(visit.enter() for visit in visits))
    assert sorted(sleeper.waits) == pytest.approx(range(100, 2000, 100), abs=60)


async def test_a_turn_that_is_past_costs_no_wait(worker, sleeper, client):
    gate = worker(10)
    await gate.visit().enter()
    await client.hincrby(keys.origin(HOST), "next", -10_000)
    await gate.visit().enter()
    assert sleeper.waits == []


async def test_without_an_interval_a_list_costs_one_command(worker, client):
    visit = worker().visit()
    await visit.enter()
    before = await commands(client)
    other = worker().visit()
    for _ in range(5):
        await other.enter()
        await other.report_ok()
    assert await commands(client) - before - 1 == 2 + 1  # the call, and what its script does: TIME and HMGET


async def test_only_without_an_interval_are_more_than_two_pages_of_a_list_under_way(worker):
    assert (worker(0).at_once, worker(0.5).at_once) == (4, 2)


async def test_a_refusal_keeps_every_worker_away_for_a_quarter_of_an_hour(worker, metrics):
    first, second = worker(), worker()
    seconds = await first.visit().report_refusal(CaptchaDemanded())
    assert seconds == pytest.approx(QUARTER, abs=60)
    assert await cooling_seconds(second) == pytest.approx(QUARTER, abs=60)
    assert second.breaker.seconds == pytest.approx(QUARTER, abs=60)
    assert metrics.registry.get_sample_value("watchsync_origin_breaker_open", {"site": "pages"}) == 1


async def test_refusals_of_pages_that_were_under_way_are_one_refusal(worker):
    for _ in range(5):
        seconds = await worker().visit().report_refusal(Refused())
    assert seconds == pytest.approx(QUARTER, abs=60)


async def test_a_breaker_says_in_which_state_it_is(client, metrics):
    now = [0.0]
    gate = Gate(client, metrics, host=HOST, interval_seconds=0, clock=lambda: now[0])
    assert gate.breaker.sentence == "healthy"
    await gate.visit().report_refusal(Refused())
    assert gate.breaker.sentence == "left alone for 900 s"
    now[0] += QUARTER
    assert gate.breaker.state is State.HALF_OPEN


async def test_a_breaker_is_half_open_until_its_probe_has_reported(worker, let_pass):
    gate = worker()
    await gate.visit().report_refusal(Throttled(retry_after_seconds=0.001))
    await let_pass(1)
    probe = gate.visit()
    await probe.enter()
    assert gate.breaker.state is State.HALF_OPEN
    await probe.report_ok()
    assert gate.breaker.state is State.CLOSED


async def test_a_worker_learns_that_another_ones_probe_closed_the_breaker(worker, let_pass):
    mine, other = worker(), worker()
    await mine.visit().report_refusal(Throttled(retry_after_seconds=0.001))
    await let_pass(1)
    probe = other.visit()
    await probe.enter()
    await probe.report_ok()
    await mine.visit().enter()
    assert mine.breaker.state is State.CLOSED


async def test_after_the_pause_one_visit_of_all_workers_is_the_probe(worker, let_pass):
    await worker().visit().report_refusal(Refused())
    await let_pass(QUARTER)
    probe = worker(1).visit()
    await probe.enter()
    assert 0 < await cooling_seconds(worker()) <= 120
    await probe.enter()
    await probe.report_ok()
    await worker().visit().enter()


async def test_a_failed_probe_doubles_the_pause_up_to_a_day(worker, let_pass):
    await worker().visit().report_refusal(Refused())
    pauses = []
    for _ in range(8):
        await let_pass(DAY)
        probe = worker().visit()
        await probe.enter()
        pauses.append(round(await probe.report_refusal(Refused())))
    assert pauses == [QUARTER * 2, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]


async def test_after_a_good_answer_the_next_pause_is_short_again(worker, let_pass):
    for _ in range(3):
        await worker().visit().report_refusal(Refused())
        await let_pass(DAY)
    probe = worker().visit()
    await probe.enter()
    await probe.report_ok()
    assert await probe.report_refusal(Refused()) == pytest.approx(QUARTER, abs=60)


async def test_a_probe_that_never_reports_is_followed_by_another(worker, let_pass):
    await worker().visit().report_refusal(Refused())
    await let_pass(QUARTER)
    lost = worker().visit()
    await lost.enter()
    await let_pass(120)
    probe = worker().visit()
    await probe.enter()
    await lost.report_ok()
    assert await cooling_seconds(worker()) > 0
    await probe.report_ok()
    await worker().visit().enter()


async def test_a_site_that_asks_to_slow_down_is_left_alone_as_long_as_it_says(worker, let_pass):
    assert await worker().visit().report_refusal(Throttled(retry_after_seconds=700)) == pytest.approx(700, abs=60)
    assert await cooling_seconds(worker()) == pytest.approx(700, abs=60)
    await let_pass(700)
    await worker().visit().enter()


async def test_slowing_down_without_a_time_closes_nothing(worker):
    assert await worker().visit().report_refusal(Throttled()) == 0
    await worker().visit().enter()


async def test_a_short_wait_never_shortens_a_long_pause(worker):
    await worker().visit().report_refusal(Refused())
    await worker().visit().report_refusal(Throttled(retry_after_seconds=5))
    assert await cooling_seconds(worker()) == pytest.approx(QUARTER, abs=60)


async def test_a_refusal_that_names_a_longer_time_is_believed(worker):
    assert await worker().visit().report_refusal(Refused(retry_after_seconds=HOUR)) == pytest.approx(HOUR, abs=60)


async def test_other_sites_have_gates_of_their_own(worker, client, metrics):
    await worker().visit().report_refusal(Refused())
    await Gate(client, metrics, host="other.example.com", interval_seconds=0).visit().enter()


async def test_what_is_remembered_expires(worker, client):
    await worker(1).visit().enter()
    assert 0 < await client.ttl(keys.origin(HOST)) <= 2 * DAY


async def test_a_redis_that_is_away_is_named_so(own_redis, metrics):
    own = connect(own_redis.url)
    gate = Gate(own, metrics, host=HOST, interval_seconds=0)
    await gate.visit().enter()
    own_redis.kill()
    with pytest.raises(RedisAway):
        await gate.visit().enter()
    await own.aclose()
