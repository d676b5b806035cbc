"""What is an API token, and what may its holder do?"""

from dataclasses import dataclass
from typing import Self

from pydantic import SecretStr

SCOPES = ("jobs-read", "jobs-write", "admin", "metrics")
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A bearer token that the operator set: its name for the logs, what it may do, and its secret."""

    name: str
    scopes: frozenset[str]
    secret: SecretStr

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Read ``name:scope+scope:secret``; raise ValueError that says what is wrong, never what stands there.

        Whoever mixes the parts up has the secret where a name or a scope belongs.
        """
        name, _, rest = entry.strip().partition(":")
        scopes_text, _, secret = rest.partition(":")
        scopes = frozenset(scopes_text.split("+")) if scopes_text else frozenset[str]()
        if not (name and scopes and secret):
            raise ValueError("must be name:scope+scope:secret")
        if scopes - set(SCOPES):
            raise ValueError(f"has an unknown scope; scopes are {', '.join(SCOPES)}")
        if len(secret) < _SHORTEST:
            raise ValueError(f"has a secret that is shorter than {_SHORTEST} characters")
        return cls(name, scopes, SecretStr(secret))

    @classmethod
    def parse_all(cls, text: str) -> tuple[Self, ...]:
        """Read entries between commas; the ValueError tells of every one that is wrong, by its number."""
        tokens, problems = [], []
        for number, entry in enumerate(filter(str.strip, text.split(",")), 1):
            try:
                tokens.append(cls.parse(entry))
            except ValueError as error:
                problems.append(f"entry {number} {error}")
        if problems:
            raise ValueError("; ".join(problems))
        return tuple(tokens)
