"""The worker processes: started, struck, and replaced as soon as they are gone."""

import asyncio
import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import replace

from chaos import worker
from chaos.notes import Notes
from chaos.worker import Post

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["chaos.worker"])
_LEAVING_SECONDS = 20.0


class Hand:
    """One worker process, and whether it is gone."""

    def __init__(self, post: Post) -> None:
        self.name = post.name
        self._process = _PROCESSES.Process(target=worker.main, args=(post,), name=post.name, daemon=True)
        self._gone = asyncio.Event()
        self._process.start()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._end)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._gone.set()

    def send(self, number: signal.Signals) -> None:
        if not self._gone.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def ended(self) -> None:
        """Wait until it is gone."""
        await self._gone.wait()


class Crew:
    """A number of slots with one worker process each. A new process has a new name."""

    def __init__(self, post: Post, note: Notes) -> None:
        self._post = post
        self._note = note
        self._hired = 0
        self._slots: list[Hand] = []
        self._watching: set[asyncio.Task[None]] = set()
        self._is_open = True

    def hire(self, slots: int | None = None, name: str = "w") -> Hand:
        """Start one process."""
        self._hired += 1
        post = replace(self._post, name=f"{name}{self._hired}", slots=slots or self._post.slots)
        hand = Hand(post)
        self._note("running_worker", worker=hand.name, pid=hand.pid)
        return hand

    def open(self, slots: int) -> None:
        """Fill all slots, and keep them filled."""
        self._is_open = True
        self._slots = [self.hire() for _ in range(slots)]
        for slot in range(slots):
            task = asyncio.ensure_future(self._keep(slot))
            self._watching.add(task)
            task.add_done_callback(self._watching.discard)

    async def _keep(self, slot: int) -> None:
        while self._is_open:
            await self._slots[slot].ended()
            if self._is_open:
                self._slots[slot] = self.hire()

    async def close(self) -> list[str]:
        """Tell all to leave; return the names of those that did not."""
        self._is_open = False
        late = [hand.name for hand in self._slots if not await self.dismiss(hand)]
        await asyncio.gather(*self._watching)
        return late

    async def dismiss(self, hand: Hand) -> bool:
        """Send SIGTERM; return whether the process ended by itself."""
        self.send(hand, signal.SIGTERM, "drain")
        try:
            async with asyncio.timeout(_LEAVING_SECONDS):
                await hand.ended()
        except TimeoutError:
            self.send(hand, signal.SIGKILL, "kill")
            return False
        return True

    async def strike(self, slot: int, how: str, seconds: float) -> None:
        """Strike the worker in this slot."""
        hand = self._slots[slot]
        match how:
            case "kill":
                self.send(hand, signal.SIGKILL, how)
            case "freeze":
                self.send(hand, signal.SIGSTOP, how)
                await asyncio.sleep(seconds)
                self.send(hand, signal.SIGCONT, "thaw")
            case "drain":
                self.send(hand, signal.SIGTERM, how)
            case "drain-at-once":
                self.send(hand, signal.SIGTERM, "drain")
                await asyncio.sleep(seconds / 3)
                self.send(hand, signal.SIGTERM, how)

    def send(self, hand: Hand, number: signal.Signals, how: str) -> None:
        """Note it before sending, since its effects may show at once."""
        self._note("struck", worker=hand.name, how=how)
        hand.send(number)
