"""Links: their addresses stand in the text, behind the words that are linked, so that an answer can name them."""

import re

from ingestion.parsers.html_tree import html_tree

_SHOWN = re.compile(r"(?:https?|ftp|mailto):", re.IGNORECASE)
_BARE = re.compile(r"\A(?:https?://)?(?:www\.)?|/\Z", re.IGNORECASE)
# What is longer tracks who clicks it, and drowns the text around it.
_MAX_ADDRESS_CHARS = 300


def with_address(words: str, address: str | None) -> str:
    """``words (address)``; only the words where they say it already, or where the address does not lead out of the document."""
    return words + address_suffix(words, address)


def address_suffix(words: str, address: str | None) -> str:
    """What :func:`with_address` adds."""
    address = "".join((address or "").split())
    if not _SHOWN.match(address) or not words.strip() or len(address) > _MAX_ADDRESS_CHARS:
        return ""
    shown = address.removeprefix("mailto:")
    return "" if _BARE.sub("", shown).casefold() in words.casefold() else f" ({shown})"


def spell_out_links(html: str) -> str:
    """The page with the address behind each linked text."""
    tree = html_tree(html)
    for link in tree.css("a[href]"):
        if suffix := address_suffix(link.text(), link.attributes.get("href")):
            link.insert_after(suffix)
    return tree.html or ""
