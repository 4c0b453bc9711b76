"""Passages that open doors: keys of services, passwords and private keys.

Keys of services and passwords are found by the detectors of ``detect-secrets`` (Yelp), which are asked line by line and never
verify what they found with its service. Their search by entropy is left out: in prose it finds file names and checksums.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.guard.findings import Finding, line_pieces
from ragline.errors import MissingExtra

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

# Detectors that are not used: by entropy alone, of public addresses, and of private keys, whose whole block is meant here.
_UNUSED = frozenset({"Base64 High Entropy String", "Hex High Entropy String", "Public IP (ipv4)", "Private Key"})
# Keys whose detectors look elsewhere (npm's in its settings file only) or do not exist there.
_MORE = re.compile(
    r"AIza[\w-]{35}|npm_[A-Za-z0-9]{36}|github_pat_\w{60,90}|hf_[A-Za-z0-9]{30,40}|sk-(?:ant|proj)-[\w-]{20,}|xapp-\d-[\w-]{20,}"
)
# Prose without any of these is passed over: it can hold no key.
_MAYBE = re.compile(r"[\w+/=.~-]{16}|pass|pwd|secret|key|token|auth|contrase|://[^\s/@]{1,200}@", re.IGNORECASE)
_TOKEN_CHARS = r"\w.~+/="  # noqa: S105 - what keys are made of
_BEFORE, _BEHIND = re.compile(rf"[{_TOKEN_CHARS}-]*\Z"), re.compile(rf"[{_TOKEN_CHARS}-]*")
_LEAST_KEY_CHARS = 16
# What manuals write in the place of a key.
_PLACEHOLDER = re.compile(
    r"example|passw|passwort|changeme|your|dummy|placeholder|x{4}|\*{3}|\.{3}|<|\$\{|\{\{|%\(|\(|\[|secret\Z|none\Z|null\Z|true\Z|false\Z",
    re.IGNORECASE,
)
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^\w\s]"))
_LEAST_PASSWORD_CHARS = 6
_NAME_OF_KEY = re.compile(r"AccountKey=", re.IGNORECASE)

_KEY_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
# The longest RSA keys in use (16,384 bits) have 12,500 characters.
_MAX_KEY_CHARS = 16_384
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{32}")
# Lines of a key whose end is missing, indented, quoted, or with their line ends written out.
_KEY_LINES = re.compile(r"(?:(?:[\s>|]|\\n)*[A-Za-z0-9+/=]{32,})+")


def private_keys(text: str) -> Iterator[Finding]:
    """Blocks of private keys (RFC 7468), from their first line to their last; a mere mention of the first line is none."""
    for begin in _KEY_BEGIN.finditer(text):
        following = _KEY_BEGIN.search(text, begin.end())
        limit = min(begin.end() + _MAX_KEY_CHARS, following.start() if following else len(text))
        end = _KEY_END.search(text, begin.end(), limit)
        if end is not None:
            if _KEY_BODY.search(text, begin.end(), end.start()):
                yield Finding(begin.start(), end.end(), "private_key")
        elif lines := _KEY_LINES.match(text, begin.end(), limit):
            yield Finding(begin.start(), lines.end(), "private_key")


def api_keys(text: str) -> Iterator[Finding]:
    """Keys of services, tokens, and passwords that are assigned or stand in an address. Raises :class:`MissingExtra`."""
    patterns, keyword = _detectors()
    for offset, line in line_pieces(text):
        if not _MAYBE.search(line):
            continue
        spans = [match.span() for match in _MORE.finditer(line)]
        for detector in patterns:
            spans += _pattern_spans(detector, line)
        for value in set(filter(_is_password, keyword.analyze_string(line))):
            spans += [match.span() for match in re.finditer(re.escape(value), line)]
        for start, end in spans:
            if not _PLACEHOLDER.search(line, start, end):
                yield Finding(offset + start, offset + end, "api_key")


def _pattern_spans(detector: "RegexBasedDetector", line: str) -> Iterator[tuple[int, int]]:
    """Where a detector's key is: its own match is often only the beginning, which is widened to the whole word."""
    if not any(True for _ in detector.analyze_string(line)):
        return  # it looks closer than its pattern: at the three parts of a JSON web token
    for pattern in detector.denylist:
        for match in pattern.finditer(line):
            if detector.secret_type == "Basic Auth Credentials":  # noqa: S105 - the name of a detector
                if _is_password(match.group(1)):
                    yield match.span(1)
                continue
            last = match.lastindex or 0
            start, end = match.span(last) if len(match.group(last) or "") >= _LEAST_KEY_CHARS else match.span()
            before, behind = _BEFORE.search(line, 0, start), _BEHIND.match(line, end)
            start = before.start() if before else start
            named = _NAME_OF_KEY.match(line, start)
            yield named.end() if named else start, behind.end() if behind else end


def _is_password(value: str) -> bool:
    """False for words: manuals are full of ``postgres:postgres@localhost`` and ``api_key="anything"``."""
    classes = sum(pattern.search(value) is not None for pattern in _CLASSES)
    return len(value) >= _LEAST_PASSWORD_CHARS and (classes > 2 or bool(re.search(r"\d", value)))


@cache
def _detectors() -> tuple[tuple["RegexBasedDetector", ...], Any]:
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import RegexBasedDetector
        from detect_secrets.plugins.keyword import KeywordDetector
    except ImportError as error:
        raise MissingExtra("detect-secrets", extra="privacy", purpose="Looking for keys and passwords") from error
    kinds: dict[str, Any] = get_mapping_from_secret_type_to_class()
    found = [kind() for name, kind in sorted(kinds.items()) if name not in _UNUSED]
    return tuple(each for each in found if isinstance(each, RegexBasedDetector)), KeywordDetector()
