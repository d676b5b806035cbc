"""A consumer that a test steers by hand: it takes without settling, and settles one attempt at a time."""

from collections.abc import Mapping

from watchsync.errors import LeaseLost
from watchsync.job import Delivery, Outcome
from watchsync.queue.consumer import REFUSED, Consumer, Handover, Settlement


class SteeredConsumer(Consumer):
    """The real consumer, with its one exchange in two halves."""

    async def take(self, count: int, held: Mapping[str, str] | None = None) -> Handover:
        """Only take; raises RedisUnavailable."""
        return await self.settle_and_take((), count, held or {})

    async def settle(self, delivery: Delivery, outcome: Outcome, *, patience_seconds: float = 0) -> str:
        """Only settle one attempt; return the verdict. Raises LeaseLost and RedisUnavailable."""
        settlement = Settlement(delivery, outcome)
        handover = await self.settle_and_take([settlement], 0, {}, patience_seconds=patience_seconds)
        (verdict,) = handover.verdicts
        if verdict == REFUSED:
            raise LeaseLost
        return verdict
