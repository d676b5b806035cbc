from collections.abc import AsyncIterator

import pytest

from staff import Staff
from watchsync.queue.queue import Queue, open_queue


@pytest.fixture
def staff(client, metrics):
    return Staff(client, metrics)


@pytest.fixture
async def queue(client, metrics) -> AsyncIterator[Queue]:
    async with open_queue(client, metrics) as opened:
        yield opened
