"""The built-in set: 160 answers whose verdict is known, 40 of each kind, written for this project.

- *supported*: everything that the answer says stands in its contexts: as a copy, a paraphrase, a merge of two sentences, or
  a step of inference (a sum, a half, a unit spelt out);
- *contradicted*: the words of the contexts with one thing changed: a number, a name, a negation or a unit, ten of each. Their
  overlap with the contexts is higher than that of the supported ones, so that a measure of overlap fails here;
- *unrelated*: fluent and plausible, but about something else, from near by or far away;
- *refusal*: says in its own words that the contexts do not answer the question, which is true of all of them.

The lengths of the answers tell nothing of their kind. Four of each kind are not in English. The set was written before any
judge was tried on it and has not been changed since: a judge must not be tuned on it, and it not to a judge.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from eval.lines import JsonObject, json_objects, malformed, text_field

FILE = Path(__file__).with_name("known_answers.jsonl")

KnownKind = Literal["supported", "contradicted", "unrelated", "refusal"]

WAYS: Mapping[KnownKind, tuple[str, ...]] = MappingProxyType(
    {
        "supported": ("copy", "paraphrase", "merge", "inference"),
        "contradicted": ("number", "name", "negation", "unit"),
        "unrelated": ("near", "far"),
        "refusal": ("",),
    }
)
"""In what way an answer is of its kind."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer to ``question`` from ``contexts``, with what it is known to be. ``language`` is a code of ISO 639-1."""

    id: str
    kind: KnownKind
    way: str
    language: str
    domain: str
    question: str
    contexts: tuple[str, ...]
    answer: str


@cache
def known_answers() -> tuple[KnownAnswer, ...]:
    """The set, kind by kind. Raises :class:`GoldenSetError` where the file is damaged."""
    return tuple(_known_answer(number, record) for number, record in json_objects(FILE))


@cache
def set_fingerprint() -> str:
    """Twelve hexadecimal digits of the file: a verdict on one version of the set is none on another."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def _known_answer(line: int, record: JsonObject) -> KnownAnswer:
    kind = text_field(FILE, line, record, "kind")
    way = text_field(FILE, line, record, "way", default="")
    contexts = record.get("contexts")
    if way not in WAYS.get(cast("KnownKind", kind), ()):
        raise malformed(FILE, line, f"no known answer is {kind!r} by {way!r}", "Install the package again", field="way")
    if not isinstance(contexts, list) or not all(isinstance(each, str) for each in contexts):
        raise malformed(FILE, line, "not a list of texts", "Install the package again", field="contexts")
    return KnownAnswer(
        id=text_field(FILE, line, record, "id"),
        kind=cast("KnownKind", kind),
        way=way,
        language=text_field(FILE, line, record, "language"),
        domain=text_field(FILE, line, record, "domain"),
        question=text_field(FILE, line, record, "question"),
        contexts=tuple(contexts),
        answer=text_field(FILE, line, record, "answer"),
    )
