"""Just enough HTML parsing to recognise a page and to quote it.

Each function scans the text once, so that a hostile page cannot take long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_ELEMENT_NAMES = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote
body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog
dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6
head header hgroup hr html i iframe img input ins kbd label legend li link main map mark marquee
menu meta meter nav nobr noframes noscript object ol optgroup option output p param picture
plaintext pre progress q rp rt ruby s samp script search section select slot small source span
strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title
tr track tt u ul var video wbr xmp
"""
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())

_HTML_TAG = re.compile(
    rf"<(?:!doctype\s+html\b|!--|/?(?:{'|'.join(sorted(_ELEMENTS))})(?=[\s/>]|\Z))", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)
_TAG_START = re.compile(r"<(!--|!|\?|/?[a-z][a-z0-9:_.-]*)", re.IGNORECASE)
_ENDS = {"!--": "-->", "?": "?>"}
_ENDS_OF_HIDDEN = {
    name: re.compile(rf"</{name}(?=[\s/>]|\Z)", re.IGNORECASE) for name in ("script", "style")
}
_PASSWORD_TYPE = re.compile(r"\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LOGIN_TITLE = re.compile(r"\b(?:log\s?-?in|sign\s?-?in|zaloguj|logowanie)\b", re.IGNORECASE)


class Page(NamedTuple):
    """A page's title, or else its text, and whether it asks for a login."""

    words: str
    is_login: bool


def is_html(text: str, *, claims_html: bool) -> bool:
    """Return whether a text is HTML or a fragment of it.

    If the content type claims HTML, any tag will do. Other XML is not HTML, even if it uses an
    element name that HTML has too.
    """
    if claims_html and _ANY_TAG.search(text):
        return True
    return _HTML_TAG.search(text) is not None and not _is_other_xml(text)


def read_page(text: str) -> Page:
    """Return a page's title or text, and whether it asks for a login."""
    title, asks_for_password, visible, name = "", False, [], ""
    for tag, content in _pieces(text):
        if tag:
            name = tag
            asks_for_password |= tag == "input" and _PASSWORD_TYPE.search(content) is not None
            visible.append(" ")
        else:
            visible.append(content)
            title = title or (content if name == "title" else "")
    title = _unescaped(title).strip()
    return Page(
        words=title or _unescaped("".join(visible)).strip(),
        is_login=asks_for_password or _LOGIN_TITLE.search(title) is not None,
    )


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield each tag as (lower-case name, its text), and the text between tags as ("", text).

    Comments, scripts and style sheets are skipped. If one is not closed, so is everything after it.
    """
    position = 0
    while (start := text.find("<", position)) >= 0:
        yield "", text[position:start]
        found = _TAG_START.match(text, start)
        if found is None:
            yield "", "<"
            position = start + 1
            continue
        name = found[1].lower()
        ending = _ENDS.get(name, ">")
        end = text.find(ending, found.end())
        if end < 0:
            return
        yield name, text[start:end]
        position = end + len(ending)
        if name in _ENDS_OF_HIDDEN:
            closing = _ENDS_OF_HIDDEN[name].search(text, position)
            if closing is None:
                return
            position = closing.start()
    yield "", text[position:]


def _is_other_xml(text: str) -> bool:
    """Return whether the text begins with an element that HTML does not have."""
    for name, content in _pieces(text):
        if name.startswith(("!--", "?")) or (not name and not content.strip()):
            continue
        if name == "!":
            if _HTML_TAG.match(content):
                return False
            continue
        return bool(name) and name.removeprefix("/") not in _ELEMENTS
    return False


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character reference with more digits than Python converts
        return text
