"""What does a cursor look like, behind which row does it stand?"""

import base64
import binascii
import hashlib


def cursor(end: int) -> str:
    """Where the next page begins, in 400 to 900 characters that look signed."""
    signature = hashlib.sha512(str(end).encode()).digest()
    padding = signature * 10
    return base64.b64encode(f"{end}:".encode() + padding[: 300 + signature[0]]).decode()


def place_of(cursor: str | None) -> int | None:
    """How many rows a cursor has behind it; ``None`` for one that is not ours."""
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).partition(b":")[0])
    except (ValueError, binascii.Error):
        return None
