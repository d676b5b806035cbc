"""Who is told of a message? All subscribers of this process share one pub/sub connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self

from redis.exceptions import NoPermissionError

from watchsync import logs
from watchsync.redis_client import Client
from watchsync.redis_errors import UNAVAILABLE
from watchsync.redis_observer import as_connection_error
from watchsync.retry import GrowingPause

Callback = Callable[[bytes | None], None]
"""Called with each message, and with ``None`` whenever messages may have been missed, so that it looks for itself."""

_PING_SECONDS = 600.0
_FOLLOW_SECONDS = 10.0
"""How often sentinels are asked whether the master is another one: a failover may leave the old one up."""
_PONG_SECONDS = 10.0
_FOLLOW_SECONDS = 10.0
"""How often sentinels are asked whether the master is still the same: a failover may leave the old one up."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 15.0
POLL_SECONDS = 5.0
"""How late a change is seen at most where Redis gives us no channels."""
_POLLS = 60
"""After so many the channels are tried again."""
_log = logs.get(__name__)


class Listener:
    """Delivers messages to subscribers; connects when the first one comes, and again whenever the connection breaks.

    Only one task uses the connection. Subscribing and unsubscribing interrupt its reading for a moment. A silent
    connection is pinged every ten minutes, so that a half-open one is noticed. Where the user may use no channels,
    subscribers are told every few seconds that they may have missed something.
    """

    def __init__(
        self,
        client: Client,
        *,
        ping_seconds: float = _PING_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        follow_seconds: float = _FOLLOW_SECONDS,
    ) -> None:
        self._client = client
        self._ping_seconds = ping_seconds
        self._poll_seconds = poll_seconds
        self._follow_seconds = follow_seconds
        self._has_told = False
        self._callbacks: dict[str, list[Callback]] = {}
        self._pending: set[str] = set()
        self._read_timeout: asyncio.Timeout | None = None
        self._reading: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._subscribed_at: float | None = None
        self._is_closing = False

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._run(), name="listener")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # redis-py swallows a cancellation while it connects, so the loop checks this flag too.
        self._is_closing = True
        self._wanted.set()
        if self._reading:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    @asynccontextmanager
    async def subscribe(self, channel: str, callback: Callback) -> AsyncIterator[None]:
        """Call ``callback`` for each message of ``channel``; first with ``None`` once it is subscribed."""
        self._callbacks.setdefault(channel, []).append(callback)
        self._request_change(channel)
        try:
            yield
        finally:
            self._callbacks[channel].remove(callback)
            if not self._callbacks[channel]:
                del self._callbacks[channel]
                self._request_change(channel)

    def _request_change(self, channel: str) -> None:
        """Let the reader subscribe to a channel, or unsubscribe where nobody listens any more."""
        self._pending.add(channel)
        self._wanted.set()
        if self._read_timeout is not None and not self._read_timeout.expired():
            self._read_timeout.reschedule(0.0)

    async def _run(self) -> None:
        pause = GrowingPause(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while not self._is_closing:
            await self._wanted.wait()
            self._subscribed_at = None
            try:
                with as_connection_error():
                    await self._listen()
            except NoPermissionError as error:
                await self._poll(error)
            except Exception as error:  # noqa: BLE001 - nobody would notice a listener that ended
                if await self._note_end(error) > _LONGEST_PAUSE_SECONDS:
                    pause.reset()
                await self._wait(pause.next_seconds())

    async def _poll(self, error: NoPermissionError) -> None:
        """Let subscribers look for themselves; return after a while, since the user may have been given channels."""
        if not self._has_told:
            self._has_told = True
            _log.warning("channels.refused", error=str(error), polls_every_seconds=self._poll_seconds)
        for _ in range(_POLLS):
            self._pending.clear()
            if self._is_closing or not self._callbacks:
                return
            for callback in [each for callbacks in self._callbacks.values() for each in callbacks]:
                callback(None)
            await self._wait_for_change(self._poll_seconds)
            if self._client.availability.is_down:
                await self._client.availability.until_up()

    async def _wait_for_change(self, seconds: float) -> None:
        """Wait this long, or until a subscription changes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds) as self._read_timeout:
                await asyncio.sleep(seconds)
        self._read_timeout = None

    async def _note_end(self, error: Exception) -> float:
        """Log that the connection ended; return how many seconds it had worked.

        A broken connection is no outage, since providers cut idle ones; failing to connect again is one.
        """
        if not isinstance(error, UNAVAILABLE):
            _log.error("listener.failed", exc_info=error)
        elif self._subscribed_at is None:
            await self._client.observe_error(error)
            return 0.0
        good_seconds = monotonic() - (self._subscribed_at or monotonic())
        _log.info("listener.disconnected", error=str(error), good_seconds=round(good_seconds))
        return good_seconds

    async def _wait(self, seconds: float) -> None:
        """Wait this long, or until an outage is over."""
        availability = self._client.availability
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (availability.until_up() if availability.is_down else asyncio.sleep(seconds))

    async def _listen(self) -> None:
        """Read until nobody listens any more; raises what a lost connection raises."""
        await self._client.initialize()  # a cluster finds a channel's node only once it knows its slots
        pubsub: Any = self._client.pubsub()
        self._pending = set(self._callbacks)
        following = asyncio.create_task(self._follow(pubsub), name="listener following its master")
        try:
            while self._callbacks and not self._is_closing:
                if self._pending:
                    await self._apply(pubsub)
                elif message := await self._next(pubsub):
                    self._dispatch(message)
            if not self._callbacks:
                self._wanted.clear()
        finally:
            following.cancel()
            await pubsub.aclose()

    async def _follow(self, pubsub: Any) -> None:
        """Break the connection once the sentinels name another master; it is then made to that one."""
        while self._client.has_sentinels:
            await asyncio.sleep(self._follow_seconds)
            master = await self._client.follow_master()
            connection = pubsub.connection
            if master and connection and (str(connection.host), int(connection.port)) != master:
                _log.info("master.moved", to=f"{master[0]}:{master[1]}")
                await connection.disconnect()

    async def _apply(self, pubsub: Any) -> None:
        pending, self._pending = self._pending, set()
        if heard := pending & self._callbacks.keys():
            await pubsub.subscribe(*heard)
        if left := pending - self._callbacks.keys():
            await pubsub.unsubscribe(*left)

    async def _next(self, pubsub: Any) -> dict[str, Any] | None:
        """The next message; ``None`` if a subscription changes first."""
        try:
            async with asyncio.timeout(self._ping_seconds) as self._read_timeout:
                message: dict[str, Any] = await pubsub.get_message(timeout=None)
                return message
        except TimeoutError:
            return None if self._pending else await self._pong(pubsub)
        finally:
            self._read_timeout = None

    async def _pong(self, pubsub: Any) -> dict[str, Any]:
        await pubsub.ping()
        answer: dict[str, Any] | None = await pubsub.get_message(timeout=min(_PONG_SECONDS, self._ping_seconds))
        if answer is None:
            raise ConnectionError("the subscription does not answer")
        return answer

    def _dispatch(self, message: dict[str, Any]) -> None:
        channel = message["channel"]
        name = channel.decode() if isinstance(channel, bytes) else str(channel)
        kind = message["type"]
        if kind not in {"message", "subscribe"}:
            return
        if self._subscribed_at is None:
            self._subscribed_at = monotonic()
            self._client.availability.record_success()
        for callback in tuple(self._callbacks.get(name, ())):
            callback(message["data"] if kind == "message" else None)
