"""What a reader of a page does not read: scripts, menus, banners, hidden parts.

Only what says what it is (by its element, its role, or a name that means one thing) is left out: on the public pages that this
was measured on, tools that guess by density lost whole lists and short pages (docs/decisions/0012).
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

BLOCKS = (
    frozenset(
        {"address", "article", "aside", "blockquote", "body", "center", "details", "div", "fieldset", "figcaption", "figure"}
    )
    | frozenset({"footer", "form", "header", "hgroup", "hr", "html", "legend", "main", "nav", "p", "section", "summary"})
    | frozenset({"ul", "ol", "dl", "dd", "dt", "li", "menu", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"})
)
# No text of the page at all.
_UNREAD = frozenset({"script", "style", "noscript", "template", "head", "select", "datalist", "svg", "math"}) | frozenset(
    {"iframe", "object", "canvas", "video", "audio", "map"}
)
_BOILERPLATE = frozenset({"nav", "footer", "dialog", "button"})
_BOILERPLATE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar", "toolbar", "dialog", "alertdialog"}
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOTE_CLASS = re.compile(r"note|tip|warn|caution|danger|important|admonition|callout|info", re.IGNORECASE)
# Names of consent banners, first those of the well-known products, and of the links that jump over a menu.
_BANNER_NAME = re.compile(
    r"onetrust|cookiebot|cybotcookie|usercentrics|cookieyes|cky-consent|qc-cmp|iubenda-cs|osano-cm|cc-window|truste"
    r"|(?:cookie|consent|gdpr|privacy)s?[-_]?(?:banner|bar|notice|consent|popup|pop-up|modal|overlay|law|message|wall|dialog|alert|prompt)"
    r"|\bskip-?(?:link|nav|to-)|\bbreadcrumbs?\b|\b(?:share|social)[-_](?:buttons?|links?|bar)\b|\bgutter\b|\blinenos?\b",
    re.IGNORECASE,
)


def is_unread(tag: str) -> bool:
    """True for elements whose content is no text."""
    return tag in _UNREAD


def is_hidden(node: "LexborNode") -> bool:
    """True for what the page itself hides."""
    attributes = node.attributes
    return (
        ("hidden" in attributes and attributes.get("hidden") != "until-found")
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
    )


def is_boilerplate(node: "LexborNode", tag: str, *, is_content: bool) -> bool:
    """True for menus, banners and the like. ``is_content`` says that the node is inside ``main`` or ``article``."""
    attributes = node.attributes
    if tag in _BOILERPLATE or (attributes.get("role") or "").lower() in _BOILERPLATE_ROLES:
        return True
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
    if tag not in {"body", "html", "main", "article"} and len(names) > 1 and _BANNER_NAME.search(names):
        return True
    if tag == "header":
        # The header of an article holds its title; that of a page holds the banner and the menu.
        return not is_content
    if tag == "aside":
        return not is_content or not _NOTE_CLASS.search(attributes.get("class") or "")
    return False
