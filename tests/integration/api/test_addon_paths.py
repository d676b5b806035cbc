"""The addon's addresses in any form that they are written in."""

import pytest

from integration.api.corpora.addon_paths import NOT_THE_ADDON, SAME_BARE_MANIFEST, SAME_CATALOG, SAME_MANIFEST
from raw_http import asked, request


@pytest.mark.parametrize(
    ("plain", "others"),
    [
        ("/ur1/manifest.json", SAME_MANIFEST),
        ("/manifest.json", SAME_BARE_MANIFEST),
        ("/ur1/catalog/movie/ur1-movies.json", SAME_CATALOG),
    ],
)
async def test_an_address_in_another_form_answers_the_same(served, store_snapshot, plain, others):
    await store_snapshot()
    api = await served()
    expected = await asked(api.port, request("GET", plain))
    assert expected.status == 200
    for path in others:
        found = await asked(api.port, request("GET", path))
        assert (found.status, found.body) == (200, expected.body), path
        assert found.headers.getall("Access-Control-Allow-Origin") == ["*"]
        assert found.headers["ETag"] == expected.headers["ETag"]


@pytest.mark.parametrize("path", NOT_THE_ADDON)
async def test_no_other_address_is_read_so_kindly(served, path):
    api = await served()
    assert (await asked(api.port, request("GET", path))).problem()["status"] == 404
