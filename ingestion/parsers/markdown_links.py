"""Where a Markdown text leads to."""

import re
from collections.abc import Iterable, Iterator

_TARGET = re.compile(
    r"\]\([^\S\n]*(?:<(?P<angled>[^<>\n]+)>|(?P<inline>[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*))"
    r"|<(?P<auto>(?:https?|mailto):[^\s<>]+)>"
    r"|\bhref=[{]?[\"'](?P<href>[^\"'\n]+)[\"']"
    r"|(?<![\w/\"'(<=])(?P<bare>https?://[^\s<>()\[\]\"'`|\\]+)"
)
_CODE_SPAN = re.compile(r"(`+)[^`\n]{1,400}\1")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|ico|bmp)(?:[?#].*)?\Z", re.IGNORECASE)


def link_targets(texts: Iterable[str], definitions: Iterable[str]) -> Iterator[str]:
    """The targets of inline links, autolinks, bare addresses and ``href``, in order, then those of link definitions.

    Images are no links, nor are addresses in code spans.
    """
    for text in texts:
        for found in _TARGET.finditer(_CODE_SPAN.sub(" ", text)):
            target = next(filter(None, found.groups()), "")
            target = target.rstrip(".,;:!?*_") if found["bare"] else target
            if not _IMAGE.search(target):
                yield target
    yield from (target for target in definitions if not _IMAGE.search(target))
