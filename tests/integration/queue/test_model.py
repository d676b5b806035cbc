"""The scripts on a real Redis do what the pure model does, whatever is called in whatever order."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import data, integers, sampled_from
from ulid import ULID

from queue_model import Model
from steered_consumer import SteeredConsumer
from watchsync import keys
from watchsync.errors import IllegalMove, LeaseLost
from watchsync.job import (
    Completed,
    Dead,
    Delivery,
    Interrupted,
    JobError,
    Lane,
    NewJob,
    Postponed,
    Progress,
    RetryAt,
    Write,
)
from watchsync.metrics import Metrics
from watchsync.queue.queue import Queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

ERROR = JobError("x", "It failed.")
REFS = ["ur1", "ur2", "ur3", "ls4"]
WORKERS = ["w1", "w2"]
LATER = 10**9


class QueueMachine(RuleBasedStateMachine):
    """Drives both, and compares them after each step."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.client = connect(self.url)
        self.do(self.client.flushall())
        metrics = Metrics()
        self.queue = Queue.on(self.client, metrics)
        self.brokers = {
            name: SteeredConsumer(self.client, metrics, consumer=name, lease_seconds=3600, max_attempts=3)
            for name in WORKERS
        }
        self.model = Model()
        self.held: list[tuple[str, Delivery]] = []

    def do(self, call: Any) -> Any:
        return self.loop.run_until_complete(call)

    def teardown(self) -> None:
        self.do(self.client.aclose())
        self.loop.close()

    @rule(ref=sampled_from(REFS), lane=sampled_from(list(Lane)))
    def submit(self, ref: str, lane: Lane) -> None:
        new = NewJob(id=str(ULID()), ref=ListRef.parse(ref), lane=lane)
        submitted = self.do(self.queue.producer.submit(new))
        assert submitted.job.id == self.model.submit(new.id, ref, lane.value)

    @rule(worker=sampled_from(WORKERS), count=integers(1, 3))
    def take(self, worker: str, count: int) -> None:
        taken = self.do(self.brokers[worker].take(count))
        seconds, micros = self.do(self.client.time())
        wanted = self.model.take(worker, count, seconds + micros / 1e6)
        assert [delivery.job.id for delivery in taken.deliveries] == wanted
        self.held += [(worker, delivery) for delivery in taken.deliveries]

    @precondition(lambda self: self.held)
    @rule(choice=data(), outcome=sampled_from(["completed", "dead", "retry", "later", "postponed", "interrupted"]))
    def settle(self, choice: Any, outcome: str) -> None:
        worker, delivery = choice.draw(sampled_from(self.held))
        key = f"{keys.PREFIX}result:{delivery.job.ref}"
        told = {
            "completed": Completed((Write(key, delivery.fence.encode(), 600),)),
            "dead": Dead(ERROR),
            "retry": RetryAt(0, ERROR),
            "later": RetryAt(LATER, ERROR),
            "postponed": Postponed(LATER, ERROR),
            "interrupted": Interrupted(),
        }[outcome]
        settlement = self.brokers[worker].settle(delivery, told, patience_seconds=1)
        if not self.is_current(delivery):
            self.is_refused_or_repeated(settlement, delivery)
            return
        self.do(settlement)
        due = self.do(self.queue.lookup.get(delivery.job.id)).due_at
        word = "retry" if outcome == "later" else outcome
        self.model.settle(delivery.job.id, word, due.timestamp() if due else 0.0)

    @precondition(lambda self: self.held)
    @rule(choice=data())
    def report(self, choice: Any) -> None:
        worker, delivery = choice.draw(sampled_from(self.held))
        reporting = self.brokers[worker].report(delivery, Progress("reading", "half"))
        if self.is_current(delivery):
            self.do(reporting)
            self.model.jobs[delivery.job.id].is_expired = False
        else:
            with pytest.raises(LeaseLost):
                self.do(reporting)

    @rule(worker=sampled_from(WORKERS))
    def renew(self, worker: str) -> None:
        mine = [delivery for name, delivery in self.held if name == worker]
        lost = self.do(self.brokers[worker].renew(mine)) if mine else frozenset()
        assert lost == {delivery.job.id for delivery in mine if not self.is_current(delivery)}
        self.model.renew(worker)

    @rule(worker=sampled_from(WORKERS))
    def expire_leases(self, worker: str) -> None:
        for stream in (keys.STREAM, keys.SCHEDULED):
            if self.do(self.client.exists(stream)) and self.do(self.client.xinfo_groups(stream)):
                for entry in self.do(self.client.xpending_range(stream, keys.GROUP, "-", "+", 100, worker)):
                    claim = self.client.xclaim(
                        stream, keys.GROUP, worker, 0, [entry["message_id"]], idle=10**8, justid=True
                    )
                    self.do(claim)
        self.do(self.client.hdel(keys.CLOCKS, "leases"))
        self.model.expire(worker)

    @precondition(lambda self: self.model.jobs)
    @rule(choice=data())
    def cancel(self, choice: Any) -> None:
        job = self.model.jobs[choice.draw(sampled_from(sorted(self.model.jobs)))]
        if job.is_active:
            self.do(self.queue.producer.cancel(job.id))
            self.model.cancel(job.id)
        else:
            with pytest.raises(IllegalMove):
                self.do(self.queue.producer.cancel(job.id))

    @precondition(lambda self: self.model.jobs)
    @rule(choice=data())
    def requeue(self, choice: Any) -> None:
        job = self.model.jobs[choice.draw(sampled_from(sorted(self.model.jobs)))]
        if job.state == "dead" and self.model.active_of(job.ref) is None:
            self.do(self.queue.dead_letters.requeue(job.id))
            self.model.requeue(job.id)
        else:
            with pytest.raises(IllegalMove):
                self.do(self.queue.dead_letters.requeue(job.id))

    @rule()
    def forget_the_scripts(self) -> None:
        self.do(self.client.script_flush())

    @rule()
    def reconcile(self) -> None:
        assert self.do(self.brokers["w1"].reconcile()) == 0

    @invariant()
    def every_job_is_where_the_model_has_it(self) -> None:
        found = {job.id: job for job in self.do(self.queue.lookup.find(limit=200)).jobs}
        assert {job_id: (job.state.value, job.attempts) for job_id, job in found.items()} == {
            job_id: (job.state, job.attempts) for job_id, job in self.model.jobs.items()
        }
        for job_id, job in found.items():
            assert [entry.outcome for entry in job.history][-20:] == self.model.jobs[job_id].outcomes[-20:]

    @invariant()
    def counts_and_single_flights_agree(self) -> None:
        depth = self.do(self.queue.gauges.depth())
        assert (depth.waiting, depth.delayed, depth.running, depth.dead) == tuple(
            self.model.count(state) for state in ("waiting", "delayed", "running", "dead")
        )
        active = self.do(self.client.hgetall(keys.ACTIVE))
        assert {ref.decode(): job_id.decode() for ref, job_id in active.items()} == {
            job.ref: job.id for job in self.model.jobs.values() if job.is_active
        }

    @invariant()
    def what_is_stored_came_from_the_attempt_that_completed(self) -> None:
        for ref, fence in self.model.stored.items():
            assert self.do(self.client.get(f"{keys.PREFIX}result:{ref}")).decode() == fence

    def is_current(self, delivery: Delivery) -> bool:
        job = self.model.jobs[delivery.job.id]
        return job.state == "running" and delivery.fence == job.fence

    def is_refused_or_repeated(self, settlement: Any, delivery: Delivery) -> None:
        """An old fence is refused; the one that was settled last is only told again, whoever has the job now."""
        if delivery.fence == self.model.jobs[delivery.job.id].settled:
            assert self.do(settlement) == "repeated"
        else:
            with pytest.raises(LeaseLost):
                self.do(settlement)


def test_the_scripts_follow_the_model(redis_url):
    class Machine(QueueMachine):
        url = redis_url

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
