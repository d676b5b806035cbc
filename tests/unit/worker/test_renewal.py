"""When leases are renewed, and what becomes of a job whose lease was lost."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from watchsync.duties import Duties
from watchsync.errors import RedisUnavailable
from watchsync.job import Delivery, Job, JobState, Lane
from watchsync.refs import ListRef
from watchsync.worker.holdings import Holdings
from watchsync.worker.renewal import Renewal


class StandInConsumer:
    """Notes what it is to renew; answers what a test says."""

    lease_seconds = 3600.0

    def __init__(self) -> None:
        self.renewed: asyncio.Queue[list[str]] = asyncio.Queue()
        self.answers: list[frozenset[str] | Exception] = []

    async def renew(self, deliveries):
        self.renewed.put_nowait([delivery.job.id for delivery in deliveries])
        answer = self.answers.pop(0) if self.answers else frozenset()
        if isinstance(answer, Exception):
            raise answer
        return answer


class StandInJob:
    """Notes why it was stopped."""

    def __init__(self, job_id: str) -> None:
        ref, now = ListRef.parse("ur1"), datetime(2026, 1, 1, tzinfo=UTC)
        self.delivery = Delivery(
            Job(id=job_id, ref=ref, state=JobState.RUNNING, lane=Lane.INTERACTIVE, created_at=now), f"1:{job_id}"
        )
        self.why: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def end(self, why: str) -> None:
        self.why.set_result(why)


class Keeper:
    """A renewal that is kept, and all that it stands on."""

    def __init__(self) -> None:
        self.consumer = StandInConsumer()
        self.holdings: Holdings[StandInJob] = Holdings(slots=4)
        self.renewal = Renewal(self.consumer, self.holdings)

    def hold(self, job_id: str) -> StandInJob:
        job = StandInJob(job_id)
        self.holdings.start(job)
        return job

    @asynccontextmanager
    async def keeping(self):
        task = asyncio.create_task(self.renewal.keep())
        try:
            async with asyncio.timeout(10):
                yield
        finally:
            task.cancel()
            await asyncio.wait({task})


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


async def test_all_leases_are_renewed_in_one_command(keeper):
    keeper.hold("a")
    keeper.hold("b")
    async with keeper.keeping():
        keeper.renewal.doubt()
        assert await keeper.consumer.renewed.get() == ["a", "b"]


async def test_a_worker_that_holds_nothing_renews_nothing(keeper):
    async with keeper.keeping():
        keeper.renewal.doubt()
        for _ in range(5):
            await asyncio.sleep(0)
        keeper.hold("a")
        keeper.renewal.doubt()
        assert await keeper.consumer.renewed.get() == ["a"]
    assert keeper.consumer.renewed.empty()


async def test_a_job_whose_lease_was_lost_is_stopped_and_no_other(keeper):
    lost, kept = keeper.hold("a"), keeper.hold("b")
    keeper.consumer.answers = [frozenset({"a"})]
    async with keeper.keeping():
        keeper.renewal.doubt()
        assert await lost.why == "lost"
    assert not kept.why.done()


async def test_a_renewal_without_redis_is_not_the_last(keeper):
    keeper.hold("a")
    keeper.consumer.answers = [RedisUnavailable()]
    async with keeper.keeping():
        for _ in range(2):
            keeper.renewal.doubt()
            assert await keeper.consumer.renewed.get() == ["a"]


async def test_a_renewal_that_breaks_is_begun_again_as_a_duty(keeper, metrics):
    keeper.hold("a")
    keeper.consumer.answers = [ZeroDivisionError()]

    async def at_once(_: float) -> None:
        keeper.renewal.doubt()

    async with Duties(metrics, sleep=at_once).keeping("renewal", keeper.renewal.keep):
        keeper.renewal.doubt()
        for _ in range(2):
            assert await keeper.consumer.renewed.get() == ["a"]


async def test_leases_are_renewed_without_being_asked_and_sooner_after_a_failure():
    keeper = Keeper()
    keeper.consumer.lease_seconds = 0.03
    keeper.renewal = Renewal(keeper.consumer, keeper.holdings)
    keeper.consumer.answers = [RedisUnavailable()]
    keeper.hold("a")
    async with keeper.keeping():
        for _ in range(3):
            assert await keeper.consumer.renewed.get() == ["a"]
