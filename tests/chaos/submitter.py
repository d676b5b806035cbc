"""Sends a plan's requests to the real queue and notes the answers."""

import asyncio
from collections.abc import Awaitable, Callable

from chaos.notes import Notes
from chaos.plan import Request
from watchsync.errors import IdempotencyConflict, IllegalMove, JobNotFound, RedisUnavailable
from watchsync.job import JobState, Lane, NewJob
from watchsync.queue.producer import IdempotencyKey, Submitted
from watchsync.queue.queue import Queue
from watchsync.refs import ListRef

_TRIES = 20


class Submitter:
    """Makes requests and notes each answer; a stubborn request is repeated until it gets one."""

    def __init__(self, queue: Queue, note: Notes) -> None:
        self._queue = queue
        self._note = note

    async def ask(self, request: Request) -> None:
        match request.kind:
            case "submit" | "batch":
                await self._submit(request)
            case "cancel":
                await self._cancel(request.ids[0])
            case "requeue":
                await self._requeue()

    async def _submit(self, request: Request) -> None:
        asked = [
            NewJob(id=job_id, ref=ListRef.parse(ref), lane=Lane(request.lane), correlation_id=f"asked-{job_id}")
            for job_id, ref in zip(request.ids, request.lists, strict=True)
        ]
        named = {"key": request.key, "fingerprint": request.fingerprint}
        for _ in range(_TRIES if request.is_stubborn else 1):
            try:
                answers = await self._answers(request, asked)
            except RedisUnavailable:
                self._note("unanswered", ids=request.ids)
            except IdempotencyConflict:
                self._note("conflict", **named)
                return
            else:
                for new, answer in zip(asked, answers, strict=True):
                    about = {"ref": str(new.ref), "job": answer.job.id, "created": answer.created}
                    self._note("accepted", id=new.id, **about, **named)
                return

    async def _answers(self, request: Request, asked: list[NewJob]) -> list[Submitted]:
        if request.kind == "batch":
            return await asyncio.gather(*map(self._queue.producer.submit, asked))
        key = IdempotencyKey("chaos", request.key, request.fingerprint) if request.key else None
        return [await self._queue.producer.submit(asked[0], idempotency=key)]

    async def _cancel(self, job_id: str) -> None:
        await self._move("cancelled", job_id, self._queue.producer.cancel)

    async def _requeue(self) -> None:
        try:
            page = await self._queue.lookup.find(states=frozenset({JobState.DEAD}), limit=1)
        except RedisUnavailable:
            return
        for job in page.jobs:
            await self._move("requeued", job.id, self._queue.dead_letters.requeue)

    async def _move(self, what: str, job_id: str, move: Callable[[str], Awaitable[object]]) -> None:
        try:
            await move(job_id)
        except RedisUnavailable:
            self._note("unanswered", ids=[job_id])
        except (IllegalMove, JobNotFound) as error:
            self._note("not-moved", job=job_id, why=error.code)
        else:
            self._note(what, job=job_id)
