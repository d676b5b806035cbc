"""The stand-in sites as a client meets them: redirects, switches, the browser check, and the GraphQL service."""

import re

import aiohttp
import pytest
from yarl import URL

from demo_pages import taken_apart
from watchsync.demo.sites import standing_in
from watchsync.demo.states import Size

USER, PROFILE = "ur10001179", "p.demo0000000000000000001179"
ASKED = "sort=list_order%2Casc&page=2"
NAMED = {"x-imdb-client-name": "a-test"}
TITLES = "query List($id: ID!) { list(id: $id) { listType { id } titleListItemSearch(first: $first) { total } } }"
ABOUT = "query List($id: ID!) { list(id: $id) { listType { id } } }"


@pytest.fixture
async def sites():
    async with standing_in(size=Size.SMALL) as opened:
        yield opened


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def visited(http, url, **more):
    """Status, where one ended, and the text."""
    async with http.get(URL(url, encoded=True), **more) as answer:
        return answer.status, answer.real_url, await answer.text()


async def led(http, url):
    """Status and where an address leads."""
    async with http.get(URL(url, encoded=True), allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location")


async def post(http, url, wanted, **headers):
    async with http.post(url, json=wanted, headers=headers) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


async def switch(http, sites, slug, state, **more):
    assert (await post(http, f"{sites.imdb_url}/__control/lists/{slug}", {"state": state, **more}))[0] == 204


@pytest.mark.parametrize("prefix", ["", "/es-es", "/fr-ca"])
@pytest.mark.parametrize("page", ["watchlist", "ratings"])
async def test_the_address_of_a_user_leads_to_the_profile_and_keeps_its_query(sites, http, prefix, page):
    status, location = await led(http, f"{sites.imdb_url}{prefix}/user/{USER}/{page}/?{ASKED}")
    assert (status, location) == (302, f"{prefix}/user/{PROFILE}/{page}/?{ASKED}")
    assert sites.control.served == {"redirect": 1}


async def test_at_the_profile_the_list_is_in_the_state_of_its_user(sites, http):
    status, where, _ = await visited(http, f"{sites.imdb_url}/user/{USER}/watchlist/")
    assert (status, where.path) == (202, f"/user/{PROFILE}/watchlist/")
    await switch(http, sites, USER, "private", count=1)
    _, _, private = await visited(http, f"{sites.imdb_url}/user/{USER}/watchlist/")
    _, _, text = await visited(http, f"{sites.imdb_url}/user/{USER}/watchlist/?{ASKED}")
    assert taken_apart(private).props["showPrivateListMessaging"] is True
    assert taken_apart(text).props["initialPageNumber"] == 2


async def test_any_user_can_be_led_there(sites, http):
    assert (await led(http, f"{sites.imdb_url}/user/ur10000250/watchlist/"))[0] == 200
    await switch(http, sites, "*", "redirected")
    _, where, text = await visited(http, f"{sites.imdb_url}/user/ur10000250/watchlist/")
    assert where.path == "/user/p.demo0000000000000010000250/watchlist/"
    assert taken_apart(text).props["aboveTheFoldData"]["authorId"] == "ur10000250"


async def test_where_the_page_is_dropped_each_page_is_the_first_unless_asked_where_that_one_ended(sites, http):
    address = f"{sites.imdb_url}/user/ur20000034/watchlist/?{ASKED}"
    profile = "/user/p.demo0000000000000020000034/watchlist/"
    assert await led(http, address) == (302, f"{profile}?sort=list_order%2Casc")
    _, where, text = await visited(http, address)
    assert taken_apart(text).props["initialPageNumber"] == 1
    _, _, text = await visited(http, f"{sites.imdb_url}{where.path}?{ASKED}")
    assert taken_apart(text).props["initialPageNumber"] == 2


async def test_a_sign_in_page_may_stand_in_the_place_of_a_list_or_behind_a_redirect(sites, http):
    status, where, text = await visited(http, f"{sites.imdb_url}/user/ur20000018/watchlist/")
    assert (status, where.path) == (200, "/user/ur20000018/watchlist/")
    assert taken_apart(text).markup.css("form[name=signIn] input[type=password]")
    status, where, other = await visited(http, f"{sites.imdb_url}/user/ur20000019/watchlist/")
    assert (status, where.path) == (200, "/registration/signin/")
    assert other == text


async def test_a_resized_list_is_another_at_each_reading(sites, http):
    address = f"{sites.imdb_url}/user/ur20000036/watchlist/"
    totals = [taken_apart((await visited(http, address))[2]).container["total"] for _ in range(3)]
    assert totals == [601, 602, 603]
    _, _, text = await visited(http, f"{address}?page=2")
    assert taken_apart(text).container["total"] == 603


async def test_the_sort_in_the_address_is_followed(sites, http):
    address = f"{sites.imdb_url}/user/ur30000123/watchlist/?sort=list_order%2C"
    (_, _, up), (_, _, down) = await visited(http, f"{address}asc"), await visited(http, f"{address}desc")
    assert taken_apart(up).ids == taken_apart(down).ids[::-1]


async def test_lists_that_are_numbered_by_size_are_one_list_under_many_ids(sites, http):
    first, second, other = [
        (await visited(http, f"{sites.imdb_url}/list/{slug}/"))[2]
        for slug in ("ls900120000001", "ls900120000002", "ls900121000001")
    ]
    assert first == second
    assert [taken_apart(text).container["total"] for text in (first, other)] == [120, 121]


async def test_the_size_is_switched_and_comes_back_with_a_reset(sites, http):
    address, control = f"{sites.imdb_url}/user/ur10000250/watchlist/", f"{sites.imdb_url}/__control"
    small = len((await visited(http, address))[2])
    assert (await post(http, f"{control}/size", {"size": "full"}))[0] == 204
    assert len((await visited(http, address))[2]) > 1_800_000 > 2 * small
    await post(http, f"{control}/reset", {})
    assert len((await visited(http, address))[2]) == small
    async with http.get(control) as answer:
        assert (await answer.json())["size"] == "small"


async def test_full_size_is_the_default():
    async with standing_in() as sites:
        assert sites.control.size is Size.FULL


async def test_the_check_comes_from_the_site_itself_unless_it_is_switched(sites, http):
    address = f"{sites.imdb_url}/user/{USER}/watchlist/"
    assert '<script src="/challenge.js">' in (await visited(http, address))[2]
    assert sites.challenge_url != sites.imdb_url
    await post(http, f"{sites.imdb_url}/__control/challenge", {"foreign": True})
    assert f'<script src="{sites.challenge_url}/challenge.js">' in (await visited(http, address))[2]


@pytest.mark.parametrize("site", ["imdb_url", "challenge_url"])
async def test_a_check_is_passed_wherever_it_is_served(sites, http, site):
    home = getattr(sites, site)
    _, _, page = await visited(http, f"{sites.imdb_url}/user/{USER}/watchlist/")
    assert "/challenge/verify" in (await visited(http, f"{home}/challenge.js"))[2]
    context = re.search(r'"context": "(\w+)"', page)[1]
    async with http.post(f"{home}/challenge/verify", json={"context": context, "sum": _sum(context)}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        token = (await answer.json())["token"]
    jar = {"aws-waf-token": token}
    assert (await visited(http, f"{sites.imdb_url}/user/{USER}/watchlist/", cookies=jar))[0] == 200


def _sum(context):
    """What the script works out."""
    total = 7
    for turn in range(20_000):
        total = (total * 31 + ord(context[turn % len(context)])) % 1_000_003
    return total


async def test_a_client_without_a_name_is_refused_without_a_word(sites, http):
    assert await post(http, sites.graphql_url, {"query": ABOUT, "variables": {"id": "ls1"}}) == (403, None)
    assert (await post(http, sites.graphql_url, {"query": ABOUT, "variables": {"id": "ls1"}}, **NAMED))[0] == 200


async def test_which_header_names_a_client_is_switched(sites, http):
    await post(http, f"{sites.imdb_url}/__control/graphql", {"namingHeaders": ["Referer", "Origin"]})
    asked = {"query": ABOUT, "variables": {"id": "ls1"}}
    assert (await post(http, sites.graphql_url, asked, **NAMED))[0] == 403
    assert (await post(http, sites.graphql_url, asked, Origin="https://example.com"))[0] == 200


@pytest.mark.parametrize(("slug", "type_id"), [("ls1", "TITLES"), ("ls020000001", "PEOPLE"), ("ls020000002", "IMAGES")])
async def test_the_service_says_of_what_a_list_is(sites, http, slug, type_id):
    _, answer = await post(http, sites.graphql_url, {"query": ABOUT, "variables": {"id": slug}}, **NAMED)
    assert answer["data"]["list"]["listType"] == {"id": type_id}
    assert "errors" not in answer


async def test_the_titles_of_a_list_of_people_are_refused_in_a_message(sites, http):
    _, answer = await post(http, sites.graphql_url, {"query": TITLES, "variables": {"id": "ls020000001"}}, **NAMED)
    assert answer["data"]["list"]["listType"] == {"id": "PEOPLE"}
    assert answer["data"]["list"]["titleListItemSearch"] is None
    assert "PEOPLE" in answer["errors"][0]["message"]


async def test_names_come_in_the_language_asked_for(sites, http):
    asked = {"query": TITLES, "variables": {"id": "ls30000003"}}

    async def first_name(**headers):
        _, answer = await post(http, sites.graphql_url, asked, **NAMED, **headers)
        return answer["data"]["list"]["titleListItemSearch"]["edges"][0]["listItem"]["titleText"]["text"]

    english = await first_name()
    assert await first_name(**{"x-imdb-user-language": "fr-CA"}) == f"{english} [fr-CA]"
    await post(http, f"{sites.imdb_url}/__control/graphql", {"language": "de-DE"})
    assert await first_name() == f"{english} [de-DE]"
    assert await first_name(**{"x-imdb-user-language": "en-US", "x-imdb-user-country": "US"}) == english


async def test_a_profile_id_is_no_user_id_for_the_service(sites, http):
    query = "query W($userId: ID!) { predefinedList(classType: WATCH_LIST, userId: $userId) { listType { id } } }"
    _, answer = await post(http, sites.graphql_url, {"query": query, "variables": {"userId": PROFILE}}, **NAMED)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("profile", "user"),
    [(PROFILE, USER), ("p.demo0000000000000020000020", "ur20000020"), ("p.nobody0000000000000000", None)],
)
async def test_a_profile_is_somebody_or_nobody(sites, http, profile, user):
    query = "query P($profileId: ID!) { userProfile(input: { profileId: $profileId }) { userId } }"
    _, answer = await post(http, sites.graphql_url, {"query": query, "variables": {"profileId": profile}}, **NAMED)
    assert answer["data"]["userProfile"] == (user and {"userId": user})
