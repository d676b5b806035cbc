"""Which films does Radarr find on the list? In StevenLu's form, which its "StevenLu Custom" import reads."""

import orjson

from watchsync.feeds.feed import Feed
from watchsync.snapshot import Snapshot
from watchsync.stremio.meta_preview import ImageUrls
from watchsync.titles import Kind


def radarr(snapshot: Snapshot, pictures: ImageUrls) -> Feed:
    """The films, in the order of the list."""
    films = [
        {"title": title.name, "imdb_id": title.id, "poster_url": pictures.poster(title)}
        for title in snapshot.titles
        if title.kind is Kind.MOVIE
    ]
    return Feed(orjson.dumps(films), "application/json; charset=utf-8")
