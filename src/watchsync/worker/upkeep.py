"""What does a worker do for the queue beside its jobs? It mends and sweeps, at its start and a few times a day."""

import asyncio

from watchsync import logs
from watchsync.errors import RedisAway
from watchsync.queue.broker import Broker

_EVERY_SECONDS = 6 * 3600.0
_MEND_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_log = logs.get(__name__)


async def look_after(broker: Broker) -> None:
    """Reconcile records and stream entries, and sweep consumers long gone, until cancelled."""
    while True:
        try:
            if mended := await broker.mend(pause_seconds=_MEND_PAUSE_SECONDS):
                _log.warning("queue.mended", jobs=mended)
            await broker.sweep()
        except RedisAway:
            await asyncio.sleep(_AWAY_SECONDS)
            continue
        except Exception:  # noqa: BLE001 - the queue works without it; a later round may go better
            _log.exception("upkeep.failed")
        await asyncio.sleep(_EVERY_SECONDS)
