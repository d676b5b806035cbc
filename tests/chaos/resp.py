"""Which whole commands stand at the beginning of these bytes? Redis speaks the same in its socket and in its file."""

Command = tuple[bytes, ...]


def commands(data: bytes, start: int = 0) -> tuple[list[Command], int]:
    """Read commands until the bytes end; answer them, and where the first unfinished one begins."""
    found: list[Command] = []
    while True:
        command, end = _command(data, start)
        if command is None:
            return found, start
        found.append(command)
        start = end


def _command(data: bytes, start: int) -> tuple[Command | None, int]:
    count, at = _number(data, start)
    if count is None:
        return None, start
    words = []
    for _ in range(count):
        length, at = _number(data, at)
        if length is None or len(data) < at + length + 2:
            return None, start
        words.append(data[at : at + length])
        at += length + 2
    return tuple(words), at


def _number(data: bytes, at: int) -> tuple[int | None, int]:
    end = data.find(b"\r\n", at)
    return (None, at) if end < 0 else (int(data[at + 1 : end]), end + 2)
