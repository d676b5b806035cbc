"""Which list is meant, whatever was pasted."""
# ruff: noqa: RUF001 - letters and digits of other scripts are what is tested

import pytest
from hypothesis import given, strategies as st

from watchsync.errors import InvalidRef
from watchsync.refs import ListKind, ListRef

PROFILE = "p.abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("ur12345678", "ur12345678"),
        ("UR12345678", "ur12345678"),
        ("ur00000123", "ur00000123"),
        ("ur12345678-ratings", "ur12345678-ratings"),
        ("UR12345678-RATINGS", "ur12345678-ratings"),
        (PROFILE, PROFILE),
        (f"{PROFILE}-ratings", f"{PROFILE}-ratings"),
        ("ls012345678", "ls012345678"),
        ("LS012345678", "ls012345678"),
        ("  ur12345678\n", "ur12345678"),
        ("ur12345678/ratings", "ur12345678-ratings"),
        ("ur12345678/watchlist/", "ur12345678"),
        ("/user/ur12345678/watchlist", "ur12345678"),
        ("user/ur12345678/ratings/?ref_=x", "ur12345678-ratings"),
        ("/es-es/list/ls012345678/", "ls012345678"),
        ("\u200bur12345678", "ur12345678"),
        ("ur12345678\ufeff", "ur12345678"),
        ("\u202aur12345678\u202c", "ur12345678"),
        ("ur1234\u00ad5678", "ur12345678"),
        ('"ur12345678"', "ur12345678"),
        ("<https://www.imdb.com/list/ls012345678/>", "ls012345678"),
        ("\u201chttps://www.imdb.com/list/ls012345678/\u201d", "ls012345678"),
        ("https://www.imdb.com/user/ur12345678/watchlist/", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678/watchlist", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678/", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678?ref_=nv_usr", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678/watchlist?sort=date_added%2Cdesc&view=detail", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678/watchlist/#top", "ur12345678"),
        ("https://www.imdb.com/user/ur12345678/ratings/", "ur12345678-ratings"),
        ("https://www.imdb.com/user/ur12345678/RATINGS/", "ur12345678-ratings"),
        (f"https://www.imdb.com/user/{PROFILE}/watchlist/", PROFILE),
        ("http://imdb.com/list/ls012345678/copy/", "ls012345678"),
        ("www.imdb.com/list/ls012345678", "ls012345678"),
        ("imdb.com/list/ls012345678", "ls012345678"),
        ("m.imdb.com/user/ur12345678/watchlist", "ur12345678"),
        ("HTTPS://WWW.IMDB.COM/LIST/LS012345678/", "ls012345678"),
        ("https://www.imdb.com/de/user/ur12345678/watchlist/", "ur12345678"),
        ("https://www.imdb.com/es-es/list/ls012345678/", "ls012345678"),
        ("https://www.imdb.com/fr-ca/user/ur12345678/ratings/", "ur12345678-ratings"),
        ("https://www.imdb.com:443/list/ls012345678/", "ls012345678"),
        ("my list: https://www.imdb.com/list/ls012345678/ thanks!", "ls012345678"),
        ("my list is ls012345678, thanks", "ls012345678"),
        ("ur12345678 (me)", "ur12345678"),
        ("[My watchlist](https://www.imdb.com/user/ur12345678/watchlist/)", "ur12345678"),
        ("https://www.imdb.com/list/ls012345678/ and again imdb.com/list/ls012345678", "ls012345678"),
        ("https%3A%2F%2Fwww.imdb.com%2Flist%2Fls012345678%2F", "ls012345678"),
        ("https://l.example/?u=https%3A%2F%2Fwww.imdb.com%2Fuser%2Fur12345678%2Fwatchlist", "ur12345678"),
        ("https://www.imdb.com/user%2Fur12345678/watchlist", "ur12345678"),
        ("https://addon.example/ur12345678/manifest.json", "ur12345678"),
        ("stremio://addon.example/ls012345678/manifest.json", "ls012345678"),
        ("https://addon.example/ur12345678-ratings/configure", "ur12345678-ratings"),
        ("https://addon.example/api/stremio/ur12345678/manifest.json?x=1", "ur12345678"),
        ("https://www.imdb.com/list/ls012345678, thanks", "ls012345678"),
        ("**https://www.imdb.com/list/ls012345678**", "ls012345678"),
        ("Look: https://www.imdb.com/user/ur12345678/ratings.", "ur12345678-ratings"),
        ("https://www.example.com/url?q=https://www.imdb.com/list/ls012345678&sa=D", "ls012345678"),
        ("https%253A%252F%252Fwww.imdb.com%252Flist%252Fls012345678", "ls012345678"),
        ("https://www.imdb.com//user/ur12345678//watchlist", "ur12345678"),
        ("https://www.imdb.com./list/ls012345678/", "ls012345678"),
        ("ur12345678\nur12345678", "ur12345678"),
        ("リストはur12345678です", "ur12345678"),
    ],
)
def test_a_list_is_found_in_what_was_pasted(text, ref):
    assert str(ListRef.parse(text)) == ref


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ur12345678/lists", "all lists of a user"),
        ("/user/ur12345678/seen", "neither a watchlist nor ratings"),
        ("ur12345678/watchhistory", "neither a watchlist nor ratings"),
        ("ur12345678/ls012345678", "neither a watchlist nor ratings"),
        ("/user/ur1/watchlist /user/ur1/ratings", "several lists"),
        ("", "Expected an IMDb user"),
        ("   \u200b ", "Expected an IMDb user"),
        ("nonsense", "'nonsense' is not a list"),
        ("ur٣٠٠٠٠٠٤٠", "is not a list"),
        ("lſ012345678", "is not a list"),
        ("ur１２３４５６７８", "is not a list"),
        ("ls०१२३४५६७८९", "is not a list"),
        ("ur", "is not a list"),
        ("ls123456789x", "is not a list"),
        ("/p/profile-id", "is not a list"),
        ("p.", "is not a list"),
        ("tt0111161", "id of a film or series"),
        ("nm0000138", "a person's id"),
        ("https://www.imdb.com/title/tt0111161/?ref_=x", "page of a film or series"),
        ("https://www.imdb.com/de/title/tt0111161/", "page of a film or series"),
        ("https://www.imdb.com/name/nm0000138/", "a person's page"),
        ("https://www.imdb.com/chart/top/", "charts"),
        ("https://www.imdb.com/es-es/chart/top/", "charts"),
        ("https://www.imdb.com/search/title/?genres=drama", "a search"),
        ("https://www.imdb.com/find/?q=dune", "a search"),
        ("https://www.imdb.com/registration/signin/?u=%2F", "sign-in"),
        ("https://www.imdb.com/user/ur12345678/lists/", "all lists of a user"),
        ("https://www.imdb.com/user/ur12345678/seen/", "neither a watchlist nor ratings"),
        ("https://www.imdb.com/user/ur12345678/watchhistory", "neither a watchlist nor ratings"),
        ("https://www.imdb.com/user/ur12345678/reviews", "neither a watchlist nor ratings"),
        ("https://letterboxd.com/somebody/watchlist/", "Letterboxd"),
        ("https://boxd.it/abc", "Letterboxd"),
        ("https://trakt.tv/users/somebody/watchlist", "Trakt"),
        ("https://www.themoviedb.org/list/1", "TMDB"),
        ("https://www.imdb.com/", "is not a list"),
        ("https://www.imdb.com/list/ls/", "is not a list"),
        ("https://notimdb.com/user/ur12345678/watchlist/", "is not a list"),
        ("https://imdb.com.evil.example/user/ur12345678/", "is not a list"),
        ("https://imdb.com@evil.example/user/ur12345678/", "is not a list"),
        ("https://www.imdb.com/user/ur12345678/watch-history", "neither a watchlist nor ratings"),
        ("https://www.imdb.com/user/ur12345678/watchlist-x", "neither a watchlist nor ratings"),
        ("https://www.imdb.com/user/ur12345678/123", "is not a list"),
        ("https://www.imdb.com/user/p.profile-id/", "is not a list"),
        ("https://www.imdb.com/list/ls012345678_", "is not a list"),
        ("ur1234567٨", "is not a list"),
        ("https://www.imdb.com/list/ls01234567٨", "is not a list"),
        ("ur12345678 ls012345678", "several lists: ur12345678, ls012345678"),
        ("ur12345678\nls012345678", "several lists: ur12345678, ls012345678"),
        ("imdb.com/user/ur12345678/watchlist?page=2\nimdb.com/user/ur12345678/ratings", "several lists"),
        ("imdb.com/list/ls000000001 imdb.com/list/ls000000002", "several lists"),
        ("ur12345678 ur12345678-ratings", "several lists"),
        ("u" * 2_001, "too long"),
    ],
)
def test_what_is_no_list_is_answered_by_what_it_is(text, said):
    with pytest.raises(InvalidRef) as caught:
        ListRef.parse(text)
    assert said in str(caught.value)


@given(st.text(max_size=300))
def test_nothing_raises_anything_else(text):
    try:
        ref = ListRef.parse(text)
    except InvalidRef:
        return
    assert ListRef.parse(str(ref)) == ref
    assert str(ref).isascii()


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (ListRef(ListKind.WATCHLIST, "ur1"), "/user/ur1/watchlist/"),
        (ListRef(ListKind.RATINGS, "p.abc"), "/user/p.abc/ratings/"),
        (ListRef(ListKind.LIST, "ls1"), "/list/ls1/"),
    ],
)
def test_each_list_has_a_page(ref, path):
    assert ref.path == path
