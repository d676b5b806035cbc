"""Every capture that is kept is read as it has to be."""

import pytest

from captures.lists import LISTS, file_of
from watchsync.cli.capture import replayed
from watchsync.demo.states import FROM_THE_START
from watchsync.imdb.capture_file import read

_LARGEST = 200_000


@pytest.mark.parametrize("name", LISTS)
async def test_a_capture_is_read_as_it_has_to_be(name):
    file = file_of(name).read_bytes()
    outcome = await replayed(read(file))
    told = (outcome.get(each) for each in ("form", "completeness", "rows", "total", "titles"))
    assert (outcome["error"] if outcome["outcome"] == "failed" else tuple(told)) == LISTS[name][2]
    assert outcome == read(file).outcome
    assert len(file) <= _LARGEST


def test_each_state_that_the_stand_in_shows_from_its_start_is_captured():
    captured = {slug for slug, strategies, _ in LISTS.values() if "page" in strategies}
    assert set(FROM_THE_START) <= captured


def test_no_capture_is_kept_that_nobody_reads():
    kept = {path.name for path in file_of("").parent.glob("*.gz")}
    assert kept == {file_of(name).name for name in LISTS}
