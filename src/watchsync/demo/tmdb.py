"""The stand-in of TMDB, of its image server, and of the public poster service."""

import asyncio
import hashlib
from collections import deque
from time import monotonic
from typing import Any

import orjson
from aiohttp import web

from watchsync.demo.control import Control
from watchsync.demo.lists import type_of
from watchsync.demo.posters import poster
from watchsync.demo.states import TmdbShow
from watchsync.demo.switching import CONTROL

_RECENT = web.AppKey("RECENT", deque[float])
_EMPTY = ("movie_results", "tv_results", "tv_episode_results", "tv_season_results", "person_results")


_SHOWS = {"tvSeries", "tvMiniSeries"}
_NO_PICTURES = {"videoGame", "musicVideo", "podcastSeries", "podcastEpisode"}
"""TMDB knows none of these."""


def tmdb_app(control: Control) -> web.Application:
    """``/3/find``, ``/3/configuration``, ``/t/p`` and ``/poster``."""
    app = web.Application()
    app[CONTROL] = control
    app[_RECENT] = deque()
    app.add_routes(
        [
            web.get("/3/find/{id}", _find),
            web.get("/3/configuration", _configuration),
            web.get("/t/p/{size}/{name}", _picture),
            web.get("/poster/{name}", _picture),
        ]
    )
    return app


async def _find(request: web.Request) -> web.Response:
    control = request.app[CONTROL]
    control.count("tmdb", 0)
    if (refused := await _refusal(request)) is not None:
        return refused
    return _json(_results(request.match_info["id"]))


async def _configuration(request: web.Request) -> web.Response:
    refused = await _refusal(request)
    return refused if refused is not None else _json({"images": {"poster_sizes": ["w92", "w342", "original"]}})


async def _picture(request: web.Request) -> web.Response:
    return poster(request.match_info["name"].partition(".")[0])


async def _refusal(request: web.Request) -> web.Response | None:
    control = request.app[CONTROL]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or token.startswith("bad") or control.tmdb is TmdbShow.UNAUTHORISED:
        return _problem(401, 7, "Invalid API key: You must be granted a valid key.")
    if control.tmdb is TmdbShow.HANG:
        await asyncio.sleep(3600)
    if control.tmdb is TmdbShow.DOWN:
        return _problem(503, 9, "Service offline: This service is temporarily offline, try again later.")
    if control.tmdb is TmdbShow.THROTTLED or _is_over_limit(request):
        response = _problem(429, 25, "Your request count is over the allowed limit.")
        response.headers["Retry-After"] = "1"
        return response
    return None


def _is_over_limit(request: web.Request) -> bool:
    limit, recent = request.app[CONTROL].tmdb_requests_per_second, request.app[_RECENT]
    now = monotonic()
    while recent and recent[0] < now - 1:
        recent.popleft()
    recent.append(now)
    return limit is not None and len(recent) > limit


def _results(title_id: str) -> dict[str, Any]:
    """One title in 25 is unknown, one in 30 has no poster; what stands on no list that was shown is a film."""
    digest = hashlib.sha256(title_id.encode()).digest()
    answer: dict[str, list[Any]] = {name: [] for name in _EMPTY}
    type_id = type_of(title_id) or "movie"
    if digest[0] % 25 == 0 or type_id in _NO_PICTURES:
        return answer
    hit = {
        "id": int.from_bytes(digest[:4]),
        "overview": f"What TMDB tells about {title_id}.",
        "poster_path": None if digest[1] % 30 == 0 else f"/{title_id}.svg",
        "backdrop_path": f"/{title_id}-wide.svg",
        "genre_ids": [18],
        "vote_average": digest[2] / 25.6,
        "vote_count": digest[3],
        "popularity": round(digest[4] * 1.7, 3),
        "adult": False,
    }
    named = {"name": title_id, "original_name": title_id, "origin_country": ["PT"]}
    if type_id == "tvEpisode":
        answer["tv_episode_results"] = [{**hit, **named, "air_date": "2001-01-01", "show_id": hit["id"]}]
    elif type_id in _SHOWS:
        answer["tv_results"] = [{**hit, **named, "first_air_date": "2001-01-01"}]
    else:
        answer["movie_results"] = [{**hit, "title": title_id, "original_title": title_id, "release_date": "2001-01-01"}]
    return answer


def _problem(status: int, code: int, message: str) -> web.Response:
    return _json({"status_code": code, "status_message": message, "success": False}, status)


def _json(data: object, status: int = 200) -> web.Response:
    return web.json_bytes_response(data, dumps=orjson.dumps, status=status)
