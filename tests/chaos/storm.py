"""How does a storm go? Requests and strikes, then calm, then what is known about it."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

from redis.exceptions import RedisError

from chaos import notes, plan
from chaos.crew import Crew
from chaos.history import History, remains
from chaos.notes import Notes
from chaos.plan import Blow, Plan, Strike
from chaos.proxy import Cuts, Proxy
from chaos.server import Server
from chaos.submitter import Submitter
from chaos.worker import Post
from watchsync import keys
from watchsync.job import NewJob
from watchsync.metrics import Metrics
from watchsync.queue.queue import open_queue
from watchsync.redis_client import connect
from watchsync.refs import ListRef

SLOTS = 4
CALM_SECONDS = 25.0
"""After the last strike everything ends within this time."""
CROWD = 1100
RECOVERY_SECONDS = 2 * plan.LEASE_SECONDS + 2
SCRIPTS = ("submit", "settle_and_take", "renew", "progress", "cancel", "requeue", "depth", "reconcile", "deregister")


class Storm:
    """Puts the server, the proxy, the submitter and the crew of workers together."""

    def __init__(self, folder: Path, the_plan: Plan, workers: int, *, is_cut: bool = True) -> None:
        self._plan = the_plan
        self._workers = workers
        self._notes = folder / "notes"
        self._note = Notes(self._notes, "storm")
        self.cuts = Cuts(the_plan.seed)
        self.cuts.is_on = is_cut
        self._server = Server(folder)
        self._proxy = Proxy(self._server.path, self.cuts, SCRIPTS)
        self._restarting = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def rage(self, *, with_crowd: bool = True) -> History:
        """Run the whole storm; return what is known about it."""
        await self._server.start()
        await self._proxy.start()
        self._crew = Crew(Post("", self._proxy.url, self._notes, self._plan.seed, SLOTS), self._note)
        try:
            await self._ask_and_strike()
            await self._calm()
            late = await self._crew.close()
            if with_crowd:
                late += await self._crowd()
            for name in late:
                self._note("stayed", worker=name)
            async with self._server.client() as client:
                left = await remains(client)
        finally:
            await self._server.kill()
        return History(
            list(notes.read(self._notes)), self._server.witness(), left, plan.LEASE_SECONDS, plan.MAX_ATTEMPTS
        )

    async def _ask_and_strike(self) -> None:
        self._crew.open(self._workers)
        blows = list(self._plan.blows)
        client = connect(self._proxy.url)
        async with open_queue(client, Metrics()) as queue:
            submitter = Submitter(queue, self._note)
            for number, request in enumerate(self._plan.requests):
                while blows and blows[0].after <= number:
                    self._go(self._strike(blows.pop(0)))
                self._go(submitter.ask(request))
                await asyncio.sleep(1 / plan.REQUESTS_PER_SECOND)
            while self._tasks:
                await asyncio.wait(self._tasks)
        await client.aclose()

    def _go(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._went)

    def _went(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if error := task.exception():
            self._note("crashed", error=repr(error))

    async def _strike(self, blow: Blow) -> None:
        self._note("blow", strike=blow.strike, slot=blow.slot, seconds=round(blow.seconds, 2))
        match blow.strike:
            case Strike.KILL_REDIS:
                async with self._restarting:
                    await self._server.kill()
                    await asyncio.sleep(blow.seconds)
                    await self._server.start()
            case Strike.PAUSE_REDIS:
                await self._command("CLIENT", "PAUSE", int(blow.seconds * 1000))
            case Strike.STALL_REDIS:
                async with self._restarting:
                    self._note("stalled")
                    await self._server.stall(blow.seconds)
                    self._note("stalled")
            case Strike.FILL_REDIS:
                await self._command("CONFIG", "SET", "maxmemory", "1")
                await asyncio.sleep(blow.seconds)
                await self._command("CONFIG", "SET", "maxmemory", "0")
            case Strike.FORGET_SCRIPTS:
                await self._command("SCRIPT", "FLUSH")
            case Strike.CUT_EVERYTHING:
                self._proxy.cut_everything()
            case _:
                await self._crew.strike(blow.slot, blow.strike, blow.seconds)

    async def _command(self, *words: object) -> None:
        with suppress(RedisError, OSError):
            async with self._server.client() as client:
                await client.execute_command(*words)

    async def _calm(self) -> None:
        """Stop the strikes and wait until all work is done."""
        self.cuts.is_on = False
        self._note("calm")
        with suppress(TimeoutError):
            async with asyncio.timeout(CALM_SECONDS), self._server.client() as client:
                while await client.hlen(keys.ACTIVE):
                    await asyncio.sleep(0.05)
        self._note("quiet")

    async def _crowd(self) -> list[str]:
        """Abandon one job behind more held ones than one page of the pending list shows."""
        holder = self._crew.hire(slots=CROWD, name="crowd")
        client = connect(self._proxy.url)
        async with open_queue(client, Metrics()) as queue:
            asked = [NewJob(id=f"H{number:06}", ref=ListRef.parse(f"ur2{number:06}")) for number in range(CROWD)]
            for start in range(0, CROWD, 50):
                await asyncio.gather(*(queue.producer.submit(new) for new in asked[start : start + 50]))
            async with asyncio.timeout(20):
                while (await queue.gauges.depth()).running < CROWD:
                    await asyncio.sleep(0.05)
            victim = self._crew.hire(slots=1, name="victim")
            await queue.producer.submit(NewJob(id="A1", ref=ListRef.parse("ur3")))
            await victim.ended()
            heir = self._crew.hire()
            try:
                async with asyncio.timeout(RECOVERY_SECONDS), queue.lookup.watch("A1") as changes:
                    async for _ in changes:
                        pass
            except TimeoutError:
                self._note("late", job="A1", seconds=RECOVERY_SECONDS)
            self._crew.send(holder, signal.SIGUSR1, "release")
            await self._calm()
            late = [hand.name for hand in (holder, heir) if not await self._crew.dismiss(hand)]
        await client.aclose()
        return late
