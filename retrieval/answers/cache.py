"""Answers kept in memory: the same question, or one that means nearly the same, is not answered twice.

An entry is found only where everything that an answer depends on is equal (:class:`AnswerKey`), so the two things that must
never happen cannot: an answer that outlives a write, and an answer that another principal was given.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ragline.errors import InputError
from ragline.filters import Filter
from ragline.types import Answer
from retrieval.answers.polarity import NEGATIONS

Vector = NDArray[np.float32]
CacheMode = Literal["exact", "near"]

BYTES_PER_HIT = 2_000
"""For the bound: what a hit takes beside its text (objects, metadata, scores), measured at 1.2 to 1.8 kB."""

_BYTES_PER_CHARACTER = 2
_WORD = re.compile(r"\w+(?:[-_.]\w+)*")


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What the documents were when an answer was made; any write makes another one."""

    space: int
    generation: int
    sequence: int


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """All that an answer depends on but the wording of the question, which stands alone: a conversation is in it already.

    ``principal`` is id, groups in order, and tenant; ``None`` is nobody in particular. ``settings`` are those of the process
    and of the collection, and the options of the search. ``schema`` is a text. Everything is compared by value and type:
    ``1`` and ``True`` are two filters.
    """

    state: CollectionState
    principal: tuple[str, tuple[str, ...], str | None] | None
    filters: Filter | None
    mode: str
    k: int
    prompt_id: str
    model: str
    settings: tuple[tuple[str, Any], ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer from the cache; ``question`` is the one that it was made for, ``is_near`` says that another one was asked."""

    answer: Answer
    question: str
    is_near: bool


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """What the cache has done since it was made, and what it holds: entries and estimated bytes."""

    exact_hits: int
    near_hits: int
    misses: int
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Entry:
    question: str
    vector: Vector | None
    answer: Answer
    bytes: int


class AnswerCache:
    """Least recently used answers up to ``max_bytes``, estimated. Safe to use from several threads.

    ``near`` also finds answers to questions with a cosine of ``min_cosine`` and more, provided that both questions name the
    same numbers, identifiers, names and negations, and have their common words in the same order: "E-4012" and "E-4013", or who
    sold what to whom, are near each other for any embedder and have different answers.
    """

    def __init__(self, mode: CacheMode, *, min_cosine: float = 0.97, max_bytes: int = 64 << 20) -> None:
        if not 0.0 < min_cosine <= 1.0 or max_bytes < 1:
            raise InputError(f"min_cosine={min_cosine}, max_bytes={max_bytes}: give a cosine above 0 up to 1, and some bytes.")
        self._mode = mode
        self._min_cosine = min_cosine
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[AnswerKey, str], _Entry] = OrderedDict()
        self._state: CollectionState | None = None
        self._bytes = 0
        self._exact = self._near = self._misses = 0

    def find(self, key: AnswerKey, question: str, embed: Callable[[str], Vector]) -> Found | None:
        """The answer kept for ``question``, or one that is near; ``embed`` is called in the mode "near", at most once."""
        question = _flat(question)
        with self._lock:
            self._enter(key.state)
            entry = self._entries.get((key, question))
            if entry is not None:
                self._entries.move_to_end((key, question))
                self._exact += 1
                return Found(entry.answer, entry.question, is_near=False)
            candidates = [(place, each) for place, each in self._entries.items() if self._mode == "near" and place[0] == key]
        near = self._nearest(candidates, question, embed) if candidates else None
        with self._lock:
            if near is None or near not in self._entries:
                self._misses += 1
                return None
            self._entries.move_to_end(near)
            self._near += 1
            return Found(self._entries[near].answer, self._entries[near].question, is_near=True)

    def keep(self, key: AnswerKey, question: str, answer: Answer, embed: Callable[[str], Vector]) -> None:
        """Keep an answer for as long as nothing is written, and there is room."""
        question = _flat(question)
        vector = embed(question) if self._mode == "near" else None
        entry = _Entry(question, vector, answer, _size(answer))
        if entry.bytes > self._max_bytes:
            return
        with self._lock:
            self._enter(key.state)
            self._drop((key, question))
            self._entries[key, question] = entry
            self._bytes += entry.bytes
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget every answer; the counts stay."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def counts(self) -> CacheCounts:
        with self._lock:
            return CacheCounts(self._exact, self._near, self._misses, len(self._entries), self._bytes)

    def _enter(self, state: CollectionState) -> None:
        """Answers of another state are out of reach: text that was deleted is not kept in memory either."""
        if state != self._state:
            self._entries.clear()
            self._bytes = 0
            self._state = state

    def _drop(self, place: tuple[AnswerKey, str]) -> None:
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._bytes -= entry.bytes

    def _nearest(
        self, candidates: list[tuple[tuple[AnswerKey, str], _Entry]], question: str, embed: Callable[[str], Vector]
    ) -> tuple[AnswerKey, str] | None:
        """Where the nearest of those is that may stand for ``question``; the first kept among equals."""
        fitting = [(place, each) for place, each in candidates if each.vector is not None and alike(each.question, question)]
        if not fitting:
            return None
        asked = embed(question)
        cosines = [float(np.dot(each.vector, asked)) for _, each in fitting if each.vector is not None]
        best = int(np.argmax(cosines))
        return fitting[best][0] if cosines[best] >= self._min_cosine else None


def alike(left: str, right: str) -> bool:
    """Whether two questions may have one answer as far as words can tell: see :class:`AnswerCache`."""
    mine, theirs = _WORD.findall(left), _WORD.findall(right)
    if _telling(mine) != _telling(theirs):
        return False
    shared = {word.casefold() for word in mine} & {word.casefold() for word in theirs}
    return _only(mine, shared) == _only(theirs, shared)


def _telling(words: list[str]) -> list[str]:
    """Numbers, identifiers, names (a capital that does not begin the question) and negations, in order."""
    return [
        word.casefold()
        for place, word in enumerate(words)
        if any(map(str.isdigit, word)) or word.casefold() in NEGATIONS or word.isupper() or (place and word[0].isupper())
    ]


def _only(words: list[str], shared: set[str]) -> list[str]:
    return [word.casefold() for word in words if word.casefold() in shared]


def _flat(question: str) -> str:
    """White space makes no other question."""
    return " ".join(question.split())


def _size(answer: Answer) -> int:
    texts = [answer.query, answer.text, answer.reason, *(citation.quote + citation.claim for citation in answer.citations)]
    texts += [hit.chunk.text + hit.chunk.context for hit in answer.hits]
    return _BYTES_PER_CHARACTER * sum(map(len, texts)) + BYTES_PER_HIT * (1 + len(answer.hits))


KEY_FIELDS = tuple(field.name for field in fields(AnswerKey))
"""For whoever has to show that each of them tells answers apart."""
