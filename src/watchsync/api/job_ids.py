"""Which job does an address name?"""

import re
from typing import Final

from aiohttp import web

from watchsync.errors import JobNotFound

_ID: Final = re.compile(r"[\x21-\x7e]{1,64}")


def job_id_of(request: web.Request) -> str:
    """The id in the path; raises JobNotFound for what can be none."""
    given = request.match_info["id"]
    if not _ID.fullmatch(given):
        raise JobNotFound
    return given
