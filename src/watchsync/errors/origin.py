"""What IMDb may answer instead of a list."""

from watchsync.errors.base import WatchsyncError


class ListUnreadable(WatchsyncError):
    """IMDb does not show this list."""

    code = "list-unreadable"


class PrivateList(ListUnreadable):
    """This list is private. Open it on IMDb, choose Edit, set Privacy to Public, then sync again."""

    code = "private"


class ListNotFound(ListUnreadable):
    """IMDb has no such list. Copy the address from your watchlist's own page."""

    code = "not-found"


class NotTitles(ListUnreadable):
    """This list does not hold titles, so there is nothing to play."""

    code = "not-titles"


class NoWayToRead(ListUnreadable):
    """Ratings cannot be read without a browser. Ask the operator to add `page` to WATCHSYNC_IMDB_STRATEGIES."""

    code = "no-way-to-read"


class OriginRefusal(WatchsyncError):
    """IMDb is refusing this server. The last good copy stays; we retry automatically."""

    code = "origin-refusal"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds  # what the site itself asked for, if it did


class ChallengeUnsolved(OriginRefusal):
    """IMDb's browser check did not let us through. The last good copy stays; we retry automatically."""

    code = "challenge"


class CaptchaDemanded(OriginRefusal):
    """IMDb is asking for a human (captcha), which we do not solve. The last good copy stays; we retry automatically."""

    code = "captcha"


class SignInAsked(OriginRefusal):
    """IMDb is asking us to sign in instead of showing the list. The last good copy stays; we retry automatically."""

    code = "sign-in"


class Refused(OriginRefusal):
    """IMDb is refusing this server's address. The last good copy stays; we retry automatically."""

    code = "refused"


class ClientNameRefused(OriginRefusal):
    """IMDb's data service does not take the name that we give it. Set WATCHSYNC_IMDB_GRAPHQL_CLIENT to one it takes."""

    code = "client-name-refused"


class Throttled(OriginRefusal):
    """IMDb asked us to slow down. We wait as long as it says, then retry automatically."""

    code = "throttled"


class OriginCoolingDown(OriginRefusal):
    """IMDb did not let us in a short while ago. We retry automatically when the pause is over."""

    code = "cooling-down"


class PageFault(WatchsyncError):
    """IMDb's page could not be read this time. We retry automatically."""

    code = "page-fault"


class PageDrifted(PageFault):
    """IMDb's page has changed and cannot be read. If this persists, please report it."""

    code = "drifted"


class PageTimeout(PageFault):
    """IMDb's page did not arrive in time. We retry automatically."""

    code = "page-timeout"


class OriginUnreachable(PageFault):
    """IMDb could not be reached. We retry automatically."""

    code = "unreachable"


class PartialRead(PageFault):
    """Only part of the list arrived. The last good copy stays; we retry automatically."""

    code = "partial"
