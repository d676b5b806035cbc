"""What is an API token, and what may its holder do?"""

from dataclasses import dataclass
from typing import Self

from pydantic import SecretStr

SCOPES = ("jobs-read", "jobs-write", "admin", "metrics")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A bearer token that the operator set: its name for the logs, what it may do, and its secret."""

    name: str
    scopes: frozenset[str]
    secret: SecretStr

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Read ``name:scope+scope:secret``; raise ValueError that names what is wrong (never the secret)."""
        name, _, rest = entry.strip().partition(":")
        scopes_text, _, secret = rest.partition(":")
        scopes = frozenset(scopes_text.split("+")) if scopes_text else frozenset[str]()
        if not (name and scopes and secret):
            raise ValueError("each entry must be name:scope+scope:secret")
        if unknown := sorted(scopes - set(SCOPES)):
            raise ValueError(f"token '{name}' has unknown scope '{unknown[0]}'; scopes are {', '.join(SCOPES)}")
        if len(secret) < 16:
            raise ValueError(f"the secret of token '{name}' is shorter than 16 characters")
        return cls(name, scopes, SecretStr(secret))
