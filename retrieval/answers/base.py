"""The answerer protocol: a query and its hits in, an answer with citations (or an honest abstention) out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from indexes.embedders.base import EmbedderFingerprint, Vectors
from ragline.errors import InputError
from ragline.types import Answer, Hit, Usage

ABSTENTION_TEXT = "I don't know: the passages found do not answer this question."
"""``Answer.text`` of every abstention. Programs should read ``Answer.abstained``; ``Answer.reason`` says why."""


class SentenceEmbedder(Protocol):
    """The part of an embedder that answering needs; every :class:`indexes.embedders.base.Embedder` is one."""

    fingerprint: EmbedderFingerprint
    max_tokens: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The content tokens of each text; no text above ``max_tokens`` may be embedded."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors of shape ``(len(texts), dim)``."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The unit-length vector of one query, shape ``(dim,)``."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """A piece of a streamed answer. Only the last delta has ``done``, and it carries no text.

    ``done.text`` is what counts: it can differ from the pieces (citations that point nowhere are taken out, and an answer
    that no passage carries becomes an abstention). A collection's first delta has the ``hits`` that the answer is drawn from.
    """

    text: str
    done: Answer | None = None
    hits: tuple[Hit, ...] = ()


class Answerer(Protocol):
    """Answers a query from hits, and from nothing else.

    ``hits`` come best first. Every citation of the result satisfies ``quote == chunk.text[start - chunk.start : end -
    chunk.start]`` for the hit with its ``chunk_id``. ``Answer.hits`` is ``hits`` as given. Without hits, both abstain.
    """

    @property
    def name(self) -> str: ...

    def answer(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Answer:
        """The answer. Raises :class:`ragline.errors.InputError` for a blank query."""
        ...

    def stream(self, query: str, hits: Sequence[Hit], *, embedder: SentenceEmbedder) -> Iterator[AnswerDelta]:
        """The same answer in pieces, the last of which carries it whole."""
        ...


def require_query(query: str) -> None:
    """Raise :class:`InputError` where there is nothing to answer."""
    if not query.strip():
        raise InputError("the question is blank. Pass a question with at least one word.")


def abstention(query: str, hits: Sequence[Hit], reason: str, usage: Usage, *, prompt_id: str = "") -> Answer:
    """An answer that says that it does not know, and why."""
    return Answer(query, ABSTENTION_TEXT, (), True, reason, tuple(hits), usage, prompt_id)
