"""Several strategies to one list: the operator's order, and once each."""

from dataclasses import replace

import pytest

from builders import reading
from watchsync.errors import (
    BrowserLost,
    BrowserUnavailable,
    CaptchaDemanded,
    ChallengeUnsolved,
    ClientNameRefused,
    ListNotFound,
    NoWayToRead,
    OriginCoolingDown,
    OriginUnreachable,
    PageDrifted,
    PageTimeout,
    PoolExhausted,
    PrivateList,
    RedisUnavailable,
    Refused,
    Throttled,
    WatchsyncError,
)
from watchsync.imdb.strategies import Strategies, Way
from watchsync.refs import ListRef

LIST = ListRef.parse("ls012345678")
RATINGS = ListRef.parse("ur12345678-ratings")
NO_BROWSER = [BrowserUnavailable(), PoolExhausted()]
BARRED = [CaptchaDemanded(), OriginCoolingDown(), Throttled(), PageDrifted(), PageTimeout(), *NO_BROWSER]
FINAL = [PrivateList(), ListNotFound(), BrowserLost(), RedisUnavailable()]


class FakeStrategy:
    """A strategy that answers, or raises, the same each time."""

    def __init__(self, name, answer, *, ratings=True):
        self.name = name
        self.answer = answer
        self.ratings = ratings
        self.asked = 0

    def can_read(self, ref):
        return self.ratings or ref != RATINGS

    async def read(self, ref, report, is_enough):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeSite:
    """A site that may be left alone; notes when it is told that lists come from it."""

    def __init__(self):
        self.open_seconds = 0.0
        self.noted = 0
        self.has_redis = True

    async def refuse_while_open(self):
        if self.open_seconds:
            raise OriginCoolingDown(retry_after_seconds=self.open_seconds)

    async def note_used(self):
        if not self.has_redis:
            raise RedisUnavailable
        self.noted += 1


def strategies_of(metrics, *strategies):
    return Strategies([Way(strategy, FakeSite()) for strategy in strategies], metrics)


def graphql_of(answer):
    return FakeStrategy("graphql", answer, ratings=False)


def quietly(_):
    return


def counted(metrics, strategy, result):
    labels = {"strategy": strategy, "result": result}
    return metrics.registry.get_sample_value("watchsync_list_reads_total", labels)


async def test_the_first_way_that_leads_to_the_list_is_the_only_one_taken(metrics):
    page, graphql = FakeStrategy("page", reading(3)), FakeStrategy("graphql", reading(3))
    strategies = strategies_of(metrics, page, graphql)
    await strategies.read(LIST, quietly)
    assert (page.asked, graphql.asked, strategies.used) == (1, 0, "page")
    assert counted(metrics, "page", "read") == 1


@pytest.mark.parametrize("error", BARRED, ids=lambda error: error.code)
async def test_where_one_way_is_barred_the_next_is_tried_once(metrics, error):
    page, graphql = FakeStrategy("page", error), FakeStrategy("graphql", reading(3))
    strategies = strategies_of(metrics, page, graphql)
    assert await strategies.read(LIST, quietly) is graphql.answer
    assert (page.asked, graphql.asked, strategies.used) == (1, 1, "graphql")
    assert counted(metrics, "graphql", "read") == 1


@pytest.mark.parametrize("error", FINAL, ids=lambda error: error.code)
async def test_what_the_list_says_and_what_passes_by_itself_is_not_asked_elsewhere(metrics, error):
    graphql = FakeStrategy("graphql", reading(3))
    with pytest.raises(type(error)):
        await strategies_of(metrics, FakeStrategy("page", error), graphql).read(LIST, quietly)
    assert graphql.asked == 0


async def failure_of(metrics, *strategies, ref=LIST):
    with pytest.raises(WatchsyncError) as raised:
        await strategies_of(metrics, *strategies).read(ref, quietly)
    return raised.value


async def test_a_site_that_is_left_alone_is_not_waited_for(metrics):
    page, graphql = FakeStrategy("page", reading(3)), graphql_of(reading(3))
    ways = [Way(page, FakeSite()), Way(graphql, FakeSite())]
    ways[0].site.open_seconds = 900
    await Strategies(ways, metrics).read(LIST, quietly)
    assert (page.asked, graphql.asked) == (0, 1)
    assert counted(metrics, "page", "origin-refusal") == counted(metrics, "graphql", "read") == 1


async def test_which_way_lists_come_is_told_when_it_changes(metrics):
    page, graphql = FakeStrategy("page", reading(3)), graphql_of(reading(3))
    sites = [FakeSite(), FakeSite()]
    strategies = Strategies([Way(page, sites[0]), Way(graphql, sites[1])], metrics)
    told = []
    for answer in (reading(3), reading(3), Refused(), Refused(), reading(3)):
        page.answer = answer
        await strategies.read(LIST, quietly)
        told.append(tuple(site.noted for site in sites))
    assert told == [(1, 0), (1, 0), (1, 1), (1, 1), (2, 1)]


async def test_a_change_that_could_not_be_told_costs_no_list_and_is_told_with_the_next(metrics):
    site = FakeSite()
    strategies = Strategies([Way(graphql_of(reading(3)), site)], metrics)
    site.has_redis = False
    await strategies.read(LIST, quietly)
    site.has_redis = True
    await strategies.read(LIST, quietly)
    assert (site.noted, strategies.used) == (1, "graphql")


@pytest.mark.parametrize(
    ("page", "graphql", "code", "seconds"),
    [
        (Refused(retry_after_seconds=900), Throttled(retry_after_seconds=7), "throttled", 7),
        (Refused(retry_after_seconds=900), ClientNameRefused(retry_after_seconds=800), "client-name-refused", 800),
        (OriginCoolingDown(retry_after_seconds=60), Refused(retry_after_seconds=900), "refused", 60),
        (CaptchaDemanded(retry_after_seconds=900), OriginCoolingDown(retry_after_seconds=5000), "captcha", 900),
        (BrowserUnavailable(), Refused(retry_after_seconds=900), "refused", 900),
        (PoolExhausted(), OriginCoolingDown(retry_after_seconds=900), "cooling-down", 900),
        (BrowserUnavailable(), OriginUnreachable(), "unreachable", None),
        (Refused(retry_after_seconds=900), OriginUnreachable(), "unreachable", None),
        (PageDrifted(), PageTimeout(), "drifted", None),
    ],
)
async def test_when_all_ways_are_barred_the_one_that_opens_first_speaks(metrics, page, graphql, code, seconds):
    failure = await failure_of(metrics, FakeStrategy("page", page), graphql_of(graphql))
    assert (failure.code, getattr(failure, "retry_after_seconds", None)) == (code, seconds)


async def test_where_every_way_is_shut_the_error_names_each_and_what_opens_one(metrics):
    failure = await failure_of(metrics, FakeStrategy("page", ChallengeUnsolved()), graphql_of(ClientNameRefused()))
    assert str(failure) == (
        "Pages: IMDb's browser check did not let us through. "
        "Data service: IMDb's data service does not take the name that we give it. "
        "The last good copy stays. To open a way: "
        "set WATCHSYNC_IMDB_GRAPHQL_CLIENT to a name that the data service takes, "
        "let a browser of your own read the pages (WATCHSYNC_BROWSER_URL), "
        "or run watchsync at home, where IMDb refuses less often."
    )


@pytest.mark.parametrize(
    ("strategy", "named", "unnamed"),
    [
        (FakeStrategy("page", Refused()), "add `graphql`", "add `page`"),
        (FakeStrategy("graphql", Refused()), "add `page`", "add `graphql`"),
        (FakeStrategy("remote-page", Refused()), "at home", "BROWSER_URL"),
        (FakeStrategy("page", BrowserUnavailable()), "watchsync doctor", "GRAPHQL_CLIENT"),
    ],
)
async def test_only_what_was_not_tried_yet_is_named(metrics, strategy, named, unnamed):
    told = str(await failure_of(metrics, strategy))
    assert named in told
    assert unnamed not in told


@pytest.mark.parametrize("fault", [PageTimeout(), OriginUnreachable("IMDb answered with an error (500)."), Throttled()])
async def test_what_passes_by_itself_keeps_its_own_sentence(metrics, fault):
    assert str(await failure_of(metrics, FakeStrategy("page", fault))) == str(fault)


async def test_ratings_that_are_shut_say_at_once_that_only_pages_show_them(metrics):
    page, graphql = FakeStrategy("page", Refused(retry_after_seconds=900)), graphql_of(reading(3))
    failure = await failure_of(metrics, page, graphql, ref=RATINGS)
    assert str(failure).startswith("Ratings can only be read from IMDb's pages. Pages: IMDb is refusing this server")
    assert "add `graphql`" not in str(failure)
    assert (failure.code, failure.retry_after_seconds, graphql.asked) == ("refused", 900, 0)


async def test_a_way_that_does_not_offer_ratings_is_passed_over(metrics):
    graphql, page = FakeStrategy("graphql", reading(3), ratings=False), FakeStrategy("page", reading(4))
    assert len((await strategies_of(metrics, graphql, page).read(RATINGS, quietly)).titles) == 4
    assert graphql.asked == 0


async def test_without_any_way_it_is_said_what_to_ask_for(metrics):
    with pytest.raises(NoWayToRead, match="add `page`"):
        await strategies_of(metrics, FakeStrategy("graphql", reading(3), ratings=False)).read(RATINGS, quietly)


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
    strategies = strategies_of(metrics, FakeStrategy("remote-page", answer))
    if isinstance(answer, Exception):
        with pytest.raises(type(answer)):
            await strategies.read(LIST, quietly)
    else:
        await strategies.read(LIST, quietly)
    assert counted(metrics, "remote-page", result) == 1


async def test_ratings_without_a_browser_say_that_only_a_browser_reads_them(metrics):
    failure = await failure_of(metrics, FakeStrategy("page", BrowserUnavailable()), graphql_of(reading(3)), ref=RATINGS)
    assert type(failure) is BrowserUnavailable
    assert str(failure).startswith("Ratings can only be read from IMDb's pages. Pages: No browser could be started.")


async def test_a_worker_of_pages_alone_hands_its_list_back_without_a_browser(metrics):
    assert type(await failure_of(metrics, FakeStrategy("page", BrowserUnavailable()))) is BrowserUnavailable
