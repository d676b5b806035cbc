"""The manifest against the protocol's rules."""

import hashlib
import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from catalog_samples import REF, snapshot
from watchsync.refs import ListRef
from watchsync.snapshot import Reading
from watchsync.stremio.manifest import LARGEST_BYTES, VERSION, bare_manifest, list_manifest, list_name

LOGO = "https://watchsync.example/static/logo.png"
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def named(name: str | None = None, author: str | None = None) -> Reading:
    return snapshot(name=name, author=author).reading


def assert_keeps_the_rules(manifest: dict[str, Any]) -> None:
    assert {"id", "name", "description", "version", "resources", "types", "catalogs"} <= manifest.keys()
    assert SEMVER.fullmatch(manifest["version"])
    assert all(type(hint) is bool for hint in manifest["behaviorHints"].values())
    assert manifest["behaviorHints"]["configurable"] is True
    pairs = [(catalog["id"], catalog["type"]) for catalog in manifest["catalogs"]]
    assert len(set(pairs)) == len(pairs)
    for catalog in manifest["catalogs"]:
        assert catalog["type"] in manifest["types"]
        assert all(isinstance(extra["name"], str) for extra in catalog["extra"])
    assert len(orjson.dumps(manifest)) <= LARGEST_BYTES


def test_the_bare_manifest_asks_for_a_list():
    manifest = bare_manifest(LOGO)
    assert_keeps_the_rules(manifest)
    assert manifest["behaviorHints"]["configurationRequired"] is True


def test_a_list_has_three_catalogs_with_their_extras():
    manifest = list_manifest(REF, LOGO, named(author="Ana"))
    assert_keeps_the_rules(manifest)
    assert manifest["behaviorHints"]["configurationRequired"] is False
    assert [(one["type"], one["id"], one["name"]) for one in manifest["catalogs"]] == [
        ("movie", "ur12345678-movies", "Ana's Watchlist"),
        ("series", "ur12345678-series", "Ana's Watchlist"),
        ("imdb", "ur12345678-all", "Ana's Watchlist"),
    ]
    extra = {one["name"]: one.get("options") for one in manifest["catalogs"][0]["extra"]}
    assert extra.keys() == {"skip", "genre", "search", "sort"}
    genres = [each for each in extra["genre"] if not each.startswith("Sort: ")]
    assert genres == sorted(genres) == extra["genre"][: len(genres)]
    assert {"Comedy", "Drama", "Sci-Fi"} <= set(genres)
    assert (extra["sort"][0], extra["sort"][-1]) == ("Newest added", "Shuffled")
    assert extra["genre"][len(genres) :] == [f"Sort: {label}" for label in extra["sort"][1:]]


def test_the_combined_catalog_answers_no_search_that_others_answer_too():
    searched = [
        one["id"]
        for one in list_manifest(REF, LOGO)["catalogs"]
        if any(extra["name"] == "search" for extra in one["extra"])
    ]
    assert searched == ["ur12345678-movies", "ur12345678-series"]


def test_the_combined_catalog_can_be_the_first_tab_of_discover():
    manifest = list_manifest(REF, LOGO, combined_type="all")
    assert_keeps_the_rules(manifest)
    assert manifest["types"] == ["movie", "series", "all"]
    assert [one["type"] for one in manifest["catalogs"]] == ["movie", "series", "all"]


def test_only_cards_are_opened_here():
    (meta,) = [each for each in list_manifest(REF, LOGO)["resources"] if each != "catalog"]
    assert (meta["name"], meta["idPrefixes"]) == ("meta", ["watchsync:"])


def test_what_was_read_changes_names_alone():
    """Clients keep the manifest of the day of the installation; only a raised version makes them read it anew."""
    unread, read = list_manifest(REF, LOGO), list_manifest(REF, LOGO, named(name="Best of 2025", author="Ana"))
    assert unread["version"] == read["version"]
    assert [each["extra"] for each in unread["catalogs"]] == [each["extra"] for each in read["catalogs"]]
    assert [each["id"] for each in unread["catalogs"]] == [each["id"] for each in read["catalogs"]]


def test_the_version_is_raised_whenever_catalogs_or_extras_change():
    """When this fails: raise ``VERSION``, never lower it, and write the new digest here beside it."""
    shape = [[each["type"], each["extra"]] for each in list_manifest(REF, LOGO)["catalogs"]]
    digest = hashlib.sha256(orjson.dumps(shape)).hexdigest()[:12]
    assert (VERSION, digest) == ("2.1.0", "d50864587fc5")


@given(
    st.none() | st.text(max_size=400),
    st.none() | st.text(max_size=400),
)
@settings(max_examples=30, deadline=None)
def test_no_list_makes_a_manifest_too_large(name: str | None, author: str | None):
    for text in ("ls012345678", "p.abcdefghijklmnopqrstuvwxyz", "ur12345678-ratings"):
        assert_keeps_the_rules(list_manifest(ListRef.parse(text), LOGO, named(name, author)))


@pytest.mark.parametrize(
    ("ref", "name", "author", "called"),
    [
        ("ls012345678", "Best of 2025", "Ana", "Best of 2025"),
        ("ls012345678", None, None, "IMDb list"),
        ("ur1", "Your Watchlist", "Ana", "Ana's Watchlist"),
        ("ur1", None, None, "IMDb Watchlist"),
        ("ur1-ratings", None, "Ana", "Ana's Ratings"),
    ],
)
def test_a_list_is_called_what_people_call_it(ref: str, name: str | None, author: str | None, called: str):
    assert list_name(ListRef.parse(ref), named(name, author)) == called
