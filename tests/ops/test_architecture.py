"""The house is as its description says: rooms that are named exist, and none has grown too large."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/watchsync"
TEXT = (ROOT / "docs/architecture.md").read_text()
MOST_LINES, MOST_OF_A_FUNCTION = 250, 40
TABLES = {"Metrics.__init__"}
"""Functions that are one long table."""


def test_every_file_that_is_named_exists():
    named = set(re.findall(r"`([a-z_]+/?[a-z_]*\.(?:py|lua|js))`", TEXT))
    assert len(named) > 20
    assert {name for name in named if not (SOURCE / name).exists() and not list(SOURCE.rglob(name))} == set()


def test_every_room_has_a_floor_in_the_description():
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    described = set(re.findall(r"`([a-z_]+)`", TEXT[TEXT.index("## Floors") : TEXT.index("## Rules")]))
    assert rooms - described - {"__init__"} == set()


def test_no_module_and_no_function_is_too_long():
    long = []
    for file in SOURCE.rglob("*.py"):
        text = file.read_text()
        if text.count("\n") > MOST_LINES:
            long.append(f"{file.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                long += [f"{node.name}.{each.name}" for each in node.body if _is_long(each)]
            elif isinstance(node, ast.Module):
                long += [f"{file.name}:{each.name}" for each in node.body if _is_long(each)]
    assert set(long) - TABLES == set()


def _is_long(node: ast.stmt) -> bool:
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return is_function and (node.end_lineno or 0) - node.lineno + 1 > MOST_OF_A_FUNCTION
