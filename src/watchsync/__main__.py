"""``python -m watchsync`` is ``watchsync``."""

from watchsync.cli.commands import main

if __name__ == "__main__":
    main()
