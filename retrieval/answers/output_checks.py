"""What a model's answer may not carry out of the prompt: boundaries, the system prompt, addresses that no passage holds.

A passage can talk a model into a link or a picture whose address carries what was said to somebody else's server; a reader's
browser asks for a picture without being told to. Only addresses that stand in a passage that was given, to the character, and
that was not flagged, stay in an answer. What is taken out is noted. That the *words* of an answer follow a passage rather than
the prompt cannot be seen here; an answer that cites a flagged passage is marked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ingestion.guard.injection.detector import FLAGGED
from ingestion.guard.injection.policy import is_flagged
from ragline.types import Citation, Hit
from retrieval.answers.fence import neutral_text
from retrieval.answers.sentences import sentence_spans
from retrieval.prompts.template import load_prompt

RUN = 8
"""Words in a row of the system prompt that an answer has by no accident."""

_BOUNDARY = re.compile(r"[<＜]{2,}[^\S\n]*(?:PASSAGE|END|TABLE)\b[^\n]*?(?:[>＞]{2,}|(?=\n)|\Z)", re.IGNORECASE)
_NONCE = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{32}(?![0-9a-fA-F])")
_REST = r"[^\s<>\"'`\])}]"
_URL = re.compile(
    rf"\b(?:https?|ftp|wss?|file)://{_REST}+|(?<![\w.@/])www\.{_REST}+|\b(?:javascript|vbscript|mailto):{_REST}+|"
    rf"\bdata:[\w.+-]+/[\w.+-]+[;,]{_REST}*",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"(?P<image>!?)\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]\(\s*<?(?P<url>(?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+[^()\n]*)?\)"
)
_REFERENCE = re.compile(r"^[^\S\n]{0,3}\[(?P<label>[^\]\n]+)\]:[^\S\n]*<?(?P<url>[^\s>]+)>?[^\n]*$", re.MULTILINE)
# Of HTML only what has an address is looked at: an answer may well be about a tag.
_TAG = re.compile(
    r"<\s*[a-z][\w:-]*\b[^<>]*?\b(?:src|srcset|href|action|formaction|poster|data|background|content|style)\s*=[^<>]*>?",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_TRAILING = ".,;:!?…\"'”’»)]}*_"


@dataclass(frozen=True, slots=True)
class CheckedOutput:
    """An answer's text with what may not be in it taken out, and what had to be noted."""

    text: str
    notes: tuple[str, ...]


def check_output(text: str, given: Sequence[Hit], prompt_id: str) -> CheckedOutput:
    """``text`` without boundary lines and nonces, sentences of the system prompt, and addresses that no passage holds.

    ``given`` are the passages of the prompt ``prompt_id``. Of a link its words stay; a picture goes with its words.
    """
    notes: list[str] = []
    text, leaks = _without_fence(text, given)
    if leaks:
        notes.append("boundaries of the prompt were taken out of the answer")
    text, told = _without_prompt(text, prompt_id)
    if told:
        notes.append("sentences of the instructions to the model were taken out of the answer")
    text, count = _without_addresses(text, _addresses_of(given))
    if count:
        what = "1 link or picture" if count == 1 else f"{count} links or pictures"
        notes.append(f"{what} that no passage holds {'was' if count == 1 else 'were'} taken out of the answer")
    return CheckedOutput(text, tuple(notes))


def flagged_notes(citations: Iterable[Citation], given: Sequence[Hit]) -> tuple[str, ...]:
    """A note where an answer cites passages that look like orders to a model."""
    numbers = sorted({each.marker for each in citations if is_flagged(given[each.marker - 1].chunk, FLAGGED)})
    if not numbers:
        return ()
    shown = ", ".join(f"[{number}]" for number in numbers)
    return (f"the answer rests on {shown}, which looks like orders to a model (prompt injection); check it before you use it",)


def _without_fence(text: str, given: Sequence[Hit]) -> tuple[str, bool]:
    """A code of 32 digits that stands in a passage is not ours."""
    held = "\n".join(hit.text for hit in given)
    clean = _NONCE.sub(lambda code: code.group() if code.group() in held else "", _BOUNDARY.sub("", text))
    return (text, False) if clean == text else (_tidied(clean), True)


def _without_prompt(text: str, prompt_id: str) -> tuple[str, bool]:
    runs = _prompt_runs(prompt_id)
    if runs.isdisjoint(_runs(text)):
        return text, False
    told = [span for span in sentence_spans(text) if not runs.isdisjoint(_runs(text[span.start : span.end]))]
    starts, ends = [0, *(span.end for span in told)], [*(span.start for span in told), len(text)]
    rest = "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
    return (_tidied(rest) if runs.isdisjoint(_runs(rest)) else ""), True  # nothing stays of what is told in pieces


@cache
def _prompt_runs(prompt_id: str) -> frozenset[tuple[str, ...]]:
    sections = load_prompt(prompt_id).sections
    return frozenset(run for section in sections if section.role == "system" for run in _runs(section.content))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _addresses_of(given: Sequence[Hit]) -> frozenset[str]:
    """Addresses as they stand in the passages, and as these were shown to the model."""
    found: set[str] = set()
    for hit in given:
        if not is_flagged(hit.chunk, FLAGGED):
            for text in (hit.text, neutral_text(hit.text)):
                found.update(_bare(match.group()) for match in _URL.finditer(text))
                found.update(_bare(match["url"]) for match in _MARKDOWN.finditer(text))
    return frozenset(found)


def _without_addresses(text: str, allowed: frozenset[str]) -> tuple[str, int]:
    count = 0

    def taken(kept: str) -> str:
        nonlocal count
        count += 1
        return kept

    def link(match: re.Match[str]) -> str:
        if _bare(match["url"]) in allowed:
            return match.group()
        return taken("" if match["image"] else match["label"])

    def plain(match: re.Match[str]) -> str:
        address = match.group().rstrip(_TRAILING)
        return match.group() if _bare(address) in allowed else taken(match.group()[len(address) :])

    def tag(match: re.Match[str]) -> str:
        addresses = [_bare(found.group()) for found in _URL.finditer(match.group())]
        return match.group() if addresses and allowed.issuperset(addresses) else taken("")

    before = text
    while (changed := _MARKDOWN.sub(link, text)) != text:  # a picture inside a link is seen when that is gone
        text = changed
    text = _REFERENCE.sub(lambda match: match.group() if _bare(match["url"]) in allowed else taken(""), text)
    text = _URL.sub(plain, _TAG.sub(tag, text))
    return (_tidied(text), count) if count else (before, 0)


def _bare(address: str) -> str:
    """An address without what a sentence puts behind it."""
    return address.rstrip(_TRAILING).rstrip("/")


def _tidied(text: str) -> str:
    """Without the blanks that were around what is gone."""
    text = re.sub(r"<[^\S\n]*>|\([^\S\n]*\)", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]{2,}", " ", re.sub(r"[^\S\n]+(?=[\n.,;:!?]|\Z)", "", text))).strip()
