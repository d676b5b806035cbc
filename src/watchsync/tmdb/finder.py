"""How is TMDB asked, so politely that it keeps answering?"""

import asyncio
import random
from collections.abc import Mapping
from http import HTTPStatus

import aiohttp
import backoff
import orjson
from aiolimiter import AsyncLimiter

from watchsync.metrics import Metrics
from watchsync.tmdb.facts import TitleFacts

CONNECTIONS = 16
"""TMDB allows 20 connections from one address."""
_TRIES = 3
_REQUEST_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
_BURST = 5


class LookupFailed(Exception):
    """TMDB gave no usable answer; the same question may be answered later."""


class TokenRefused(LookupFailed):
    """TMDB does not accept our token; no further question will be answered."""


class _PassingTrouble(LookupFailed):
    """TMDB or the way to it is in trouble; worth another try at once."""


class Finder:
    """Asks TMDB for titles by their IMDb ids, as fast as it allows and no faster."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        metrics: Metrics,
        rng: random.Random,
        *,
        rate_per_second: float,
        first_wait_seconds: float = 0.5,
    ) -> None:
        self._session = session
        self._url = url
        self._metrics = metrics
        self._rng = rng
        self._limiter = AsyncLimiter(_BURST, _BURST / rate_per_second)
        self._resume_at = 0.0
        self._patiently = backoff.on_exception(
            backoff.expo,
            _PassingTrouble,
            max_tries=_TRIES,
            factor=first_wait_seconds,
            jitter=lambda ceiling: rng.uniform(ceiling / 2, ceiling),
            logger=None,
        )(self._ask)

    async def find(self, imdb_id: str) -> TitleFacts:
        """What TMDB has under ``imdb_id``; raises TokenRefused or LookupFailed."""
        return await self._patiently(imdb_id)

    async def _ask(self, imdb_id: str) -> TitleFacts:
        await self._wait_out_the_pause()
        async with self._limiter:
            try:
                with self._metrics.tmdb_seconds.time():
                    status, headers, body = await self._get(imdb_id)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise _PassingTrouble(f"{type(error).__name__}: {error}") from error
        return self._judge(status, headers, body)

    async def _get(self, imdb_id: str) -> tuple[int, Mapping[str, str], bytes]:
        address = f"{self._url}/find/{imdb_id}"
        async with (
            asyncio.timeout(_REQUEST_SECONDS),
            self._session.get(address, params={"external_source": "imdb_id"}) as response,
        ):
            return response.status, response.headers, await response.read()

    def _judge(self, status: int, headers: Mapping[str, str], body: bytes) -> TitleFacts:
        if status == HTTPStatus.OK:
            try:
                return TitleFacts.read(orjson.loads(body))
            except ValueError as error:
                raise LookupFailed(f"an answer that cannot be read: {error}") from None
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise TokenRefused(f"HTTP {status}")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._pause_all(headers.get("Retry-After", ""))
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _PassingTrouble(f"HTTP {status}")
        raise LookupFailed(f"HTTP {status}")

    def _pause_all(self, retry_after: str) -> None:
        """Keep every request back for as long as TMDB asked, not only the one that it told so."""
        seconds = float(retry_after) if retry_after.isdecimal() else 1.0
        if seconds > _LONGEST_PAUSE_SECONDS:
            raise LookupFailed(f"HTTP 429, to wait {seconds:.0f} seconds")
        self._resume_at = max(self._resume_at, _now() + seconds)

    async def _wait_out_the_pause(self) -> None:
        while True:
            wait = self._resume_at - _now()
            if wait <= 0:
                return
            await asyncio.sleep(wait + self._rng.uniform(0, 0.2))


def _now() -> float:
    return asyncio.get_running_loop().time()


def session(token: str) -> aiohttp.ClientSession:
    """An HTTP session that carries the token in a header, where no log line shows it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
    )
