"""Politeness and the breaker, with several workers on one real Redis."""

import asyncio
from collections.abc import Callable

import pytest

from watchsync import keys
from watchsync.errors import (
    CaptchaDemanded,
    OriginCoolingDown,
    OriginCrowded,
    OriginUnreachable,
    PageDrifted,
    PageTimeout,
    RedisUnavailable,
    Refused,
    Throttled,
)
from watchsync.origin.breaker_monitor import BreakerMonitor, hosts
from watchsync.origin.circuit_breaker import BreakerState
from watchsync.origin.rate_limiter import RateLimiter
from watchsync.redis_client import connect
from watchsync.settings import load

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
def worker(client, metrics, sleeper) -> Callable[..., RateLimiter]:
    """A limiter as each worker process has its own."""

    def make(interval_seconds: float = 0.0) -> RateLimiter:
        return RateLimiter(client, metrics, host=HOST, interval_seconds=interval_seconds, sleep=sleeper)

    return make


@pytest.fixture
def let_pass(client) -> Callable[[float], object]:
    """Move what Redis remembers into the past, as if time had passed."""

    async def move(seconds: float) -> None:
        for field in ("open_until", "probe_until"):
            if await client.hexists(keys.origin(HOST), field):
                await client.hincrby(keys.origin(HOST), field, -int(seconds * 1000))

    return move


async def cooling_seconds(limiter: RateLimiter) -> float:
    with pytest.raises(OriginCoolingDown) as refused:
        await limiter.start_pass().enter()
    return refused.value.retry_after_seconds


async def commands(client) -> int:
    return (await client.info("stats"))["total_commands_processed"]


async def test_all_workers_share_one_interval(worker, sleeper):
    limiters = [worker(1000), worker(1000)]
    visits = [limiter.start_pass() for limiter in limiters]
    for _ in range(2):
        for pass_ in visits:
            await pass_.enter()
    assert sleeper.waits == pytest.approx([1000, 2000, 3000], abs=60)


async def test_pages_asked_for_at_once_get_a_turn_each(worker, sleeper):
    visits = [worker(100).start_pass() for _ in range(10)]
    await asyncio.gather(*(pass_.enter() for pass_ in visits))
    assert sorted(sleeper.waits) == pytest.approx(range(100, 1000, 100), abs=60)


async def test_a_list_is_not_begun_where_ten_pages_wait_and_those_under_way_go_on(worker, sleeper, metrics):
    begun = worker(100).start_pass()
    for _ in range(12):
        await begun.enter()
    other = worker(100)
    with pytest.raises(OriginCrowded) as crowded:
        await other.start_pass().enter()
    assert crowded.value.retry_after_seconds == pytest.approx(200, abs=1)
    assert other.is_crowded
    assert metrics.registry.get_sample_value("watchsync_origin_wait_seconds", {"site": "pages"}) == pytest.approx(
        1200, abs=1
    )
    await begun.enter()
    assert sleeper.waits[-1] == pytest.approx(1200, abs=1)  # nothing was booked for the one that was put off


async def test_a_crowd_is_forgotten_when_it_is_served(client, metrics):
    now = 0.0
    limiter = RateLimiter(client, metrics, host=HOST, interval_seconds=100, sleep=Sleeper(), clock=lambda: now)
    begun = limiter.start_pass()
    for _ in range(12):
        await begun.enter()
    with pytest.raises(OriginCrowded):
        await limiter.start_pass().enter()
    now = 199.0
    assert limiter.is_crowded
    now = 201.0
    assert not limiter.is_crowded
    await client.hincrby(keys.origin(HOST), "next", -201_000)
    await limiter.start_pass().enter()


async def test_a_crowd_takes_no_probe_and_an_open_breaker_is_told_first(worker, let_pass):
    begun = worker(100).start_pass()
    for _ in range(12):
        await begun.enter()
    await begun.report_refusal(CaptchaDemanded())
    with pytest.raises(OriginCoolingDown):
        await worker(100).start_pass().enter()
    await let_pass(QUARTER + 1)
    with pytest.raises(OriginCrowded):
        await worker(100).start_pass().enter()
    await worker(0).start_pass().enter()  # is the probe
    with pytest.raises(OriginCoolingDown):
        await worker(0).start_pass().enter()


async def test_without_an_interval_nothing_is_ever_crowded(worker):
    for _ in range(30):
        await worker().start_pass().enter()


async def test_a_turn_that_is_past_costs_no_wait(worker, sleeper, client):
    limiter = worker(10)
    await limiter.start_pass().enter()
    await client.hincrby(keys.origin(HOST), "next", -10_000)
    await limiter.start_pass().enter()
    assert sleeper.waits == []


async def test_without_an_interval_a_list_costs_one_command(worker, client):
    pass_ = worker().start_pass()
    await pass_.enter()
    before = await commands(client)
    other = worker().start_pass()
    for _ in range(5):
        await other.enter()
        await other.report_ok()
    assert await commands(client) - before - 1 == 2 + 1  # the call, and what its script does: TIME and HMGET


async def test_only_without_an_interval_are_more_than_two_pages_of_a_list_under_way(worker):
    assert (worker(0).at_once, worker(0.5).at_once) == (4, 2)


async def test_a_refusal_keeps_every_worker_away_for_a_quarter_of_an_hour(worker, metrics):
    first, second = worker(), worker()
    seconds = await first.start_pass().report_refusal(CaptchaDemanded())
    assert seconds == pytest.approx(QUARTER, abs=60)
    assert await cooling_seconds(second) == pytest.approx(QUARTER, abs=60)
    assert second.breaker.seconds == pytest.approx(QUARTER, abs=60)
    assert metrics.registry.get_sample_value("watchsync_origin_breaker_open", {"site": "pages"}) == 1


async def test_refusals_of_pages_that_were_under_way_are_one_refusal(worker):
    for _ in range(5):
        seconds = await worker().start_pass().report_refusal(Refused())
    assert seconds == pytest.approx(QUARTER, abs=60)


async def test_a_breaker_says_in_which_state_it_is(client, metrics):
    now = [0.0]
    limiter = RateLimiter(client, metrics, host=HOST, interval_seconds=0, clock=lambda: now[0])
    assert limiter.breaker.sentence == "healthy"
    await limiter.start_pass().report_refusal(Refused())
    assert limiter.breaker.sentence == "left alone for 900 s"
    now[0] += QUARTER
    assert limiter.breaker.state is BreakerState.HALF_OPEN


async def test_a_breaker_is_half_open_until_its_probe_has_reported(worker, let_pass):
    limiter = worker()
    await limiter.start_pass().report_refusal(Throttled(retry_after_seconds=0.001))
    await let_pass(1)
    probe = limiter.start_pass()
    await probe.enter()
    assert limiter.breaker.state is BreakerState.HALF_OPEN
    await probe.report_ok()
    assert limiter.breaker.state is BreakerState.CLOSED


async def test_a_worker_learns_that_another_ones_probe_closed_the_breaker(worker, let_pass):
    mine, other = worker(), worker()
    await mine.start_pass().report_refusal(Throttled(retry_after_seconds=0.001))
    await let_pass(1)
    probe = other.start_pass()
    await probe.enter()
    await probe.report_ok()
    await mine.start_pass().enter()
    assert mine.breaker.state is BreakerState.CLOSED


async def test_after_the_pause_one_visit_of_all_workers_is_the_probe(worker, let_pass):
    await worker().start_pass().report_refusal(Refused())
    await let_pass(QUARTER)
    probe = worker(1).start_pass()
    await probe.enter()
    assert 0 < await cooling_seconds(worker()) <= 120
    await probe.enter()
    await probe.report_ok()
    await worker().start_pass().enter()


async def test_a_failed_probe_doubles_the_pause_up_to_a_day(worker, let_pass):
    await worker().start_pass().report_refusal(Refused())
    pauses = []
    for _ in range(8):
        await let_pass(DAY)
        probe = worker().start_pass()
        await probe.enter()
        pauses.append(round(await probe.report_refusal(Refused())))
    assert pauses == [QUARTER * 2, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]


async def test_after_a_good_answer_the_next_pause_is_short_again(worker, let_pass):
    for _ in range(3):
        await worker().start_pass().report_refusal(Refused())
        await let_pass(DAY)
    probe = worker().start_pass()
    await probe.enter()
    await probe.report_ok()
    assert await probe.report_refusal(Refused()) == pytest.approx(QUARTER, abs=60)


async def test_a_probe_that_never_reports_is_followed_by_another(worker, let_pass):
    await worker().start_pass().report_refusal(Refused())
    await let_pass(QUARTER)
    lost = worker().start_pass()
    await lost.enter()
    await let_pass(120)
    probe = worker().start_pass()
    await probe.enter()
    await lost.report_ok()
    assert await cooling_seconds(worker()) > 0
    await probe.report_ok()
    await worker().start_pass().enter()


async def test_a_site_that_asks_to_slow_down_is_left_alone_as_long_as_it_says(worker, let_pass):
    assert await worker().start_pass().report_refusal(Throttled(retry_after_seconds=700)) == pytest.approx(700, abs=60)
    assert await cooling_seconds(worker()) == pytest.approx(700, abs=60)
    await let_pass(700)
    await worker().start_pass().enter()


async def test_a_site_that_says_so_again_is_left_alone_for_longer_each_time(worker, let_pass):
    pauses = []
    for _ in range(4):
        pauses.append(round(await worker().start_pass().report_refusal(Throttled(retry_after_seconds=7))))
        await let_pass(DAY)
    assert pauses == [7, 60, 120, 240]


@pytest.mark.parametrize("fault", [OriginUnreachable(), PageTimeout(), PageDrifted()])
async def test_three_faults_in_a_row_of_any_workers_open_the_breaker_for_a_minute(worker, fault):
    seconds = [await worker().start_pass().report_fault(fault) for _ in range(3)]
    assert seconds == [0, 0, pytest.approx(60, abs=1)]
    assert await cooling_seconds(worker()) == pytest.approx(60, abs=1)


async def test_slowing_down_without_a_time_counts_as_a_fault(worker):
    seconds = [await worker().start_pass().report_refusal(Throttled()) for _ in range(3)]
    assert seconds == [0, 0, pytest.approx(60, abs=1)]


async def test_a_good_answer_between_faults_begins_the_count_again(worker):
    for _ in range(4):
        await worker().start_pass().report_fault(OriginUnreachable())
        await worker().start_pass().report_fault(OriginUnreachable())
        good = worker().start_pass()
        await good.enter()
        await good.report_ok()
    await worker().start_pass().enter()


async def test_a_fault_at_a_probe_doubles_the_pause(worker, let_pass):
    for _ in range(3):
        await worker().start_pass().report_fault(PageTimeout())
    await let_pass(60)
    probe = worker().start_pass()
    await probe.enter()
    assert await probe.report_fault(PageTimeout()) == pytest.approx(120, abs=1)


async def test_faults_do_not_shorten_the_pause_of_a_refusal(worker):
    await worker().start_pass().report_refusal(Refused())
    for _ in range(5):
        await worker().start_pass().report_fault(PageTimeout())
    assert await cooling_seconds(worker()) == pytest.approx(QUARTER, abs=1)


async def test_a_site_that_is_left_alone_is_known_before_a_browser_is_lent(worker, let_pass):
    await worker().start_pass().report_refusal(Refused())
    fresh = worker()
    with pytest.raises(OriginCoolingDown) as put_off:
        await fresh.refuse_while_open()
    assert put_off.value.retry_after_seconds == pytest.approx(QUARTER, abs=1)
    await let_pass(QUARTER)
    await fresh.refuse_while_open()
    assert fresh.breaker.state is BreakerState.HALF_OPEN


async def test_a_look_takes_no_probe_from_others_and_sees_theirs(worker, let_pass):
    await worker().start_pass().report_refusal(Refused())
    await let_pass(QUARTER)
    await worker().refuse_while_open()
    await worker().start_pass().enter()
    with pytest.raises(OriginCoolingDown):
        await worker().refuse_while_open()


async def test_a_site_that_is_known_to_be_open_costs_no_look(worker, client):
    limiter = worker()
    await limiter.refuse_while_open()
    before = await commands(client)
    await limiter.refuse_while_open()
    assert await commands(client) - before == 1  # the counting itself


async def test_a_short_wait_never_shortens_a_long_pause(worker):
    await worker().start_pass().report_refusal(Refused())
    await worker().start_pass().report_refusal(Throttled(retry_after_seconds=5))
    assert await cooling_seconds(worker()) == pytest.approx(QUARTER, abs=60)


async def test_a_refusal_that_names_a_longer_time_is_believed(worker):
    assert await worker().start_pass().report_refusal(Refused(retry_after_seconds=HOUR)) == pytest.approx(HOUR, abs=60)


async def test_where_lists_come_from_is_what_was_told_last(worker, client):
    monitor = BreakerMonitor(client, {"page": HOST, "graphql": "data.example.com"})
    assert (await monitor.look()).used is None
    await client.hset(keys.origin("data.example.com"), "used_at", 1)
    assert (await monitor.look()).used == "graphql"
    await worker().note_used()
    assert (await monitor.look()).used == "page"


def test_a_pause_of_the_data_service_belongs_to_the_name_that_it_was_given():
    named, renamed = load(), load(imdb_graphql_client="my-own")
    assert hosts(named)["page"] == hosts(renamed)["page"]
    assert hosts(named)["graphql"] != hosts(renamed)["graphql"]


async def test_other_sites_have_gates_of_their_own(worker, client, metrics):
    await worker().start_pass().report_refusal(Refused())
    await RateLimiter(client, metrics, host="other.example.com", interval_seconds=0).start_pass().enter()


async def test_what_is_remembered_expires(worker, client):
    await worker(1).start_pass().enter()
    assert 0 < await client.ttl(keys.origin(HOST)) <= 30 * DAY


async def test_a_redis_that_is_away_is_named_so(own_redis, metrics):
    own = connect(own_redis.url)
    limiter = RateLimiter(own, metrics, host=HOST, interval_seconds=0)
    await limiter.start_pass().enter()
    own_redis.kill()
    with pytest.raises(RedisUnavailable):
        await limiter.start_pass().enter()
    await own.aclose()
