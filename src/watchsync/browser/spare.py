"""Is there a page that was opened ahead for the next lending, and does it fit?"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext

from watchsync.browser.chromium import Chromium
from watchsync.browser.session import Session, Site


@dataclass(slots=True)
class Lending:
    """What one lending has taken so far."""

    site: Site
    chromium: Chromium | None = None
    context: BrowserContext | None = None
    cookies: list[Any] | None = None
    """What its context began with."""

    def fits(self, other: "Lending", clearances: Mapping[str, list[Any]]) -> bool:
        """Whether its context is what the other would open now."""
        is_same_place = self.chromium is other.chromium and self.site == other.site
        return is_same_place and self.cookies == clearances.get(other.site.origin)


@dataclass(frozen=True, slots=True)
class _Made:
    """A lending that nobody asked for yet, and the session that is being made or was made for it."""

    lending: Lending
    making: asyncio.Task[Session | None]


class Spare:
    """At most one session that is made before it is asked for. It is lent once, or closed."""

    def __init__(
        self,
        open_session: Callable[[Lending, Chromium], Awaitable[Session]],
        clearances: Mapping[str, list[Any]],
        spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
    ) -> None:
        """``clearances``: the cookies that a new context begins with, by origin; ``spawn`` runs what nobody awaits."""
        self._open_session = open_session
        self._clearances = clearances
        self._spawn = spawn
        self._made: _Made | None = None

    def make(self, chromium: Chromium, site: Site) -> None:
        """Begin to make one, unless there is one."""
        if self._made is None:
            lending = Lending(site, chromium)
            self._made = _Made(lending, self._spawn(self._opened(lending, chromium)))

    async def take(self, lending: Lending) -> Session | None:
        """The session made ahead, if it is just what opening one now would make; else it is closed."""
        made, self._made = self._made, None
        if made is None:
            return None
        try:
            session = await asyncio.shield(made.making)
            if session is None or not session.is_untouched or not made.lending.fits(lending, self._clearances):
                return None
            lending.context, made.lending.context = made.lending.context, None
            return session
        finally:
            self._spawn(self._close(made))

    async def _opened(self, lending: Lending, chromium: Chromium) -> Session | None:
        try:
            return await self._open_session(lending, chromium)
        except Exception:  # noqa: BLE001 - whatever it was, the lending that comes meets it by itself
            return None

    async def _close(self, made: _Made) -> None:
        await made.making
        chromium, context = made.lending.chromium, made.lending.context
        if chromium is not None and context is not None:
            await chromium.close_context(context)
