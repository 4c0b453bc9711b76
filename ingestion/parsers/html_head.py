"""What a page says about itself: title, description, address, language."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.parsers.html_text import flat_text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser


@dataclass(frozen=True, slots=True)
class Head:
    """Empty where the page says nothing. ``heading`` is the first ``h1``, wherever it stands."""

    title: str
    heading: str
    language: str
    description: str
    canonical_url: str

    @property
    def metadata(self) -> dict[str, str]:
        fields = {"description": self.description, "canonical_url": self.canonical_url}
        return {name: value for name, value in fields.items() if value}


def read_head(tree: "LexborHTMLParser") -> Head:
    """The head of the page; the description falls back to the one for social networks (Open Graph)."""
    title, heading = (_words(tree, selector) for selector in ("title", "h1"))
    description = _attribute(tree, "meta[name=description i]", "content") or _attribute(
        tree, "meta[property='og:description']", "content"
    )
    url = _attribute(tree, "link[rel~=canonical i]", "href") or _attribute(tree, "meta[property='og:url']", "content")
    language = (tree.root.attributes.get("lang") or tree.root.attributes.get("xml:lang") or "") if tree.root is not None else ""
    return Head(title, heading, language.strip() or _attribute(tree, "body", "lang"), description, url)


def _words(tree: "LexborHTMLParser", selector: str) -> str:
    node = tree.css_first(selector)
    return flat_text(node) if node is not None else ""


def _attribute(tree: "LexborHTMLParser", selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return " ".join((node.attributes.get(name) or "").split()) if node is not None else ""
