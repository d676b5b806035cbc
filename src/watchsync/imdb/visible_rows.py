"""What stands in each visible row of a page? One walk over the page, however its rows are nested."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

_ROW = "ipc-metadata-list-summary-item"
_DETAILS = frozenset({"dli-title-type-data", "dli-title-metadata-item"})
_METADATA = "dli-title-metadata"
"""Its list items are details: year, runtime, certificate and type, as pages have had them since 2025."""


@dataclass(slots=True)
class VisibleRow:
    """One row; what stands in a row within it is that row's alone."""

    href: str = ""
    """Of the first link that leads to a title, or looks as those do."""
    heading: str = ""
    details: list[str] = field(default_factory=list)
    added: str = ""
    """What is said of the day on which it was added."""
    image: str | None = None
    has_link: bool = False


def visible_rows(root: LexborNode | None) -> list[VisibleRow]:
    """All rows, in the order in which they begin."""
    found: list[VisibleRow] = []
    around = _Around()
    for node, is_begin in steps(root):
        if not node.is_element_node:
            if is_begin and around.texts:
                around.texts[-1].append(node.text_content or "")
        elif is_begin:
            around.enter(node, found)
        else:
            around.leave(node)
    return found


def steps(root: LexborNode | None) -> Iterator[tuple[LexborNode, bool]]:
    """Each node at its beginning (``True``) and at its end, without recursion."""
    node, depth = root, 0
    while node is not None:
        yield node, True
        if (inner := node.child) is not None:
            node, depth = inner, depth + 1
            continue
        yield node, False
        while node.next is None or depth == 0:
            parent = node.parent if depth else None
            if parent is None:
                return
            node, depth = parent, depth - 1
            yield node, False
        node = node.next


class _Around:
    """Which rows and texts are open at a place of the page; what is opened is closed in reverse."""

    def __init__(self) -> None:
        self.texts: list[list[str]] = []
        self._rows: list[VisibleRow] = []
        self._metadata = 0
        self._opened: dict[int, str] = {}
        """What an element that is open stands for."""

    def enter(self, node: LexborNode, found: list[VisibleRow]) -> None:
        attributes = node.attributes
        classes = (attributes.get("class") or "").split()
        if _ROW in classes and node.tag == "li":
            self._rows.append(VisibleRow())
            found.append(self._rows[-1])
            self._opened[node.mem_id] = "row"
        elif self._rows:
            self._note(node.tag or "", attributes, classes)
            what = self._kind(node.tag or "", classes)
            if what:
                self._opened[node.mem_id] = what
                self._metadata += what == "metadata"
                if what != "metadata":
                    self.texts.append([])

    def leave(self, node: LexborNode) -> None:
        what = self._opened.pop(node.mem_id, None)
        if what == "row":
            self._rows.pop()
        elif what == "metadata":
            self._metadata -= 1
        elif what is not None:
            text = "".join(self.texts.pop()).strip()
            if what == "detail":
                self._rows[-1].details.append(text)
            elif not getattr(self._rows[-1], what):
                setattr(self._rows[-1], what, text)

    def _note(self, tag: str, attributes: dict[str, str | None], classes: list[str]) -> None:
        row, href = self._rows[-1], attributes.get("href") or ""
        if tag == "a" and not row.has_link and ("ipc-title-link-wrapper" in classes or "/title/tt" in href):
            row.has_link, row.href = True, href
        if tag == "img" and row.image is None:
            row.image = attributes.get("src") or ""

    def _kind(self, tag: str, classes: list[str]) -> str | None:
        if "ipc-title__text" in classes:
            return "heading"
        if "dli-user-list-item-date-added" in classes:
            return "added"
        if _METADATA in classes:
            return "metadata"
        is_detail = not _DETAILS.isdisjoint(classes) or (tag == "li" and self._metadata > 0)
        return "detail" if is_detail else None
