"""Log events have one form, and one list that names them all."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception"}
FORM = re.compile(r"[a-z_]+\.[a-z_]+")


def events() -> set[str]:
    """First arguments of whatever logs: a logger's methods, and our own functions that pass an event on."""
    found = set()
    for file in (ROOT / "src/watchsync").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                values = [
                    each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
                is_logger = name.startswith("_log.") and name.rpartition(".")[2] in LEVELS
                if (is_logger or name in {"log", "self._tell", "RareLog"}) and values:
                    found.add(values[-1] if name == "self._tell" else values[0])
    return found


def documented() -> set[str]:
    return set(re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/log-events.md").read_text(), re.MULTILINE))


def test_every_event_has_the_one_form():
    assert len(events()) > 30
    assert {event for event in events() if not FORM.fullmatch(event)} == set()


def test_the_list_names_every_event_and_no_other():
    assert documented() - events() == set()
    assert events() - documented() == set()
