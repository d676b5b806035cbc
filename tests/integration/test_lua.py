"""A script runs by its hash, whether or not Redis knows it, and its faults are told apart from Redis's."""

import pytest
from redis.exceptions import ResponseError

from watchsync.errors import RedisUnavailable
from watchsync.lua import Script
from watchsync.redis_client import connect

ECHO = Script("return { KEYS[1], ARGV[1] }")
FAULTY = Script("error('our fault')")


async def test_a_script_that_redis_does_not_know_is_sent_in_full_once(client):
    await client.script_flush()
    sent: list[str] = []
    answers = [await ECHO.run(client, ["k"], ["a"], on_send=lambda: sent.append("command")) for _ in range(2)]
    assert answers == [[b"k", b"a"]] * 2
    assert len(sent) == 3


async def test_a_scripts_own_fault_is_raised_as_it_is(client):
    with pytest.raises(ResponseError):
        await FAULTY.run(client, [], [])


async def test_a_redis_that_is_away_is_unavailable(tmp_path):
    client = connect(f"unix://{tmp_path}/nobody")
    with pytest.raises(RedisUnavailable, match="does not answer"):
        await ECHO.run(client, [], [])
    await client.aclose()


async def test_with_patience_a_call_is_repeated(tmp_path):
    client = connect(f"unix://{tmp_path}/nobody")
    sent: list[str] = []
    with pytest.raises(RedisUnavailable):
        await ECHO.run(client, [], [], patience_seconds=0.5, on_send=lambda: sent.append("command"))
    await client.aclose()
    assert len(sent) > 1


def test_a_script_is_read_from_the_files_of_a_package_in_their_order():
    both = Script.load("watchsync.origin", "acquire", "report")
    assert both.text.index("Answers {ms to wait") < both.text.index("Record how the origin answered")
