"""What is asked of IMDb's GraphQL service? Plain queries: the hashes of persisted ones change every month."""

from dataclasses import dataclass
from typing import Any

from watchsync.imdb.address import PAGE_SIZE
from watchsync.refs import ListKind, ListRef

_TITLE = """
  id titleText { text } originalTitleText { text } titleType { id canHaveEpisodes }
  releaseYear { year endYear } releaseDate { day month year } primaryImage { url }
  ratingsSummary { aggregateRating voteCount } runtime { seconds } certificate { rating }
  titleGenres { genres { genre { text } } } plot { plotText { plainText } }
  metacritic { metascore { score } } productionStatus { currentProductionStage { id } }
  series { series { id titleText { text } originalTitleText { text } releaseYear { year } } }
  principalCreditsV2 { grouping { text } credits { name { nameText { text } } } }
"""
_LIST = f"""{{
  id name {{ originalText }} author {{ username {{ text }} userId }} visibility {{ id }} listType {{ id }}
  lastModifiedDate
  titleListItemSearch(first: $first, after: $after, sort: {{ by: LIST_ORDER, order: ASC }}) {{
    total pageInfo {{ hasNextPage endCursor }}
    edges {{ node {{ itemId absolutePosition createdDate }} listItem: title {{ {_TITLE} }} }}
  }}
}}"""
_OF_LIST = "query List($id: ID!, $first: Int!, $after: String) { list(id: $id) " + _LIST + " }"
_OF_WATCHLIST = (
    "query Watchlist($userId: ID!, $first: Int!, $after: String) "
    "{ predefinedList(classType: WATCH_LIST, userId: $userId) " + _LIST + " }"
)
_OF_PROFILE = "query Profile($profileId: ID!) { userProfile(input: { profileId: $profileId }) { userId } }"


@dataclass(frozen=True, slots=True)
class Question:
    """One query; ``field`` is where its answer stands."""

    field: str
    query: str
    variables: dict[str, Any]


def page_of(ref: ListRef, user_id: str, cursor: str | None) -> Question:
    """250 rows of a list, in its own order; a watchlist goes by the ``ur…`` id of its owner."""
    where = {"first": PAGE_SIZE, "after": cursor}
    if ref.kind is ListKind.LIST:
        return Question("list", _OF_LIST, {"id": ref.id, **where})
    return Question("predefinedList", _OF_WATCHLIST, {"userId": user_id, **where})


def owner_of(profile_id: str) -> Question:
    """The ``ur…`` id of who has a profile: a watchlist is not found by a ``p.…`` id."""
    return Question("userProfile", _OF_PROFILE, {"profileId": profile_id})
