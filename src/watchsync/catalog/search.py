"""When do two spellings of a name mean the same?"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from watchsync.titles import Title

_NOT_IN_WORDS: Final = re.compile(r"[\W_]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_INSIDE_WORDS: Final = str.maketrans("", "", "'`.\u2019\u00b4\u02bc\u00b7")
"""Apostrophes and dots: "Schindler's" is one word."""
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h"}
)
_WITHOUT_BLANKS: Final = "\u0e00"
_LONGEST_QUERY: Final = 200


def normalized(text: str) -> str:
    """Lower case, without accents, apostrophes or punctuation, words parted by single blanks."""
    plain = text.lower() if text.isascii() else _without_accents(text)
    return _NOT_IN_WORDS.sub(" ", plain.translate(_INSIDE_WORDS)).strip()


class SearchIndex:
    """The names of a list, normalized once, so that each search only compares text."""

    def __init__(self, titles: Sequence[Title]) -> None:
        self._entries = [(_entry(title), title) for title in titles]

    def matching(self, search: str) -> list[Title]:
        """The titles whose name, or original name, has a word beginning with each word of the search."""
        words = normalized(search[:_LONGEST_QUERY]).split()
        found = self._entries if words else []
        for word in words:
            # Scripts from Thai on (Chinese, Japanese) write without blanks: looked up anywhere in the name.
            needle = word if word[0] >= _WITHOUT_BLANKS else f" {word}"
            found = [entry for entry in found if needle in entry[0]]
        return [title for _, title in found]


def _without_accents(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_LETTERS)


def _entry(title: Title) -> str:
    names = [title.name]
    if title.original_name and title.original_name != title.name:
        names.append(title.original_name)
    # "Spider-Man" is found as "spider man" and as "spiderman".
    names += [name.replace("-", "") for name in names if "-" in name]
    return "".join(f" {normalized(name)}" for name in names)
