"""The queue's state machine without Redis: what the scripts must do, in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_ATTEMPTS = 3


@dataclass
class ModelJob:
    """One job as the model sees it."""

    id: str
    ref: str
    lane: str
    state: str = "waiting"
    attempts: int = 0
    handovers: int = 0
    worker: str = ""
    place: int = 0
    """Rises with every entry that is added to a stream."""
    due: float = 0.0
    is_expired: bool = False
    outcomes: list[str] = field(default_factory=list)
    settled: str = ""
    """The fence of the attempt that was settled last."""

    @property
    def fence(self) -> str:
        return f"{self.handovers}:{self.worker}"

    @property
    def is_active(self) -> bool:
        return self.state in {"waiting", "delayed", "running"}


class Model:
    """All jobs, and what each call does to them. Time is what the caller says."""

    def __init__(self) -> None:
        self.jobs: dict[str, ModelJob] = {}
        self.stored: dict[str, str] = {}
        """For each list, the fence of the attempt that stored its result."""
        self._places = 0
        self._takes = 0

    def active_of(self, ref: str) -> ModelJob | None:
        return next((job for job in self.jobs.values() if job.ref == ref and job.is_active), None)

    def submit(self, job_id: str, ref: str, lane: str) -> str:
        """The id of the job that does it."""
        job = self.active_of(ref)
        if job is None:
            job = self.jobs[job_id] = ModelJob(job_id, ref, lane)
            self._enqueue(job)
        elif lane == "interactive" and job.lane == "scheduled" and job.state in {"waiting", "delayed"}:
            job.lane = lane
            if job.state == "waiting":
                self._enqueue(job)
        return job.id

    def take(self, worker: str, count: int, now: float) -> list[str]:
        """The ids that this worker gets, in order."""
        self._promote(now)
        got: list[str] = []
        self._reclaim(worker, count, got)
        self._takes += 1
        lanes = ("scheduled", "interactive") if self._takes % 4 == 0 else ("interactive", "scheduled")
        for lane in lanes:
            for job in self._in_order("waiting", lane):
                if len(got) < count:
                    self._deliver(job, worker, got)
        return got

    def settle(self, job_id: str, outcome: str, due: float = 0.0) -> None:
        job = self.jobs[job_id]
        if outcome == "retry" and job.attempts >= MOST_ATTEMPTS:
            outcome = "dead"
        job.outcomes.append(outcome)
        job.settled = job.fence
        job.is_expired = False
        if outcome == "interrupted":
            job.attempts -= 1
            self._enqueue(job)
        elif outcome in {"retry", "postponed"}:
            job.attempts -= outcome == "postponed"
            job.state, job.due = "delayed", due
        else:
            job.state = outcome
        if outcome == "completed":
            self.stored[job.ref] = job.fence

    def expire(self, worker: str) -> None:
        for job in self.running_of(worker):
            job.is_expired = True

    def renew(self, worker: str) -> None:
        for job in self.running_of(worker):
            job.is_expired = False

    def cancel(self, job_id: str) -> None:
        job = self.jobs[job_id]
        if job.state == "running":
            job.outcomes.append("cancelled")
        job.state = "cancelled"

    def requeue(self, job_id: str) -> None:
        job = self.jobs[job_id]
        job.attempts = 0
        self._enqueue(job)

    def running_of(self, worker: str) -> Iterable[ModelJob]:
        return [job for job in self.jobs.values() if job.state == "running" and job.worker == worker]

    def count(self, state: str) -> int:
        return sum(job.state == state for job in self.jobs.values())

    def _enqueue(self, job: ModelJob) -> None:
        self._places += 1
        job.state, job.place, job.is_expired = "waiting", self._places, False

    def _promote(self, now: float) -> None:
        due = [job for job in self.jobs.values() if job.state == "delayed" and job.due <= now]
        for job in sorted(due, key=lambda job: (job.due, job.id)):
            self._enqueue(job)

    def _reclaim(self, worker: str, count: int, got: list[str]) -> None:
        for lane in ("interactive", "scheduled"):
            for job in [each for each in self._in_order("running", lane) if each.is_expired]:
                job.outcomes.append("lost")
                if job.attempts >= MOST_ATTEMPTS:
                    job.state = "dead"
                elif len(got) < count:
                    self._deliver(job, worker, got)
                else:
                    self._enqueue(job)

    def _deliver(self, job: ModelJob, worker: str, got: list[str]) -> None:
        job.state, job.worker, job.is_expired = "running", worker, False
        job.attempts += 1
        job.handovers += 1
        got.append(job.id)

    def _in_order(self, state: str, lane: str) -> list[ModelJob]:
        found = [job for job in self.jobs.values() if job.state == state and job.lane == lane]
        return sorted(found, key=lambda job: job.place)
