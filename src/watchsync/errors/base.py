"""What every error has in common, and what the caller can mend."""

from typing import ClassVar


class WatchsyncError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence())

    @classmethod
    def sentence(cls) -> str:
        """The first line of the docstring: the message used when none is given."""
        return (cls.__doc__ or "Something went wrong.").strip().splitlines()[0]


class BadInput(WatchsyncError):
    """This input cannot be used."""

    code = "bad-input"


class InvalidRef(BadInput):
    """Expected an IMDb user (ur12345678 or p.…), a list (ls012345678), or the address of one on imdb.com."""

    code = "invalid-ref"


class InvalidSetting(BadInput):
    """A setting is wrong."""

    code = "invalid-setting"


class NotFed(WatchsyncError):
    """This list is not handed to other programs: only a part of it is known."""

    code = "not-fed"
