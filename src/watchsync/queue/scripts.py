"""Which scripts does the queue have? A typed method for each; docs/queue-protocol.md tells what each one does.

Every script may be repeated, so an answer that was lost on the way is asked for again.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from redis.exceptions import ResponseError

from watchsync import keys, logs
from watchsync.errors import IllegalMove, JobNotFound, RedisRefused
from watchsync.job import Delivery, Job, Progress, Write
from watchsync.lua import Argument, Script
from watchsync.metrics import Metrics
from watchsync.queue.admission import Admission
from watchsync.queue.protocol import (
    DepthAnswer,
    ExchangeAnswer,
    ExchangeRequest,
    ReconcileAnswer,
    SubmitAnswer,
)
from watchsync.queue.record import RecordUnreadable, job_from, progress_fields
from watchsync.queue.retention import Retention
from watchsync.redis_client import Client

KEYS = (
    keys.JOBS,
    keys.STREAM,
    keys.SCHEDULED,
    keys.DELAYED,
    keys.ACTIVE,
    keys.CREATED,
    keys.BY_LIST,
    keys.DEAD,
    keys.FINISHED,
    keys.CLOCKS,
    keys.QUARANTINE,
    keys.NEWER,
)
"""Given to every script, in the order in which prelude.lua names them."""
PARTS: Mapping[str, Sequence[str]] = {
    "submit": (),
    "settle_and_take": ("settle", "take"),
    "renew": (),
    "progress": (),
    "cancel": (),
    "requeue": (),
    "purge": (),
    "depth": (),
    "deregister": (),
    "reconcile": (),
    "quarantine": (),
    "set_aside": (),
}
"""Every script, and the further files that stand between the prelude and its own."""
SCRIPTS: Mapping[str, Script] = {
    name: Script.load(__package__, "prelude", *parts, name) for name, parts in PARTS.items()
}
_COUNTED_AS = {
    "depth": "read",
    "purge": "requeue",
    "deregister": "reconcile",
    "quarantine": "reconcile",
    "set_aside": "reconcile",
}
"""Scripts that the metric of commands does not count under their own name."""


_log = logs.get(__name__)


class Scripts:
    """The queue's scripts on one client.

    While Redis is away a call is repeated for ``patience_seconds``; then it raises RedisUnavailable.
    """

    def __init__(self, client: Client, metrics: Metrics, *, retention: Retention, patience_seconds: float) -> None:
        self._client = client
        self._metrics = metrics
        self._patience_seconds = patience_seconds
        self._salt = secrets.token_hex(16)
        self._always: tuple[Argument, ...] = (
            keys.GROUP,
            keys.WAKE,
            keys.CONTROL,
            keys.events(""),
            keys.LEASES,
            retention.finished_seconds * 1000,
            retention.finished_records,
            retention.dead_letters,
            retention.attempts,
        )

    async def submit(
        self,
        news: Sequence[bytes],
        *,
        admission: Admission,
        idempotency_key: str | None,
        fingerprint: str,
        remember_seconds: int,
    ) -> list[SubmitAnswer]:
        """Take in jobs, each as JSON; an idempotency key belongs to the first of them."""
        answer = await self._call(
            "submit",
            fingerprint if idempotency_key else "",
            remember_seconds,
            b"[" + b",".join(news) + b"]",
            self._salt,
            admission.lists_per_hour,
            admission.first_lists,
            admission.waiting_jobs,
            own_keys=[keys.BUDGETS, keys.SALT, *([idempotency_key] if idempotency_key else ())],
        )
        return SubmitAnswer.read_all(answer)

    async def settle_and_take(
        self, request: ExchangeRequest, writes: Sequence[Write], *, patience_seconds: float
    ) -> ExchangeAnswer:
        """Record how attempts ended and take jobs. ``writes`` stand in the order of the settlements."""
        answer = await self._call(
            "settle_and_take",
            orjson.dumps(request),
            *(write.value for write in writes),
            own_keys=[write.key for write in writes],
            patience_seconds=patience_seconds,
        )
        return ExchangeAnswer.read(answer)

    async def renew(self, consumer: str, deliveries: Iterable[Delivery]) -> frozenset[str]:
        """Renew leases; return the ids of the jobs that are no longer this consumer's."""
        pairs = [part for delivery in deliveries for part in (delivery.job.id, delivery.fence)]
        return frozenset(job_id.decode() for job_id in await self._call("renew", consumer, *pairs))

    async def progress(self, consumer: str, delivery: Delivery, progress: Progress) -> bool:
        """Publish progress and renew the lease; return whether the lease is still this consumer's."""
        fields = orjson.dumps(progress_fields(progress))
        return bool(await self._call("progress", delivery.job.id, delivery.fence, consumer, fields))

    async def cancel(self, job_id: str) -> Job:
        """Cancel an active job; raises JobNotFound and IllegalMove."""
        return self._moved(await self._call("cancel", job_id), "cancelled")

    async def requeue(self, job_id: str) -> Job:
        """Put a dead job back to work; raises JobNotFound and IllegalMove."""
        return self._moved(await self._call("requeue", job_id), "requeued")

    async def purge(self) -> int:
        """Drop every dead letter; return how many."""
        return int(await self._call("purge"))

    async def depth(self) -> DepthAnswer:
        """Count what there is to do."""
        return DepthAnswer(*await self._call("depth"))

    async def deregister(self, consumer: str, silent_ms: int) -> int:
        """Remove a consumer, and all that were silent for so long, from the group; return how many."""
        return int(await self._call("deregister", consumer, silent_ms))

    async def reconcile(self, count: int) -> ReconcileAnswer:
        """Compare the next ``count`` active jobs, or about so many, with their stream entries."""
        looked_at, reconciled, is_complete = await self._call("reconcile", count)
        return ReconcileAnswer(looked_at, reconciled, bool(is_complete))

    async def quarantine(self, job_id: str, why: str) -> None:
        """Move a record aside that we cannot read."""
        if await self._call("quarantine", job_id, why):
            _log.error("record.quarantined", job=job_id, why=why)

    async def _call(
        self, name: str, *args: Argument, own_keys: Sequence[str] = (), patience_seconds: float | None = None
    ) -> Any:
        patience = self._patience_seconds if patience_seconds is None else patience_seconds
        try:
            return await self._run(name, args, own_keys, patience)
        except RedisRefused as error:
            if "WRONGTYPE" not in str(error) or not await self._set_aside():
                raise
            return await self._run(name, args, own_keys, patience)

    async def _set_aside(self) -> bool:
        """Rename keys of ours that hold something of another type; answer whether there were any."""
        renamed = await self._run("set_aside", (), [f"{key}:quarantined" for key in KEYS], 0.0)
        if renamed:
            _log.error("keys.quarantined", keys=[key.decode() for key in renamed])
        return bool(renamed)

    async def _run(self, name: str, args: Sequence[Argument], own_keys: Sequence[str], patience_seconds: float) -> Any:
        try:
            return await SCRIPTS[name].run(
                self._client,
                [*KEYS, *own_keys],
                [*self._always, *args],
                patience_seconds=patience_seconds,
                on_send=self._metrics.redis_commands.labels(call=_COUNTED_AS.get(name, name)).inc,
            )
        except ResponseError as error:
            if "ILLEGAL" not in str(error):
                raise
            self._metrics.illegal_moves.inc()
            raise IllegalMove(str(error)) from error

    def _moved(self, answer: tuple[bytes, bytes], wanted: str) -> Job:
        """The job that an operator moved; raises JobNotFound and IllegalMove."""
        verdict, record = answer[0].decode(), answer[1]
        if verdict == "missing":
            raise JobNotFound
        if verdict == "newer":
            raise IllegalMove("A newer version of watchsync made this job; ask it there.")
        try:
            job = job_from(record)
        except RecordUnreadable as error:
            raise JobNotFound("This job's record cannot be read.") from error
        if verdict == wanted:
            return job
        self._metrics.illegal_moves.inc()
        if verdict == "busy":
            raise IllegalMove("Another job of this list is active; it will do the same work.")
        raise IllegalMove(f"The job is {job.state}; it cannot be {wanted}.")
