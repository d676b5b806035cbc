"""How often one caller may ask."""

import pytest

from watchsync.api.limits import Limits
from watchsync.api.problems import NotAllowed


async def test_each_key_has_a_limit_of_its_own():
    limits = Limits(per_minute=2)
    for key in ("one", "two", "one", "two"):
        await limits.take(key)
    for key in ("one", "two"):
        with pytest.raises(NotAllowed) as caught:
            await limits.take(key)
        assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "30"})
