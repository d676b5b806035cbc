"""Which list does an id mean, and how long is it?"""

import re

OWN_SIZES = {
    "ur10001179": 1179,
    "ur10000250": 250,
    "ur10000003": 3,
    "ls000012000": 12_000,
    "ur20000010": 600,
    "ur20000017": 250,
    "ur20000031": 600,
    "ur20000034": 600,
    "ur20000035": 298,
    "ur20000036": 600,
    "ur20000037": 600,
    "ls020000001": 40,
    "ls020000002": 40,
}
"""Lists of a known size. ``ur300`` and five digits is a user with that many rows; ``ls9``, five digits and six more is
a list of that many; any other id is a list of 40 to 400 rows, by its digits."""
SAME_AS = {"p.demo0000000000000000001179": "ur10001179"}
"""The profile id of a user is another name of a list. Each ``p.demo`` with 22 digits is one, of ``ur`` with those."""
REDIRECTED = frozenset(SAME_AS.values())
"""Users whose ``ur…`` address leads to their ``p.…`` one whatever their state, as the site does with every user."""
RATINGS = "-ratings"
_PROFILE = re.compile(r"p\.demo(\d{22})")
_SIZED = re.compile(r"ur300(\d{5})|ls9(\d{5})\d{6}")


def canonical(slug: str) -> str:
    """The one name of a list that has several; all ``ls9`` lists of one size are one list."""
    owner, ratings, _ = slug.partition(RATINGS)
    if (sized := _SIZED.fullmatch(owner)) and sized[2]:
        return f"ls9{sized[2]}000000"
    return (user_of(owner) or owner) + ratings


def user_of(profile_id: str) -> str | None:
    """The ``ur…`` id behind a ``p.…`` one; ``None`` where nobody has it."""
    if found := SAME_AS.get(profile_id):
        return found
    numbered = _PROFILE.fullmatch(profile_id)
    return f"ur{int(numbered[1]):08}" if numbered else None


def profile_of(user_id: str) -> str:
    """The ``p.…`` id of a user."""
    named = next((profile for profile, user in SAME_AS.items() if user == user_id), None)
    return named or f"p.demo{int(re.sub(r'[^0-9]', '', user_id) or 0):022}"


def path_of(slug: str) -> str:
    """Where the site shows a list; a user's under the ``p.…`` id."""
    if slug.startswith("ls"):
        return f"/list/{slug}/"
    owner, ratings, _ = slug.partition(RATINGS)
    return f"/user/{profile_of(owner)}/{'ratings' if ratings else 'watchlist'}/"


def size_of(slug: str) -> int:
    """How many rows a list has."""
    name = canonical(slug)
    if sized := _SIZED.fullmatch(name.removesuffix(RATINGS)):
        return int(sized[1] or sized[2])
    digits = int(re.sub(r"\D", "", name)[-6:] or 0)
    return OWN_SIZES.get(name, 40 + digits * 7919 % 361)
