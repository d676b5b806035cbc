"""What a peer that reads lists is asked and answers: a first page's address in, all rows out, one line each."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

PAGE_TITLES = 250

_FIELDS = """(text) => {
  const page = JSON.parse(text).props.pageProps;
  const list = page.mainColumnData.list.titleListItemSearch;
  const rows = list.edges.map(({node, listItem, title}) => {
    const item = listItem ?? node.listItem;
    return {
      id: item.id, added: node.createdDate, place: node.absolutePosition, name: item.titleText?.text,
      originalName: item.originalTitleText?.text, type: item.titleType?.id, year: item.releaseYear,
      released: item.releaseDate, image: item.primaryImage?.url, rating: item.ratingsSummary,
      runtime: item.runtime?.seconds, certificate: item.certificate?.rating, genres: item.titleGenres?.genres,
      plot: item.plot?.plotText?.plainText, metacritic: item.metacritic?.metascore, series: item.series,
      credits: item.principalCreditsV2 ?? item.principalCredits,
    };
  });
  return JSON.stringify({total: list.total, rows});
}"""
FIELDS_OF_DOCUMENT = f"() => ({_FIELDS})(document.getElementById('__NEXT_DATA__').textContent)"
"""JavaScript for an open page: what is needed of it, as text."""
FIELDS_OF_FETCHED = f"""async (url) => {{
  const answer = await fetch(url, {{credentials: 'include'}});
  const source = new TextDecoder().decode(await answer.arrayBuffer());
  const start = source.indexOf('>', source.indexOf('id="__NEXT_DATA__"')) + 1;
  return ({_FIELDS})(source.slice(start, source.indexOf('</script>', start)));
}}"""
"""The same for an address that is fetched from inside of an open page."""


async def answer_on_stdin(reading: Callable[[str], AbstractAsyncContextManager[list[str]]]) -> None:
    """Read a list for each line until there are no more.

    A list counts as read when its pages are here; what is closed after that, and looking at them, takes no time.
    """
    _say({"ready": True})
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        async with reading(line) as pages:
            _say({"read": True})
        _say({"rows": sum(len(json.loads(page)["rows"]) for page in pages)})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)
