"""How often one caller may ask."""

import pytest

from watchsync.api.limits import Limits
from watchsync.http.problems import NotAllowed


async def test_each_key_has_a_limit_of_its_own():
    limits = Limits(2)
    for key in ("one", "two", "one", "two"):
        await limits.take(key)
    for key in ("one", "two"):
        with pytest.raises(NotAllowed) as caught:
            await limits.take(key)
        assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "30"})


async def test_the_key_unused_longest_is_forgotten_first():
    limits = Limits(1, max_keys=2)
    await limits.take("one")
    await limits.take("two")
    with pytest.raises(NotAllowed):
        await limits.take("one")
    await limits.take("three")
    await limits.take("two")
    with pytest.raises(NotAllowed):
        await limits.take("three")


async def test_a_limit_may_be_for_another_time_than_a_minute():
    limits = Limits(1, seconds=600)
    await limits.take("one")
    with pytest.raises(NotAllowed) as caught:
        await limits.take("one")
    assert caught.value.headers == {"Retry-After": "600"}
