"""Several strategies to one list: the operator's order, and once each."""

from dataclasses import replace

import pytest

from builders import reading
from watchsync.errors import (
    BrowserLost,
    BrowserUnavailable,
    CaptchaDemanded,
    ListNotFound,
    NoWayToRead,
    OriginCoolingDown,
    PageDrifted,
    PageTimeout,
    PoolExhausted,
    PrivateList,
    RedisUnavailable,
    Refused,
    Throttled,
)
from watchsync.imdb.strategies import Strategies
from watchsync.refs import ListRef

LIST = ListRef.parse("ls012345678")
RATINGS = ListRef.parse("ur12345678-ratings")
BARRED = [CaptchaDemanded(), OriginCoolingDown(), Throttled(), PageDrifted(), PageTimeout(), BrowserUnavailable()]
FINAL = [PrivateList(), ListNotFound(), BrowserLost(), PoolExhausted(), RedisUnavailable()]


class Way:
    """A strategy that answers, or raises, the same each time."""

    def __init__(self, name, answer, *, ratings=True):
        self.name = name
        self.answer = answer
        self.ratings = ratings
        self.asked = 0

    def can_read(self, ref):
        return self.ratings or ref is not RATINGS

    async def read(self, ref, report, is_enough):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def quietly(_):
    return


def counted(metrics, strategy, result):
    labels = {"strategy": strategy, "result": result}
    return metrics.registry.get_sample_value("watchsync_list_reads_total", labels)


async def test_the_first_way_that_leads_to_the_list_is_the_only_one_taken(metrics):
    page, graphql = Way("page", reading(3)), Way("graphql", reading(3))
    strategies = Strategies([page, graphql], metrics)
    await strategies.read(LIST, quietly)
    assert (page.asked, graphql.asked, strategies.used) == (1, 0, "page")
    assert counted(metrics, "page", "read") == 1


@pytest.mark.parametrize("error", BARRED, ids=lambda error: error.code)
async def test_where_one_way_is_barred_the_next_is_tried_once(metrics, error):
    page, graphql = Way("page", error), Way("graphql", reading(3))
    strategies = Strategies([page, graphql], metrics)
    assert await strategies.read(LIST, quietly) is graphql.answer
    assert (page.asked, graphql.asked, strategies.used) == (1, 1, "graphql")
    assert counted(metrics, "graphql", "read") == 1


@pytest.mark.parametrize("error", FINAL, ids=lambda error: error.code)
async def test_what_the_list_says_and_what_passes_by_itself_is_not_asked_elsewhere(metrics, error):
    graphql = Way("graphql", reading(3))
    with pytest.raises(type(error)):
        await Strategies([Way("page", error), graphql], metrics).read(LIST, quietly)
    assert graphql.asked == 0


async def test_when_all_are_barred_the_one_that_opens_first_speaks(metrics):
    page, graphql = Way("page", Refused(retry_after_seconds=900)), Way("graphql", Throttled(retry_after_seconds=7))
    with pytest.raises(Throttled):
        await Strategies([page, graphql], metrics).read(LIST, quietly)


async def test_among_equals_the_preferred_way_speaks(metrics):
    with pytest.raises(PageDrifted):
        await Strategies([Way("page", PageDrifted()), Way("graphql", PageTimeout())], metrics).read(LIST, quietly)


async def test_a_way_that_does_not_offer_ratings_is_passed_over(metrics):
    graphql, page = Way("graphql", reading(3), ratings=False), Way("page", reading(4))
    assert len((await Strategies([graphql, page], metrics).read(RATINGS, quietly)).titles) == 4
    assert graphql.asked == 0


async def test_without_any_way_it_is_said_what_to_ask_for(metrics):
    with pytest.raises(NoWayToRead, match="add `page`"):
        await Strategies([Way("graphql", reading(3), ratings=False)], metrics).read(RATINGS, quietly)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (replace(reading(3), is_glance=True), "unchanged"),
        (PrivateList(), "list-unreadable"),
        (Refused(), "origin-refusal"),
        (PageDrifted(), "page-fault"),
        (BrowserLost(), "infrastructure"),
    ],
)
async def test_each_end_of_a_reading_is_counted(metrics, answer, result):
    strategies = Strategies([Way("remote-page", answer)], metrics)
    if isinstance(answer, Exception):
        with pytest.raises(type(answer)):
            await strategies.read(LIST, quietly)
    else:
        await strategies.read(LIST, quietly)
    assert counted(metrics, "remote-page", result) == 1
