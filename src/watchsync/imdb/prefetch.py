"""Pages that are asked for before their turn, so that the next is on its way while one is read."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from watchsync.imdb.page import ListPage


class Prefetch:
    """Fetches by number; whatever nobody waited for is given up at the end."""

    def __init__(self, fetch: Callable[[int], Awaitable[ListPage]]) -> None:
        self._fetch = fetch
        self._under_way: dict[int, asyncio.Future[ListPage]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.give_up()

    def start(self, number: int) -> None:
        """Ask for a page unless that is under way."""
        if number not in self._under_way:
            self._under_way[number] = asyncio.ensure_future(self._fetch(number))

    async def page(self, number: int) -> ListPage:
        """The page whose turn it is; raises what its fetch raised."""
        self.start(number)
        return await self._under_way.pop(number)

    async def give_up(self) -> None:
        """Want no more of what is under way."""
        given_up, self._under_way = self._under_way, {}
        for fetching in given_up.values():
            fetching.cancel()
        await asyncio.gather(*given_up.values(), return_exceptions=True)
