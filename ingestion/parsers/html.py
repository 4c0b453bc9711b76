"""HTML: what a reader sees, without navigation, banners and scripts. The canonical text is built here."""

from typing import TYPE_CHECKING

from ingestion.decode import decode
from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.html_head import Head, read_head
from ingestion.parsers.html_page import Page, Structure, read_page
from ingestion.parsers.html_tree import html_tree
from ingestion.parsers.links import links_metadata
from ingestion.parsers.units import with_units

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

# ``main`` is trusted with this share of what the page says outside its menus, or with this many words: less is a shell that a
# script fills, or one box of many. A single ``article`` must hold most of it.
_MIN_MAIN_SHARE = 0.2
_MIN_MAIN_WORDS = 50
_MIN_ARTICLE_SHARE = 0.5
# When nearly all of a page calls itself menu or banner, its content is there. With this many words it has content anyway.
_MIN_CONTENT_SHARE = 0.05
_ENOUGH_WORDS = 200


class HtmlParser:
    """Headings, paragraphs, lists, tables (a row a line, cells joined by `` | ``), code, quotes, captions, definitions.

    Metadata are ``description``, ``canonical_url`` and the ``links`` of the text, where the page has them.
    """

    name = "html"
    version = 4
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        tree = html_tree(decoded.text)
        head = read_head(tree)
        page = _content(tree, head.language)
        text = page.canonical.text
        return ParsedDocument(
            text=text,
            elements=with_units(text, page.canonical.elements),
            title=_title(page, head),
            metadata={**decoded.metadata, **head.metadata, **links_metadata(page.links)},
            language=head.language or None,
            warnings=decoded.warnings,
        )


def _content(tree: "LexborHTMLParser", language: str) -> Page:
    """The main part of the page where it has one, else all but its menus, else all of it: never nothing where there is text."""
    structure = Structure(tree)
    body = tree.body if tree.body is not None else tree.root
    if body is None:
        return Page.empty()
    page = read_page(body, structure, language=language, skip_boilerplate=True)
    main, least = _main(tree, page.words)
    if main is not None:
        content = read_page(main, structure, language=language, skip_boilerplate=True)
        if content.words >= max(least, 1):
            return content
    if page.words >= _ENOUGH_WORDS:
        return page
    everything = read_page(body, structure, language=language, skip_boilerplate=False)
    return everything if page.words < _MIN_CONTENT_SHARE * everything.words else page


def _main(tree: "LexborHTMLParser", words: int) -> tuple["LexborNode | None", float]:
    """The node that holds the content, and the number of words from which that is believed."""
    for selector, least in (
        ("main, [role=main]", min(_MIN_MAIN_WORDS, _MIN_MAIN_SHARE * words)),
        ("article", _MIN_ARTICLE_SHARE * words),
    ):
        found = tree.css(selector)
        if len(found) == 1:
            return found[0], least
    return None, 0


def _title(page: Page, head: Head) -> str:
    """The first ``h1`` of the content, else ``<title>``, else an ``h1`` outside the content, such as the name of the site."""
    return page.title or head.title or head.heading
