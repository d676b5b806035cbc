"""Hostile markup costs steps in proportion to its length, and nothing else."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from watchsync.imdb.markup import Markup
from watchsync.imdb.visible_rows import steps, visible_rows

ROW = (
    '<li class="ipc-metadata-list-summary-item"><a class="ipc-title-link-wrapper" href="/title/tt{0:07}/">'
    '<h4 class="ipc-title__text">{0}. Title {0}</h4></a>'
    '<div class="dli-title-metadata"><ul><li>19{1:02}</li></ul></div>'
)


def nested(count: int) -> str:
    """Rows each of which begins within the one before."""
    return "<ul>".join(ROW.format(number, number % 100) for number in range(1, count + 1))


def facts(markup: Markup) -> list:
    return [(row.title.id, row.title.name, row.title.year) for row in markup.dom_rows() if row.title]


def expected(count: int) -> list:
    return [(f"tt{number:07}", f"Title {number}", 1900 + number % 100) for number in range(1, count + 1)]


def test_rows_in_rows_are_each_read_as_if_they_stood_alone():
    assert facts(Markup(nested(300))) == expected(300)


def test_each_node_is_stepped_on_at_its_beginning_and_at_its_end_and_never_again():
    tree = LexborHTMLParser(nested(400))
    nodes = sum(1 for _ in tree.root.traverse(include_text=True))
    assert len(list(steps(tree.root))) == 2 * nodes


class Counted:
    """A node that counts how often something within it is looked for."""

    def __init__(self, node, looks):
        self._node = node
        self._looks = looks

    def __getattr__(self, name):
        self._looks.append(name)
        found = getattr(self._node, name)
        return Counted(found, self._looks) if name in {"child", "next", "parent"} and found is not None else found


def test_twice_as_many_rows_in_rows_take_twice_as_many_looks_and_no_search():
    looks = {}
    for count in (200, 400):
        looks[count] = []
        assert len(visible_rows(Counted(LexborHTMLParser(nested(count)).root, looks[count]))) == count
    assert len(looks[400]) < 2.1 * len(looks[200])
    searches = {"css", "css_first", "text", "html", "traverse", "iter", "select"}
    assert searches.isdisjoint(looks[400])


@pytest.mark.parametrize(
    "hostile",
    [
        nested(6_000),
        "<div>" * 190_000,
        "<div hidden>" * 75_000,
        "<table><tr><td>" * 60_000,
        '<div class="dli-title-metadata"><ul><li>1999' * 20_000,
        '<h4 class="ipc-title__text">x' * 30_000,
        '<a href="/title/tt' + "0" * 900_000 + '">x</a>',
        '<p class="' + "a " * 400_000 + '">',
        '<li class="ipc-metadata-list-summary-item">' * 20_000,
        '<script type="application/ld+json">' + "[" * 900_000,
    ],
    ids=["rows", "depth", "hidden", "tables", "details", "headings", "address", "class", "empty rows", "json"],
)
def test_what_follows_hostile_markup_costs_the_rows_before_it_nothing(hostile):
    page = "<ul>" + "".join(ROW.format(number, number) + "</li>" for number in range(1, 26)) + "</ul>" + hostile
    markup = Markup(page)
    assert facts(markup)[:25] == expected(25)
    assert markup.json_ld_rows() == ()
    assert markup.total() is None
