"""How is a Lua script called? By its hash, and in full where Redis does not know it."""

import hashlib
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, Self

from redis.exceptions import NoScriptError

from watchsync.redis_client import Client, until_answered

Argument = str | bytes | float


class Script:
    """One script. ``text`` is all of it, as Redis gets it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha1 = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def load(cls, package: str | None, *names: str) -> Self:
        """Read a script from a package's ``.lua`` files, one after the other."""
        folder = resources.files(package or "watchsync")
        return cls("\n".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names))

    async def run(
        self,
        client: Client,
        keys: Sequence[str],
        args: Sequence[Argument],
        *,
        patience_seconds: float = 0.0,
        on_send: Callable[[], None] = lambda: None,
    ) -> Any:
        """Run the script and return its answer as redis-py decodes it; ``on_send`` is called before each command.

        With patience the call is repeated while Redis is away, so give it to scripts that may run twice only.
        Raises RedisUnavailable, and ResponseError for an error that the script itself raised.
        """

        async def once() -> Any:
            on_send()
            try:
                return await client.evalsha(self.sha1, len(keys), *keys, *args)
            except NoScriptError:
                on_send()
                return await client.eval(self.text, len(keys), *keys, *args)

        return await until_answered(once, patience_seconds)
