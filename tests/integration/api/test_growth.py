"""After a flood of requests of which no two are alike, nothing of them is left but what has a bound."""

import asyncio

from raw_http import read_answer, request, until
from watchsync.api.context import CATALOGS, QUEUE, SNAPSHOT_CACHE
from watchsync.api.streams import STREAMS

EACH = 150
KINDS = {
    "searches": lambda n: ("GET", f"/ur1/catalog/movie/ur1-movies/search=x{n}.json", ()),
    "genres": lambda n: ("GET", f"/ur1/catalog/movie/ur1-movies/genre=g{n}&skip={n}.json", ()),
    "languages": lambda n: ("GET", "/", (f"Accept-Language: x-{n}, de;q=0.{n}".encode(),)),
    "codings": lambda n: ("GET", "/ur1/manifest.json", (f"Accept-Encoding: x{n}, gzip;q=0.{n}".encode(),)),
    "lists": lambda n: ("GET", f"/ur{n + 5}/catalog/movie/ur{n + 5}-movies.json", ()),
    "names of ours": lambda n: ("GET", "/ur1/manifest.json", (f"X-Own-{n}: {n}".encode(),)),
    "jobs": lambda n: ("GET", f"/api/sync/nobody{n}", ()),
    "streams": lambda n: ("GET", f"/api/sync/nobody{n}/events", ()),
    "paths": lambda n: ("GET", f"/no/such/{n}", ()),
    "files": lambda n: ("GET", f"/static/none{n}.css?v={n}", ()),
    "forms of the same": lambda n: ("GET", f"/UR1/Catalog/movie/ur1-movies/search=y{n}.json/", ()),
}


async def test_nothing_is_left_but_what_has_a_bound(served, store_snapshot, metrics):
    await store_snapshot()
    api = await served()
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)

    async def ask(n: int) -> None:
        for kind in KINDS.values():
            method, path, lines = kind(n)
            writer.write(request(method, path, *lines))
            assert (await read_answer(reader)).status < 500

    await ask(0)
    series = metrics.exposition().count(b"\n")
    for n in range(1, EACH):
        await ask(n)
    assert metrics.exposition().count(b"\n") == series
    queue, cache = api.app[QUEUE], api.app[SNAPSHOT_CACHE]
    assert queue.lookup._following._followed == {}
    assert not [channel for channel in queue.listener._callbacks if "nobody" in channel]
    assert (len(cache._places), cache._looking) == (1, {})
    assert len(api.app[STREAMS]) == 0
    assert api.app[STREAMS]._open == {}
    kept = api.app[CATALOGS]._responses._kept
    assert kept.currsize <= kept.maxsize
    writer.close()
    await until(lambda: api.connections._by_owner == {})
