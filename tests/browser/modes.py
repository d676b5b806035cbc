"""The modes that a browser can run in, for tests that try each of them."""

from typing import Any

import pytest

from watchsync.browser.mode import Installed, choose
from watchsync.errors import BrowserUnavailable


def _param(mode: str, *marks: pytest.MarkDecorator) -> Any:
    try:
        is_there, why = choose(mode, Installed.here("")).mode == mode, f"there is no browser for the mode {mode}"
    except BrowserUnavailable as error:
        is_there, why = False, str(error)
    return pytest.param(mode, marks=[*marks, pytest.mark.skipif(not is_there, reason=why)])


EACH_MODE = [_param(mode) for mode in ("shell", "headless", "headed")]
SHELL_FIRST = [_param("shell"), _param("headless", pytest.mark.full), _param("headed", pytest.mark.full)]
"""Only the shell in ``make test``."""
