"""Is everything there that a sync needs?"""

from collections.abc import Callable
from contextlib import AsyncExitStack

from watchsync import settings as setting
from watchsync.cli import doctor_checks
from watchsync.cli.doctor_checks import Finding
from watchsync.cli.doctor_imdb import imdb_findings
from watchsync.cli.doctor_redis import redis_findings
from watchsync.cli.wiring import with_redis
from watchsync.errors import InvalidSetting, WatchsyncError
from watchsync.settings import Settings

Say = Callable[[str], None]


async def examine(say: Say) -> bool:
    """Check one part after the other, say each finding as it comes, and answer whether all are good."""
    try:
        settings = setting.load()
    except InvalidSetting as error:
        for line in str(error).splitlines():
            say(Finding("Settings", line, "Correct it, then run doctor again.").line())
        return False
    given = sum(source != "default" for source in setting.sources(settings).values())
    findings = [Finding("Settings", f"{given} given, the others at their defaults")]
    say(findings[0].line())
    for check in (_redis, _browser, _sites, _machine):
        found = await check(settings)
        for finding in found:
            say(finding.line())
        findings += found
    return all(finding.is_good for finding in findings)


async def _redis(settings: Settings) -> list[Finding]:
    async with AsyncExitStack() as stack:
        try:
            reached = await stack.enter_async_context(with_redis(settings, join=True))
        except WatchsyncError as error:
            return [Finding("Redis", "no embedded Redis", str(error))]
        place = setting.sources(settings)["redis_url"] if settings.redis_url else f"embedded, in {settings.data_dir}"
        return await redis_findings(reached.redis_address, place)


async def _browser(settings: Settings) -> list[Finding]:
    try:
        from watchsync.browser.smoke_test import open_page
    except ModuleNotFoundError as error:
        fix = "pip install 'watchsync[worker]', unless this machine runs the API alone."
        return [Finding("Browser", f"{error.name} is not installed", fix)]
    return [await doctor_checks.browser_finding(lambda: open_page(settings))]


async def _sites(settings: Settings) -> list[Finding]:
    async with doctor_checks.patient_session() as session:
        return [
            *await imdb_findings(session, settings),
            await doctor_checks.tmdb_finding(session, settings),
        ]


async def _machine(settings: Settings) -> list[Finding]:
    return [
        doctor_checks.memory_finding(doctor_checks.free_memory_bytes()),
        doctor_checks.disk_finding(settings.data_dir),
    ]
