from collections import deque
from contextlib import asynccontextmanager

import orjson
import pytest

from watchsync.browser.session import Answer
from watchsync.errors import (
    BrowserLost,
    CaptchaDemanded,
    ChallengeUnsolved,
    OriginCoolingDown,
    OriginRefusal,
    OriginUnreachable,
    PageTimeout,
    PrivateList,
    Throttled,
    WatchsyncError,
)
from watchsync.imdb.reader import PageReader
from watchsync.refs import ListRef

REF = ListRef.parse("ur12345678")
ORIGIN = "https://www.example.com"
CHALLENGE = Answer(202, {"x-amzn-waf-action": "challenge"}, {})
CAPTCHA = Answer(405, {"x-amzn-waf-action": "captcha"}, {})
PRIVATE = Answer(200, {}, {"nextData": '{"props":{"pageProps":{"showPrivateListMessaging":true}}}'})


def page(first: int, count: int, total: int) -> Answer:
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
    return Answer(200, {}, {"nextData": orjson.dumps(data).decode(), "html": None})


class FakeSession:
    """Plays answers, or raises errors, and notes how each was asked for."""

    def __init__(self, *plays: Answer | Exception) -> None:
        self.plays = deque(plays)
        self.asked: list[str] = []

    async def open(self, url: str) -> Answer:
        return self._play("open", url)

    async def fetch(self, url: str) -> Answer:
        return self._play("fetch", url)

    def _play(self, how: str, url: str) -> Answer:
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
    """A gate and its one visit."""

    def __init__(self, *, closed_at: int | None = None) -> None:
        self.closed_at = closed_at
        self.entered = 0
        self.said: list[str] = []

    def visit(self) -> "FakeGate":
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


class Scene:
    """One reading with all that took part in it."""

    def __init__(self, metrics, *plays: Answer | Exception, closed_at: int | None = None) -> None:
        self.metrics = metrics
        self.session = FakeSession(*plays)
        self.lender = FakeLender(self.session)
        self.gate = FakeGate(closed_at=closed_at)
        self.messages: list[str] = []
        self.reader = PageReader(self.lender, self.gate, metrics, origin=ORIGIN)

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
    assert reading.gate.entered == 2
    assert reading.gate.said == ["ok", "ok"]


@pytest.mark.parametrize("trouble", [CHALLENGE, OriginUnreachable(), Answer(200, {}, {"html": "<p>what?</p>"})])
async def test_a_page_that_cannot_be_fetched_is_opened_once(scene, trouble):
    reading = scene(page(1, 250, 500), trouble, page(251, 250, 500))
    assert len((await reading.read()).titles) == 500
    assert reading.session.asked == ["open 1", "fetch 2", "open 2"]
    assert reading.gate.entered == 3


async def test_a_second_challenge_in_a_row_is_a_refusal(scene):
    reading = scene(page(1, 250, 500), CHALLENGE, CHALLENGE)
    with pytest.raises(ChallengeUnsolved) as refusal:
        await reading.read()
    assert reading.gate.said == ["ok", "challenge"]
    assert refusal.value.retry_after_seconds == 900
    assert reading.pages("challenge") == 1


async def test_a_captcha_is_reported_at_once_and_nothing_more_is_asked(scene):
    reading = scene(page(1, 250, 500), CAPTCHA)
    with pytest.raises(CaptchaDemanded):
        await reading.read()
    assert reading.session.asked == ["open 1", "fetch 2"]
    assert reading.gate.said == ["ok", "captcha"]


async def test_a_site_that_asks_to_slow_down_is_reported_with_its_time(scene):
    reading = scene(Answer(429, {"retry-after": "7"}, {}))
    with pytest.raises(Throttled):
        await reading.read()
    assert reading.gate.said == ["throttled"]


async def test_a_private_list_is_an_ordinary_answer_of_the_site(scene):
    reading = scene(PRIVATE)
    with pytest.raises(PrivateList):
        await reading.read()
    assert reading.gate.said == ["ok"]
    assert reading.pages("private") == 1


async def test_a_closed_gate_asks_the_site_nothing_and_is_not_reported_again(scene):
    reading = scene(page(1, 250, 500), closed_at=2)
    with pytest.raises(OriginCoolingDown):
        await reading.read()
    assert reading.session.asked == ["open 1"]
    assert reading.gate.said == ["ok"]


async def test_a_gate_that_closes_before_the_second_try_is_not_reported_either(scene):
    reading = scene(page(1, 250, 500), CHALLENGE, closed_at=3)
    with pytest.raises(OriginCoolingDown):
        await reading.read()
    assert reading.gate.said == ["ok"]


@pytest.mark.parametrize(
    ("fault", "counted"), [(PageTimeout(), "timeout"), (OriginUnreachable(), "unreachable"), (BrowserLost(), None)]
)
async def test_faults_say_nothing_of_the_sites_mind(scene, fault, counted):
    reading = scene(fault)
    with pytest.raises(type(fault)):
        await reading.read()
    assert reading.gate.said == []
    results = reading.metrics.pages.collect()[0].samples
    assert [sample.labels["result"] for sample in results if sample.value] == ([counted] if counted else [])


@pytest.mark.parametrize("trouble", [PRIVATE, CAPTCHA, BrowserLost()])
async def test_the_session_is_given_back_whatever_happens(scene, trouble):
    reading = scene(trouble)
    with pytest.raises(WatchsyncError):
        await reading.read()
    assert not reading.lender.is_lent
