"""What people type finds what they mean, and nothing else."""

from dataclasses import replace

import pytest

from builders import title
from watchsync.catalog.search import SearchIndex

FINDS = {
    "WALL·E": [
        "wall-e",
        "wall e",
        "walle",
        "WALL·E",
        "wall",
        "Wall-",
        "wall.e",
        "\uff37\uff21\uff2c\uff2c\uff0d\uff25",
        "wall\u2013e",
        "wal",
    ],
    "Fast & Furious": [
        "fast and furious",
        "fast & furious",
        "fast&furious",
        "fast furious",
        "furious fast",
        "FAST AND",
    ],
    "M*A*S*H": ["mash", "m*a*s*h", "M.A.S.H.", "m-a-s-h", "m a s h", "mas"],
    "tick, tick...BOOM!": ["tick tick boom", "tick, tick... boom!", "ticktick", "tick boom", "boom", "tick-tick-boom"],
    "Spider-Man: No Way Home": ["spiderman", "spider man", "spider-man", "spiderm", "spider man no way", "man: no"],
    "Spiderman": ["spider man", "spider-man", "spiderman"],
    "Iron Man 3": ["ironman", "iron man", "iron-man", "iron man3"],
    "Schindler's List": ["schindlers list", "schindler's", "schindler s list", "Schindler\u2019s", "schindlerslist"],
    "Ocean's Eleven": ["oceans eleven", "ocean's", "oceans"],
    "Face/Off": ["faceoff", "face off", "face/off", "face-off"],
    "50/50": ["50/50", "5050", "50 50"],
    "S.W.A.T.": ["swat", "s.w.a.t.", "S W A T", "s-w-a-t"],
    "E.T. the Extra-Terrestrial": ["et", "e.t.", "extra terrestrial", "extraterrestrial"],
    "Romeo + Juliet": ["romeo and juliet", "romeo & juliet", "romeo + juliet", "romeo juliet", "romeo+juliet"],
    "Amélie": ["amelie", "AMÉLIE", "ame\u0301lie"],
    "Mission: Impossible - Fallout": ["mission impossible fallout", "mission impossible - fallout", "mission: imp"],
    "(500) Days of Summer": ["500 days", "(500)", "days of summer"],
    "8½": ["8½", "8 1/2", "8 1\u20442"],
    "[Rec]²": ["rec", "rec 2", "[rec]2"],
    "千と千尋の神隠し": ["千尋", "神隠し"],
    "I, Tonya": ["i tonya", "tonya", "i, tonya"],
    "He Returns": ["he returns", "he-returns", "hereturns"],
    "Don't Look Up": ["dont look up", "don't look", "don t look"],
}
"""What is typed, by the name that it has to find."""
FINDS_NOT = {
    "He Returns": ["her", "here"],
    "I, Tonya": ["it", "ito"],
    "WALL·E": ["all", "e wall x", "alle"],
    "M*A*S*H": ["smash", "ash x"],
    "Spider-Man: No Way Home": ["pider", "an no", "spiderman 2"],
    "Face/Off": ["ceoff", "offface"],
}
INDEX = SearchIndex([replace(title(number), name=name) for number, name in enumerate(FINDS)])


@pytest.mark.parametrize(("typed", "name"), [(typed, name) for name, all_ in FINDS.items() for typed in all_])
def test_what_people_type_finds_what_they_mean(typed, name):
    assert name in [found.name for found in INDEX.matching(typed)]


@pytest.mark.parametrize(("typed", "name"), [(typed, name) for name, all_ in FINDS_NOT.items() for typed in all_])
def test_what_only_looks_alike_is_not_found(typed, name):
    assert name not in [found.name for found in INDEX.matching(typed)]


@pytest.mark.parametrize("typed", ["", " ", "***", "-", "...", "\u200b", "\ud800", "x" * 5_000, "(" * 200, "\\"])
def test_what_names_nothing_finds_nothing(typed):
    assert INDEX.matching(typed) == []
