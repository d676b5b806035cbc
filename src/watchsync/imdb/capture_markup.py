"""Which parts of a page's HTML stay in a capture? Its elements, and what is read of them. Pure."""

import html
import json
import re

from selectolax.lexbor import LexborNode

from watchsync.imdb.capture_inventions import LEFT_OUT, Inventions
from watchsync.imdb.capture_json import JSON_LD, day, picture, reduced
from watchsync.imdb.markup import Markup
from watchsync.imdb.next_data import loaded
from watchsync.imdb.visible_rows import steps

_TAG = re.compile(r"[a-z]{1,10}[1-6]?", re.ASCII)
_NOT_PLAIN = frozenset({"plaintext", "xmp", "iframe", "noembed", "noframes", "listing", "textarea", "svg", "math"})
"""Elements within which HTML is read by other rules."""
_VOID = frozenset({"img", "input", "br", "hr", "meta", "link", "source", "area", "base", "col", "embed", "wbr"})
_NAME = re.compile(r"[a-z]+(?:[_-]{1,2}[a-z]+)*", re.IGNORECASE | re.ASCII)
_KNOWN_IDS = frozenset({"__next", "__NEXT_DATA__", "challenge-container", "captcha-container", "signin-options"})
_KNOWN_VALUES = {"type": {"application/ld+json", "password"}, "name": {"signIn"}, "role": {"dialog", "main"}}
_ADDRESS = re.compile(r"/(title/tt\d{7,10}|name/nm\d{7,10})(?!\d)", re.ASCII)
_NUMBER = r"(?:\d{1,3}(?:[.,'\u2019]\d{3}){1,2}|\d{1,6})"
_COUNT = re.compile(rf"{_NUMBER}(?:[\u2013-]{_NUMBER})?", re.ASCII)
"""A number of a heading of counts, such as ``1-250`` or ``1,179``."""
_SHOWN_STATES = frozenset({"Human Verification"})
"""Titles of a page that tell a state."""


def reduced_markup(text: str, inventions: Inventions) -> str:
    """The HTML with its elements, and of texts and attributes only what is read of them, in its known form."""
    out: list[str] = []
    for node, is_begin in steps(Markup(text).root):
        if is_begin:
            _open(node, inventions, out)
        else:
            _close(node, out)
    return "".join(out) or "<html></html>"


def _tag(node: LexborNode) -> str:
    tag = node.tag or ""
    return tag if _TAG.fullmatch(tag) and tag not in _NOT_PLAIN else "div"


def _open(node: LexborNode, inventions: Inventions, out: list[str]) -> None:
    if node.is_text_node:
        if node.parent is not None and node.parent.tag == "script":
            return  # written with its element
        out.append(html.escape(_text(node, inventions), quote=False))
    elif node.is_element_node:
        attributes = _attributes(node, inventions)
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
        out.append(f"<{_tag(node)}{written}>")
        if node.tag == "script":
            out.append(json.dumps(reduced(loaded(node.text()), JSON_LD, inventions)).replace("</", "<\\/"))


def _close(node: LexborNode, out: list[str]) -> None:
    if node.is_element_node and node.tag not in _VOID:
        out.append(f"</{_tag(node)}>")


def _attributes(node: LexborNode, inventions: Inventions) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in node.attributes.items():
        if value is not None and (safe := _attribute(name, value, inventions)):
            kept[name] = safe
    return kept


def _attribute(name: str, value: str, inventions: Inventions) -> str:
    if name in {"class", "data-testid"}:
        return " ".join(each for each in value.split() if _NAME.fullmatch(each) and not inventions.is_name(each))
    if name == "id":
        return value if value in _KNOWN_IDS else ""
    if name == "href":
        found = _ADDRESS.search(value)
        if found and found[1].startswith("title"):
            return f"/{found[1]}/"
        return f"/name/{inventions.id(found[1].removeprefix('name/'))}/" if found else ""
    if name == "src":
        return picture(inventions, value)
    return value if value in _KNOWN_VALUES.get(name, ()) else ""


def _text(node: LexborNode, inventions: Inventions) -> str:
    text = node.text_content or ""
    if not text.strip():
        return " " if text else ""
    above = _above(node)
    classes = {each for one in above for each in (one.attributes.get("class") or "").split()}
    if any(one.attributes.get("data-testid") == "list-page-mc-total-items" for one in above):
        return " ".join(each if _COUNT.fullmatch(each) else LEFT_OUT for each in text.split())
    if "dli-user-list-item-date-added" in classes:
        return day(inventions, text)
    if "ipc-title__text" in classes:
        return inventions.text(text) if any(map(_leads_to_title, above)) else LEFT_OUT
    if any(each.startswith("dli-title-") for each in classes):
        return inventions.text(text)
    is_state = above[0].tag == "title" and text.strip() in _SHOWN_STATES
    return text if is_state else LEFT_OUT


_LOOKED_UP = 6


def _above(node: LexborNode) -> list[LexborNode]:
    """The nearest elements around a text."""
    found: list[LexborNode] = []
    parent = node.parent
    while parent is not None and len(found) < _LOOKED_UP:
        found.append(parent)
        parent = parent.parent
    return found


def _leads_to_title(node: LexborNode) -> bool:
    return node.tag == "a" and "/title/tt" in (node.attributes.get("href") or "")
