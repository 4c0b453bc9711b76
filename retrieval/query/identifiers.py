"""Identifiers written otherwise: ``e 4012``, ``E4012`` and ``E-4012``; ``foo_bar``, ``foo-bar`` and ``fooBar``.

The index knows already that E-4012 is E4012, and parts of a name find the name. What it cannot know is that two words of a
query are one identifier, or that one run in the query is two words in the texts. A form is used only where a visible chunk has
it.
"""

import re

from retrieval.query.vocabulary import VisibleWords

_APART = re.compile(r"(?<![\w-])([^\W\d_]{1,6})\s([0-9]{2}[^\W_]*+)(?![\w-])")
_TOGETHER = re.compile(r"(?<![\w-])([^\W\d_]{1,6})([0-9]{2,}+)(?![\w-])")
_NAME = re.compile(r"(?<![\w.-])[^\W\d_][^\W_]*(?:[_-][^\W_]+)+(?![\w-])|(?<![\w.-])[a-z]+(?:[A-Z][a-z0-9]+)+(?![\w-])")
_NAME_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])|[0-9]+")


def rewritten(query: str, words: VisibleWords) -> str:
    """The query with identifiers as the chunks have them; as it is where they have them so, or not at all."""
    query = _APART.sub(lambda found: _joined(found[1], found[2], words) or found.group(), query)
    query = _TOGETHER.sub(lambda found: _split(found[1], found[2], words) or found.group(), query)
    return _NAME.sub(lambda found: _named(found.group(), words) or found.group(), query)


def _joined(letters: str, digits: str, words: VisibleWords) -> str:
    return f"{letters}-{digits}" if words.knows_any([f"{letters}{digits}".lower()]) else ""


def _split(letters: str, digits: str, words: VisibleWords) -> str:
    is_known = words.knows_any(words.terms_of(f"{letters}{digits}"))
    return "" if is_known or not words.knows_any([digits]) else f"{letters} {digits}"


def _named(name: str, words: VisibleWords) -> str:
    parts = [part.lower() for part in _NAME_PARTS.findall(name)]
    own = words.terms_of(name)
    if len(parts) < 2 or words.knows_any([term for term in own if term not in parts]):
        return ""
    forms = (sign.join(parts) for sign in ("_", "", "."))
    return next((form for form in forms if form not in own and words.knows_any([form])), "")
