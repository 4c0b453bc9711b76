"""The chunkers of LangChain and Chonkie, at their defaults, with our embedder's tokens as the size.

Both are benchmark-only (the extra ``bench``) and run offline. They return texts; where each stands is found in the document.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from indexes.embedders.base import Embedder
from ragline.errors import InputError

Split = Callable[[str], Sequence[str]]
PeerFactory = Callable[[Embedder, int, float], Split]


def peers() -> Mapping[str, PeerFactory | None]:
    """What makes each, from an embedder, a size in tokens and an overlap as a share of it; ``None`` where it is not installed.

    Chonkie's recursive and semantic chunkers know no overlap; theirs is 0 whatever is asked.
    """
    has_langchain, has_chonkie = map(_is_installed, ("langchain_text_splitters", "chonkie"))
    return {
        "LangChain recursive": _langchain_recursive if has_langchain else None,
        "Chonkie recursive": _chonkie_recursive if has_chonkie else None,
        "Chonkie sentence": _chonkie_sentence if has_chonkie else None,
        "Chonkie semantic": _chonkie_semantic if has_chonkie else None,
    }


WITHOUT_OVERLAP = frozenset({"Chonkie recursive", "Chonkie semantic"})


def located(text: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Where each piece stands, blank space at its ends left away; pieces come in order and may overlap.

    LangChain's own start index is wrong for sizes in tokens (it takes the overlap for characters). Raises
    :class:`InputError` for a piece that is not in the text.
    """
    found = []
    least = 0
    for piece in map(str.strip, pieces):
        if not piece:
            continue
        start = text.find(piece, least)
        if start < 0:
            raise InputError(f"A peer changed the text: {piece[:80]!r} is not in it. Leave that peer out.")
        found.append((start, start + len(piece)))
        least = start + 1
    return found


def clipped(embedder: Embedder, texts: Sequence[str]) -> list[str]:
    """The texts, cut where they have more tokens than the embedder reads: what most embedders do without a word."""
    limit = embedder.max_tokens
    counts = embedder.count_tokens(list(texts))
    return [
        text if limit is None or count <= limit else _clip(embedder, text, count, limit)
        for text, count in zip(texts, counts, strict=True)
    ]


def _clip(embedder: Embedder, text: str, count: int, limit: int) -> str:
    while count > limit:
        text = text[: int(len(text) * limit / count) - 1]
        (count,) = embedder.count_tokens([text])
    return text


def _counter(embedder: Embedder) -> Callable[[str], int]:
    return lru_cache(maxsize=1 << 18)(lambda text: embedder.count_tokens([text])[0])


def _langchain_recursive(embedder: Embedder, size: int, overlap: float) -> Split:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=int(size * overlap), length_function=_counter(embedder)
    )
    split: Split = splitter.split_text
    return split


def _chonkie_recursive(embedder: Embedder, size: int, _: float) -> Split:
    from chonkie import RecursiveChunker

    return _texts(RecursiveChunker(tokenizer=_counter(embedder), chunk_size=size))


def _chonkie_sentence(embedder: Embedder, size: int, overlap: float) -> Split:
    from chonkie import SentenceChunker

    return _texts(SentenceChunker(tokenizer=_counter(embedder), chunk_size=size, chunk_overlap=int(size * overlap)))


def _chonkie_semantic(embedder: Embedder, size: int, _: float) -> Split:
    from chonkie import SemanticChunker
    from chonkie.embeddings import BaseEmbeddings

    class Embeddings(BaseEmbeddings):  # type: ignore[misc]  # no types where it is not installed
        dimension = embedder.fingerprint.dim

        def embed(self, text: str) -> Any:
            return embedder.embed_documents(clipped(embedder, [text]))[0]

        def embed_batch(self, texts: list[str]) -> Any:
            return list(embedder.embed_documents(clipped(embedder, texts)))

        def get_tokenizer(self) -> Any:
            return _counter(embedder)

    return _texts(SemanticChunker(embedding_model=Embeddings(), chunk_size=size))


def _texts(chunker: Any) -> Split:
    return lambda text: [chunk.text for chunk in chunker(text)]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
