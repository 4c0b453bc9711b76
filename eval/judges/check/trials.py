"""What a judge is asked when it is checked: the built-in set as it is, and changed so that a bias shows.

- *padded*: a sentence of the contexts is put behind the answer. It is true, so what was supported stays so, and what was
  contradicted too: a judge that says otherwise is moved by length.
- *first* and *last*: three passages about other things stand behind the one that counts, or in front of it. A judge whose
  verdict depends on that does not read all of what it is given.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from eval.judges.check.known_answers import KnownAnswer, known_answers
from retrieval.answers.sentences import sentence_spans

Variant = Literal["plain", "padded", "first", "last"]

OTHERS = 3
"""Passages that stand beside the one that counts: with it as many as an answer is usually written from."""

_STEP = 7  # between the passages that stand together, so that they are about different things
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, its contexts and an answer, made of ``known`` as ``variant`` says."""

    known: KnownAnswer
    variant: Variant
    contexts: tuple[str, ...]
    answer: str

    @property
    def key(self) -> str:
        """Names what is asked by its content: what a judge said of it holds as long as this is the same."""
        asked = json.dumps([self.known.question, self.contexts, self.answer])
        return hashlib.sha256(asked.encode()).hexdigest()[:24]


@cache
def plain_trials() -> tuple[Trial, ...]:
    """The set as it is."""
    return tuple(Trial(known, "plain", known.contexts, known.answer) for known in known_answers())


@cache
def bias_trials() -> tuple[Trial, ...]:
    """Supported and contradicted answers padded, and supported ones with their evidence first and last."""
    return tuple(_biased())


def _biased() -> Iterator[Trial]:
    passages = list(dict.fromkeys(known.contexts for known in known_answers()))
    for known in known_answers():
        if known.kind in ("supported", "contradicted"):
            yield Trial(known, "padded", known.contexts, f"{known.answer} {padding(known)}")
        if known.kind == "supported":
            at = passages.index(known.contexts)
            others = [text for step in range(1, OTHERS + 1) for text in passages[(at + _STEP * step) % len(passages)]][:OTHERS]
            yield Trial(known, "first", (*known.contexts, *others), known.answer)
            yield Trial(known, "last", (*others, *known.contexts), known.answer)


def padding(known: KnownAnswer) -> str:
    """The sentence of the contexts that shares the fewest words with the answer; of several the first."""
    said = set(map(str.casefold, _WORD.findall(known.answer)))
    sentences = [text[span.start : span.end] for text in known.contexts for span in sentence_spans(text)]
    return min(sentences, key=lambda sentence: len(said & set(map(str.casefold, _WORD.findall(sentence)))))
