"""The tree of an HTML text, for every parser that reads one."""

from typing import TYPE_CHECKING

from ingestion.guard.nesting import check_html_nesting

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser


def html_tree(text: str) -> "LexborHTMLParser":
    """The tree. Raises :class:`ragline.errors.ParseError` where elements are nested so deeply that it would take for ever."""
    from selectolax.lexbor import LexborHTMLParser

    check_html_nesting(text)
    return LexborHTMLParser(text)
