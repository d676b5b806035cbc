"""What do we remember of TMDB's answers, and for how long?"""

import random
from collections.abc import Mapping, Sequence

import orjson

from watchsync import keys
from watchsync.lua import Argument, Script
from watchsync.redis_client import Client, answered
from watchsync.tmdb.facts import TitleFacts

_DAY_SECONDS = 86_400
FOUND_DAYS = (150, 175)
"""TMDB's terms allow six months; the spread keeps a list from expiring all at once."""
UNKNOWN_DAYS = (7, 14)
_READ_AT_ONCE = 1_000
_WRITE_AT_ONCE = 500
_STORE = Script.load(__package__, "store")


class TmdbCache:
    """TMDB's answers in Redis, shared by all lists. Hosted Redis bills by the command, so few are sent."""

    def __init__(self, client: Client, rng: random.Random) -> None:
        self._client = client
        self._rng = rng

    async def load(self, imdb_ids: Sequence[str]) -> dict[str, TitleFacts]:
        """The answers that are remembered: one command for a thousand ids. Raises RedisUnavailable."""
        known: dict[str, TitleFacts] = {}
        for start in range(0, len(imdb_ids), _READ_AT_ONCE):
            ids = imdb_ids[start : start + _READ_AT_ONCE]
            values = await answered(self._client.mget([keys.tmdb(imdb_id) for imdb_id in ids]))
            for imdb_id, value in zip(ids, values, strict=True):
                answer = _answer(value)
                if answer is not None:
                    known[imdb_id] = answer
        return known

    async def store(self, answers: Mapping[str, TitleFacts]) -> None:
        """Remember answers: one command for five hundred. Raises RedisUnavailable."""
        everything = list(answers.items())
        for start in range(0, len(everything), _WRITE_AT_ONCE):
            pairs = everything[start : start + _WRITE_AT_ONCE]
            arguments: list[Argument] = []
            for _, answer in pairs:
                arguments += [orjson.dumps(answer.to_record()), self._seconds_to_live(answer)]
            await _STORE.run(self._client, [keys.tmdb(imdb_id) for imdb_id, _ in pairs], arguments)

    def _seconds_to_live(self, answer: TitleFacts) -> int:
        shortest, longest = FOUND_DAYS if answer.is_known else UNKNOWN_DAYS
        return self._rng.randint(shortest * _DAY_SECONDS, longest * _DAY_SECONDS)


def _answer(value: bytes | str | None) -> TitleFacts | None:
    if value is None:
        return None
    try:
        return TitleFacts.from_record(orjson.loads(value))
    except (TypeError, ValueError, AttributeError):
        return None  # written by another version; asked again
