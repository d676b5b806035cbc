"""How do running jobs keep their leases? All are renewed in one command, three times within each lease."""

import asyncio

from watchsync.errors import RedisUnavailable
from watchsync.queue.consumer import Consumer
from watchsync.worker.holdings import Holdings
from watchsync.worker.running import Running
from watchsync.worker.timing import wait


class Renewal:
    """Renews the leases of what a worker holds, and stops the jobs that it lost."""

    def __init__(self, consumer: Consumer, holdings: Holdings[Running]) -> None:
        self._consumer = consumer
        self._holdings = holdings
        self._usual_seconds = consumer.lease_seconds / 3
        self._doubt = asyncio.Event()

    def doubt(self) -> None:
        """Renew now: a message may have been missed, and a renewal tells which jobs are no longer ours."""
        self._doubt.set()

    async def keep(self) -> None:
        """Renew until cancelled. While Redis is away it tries again soon, as long as there may be a lease to save."""
        pause_seconds = self._usual_seconds
        while True:
            await wait(self._doubt, pause_seconds)
            self._doubt.clear()
            pause_seconds = self._usual_seconds
            try:
                await self._renew()
            except RedisUnavailable:
                pause_seconds = self._usual_seconds / 5

    async def _renew(self) -> None:
        running, deliveries = self._holdings.running, self._holdings.deliveries
        if not deliveries:
            return
        lost = await self._consumer.renew(deliveries)
        for each in running:
            if each.delivery.job.id in lost:
                each.end("lost")
