"""What upkeep does the queue need? Each worker reconciles and prunes at its start and a few times a day."""

import asyncio

from watchsync import logs
from watchsync.errors import RedisUnavailable
from watchsync.queue.consumer import Consumer

_EVERY_SECONDS = 6 * 3600.0
_RECONCILE_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_log = logs.get(__name__)


async def maintain(consumer: Consumer) -> None:
    """Reconcile records with stream entries, and remove consumers long gone, until cancelled."""
    while True:
        try:
            if reconciled := await consumer.reconcile(pause_seconds=_RECONCILE_PAUSE_SECONDS):
                _log.warning("queue.reconciled", jobs=reconciled)
            await consumer.prune_consumers()
        except RedisUnavailable:
            await asyncio.sleep(_AWAY_SECONDS)
            continue
        await asyncio.sleep(_EVERY_SECONDS)
