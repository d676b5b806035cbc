"""A pool whose browser runs before anybody asks for it."""

from watchsync.browser.pool import Pool


async def warm_up(pool: Pool) -> None:
    """Start the browser now; raises BrowserUnavailable."""
    await pool._supervisor.ready()
