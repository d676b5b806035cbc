import asyncio
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
import pytest

from watchsync.browser.session import CapturedResponse
from watchsync.errors import (
    BrowserLost,
    CaptchaDemanded,
    ChallengeUnsolved,
    OriginCoolingDown,
    OriginRefusal,
    OriginUnreachable,
    PageFault,
    PageTimeout,
    PrivateList,
    Throttled,
    WatchsyncError,
)
from watchsync.imdb.browser_reader import BrowserReader
from watchsync.refs import ListRef

REF = ListRef.parse("ur12345678")
ORIGIN = "https://www.example.com"
CHALLENGE = CapturedResponse(202, {"x-amzn-waf-action": "challenge"}, "")
CAPTCHA = CapturedResponse(405, {"x-amzn-waf-action": "captcha"}, "")
PRIVATE = CapturedResponse(200, {}, '{"props":{"pageProps":{"showPrivateListMessaging":true}}}')


def page(first: int, count: int, total: int) -> CapturedResponse:
    """An answer that holds some rows of a longer list."""
    edges = [
        {
            "node": {"itemId": f"i{number}"},
            "listItem": {
                "id": f"tt{number:07}",
                "titleText": {"text": f"Film {number}"},
                "titleType": {"id": "movie", "canHaveEpisodes": False},
            },
        }
        for number in range(first, first + count)
    ]
    rows = {"total": total, "pageInfo": {"hasNextPage": first + count - 1 < total}, "edges": edges}
    data = {"props": {"pageProps": {"mainColumnData": {"predefinedList": {"titleListItemSearch": rows}}}}}
    return CapturedResponse(200, {}, orjson.dumps(data).decode())


class FakeSession:
    """Plays answers, or raises errors, and notes how each was asked for."""

    def __init__(self, *plays: CapturedResponse | Exception) -> None:
        self.plays = deque(plays)
        self.asked: list[str] = []

    async def open(self, url: str) -> CapturedResponse:
        return self._play("open", url)

    async def fetch(self, url: str) -> CapturedResponse:
        return self._play("fetch", url)

    def _play(self, how: str, url: str) -> CapturedResponse:
        self.asked.append(f"{how} {url.rpartition('page=')[2]}")
        play = self.plays.popleft()
        if isinstance(play, Exception):
            raise play
        return play


class FakeLender:
    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.is_lent = False

    @asynccontextmanager
    async def lend(self, _):
        self.is_lent = True
        try:
            yield self.session
        finally:
            self.is_lent = False


class FakeGate:
    """A limiter and its one visit."""

    def __init__(self, *, closed_at: int | None = None, at_once: int = 2) -> None:
        self.closed_at = closed_at
        self.at_once = at_once
        self.entered = 0
        self.said: list[str] = []

    def start_pass(self) -> "FakeGate":
        return self

    async def enter(self) -> None:
        self.entered += 1
        if self.entered == self.closed_at:
            raise OriginCoolingDown

    async def report_ok(self) -> None:
        self.said.append("ok")

    async def report_refusal(self, refusal: OriginRefusal) -> float:
        self.said.append(refusal.code)
        return 900.0

    async def report_fault(self, fault: PageFault) -> float:
        self.said.append(fault.code)
        return 0.0


class Scene:
    """One reading with all that took part in it."""

    def __init__(self, metrics, *plays: CapturedResponse | Exception, closed_at: int | None = None) -> None:
        self.metrics = metrics
        self.session = FakeSession(*plays)
        self.lender = FakeLender(self.session)
        self.limiter = FakeGate(closed_at=closed_at)
        self.messages: list[str] = []
        self.reader = BrowserReader(self.lender, self.limiter, metrics, origin=ORIGIN)

    async def read(self):
        return await self.reader.read(REF, lambda progress: self.messages.append(progress.message))

    def pages(self, result: str) -> float:
        return self.metrics.registry.get_sample_value("watchsync_pages_total", {"result": result})


@pytest.fixture
def scene(metrics):
    return lambda *plays, **more: Scene(metrics, *plays, **more)


async def test_the_first_page_is_opened_and_the_rest_are_fetched(scene):
    reading = scene(page(1, 250, 600), page(251, 250, 600), page(501, 100, 600))
    result = await reading.read()
    assert reading.session.asked == ["open 1", "fetch 2", "fetch 3"]
    assert (len(result.titles), result.total, result.pages) == (600, 600, 3)
    assert reading.pages("json") == 3
    assert reading.metrics.registry.get_sample_value("watchsync_rows_read_total") == 600


async def test_progress_is_told_in_a_persons_words(scene):
    reading = scene(page(1, 250, 1179), page(251, 250, 1179), page(501, 679, 1179))
    await reading.read()
    assert reading.messages[:3] == ["Opening the list on IMDb", "Read 250 of 1,179 titles", "Read 500 of 1,179 titles"]


async def test_every_page_goes_through_the_gate(scene):
    reading = scene(page(1, 250, 500), page(251, 250, 500))
    await reading.read()
    assert reading.limiter.entered == 2
    assert reading.limiter.said == ["ok", "ok"]


@pytest.mark.parametrize("trouble", [CHALLENGE, OriginUnreachable(), CapturedResponse(200, {}, "<p>what?</p>")])
async def test_a_page_that_cannot_be_fetched_is_opened_once(scene, trouble):
    reading = scene(page(1, 250, 500), trouble, page(251, 250, 500))
    assert len((await reading.read()).titles) == 500
    assert reading.session.asked == ["open 1", "fetch 2", "open 2"]
    assert reading.limiter.entered == 3


async def test_a_second_challenge_in_a_row_is_a_refusal(scene):
    reading = scene(page(1, 250, 500), CHALLENGE, CHALLENGE)
    with pytest.raises(ChallengeUnsolved) as refusal:
        await reading.read()
    assert reading.limiter.said == ["ok", "challenge"]
    assert refusal.value.retry_after_seconds == 900
    assert reading.pages("challenge") == 1


async def test_a_captcha_is_reported_at_once_and_nothing_more_is_asked(scene):
    reading = scene(page(1, 250, 500), CAPTCHA)
    with pytest.raises(CaptchaDemanded):
        await reading.read()
    assert reading.session.asked == ["open 1", "fetch 2"]
    assert reading.limiter.said == ["ok", "captcha"]


async def test_a_site_that_asks_to_slow_down_is_reported_with_its_time(scene):
    reading = scene(CapturedResponse(429, {"retry-after": "7"}, ""))
    with pytest.raises(Throttled):
        await reading.read()
    assert reading.limiter.said == ["throttled"]


async def test_a_private_list_is_an_ordinary_answer_of_the_site(scene):
    reading = scene(PRIVATE)
    with pytest.raises(PrivateList):
        await reading.read()
    assert reading.limiter.said == ["ok"]
    assert reading.pages("private") == 1


async def test_a_closed_gate_asks_the_site_nothing_and_is_not_reported_again(scene):
    reading = scene(page(1, 250, 500), closed_at=2)
    with pytest.raises(OriginCoolingDown):
        await reading.read()
    assert reading.session.asked == ["open 1"]
    assert reading.limiter.said == ["ok"]


async def test_a_gate_that_closes_before_the_second_try_is_not_reported_either(scene):
    reading = scene(page(1, 250, 500), CHALLENGE, closed_at=3)
    with pytest.raises(OriginCoolingDown):
        await reading.read()
    assert reading.limiter.said == ["ok"]


@pytest.mark.parametrize(
    ("fault", "counted", "said"),
    [
        (PageTimeout(), "timeout", ["page-timeout"]),
        (OriginUnreachable(), "unreachable", ["unreachable"]),
        (BrowserLost(), None, []),
    ],
)
async def test_faults_of_the_site_are_reported_and_those_of_the_browser_are_not(scene, fault, counted, said):
    reading = scene(fault)
    with pytest.raises(type(fault)):
        await reading.read()
    assert reading.limiter.said == said
    results = reading.metrics.pages.collect()[0].samples
    assert [sample.labels["result"] for sample in results if sample.value] == ([counted] if counted else [])


@pytest.mark.parametrize("trouble", [PRIVATE, CAPTCHA, BrowserLost()])
async def test_the_session_is_given_back_whatever_happens(scene, trouble):
    reading = scene(trouble)
    with pytest.raises(WatchsyncError):
        await reading.read()
    assert not reading.lender.is_lent


class SlowSession(FakeSession):
    """A session whose fetches end only when the test lets them."""

    def __init__(self, pages: dict[int, CapturedResponse | Exception]) -> None:
        super().__init__()
        self.pages = pages
        self.may_end = {number: asyncio.Event() for number in pages}
        self.asking = asyncio.Condition()
        self.cancelled: list[int] = []

    async def open(self, url: str) -> CapturedResponse:
        return await self._ask("open", url)

    async def fetch(self, url: str) -> CapturedResponse:
        try:
            return await self._ask("fetch", url)
        except asyncio.CancelledError:
            self.cancelled.append(int(url.rpartition("page=")[2]))
            raise

    async def until(self, *asked: str) -> None:
        """Wait until exactly this was asked for, in this order."""
        async with asyncio.timeout(60), self.asking:
            await self.asking.wait_for(lambda: self.asked == [*asked])

    async def _ask(self, how: str, url: str) -> CapturedResponse:
        number = int(url.rpartition("page=")[2])
        async with self.asking:
            self.asked.append(f"{how} {number}")
            self.asking.notify_all()
        if how == "fetch":
            await self.may_end[number].wait()
            if isinstance(self.pages[number], Exception):
                trouble, self.pages[number] = self.pages[number], page(number * 250 - 249, 250, 1000)
                raise trouble
        return self.pages[number]


@pytest.fixture
def slow(metrics):
    def make(pages: dict[int, CapturedResponse | Exception], at_once: int = 2) -> tuple[SlowSession, asyncio.Task]:
        session = SlowSession(pages)
        reader = BrowserReader(FakeLender(session), FakeGate(at_once=at_once), metrics, origin=ORIGIN)
        return session, asyncio.create_task(reader.read(REF, lambda _: None))

    return make


def four_pages():
    return {number: page(number * 250 - 249, 250, 1000) for number in range(1, 5)}


async def test_the_next_page_is_on_its_way_while_one_is_awaited_and_no_more_than_that(slow):
    session, reading = slow(four_pages())
    await session.until("open 1", "fetch 2", "fetch 3")
    session.may_end[3].set()
    session.may_end[2].set()
    await session.until("open 1", "fetch 2", "fetch 3", "fetch 4")
    session.may_end[4].set()
    result = await reading
    assert [title.position for title in result.titles] == list(range(1, 1001))
    assert [title.id for title in result.titles] == sorted(title.id for title in result.titles)


async def test_as_many_pages_are_under_way_as_the_gate_allows(slow):
    session, reading = slow(four_pages(), at_once=3)
    await session.until("open 1", "fetch 2", "fetch 3", "fetch 4")
    for each in session.may_end.values():
        each.set()
    assert [title.position for title in (await reading).titles] == list(range(1, 1001))


async def test_no_page_is_asked_for_that_the_list_does_not_have(slow):
    session, reading = slow({1: page(1, 250, 300), 2: page(251, 50, 300)})
    session.may_end[2].set()
    await reading
    assert session.asked == ["open 1", "fetch 2"]


async def test_without_a_total_pages_come_one_after_the_other(slow):
    pages = four_pages()
    for number, answer in pages.items():
        data = orjson.loads(answer.captured)
        del data["props"]["pageProps"]["mainColumnData"]["predefinedList"]["titleListItemSearch"]["total"]
        pages[number] = replace(answer, captured=orjson.dumps(data).decode())
    session, reading = slow(pages)
    await session.until("open 1", "fetch 2")
    for each in session.may_end.values():
        each.set()
    assert (await reading).pages == 4


async def test_a_navigation_gives_up_what_is_under_way_and_asks_for_it_again(slow):
    session, reading = slow(four_pages() | {2: ChallengeUnsolved()})
    await session.until("open 1", "fetch 2", "fetch 3")
    session.may_end[2].set()
    await session.until("open 1", "fetch 2", "fetch 3", "open 2", "fetch 3", "fetch 4")
    assert session.cancelled == [3]
    for each in session.may_end.values():
        each.set()
    assert len((await reading).titles) == 1000


async def test_a_refusal_gives_up_what_is_under_way(slow):
    session, reading = slow(four_pages() | {2: CaptchaDemanded()})
    await session.until("open 1", "fetch 2", "fetch 3")
    session.may_end[2].set()
    with pytest.raises(CaptchaDemanded):
        await reading
    assert session.cancelled == [3]


async def test_a_cancelled_reading_leaves_nothing_under_way(slow):
    session, reading = slow(four_pages())
    await session.until("open 1", "fetch 2", "fetch 3")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert sorted(session.cancelled) == [2, 3]


async def test_a_first_page_that_is_enough_ends_the_reading(scene):
    reading = scene(page(1, 250, 600))
    glance = await reading.reader.read(REF, lambda _: None, lambda seen: seen.total == 600)
    assert (glance.is_glance, glance.rows, reading.session.asked) == (True, 250, ["open 1"])


async def test_a_list_of_one_page_is_always_read_in_full(scene):
    reading = scene(page(1, 200, 200))
    assert not (await reading.reader.read(REF, lambda _: None, lambda _: True)).is_glance
