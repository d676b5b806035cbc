"""What a capture keeps of an answer, and that nothing personal or secret is among it."""

import base64
import codecs
import gzip
import html
import itertools
import json
import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings, strategies as st

from imdb_pages import edge, item, next_data
from watchsync.browser.session import CapturedResponse
from watchsync.errors import PageTimeout, PrivateList
from watchsync.imdb.answers import ServiceResponse
from watchsync.imdb.capture_file import NoCapture, read, written
from watchsync.imdb.capture_recording import Recording
from watchsync.imdb.capture_replay import NotCaptured, ReplayReader
from watchsync.imdb.graphql_queries import owner_of, page_of
from watchsync.refs import ListRef

ORIGIN = "https://imdb.internal.example:8443"
REF = ListRef.parse("ur98765432")
URL = f"{ORIGIN}/user/ur98765432/watchlist/?sort=list_order%2Casc&page=1"
SECRETS = {
    "an old id": "ur98765432",
    "a profile id": "p.zyxwvutsrqponmlkjihgfedcba",
    "a list's id": "ls987654321",
    "a person's id": "nm9876543",
    "a row's id": "li987654321",
    "a person's name": "Wilhelmina Quarrington",
    "a key": "sk-live-0a1b2c3d4e5f6a7b8c9d",
    "a pass": "1f9b7c2e-aaaa-4bbb-8ccc-0123456789ab:EgoAf3cDAAAA:kJh+/=",
    "an address of a person": "wilhelmina@quarrington.example",
}
SPELLINGS = {
    "plain": str,
    "upper case": str.upper,
    "percent-encoded": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent-encoded twice": lambda text: quote("".join(f"%{byte:02x}" for byte in text.encode()), safe=""),
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(each):x};" for each in text),
    "base64": lambda text: base64.b64encode(f'{{"id":"{text}","of":"{text}"}}'.encode()).decode(),
    "in an address": lambda text: f"https://www.imdb.com/user/{quote(text)}/lists?token={quote(text)}",
}


async def replayed(file: bytes):
    captured = read(file)
    return await ReplayReader(captured).read(captured.ref, lambda _: None)


def spelled(secret: str) -> list[str]:
    return [spell(secret) for spell in SPELLINGS.values()]


def a_title(planted: str) -> dict:
    """A title with something planted wherever a text may stand, and in places that nobody reads."""
    told = {"text": planted}
    series = {"series": {"id": planted, "titleText": told, "originalTitleText": told, planted: planted}}
    return item(
        7,
        canRate=told,
        titleText={"text": f"A film of {planted} and more"},
        originalTitleText=told,
        certificate={"rating": planted},
        series=series,
        plot={"plotText": {"plainText": planted}},
        titleGenres={"genres": [{"genre": told}]},
        primaryImage={"url": f"https://m.media-amazon.com/images/{planted}._V1_.jpg?k={planted}"},
        productionStatus={"currentProductionStage": {"id": planted}},
        titleType={"id": planted},
        principalCreditsV2=[{"grouping": told, "credits": [{"name": {"id": planted, "nameText": told}}]}],
        **{planted: planted},
    )


def a_page(planted: str) -> str:
    node = {"itemId": planted, "createdDate": planted, "description": {"originalText": {"plaidHtml": planted}}}
    data = next_data([{"node": node, "listItem": a_title(planted)}, planted, {planted: planted}], where="list")
    props = data["props"]["pageProps"]
    above = {"authorName": planted, "authorId": planted, "authorProfileId": planted, "listId": planted}
    props["aboveTheFoldData"] = {**above, "visibility": planted, "lastModifiedDate": planted}
    props["mainColumnData"]["list"]["author"] = {"username": {"text": planted}, "userId": planted}
    props["mainColumnData"]["list"]["name"] = {"originalText": planted}
    props["mainColumnData"][planted] = {planted: planted}
    props["requestContext"] = {"sessionId": planted, "cookies": [planted]}
    return json.dumps(data)


def a_markup(planted: str) -> str:
    told, value = html.escape(planted), html.escape(planted, quote=True)
    json_ld = json.dumps({"@type": "ItemList", "name": planted, "itemListElement": [{"item": {"name": planted}}]})
    return f"""<html lang="{value}"><head><title>{told}</title><meta name="csrf" content="{value}"><!-- {told} -->
    <script>window.token = "{told}"</script><script type="application/ld+json">{json_ld}</script></head>
    <body class="{value}" data-testid="{value}" id="{value}" onclick="{value}" data-user="{value}"><h1>{told}</h1>
    <div data-testid="list-page-mc-total-items">1-25 of 25 {told}</div><svg><title>{told}</title></svg>
    <li class="ipc-metadata-list-summary-item"><a class="ipc-title-link-wrapper" href="/title/tt0000001/?ref={value}">
    <h4 class="ipc-title__text">1. A film {told}</h4></a><a href="/name/nm9876543/">{told}</a>
    <img src="https://m.media-amazon.com/{value}.jpg"><div class="dli-title-metadata"><li>{told}</li><li>1999</li></div>
    <div class="dli-user-list-item-date-added">{told}</div><textarea>{told}</textarea><x-{value}>{told}</x-{value}></li>
    <form action="/x?{value}"><input type="hidden" value="{value}"></form></body></html>"""


def a_recording(planted: str) -> Recording:
    """Everything that a list may be read from, with something planted in each place."""
    recording = Recording()
    recording.reading = 1
    headers = {
        "set-cookie": f"session-id={planted}; aws-waf-token={planted}",
        "x-amzn-requestid": planted,
        "location": f"{ORIGIN}/user/{planted}/?token={planted}",
        "content-type": f"text/html; boundary={planted}",
        "retry-after": planted,
        "x-amzn-waf-action": planted,
        f"x-{quote(planted)}": planted,
    }
    address = (
        f"{ORIGIN}/es-es/user/{quote(planted, safe='')}/watchlist/{planted}?token={planted}&page={planted}#{planted}"
    )
    for body in (a_page(planted), a_markup(planted), planted, "{" + planted, ""):
        response = CapturedResponse(200, headers, body, address)
        recording.note("open", URL, response=response, outline={"props": planted, planted: [planted]})
        recording.note("fetch", address, response=response, outline=planted)
    recording.note("lend", ORIGIN, error=PrivateList(planted))
    recording.note("fetch", address, error=PageTimeout(planted))
    listed = {"list": {"id": planted, "name": {"originalText": planted}}, "userProfile": {"userId": planted}}
    search = {"pageInfo": {"endCursor": planted}, "edges": [{"node": {}, "title": a_title(planted)}]}
    listed["list"]["titleListItemSearch"] = search
    errors = [{"message": f"Cannot read {planted}", "path": [planted], "extensions": {"code": planted, "at": planted}}]
    service = json.dumps({"data": listed, "errors": errors, "extensions": {"disclaimer": planted}})
    for question in (page_of(REF, planted, planted), owner_of(planted), page_of(ListRef.parse("ls1"), "", planted)):
        recording.note("ask", question, response=ServiceResponse(200, headers, service.encode()))
    return recording


def strings(value: object) -> list[str]:
    """Every text and every key of JSON."""
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in (key, *strings(inner))]
    if isinstance(value, list):
        return [each for inner in value for each in strings(inner)]
    return [value] if isinstance(value, str) else []


def all_that_can_be_read(file: bytes) -> str:
    """The texts of a file as they stand, and with every spelling undone that hides something; lower case."""
    text = gzip.decompress(file).decode()
    found = [text, *strings(json.loads(text))]
    plain = [unquote(unquote(html.unescape(each))) for each in found]
    unpacked = [
        codecs.decode(base64.b64decode(token + "=" * (-len(token) % 4)), "ascii", "replace")
        for each in itertools.chain(found, plain)
        for token in re.findall(r"[A-Za-z0-9+/]{12,}", each)
        if len(token) % 4 != 1
    ]
    return "\n".join([*found, *plain, *unpacked]).lower()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_that_was_planted_is_found_in_the_file(secret, spelling):
    planted = SPELLINGS[spelling](SECRETS[secret])
    file = written(REF, ["page", "graphql"], ORIGIN, a_recording(planted), {})
    shown = all_that_can_be_read(file)
    assert SECRETS[secret].lower() not in shown
    assert planted.lower() not in shown
    assert "internal.example" not in shown


@given(
    st.one_of(
        st.from_regex(r"(ur|ls|nm|li)[1-9]\d{6,9}", fullmatch=True),
        st.from_regex(r"p\.[a-z0-9]{20,30}", fullmatch=True),
        st.text("ABCDEFabcdef0123456789+/=_.-", min_size=20, max_size=60).filter(lambda text: re.search(r"\d", text)),
    ),
    st.sampled_from(list(SPELLINGS)),
)
@settings(max_examples=60, deadline=None)
def test_no_id_and_no_token_of_any_form_is_found_in_the_file(secret, spelling):
    file = written(REF, ["page"], ORIGIN, a_recording(SPELLINGS[spelling](secret)), {})
    assert secret.lower() not in all_that_can_be_read(file)


def test_the_same_id_is_the_same_everywhere_and_another_is_another():
    recording = Recording()
    recording.reading = 1
    data = next_data([edge(1)], where="list")
    data["props"]["pageProps"]["aboveTheFoldData"] |= {"authorId": "ur98765432", "authorProfileId": "p.abcdefghij"}
    landed = f"{ORIGIN}/user/p.abcdefghij/watchlist/?page=1"
    recording.note("open", URL, response=CapturedResponse(200, {}, json.dumps(data), landed))
    captured = read(written(REF, ["page"], ORIGIN, recording, {}))
    (exchange,) = captured.exchanges
    above = exchange["json"]["props"]["pageProps"]["aboveTheFoldData"]
    assert above["authorId"] == captured.ref.id
    assert f"/user/{captured.ref.id}/" in exchange["what"]
    assert f"/user/{above['authorProfileId']}/" in exchange["url"]
    assert above["authorProfileId"] != above["authorId"]


async def test_a_list_is_read_from_its_capture_with_names_and_types_of_titles():
    recording = Recording()
    recording.reading = 1
    data = json.dumps(next_data([edge(1), edge(2, "tvSeries"), None], where="list"))
    recording.note("open", URL, response=CapturedResponse(200, {}, data, URL))
    reading = await replayed(written(REF, ["page"], ORIGIN, recording, {}))
    assert [(title.id, title.name, title.kind) for title in reading.titles] == [
        ("tt0000001", "Title 1", "movie"),
        ("tt0000002", "Title 2", "series"),
    ]
    assert (reading.rows, reading.left_out, reading.form) == (3, {"unknown": 1}, "json")


async def test_what_came_in_the_place_of_an_answer_comes_again():
    recording = Recording()
    recording.reading = 1
    recording.note("open", URL, error=PageTimeout())
    with pytest.raises(PageTimeout):
        await replayed(written(REF, ["page"], ORIGIN, recording, {}))


async def test_a_question_that_was_not_asked_before_has_no_answer():
    with pytest.raises(NotCaptured):
        await replayed(written(REF, ["page"], ORIGIN, Recording(), {}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 2}',
        '{"format": 1, "ways": ["page"], "list": {"kind": "film", "id": "ur1"}}',
        '{"format": 1, "ways": ["page"], "list": {"kind": "list", "id": 7}}',
        '{"format": 1, "ways": [["page"]], "list": {"kind": "list", "id": "ls1"}}',
    ],
)
def test_what_is_no_capture_is_refused_by_name(text):
    with pytest.raises(NoCapture):
        read(gzip.compress(text.encode(), mtime=0))


@pytest.mark.parametrize("file", [b"", b"{}", gzip.compress(b"{}", mtime=0)[:-4]], ids=["empty", "plain", "cut off"])
def test_what_is_not_packed_as_a_capture_is_refused_by_name(file):
    with pytest.raises(NoCapture):
        read(file)
