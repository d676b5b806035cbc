"""When do two spellings of a name mean the same?"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from watchsync.titles import Title

_NOT_IN_WORDS: Final = re.compile(r"[\W_]+")
_JOINTS: Final = re.compile(r"(?:[^\w\s]|_)+")
"""Marks between two letters, or around a word."""
_LOOSE_JOINTS: Final = re.compile(r"(?<!\S)-+|-+(?!\S)")
_AND: Final = re.compile(r"\s*[&+]\s*")
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
    return _NOT_IN_WORDS.sub(" ", _letters(text).translate(_INSIDE_WORDS)).strip()


class SearchIndex:
    """The names of a list, folded once, so that each search only compares text."""

    def __init__(self, titles: Sequence[Title]) -> None:
        self._entries = [(_entry(title), title) for title in titles]

    def matching(self, search: str) -> list[Title]:
        """The titles whose name, or original name, has a word beginning with each word of the search.

        Marks inside a word part it or not, as each likes: "wall-e", "walle" and "wall e" are the same.
        """
        folded = _folded(search[:_LONGEST_QUERY])
        words = folded.replace("-", "").split()
        # The words with their marks left out, or all as one; else the marks as the ends of words.
        return self._found(words, ["".join(words)]) or self._found(folded.replace("-", " ").split())

    def _found(self, *readings: list[str]) -> list[Title]:
        """The titles that have every word of any reading."""
        wanted = [[re.compile(_pattern(word)) for word in words] for words in readings if any(words)]
        return [
            title
            for entry, title in self._entries
            if any(all(word.search(entry) for word in words) for words in wanted)
        ]


def _letters(text: str) -> str:
    return text.lower() if text.isascii() else _without_accents(text)


def _without_accents(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_LETTERS)


def _entry(title: Title) -> str:
    names = dict.fromkeys([title.name, title.original_name or title.name])
    return "".join(f" {_folded(name)}" for name in names)


def _folded(text: str) -> str:
    """Words parted by single blanks, with one hyphen wherever marks stand between letters: "m-a-s-h", "tick-boom"."""
    hyphened = _JOINTS.sub("-", _AND.sub(" and ", _letters(text)))
    return " ".join(_LOOSE_JOINTS.sub(" ", hyphened).split())


def _pattern(word: str) -> str:
    """Where a name has this word: at the beginning of one, across its marks; across blanks only where words end."""
    if word[0] >= _WITHOUT_BLANKS:
        # Scripts from Thai on (Chinese, Japanese) write without blanks: looked up anywhere in the name.
        return "-?".join(map(re.escape, word))
    letters = [re.escape(letter) for letter in word]
    return rf"[ -](?:{'-?'.join(letters)}|{'[ -]?'.join(letters)}(?![^ -]))"
