"""What has every app, of either mode, around its own handlers?"""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from watchsync.http.access import access_control
from watchsync.http.context import SETTINGS
from watchsync.http.correlation import correlation, tell_correlation
from watchsync.http.problems import problems
from watchsync.settings import Settings

_LARGEST_BODY_BYTES = 64 * 1024


def guarded_app(
    settings: Settings, *, outside: Sequence[Middleware] = (), inside: Sequence[Middleware] = ()
) -> web.Application:
    """An app whose answers carry a correlation id and whose errors are problems; it lets in whom the settings let in.

    ``outside`` are middlewares that see each answer as it is sent, ``inside`` those that see only whoever may come in.
    """
    app = web.Application(
        middlewares=[correlation, *outside, problems, access_control, *inside],
        client_max_size=_LARGEST_BODY_BYTES,
        # A kilobyte of compressed zeros would keep the process busy for seconds.
        handler_args={"auto_decompress": False},
    )
    app[SETTINGS] = settings
    app.on_response_prepare.append(tell_correlation)
    return app
