"""What is told where no way leads to a list, and what can its owner do? Pure."""

import copy
from collections.abc import Mapping

from watchsync.errors import (
    BrowserUnavailable,
    ClientNameRefused,
    Infrastructure,
    OriginCoolingDown,
    OriginRefusal,
    PageFault,
    Throttled,
    WatchsyncError,
)

_PLACES = {"page": "Pages", "remote-page": "Pages", "graphql": "Data service"}


def no_way(failures: Mapping[str, WatchsyncError], *, ratings: bool) -> WatchsyncError:
    """The failure after which it is worth trying again first, told with what else was tried and what opens a way.

    ``failures`` are by strategy, in the operator's order. Faults that pass by themselves keep their own sentence.
    """
    leading = min(failures.values(), key=_rank)
    if all(isinstance(failure, PageFault | Throttled) for failure in failures.values()):
        return leading
    told = copy.copy(leading)
    told.args = (_sentence(failures, ratings=ratings),)
    if isinstance(told, OriginRefusal):
        refusals = [failure for failure in failures.values() if isinstance(failure, OriginRefusal)]
        told.retry_after_seconds = min(map(_retry_after_seconds, refusals)) or None
    return told


def ways_on(failures: Mapping[str, WatchsyncError | None], *, ratings: bool) -> list[str]:
    """What the owner can do where these strategies were tried, the easiest first; each is a part of a sentence.

    A strategy whose failure is ``None`` is switched on, and may lead to a list.
    """
    has_page = "page" in failures or "remote-page" in failures
    name_is_refused = any(isinstance(failure, ClientNameRefused) for failure in failures.values())
    has_no_browser = any(isinstance(failure, BrowserUnavailable) for failure in failures.values())
    ways = {
        "set WATCHSYNC_IMDB_GRAPHQL_CLIENT to a name that the data service takes": name_is_refused,
        "add `page` to WATCHSYNC_IMDB_STRATEGIES": not has_page,
        "add `graphql` to WATCHSYNC_IMDB_STRATEGIES": "graphql" not in failures and not ratings,
        "let `watchsync doctor` say why no browser starts": has_no_browser,
        "let a browser of your own read the pages (WATCHSYNC_BROWSER_URL)": "remote-page" not in failures,
        "run watchsync at home, where IMDb refuses less often": True,
    }
    return [way for way, is_open in ways.items() if is_open]


def listed(ways: list[str]) -> str:
    """The ways as one sentence without its end."""
    return f"{', '.join(ways[:-1])}, or {ways[-1]}" if len(ways) > 1 else ways[0]


def _sentence(failures: Mapping[str, WatchsyncError], *, ratings: bool) -> str:
    failed = " ".join(f"{_PLACES.get(name, name)}: {_first_sentence(failure)}" for name, failure in failures.items())
    only = "Ratings can only be read from IMDb's pages. " if ratings else ""
    advice = listed(ways_on(failures, ratings=ratings))
    return f"{only}{failed} The last good copy stays. To open a way: {advice}."


def _first_sentence(failure: WatchsyncError) -> str:
    return str(failure).split(". ", 1)[0].rstrip(".") + "."


def _rank(failure: WatchsyncError) -> tuple[bool, bool, float]:
    """What was really answered says more than a pause, and a missing browser less than any site."""
    is_pause = isinstance(failure, OriginCoolingDown)
    return isinstance(failure, Infrastructure), is_pause, _retry_after_seconds(failure)


def _retry_after_seconds(failure: WatchsyncError) -> float:
    return getattr(failure, "retry_after_seconds", None) or 0.0
