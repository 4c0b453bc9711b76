"""How deeply HTML is nested, told before the parser builds its tree.

HTML's tree construction walks up the open elements for most tags (WHATWG HTML, section 13.2.4.2, "have an element in scope"),
so its time is the number of tags times the depth: 100,000 nested lists in 1 MB take minutes.
"""

import re
from collections import Counter

from ragline.errors import ParseError

MAX_HTML_STEPS = 500_000_000
"""Open elements, summed over all tags: seconds of the parser's time. A page of 64 MB at a depth of 40 comes to half of it,
100,000 elements one in the other to ten times as much."""

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)|<!--")
# Elements without content, and those that the next of their kind or their parent closes.
_FLAT = (
    frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"})
    | frozenset({"html", "head", "body", "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "caption"})
    | frozenset({"option", "optgroup", "colgroup", "rp", "rt"})
)
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "noembed", "noframes", "iframe"})
_FOREIGN = frozenset({"svg", "math"})
# Inside a drawing or a formula ``/>`` closes an element, but for these, which end the drawing (WHATWG HTML, section 13.2.6.5).
_HTML_ONLY = (
    frozenset({"b", "big", "blockquote", "center", "code", "div", "dl", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i"})
    | frozenset({"listing", "menu", "nobr", "ol", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup"})
    | frozenset({"table", "tt", "u", "ul", "var"})
)
_MAX_TAG_CHARS = 4_096


def check_html_nesting(text: str) -> None:
    """Raise :class:`ParseError` where so many elements are nested so deeply that a tree would take minutes.

    The depth is found by the tags alone, in one pass; an element that is never closed counts until what is around it closes.
    """
    if text.count("<") ** 2 <= 2 * MAX_HTML_STEPS:  # not even if each is in the one before it
        return
    steps = 0
    opened: list[str] = []
    counts: Counter[str] = Counter()
    at = 0
    while (tag := _TAG.search(text, at)) is not None:
        at = tag.end()
        if tag.group(2) is None:
            end = text.find("-->", max(at - 2, 0))
            if end < 0:
                return  # the rest is a comment
            at = end + 3
            continue
        name = tag.group(2).lower()
        if tag.group(1):
            while counts[name]:
                counts[last := opened.pop()] -= 1
                if last == name:
                    break
        elif name in _RAW:
            closing = re.compile(rf"</{name}", re.IGNORECASE).search(text, at)
            if closing is None:
                return
            at = closing.end()
        elif name not in _FLAT and not (any(map(counts.get, _FOREIGN)) and _closes_itself(text, at, name)):
            opened.append(name)
            counts[name] += 1
        steps += len(opened)
        if steps > MAX_HTML_STEPS:
            raise ParseError("elements are nested so deeply that reading would take minutes; flatten the page")


def _closes_itself(text: str, at: int, name: str) -> bool:
    end = text.find(">", at, at + _MAX_TAG_CHARS)
    return name not in _HTML_ONLY and end > 0 and text[end - 1] == "/"
