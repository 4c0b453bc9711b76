"""The statements of SQL code."""

import re

from ingestion.parsers.code_units import Unit

# Everything in which a semicolon ends nothing: comments, strings, quoted names, dollar quotes (PostgreSQL); then what matters.
_TOKEN = re.compile(
    r"--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|(?P<dollar>\$\w*\$)"
    r"|(?P<end>;)|^[ \t]*(?P<go>GO)[ \t]*$|\b(?P<word>BEGIN|CASE|END|LOOP|IF)\b",
    re.IGNORECASE | re.MULTILINE,
)
_CREATED = re.compile(
    r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*(?:CREATE|ALTER)\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:(?:TEMP|TEMPORARY|UNIQUE|MATERIALIZED"
    r"|EXTERNAL|VIRTUAL|UNLOGGED|GLOBAL|LOCAL|CLUSTERED|NONCLUSTERED|RECURSIVE)\s+)*"
    r"(?P<kind>TABLE|VIEW|FUNCTION|PROCEDURE|PROC|TRIGGER|INDEX|TYPE|SCHEMA|SEQUENCE|DOMAIN|POLICY|EXTENSION|DATABASE|ROLE)\s+"
    r"(?:CONCURRENTLY\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<name>[\w.\"`\[\]$]+)",
    re.IGNORECASE,
)
_WITH_BODY = frozenset({"FUNCTION", "PROCEDURE", "PROC", "TRIGGER"})


def sql_units(text: str) -> list[Unit]:
    """The statements that create or alter something, by its name (``table users``). The others are what stands between."""
    units = []
    for start, end in _statements(text):
        created = _CREATED.match(text, start, end)
        if created:
            body = text[start:end]
            start += len(body) - len(body.lstrip())
            first = text.count("\n", 0, start)
            name = f"{created['kind'].lower()} {created['name']}"
            units.append(Unit(name, first, first + text.count("\n", start, end) + 1))
    return units


def _statements(text: str) -> list[tuple[int, int]]:
    """Each statement up to its semicolon; in the body of a function semicolons end nothing up to its END."""
    spans = []
    start = depth = 0
    has_body = False
    at = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        if token["dollar"]:
            closing = text.find(token["dollar"], at)
            at = closing + len(token["dollar"]) if closing >= 0 else len(text)
        elif token["word"]:
            if depth == 0:
                created = _CREATED.match(text, start, token.start())
                has_body = created is not None and created["kind"].upper() in _WITH_BODY
            if has_body:
                depth += _depth_of(text, token)
        elif token["go"] or (token["end"] and depth <= 0):
            spans.append((start, at))
            start, depth = at, 0
    spans.append((start, len(text)))
    return [(first, last) for first, last in spans if text[first:last].strip()]


def _depth_of(text: str, token: re.Match[str]) -> int:
    word = token["word"].upper()
    if word in {"BEGIN", "CASE"}:
        return 1
    if word == "END":
        following = text[token.end() : token.end() + 12].lstrip().upper()
        return 0 if following.startswith(("IF", "LOOP")) else -1
    return 0
