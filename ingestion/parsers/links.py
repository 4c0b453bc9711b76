"""The addresses that a document links to, for its metadata."""

from collections.abc import Iterable

# What filters can be asked for; a page with more is a list of links.
_MAX_LINKS = 100
_NO_DOCUMENTS = ("#", "data:", "javascript:", "about:", "blob:")
_MAX_CHARS = 2_000


def links_metadata(targets: Iterable[str]) -> dict[str, list[str]]:
    """``{"links": addresses}``: at most 100, each once, in the order of the text, as the author wrote them; else nothing.

    Places on the same page and embedded data are no links to another document.
    """
    links: dict[str, None] = {}
    for target in targets:
        address = target.strip()
        if address and len(address) <= _MAX_CHARS and not address.lower().startswith(_NO_DOCUMENTS) and address.isprintable():
            links[address] = None
            if len(links) == _MAX_LINKS:
                break
    return {"links": list(links)} if links else {}
