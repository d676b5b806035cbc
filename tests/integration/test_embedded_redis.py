"""The embedded Redis: a real redis-server that starts, survives and stops with us."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from watchsync.embedded_redis import find_binary, run_embedded_redis, running
from watchsync.errors import EmbeddedRedisFailed
from watchsync.redis_client import connect
from watchsync.redis_errors import UNAVAILABLE


async def put(url: str, value: str) -> None:
    client = connect(url)
    await client.set("key", value)
    await client.aclose()


async def got(url: str) -> bytes | str | None:
    client = connect(url)
    value = await client.get("key")
    await client.aclose()
    return value


async def pid_of(url: str) -> int:
    client = connect(url)
    pid = (await client.info("server"))["process_id"]
    await client.aclose()
    return int(pid)


async def until_back(url: str, old_pid: int) -> int:
    async with asyncio.timeout(120):
        while True:
            try:
                if (pid := await pid_of(url)) != old_pid:
                    return pid
            except UNAVAILABLE:
                await asyncio.sleep(0.02)


async def test_it_keeps_its_data_in_the_folder_from_one_start_to_the_next(tmp_path: Path):
    async with run_embedded_redis(tmp_path) as url:
        await put(url, "kept")
        pid = await pid_of(url)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    async with run_embedded_redis(tmp_path) as url:
        assert await got(url) == b"kept"


async def test_it_is_persistent_evicts_nothing_and_listens_on_no_port(tmp_path: Path):
    async with run_embedded_redis(tmp_path) as url:
        client = connect(url)
        config = await client.config_get("*")
        await client.aclose()

    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "everysec"
    assert config["maxmemory-policy"] == "noeviction"
    assert config["port"] == "0"


async def test_a_killed_server_is_started_again_with_its_data(tmp_path: Path):
    async with run_embedded_redis(tmp_path) as url:
        await put(url, "kept")
        pid = await pid_of(url)
        os.kill(pid, signal.SIGKILL)

        await until_back(url, pid)

        assert await got(url) == b"kept"


async def test_it_does_not_hear_the_terminals_ctrl_c(tmp_path: Path):
    async with run_embedded_redis(tmp_path) as url:
        assert os.getsid(await pid_of(url)) != os.getsid(0)


async def test_a_second_one_on_the_same_folder_says_who_is_in_the_way(tmp_path: Path):
    async with run_embedded_redis(tmp_path) as url:
        await put(url, "mine")
        with pytest.raises(EmbeddedRedisFailed, match="Another watchsync uses"):
            async with run_embedded_redis(tmp_path):
                pass
        assert await got(url) == b"mine"


async def test_other_commands_find_the_one_that_runs(tmp_path: Path):
    assert running(tmp_path) is None
    async with run_embedded_redis(tmp_path) as url:
        assert running(tmp_path) == url
    assert running(tmp_path) is None


async def test_a_very_long_folder_name_is_no_obstacle(tmp_path: Path):
    deep = tmp_path / ("long" * 20) / ("er" * 40)
    async with run_embedded_redis(deep) as url:
        await put(url, "kept")
        assert str(deep) not in url
    async with run_embedded_redis(deep) as url:
        assert await got(url) == b"kept"


async def test_a_folder_with_odd_letters_is_no_obstacle(tmp_path: Path):
    async with run_embedded_redis(tmp_path / "a b?c#é%20") as url:
        await put(url, "kept")
        assert await got(url) == b"kept"


async def test_it_ends_when_watchsync_itself_is_killed_and_the_next_one_finds_the_data(tmp_path: Path):
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from watchsync.embedded_redis import run_embedded_redis\n"
        "async def main():\n"
        "    async with run_embedded_redis(Path(sys.argv[1])) as url:\n"
        "        print(url, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        await put(url, "kept")
        process.kill()

    async with run_embedded_redis(tmp_path) as url:
        assert await got(url) == b"kept"


async def test_a_server_that_cannot_start_says_why(tmp_path: Path):
    manifest = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("nonsense\n")

    with pytest.raises(EmbeddedRedisFailed, match=r"did not start: .+ \(log: .*redis\.log\)"):
        async with run_embedded_redis(tmp_path):
            pass


def test_a_missing_redis_server_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(EmbeddedRedisFailed, match=r"apt-get install redis-server.*WATCHSYNC_REDIS_URL"):
        find_binary(str(tmp_path))
