"""Reading Office Open XML parts: XPath with the usual prefixes, on any element."""

from functools import cache
from typing import Any

_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
}


def find(element: Any, path: str) -> list[Any]:
    """What ``path`` leads to from ``element``: elements, or texts of attributes."""
    return list(_compiled(path)(element))


def first(element: Any, path: str) -> Any | None:
    """The first of :func:`find`, ``None`` where there is none."""
    return next(iter(find(element, path)), None)


def qualified(name: str) -> str:
    """``w:p`` as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


@cache
def _compiled(path: str) -> Any:
    from lxml import etree

    return etree.XPath(path, namespaces=_NAMESPACES)
