"""What goes into the catalog and what comes out of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ragline.types import Chunk, Metadata, MetadataValue


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What decides whether a source has changed since it was ingested; where it came from; whether it has an access list.

    ``is_released`` says that it was let out of quarantine, ``is_quarantined`` that some of its chunks are there.
    """

    content_hash: str
    config_hash: str
    source: str
    is_restricted: bool = False
    is_released: bool = False
    is_quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """What a version is in the catalog that it was read from: its number, the run that wrote it and when (s since 1970)."""

    doc_no: int
    run_id: str
    ingested_at: float


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A document as it goes into the catalog, with its chunks in order and the :func:`embed_hash` of each.

    One with an ``origin`` keeps that when it is written to another catalog, which must know the run. One that is ``released``
    has no chunk in quarantine, whatever their scores.
    """

    doc_id: str
    source: str
    title: str
    text: str
    metadata: Metadata
    acl: tuple[str, ...] | None
    language: str | None
    content_hash: str
    config_hash: str
    chunks: tuple[Chunk, ...]
    embed_hashes: tuple[bytes, ...]
    modified_at: float | None = None
    origin: Origin | None = None
    released: bool = False


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Chunks with their vectors, by ascending chunk number.

    ``chunk_nos`` and ``doc_nos`` int64 of shape ``(n,)``, ``chunk_ids`` bytes of shape ``(n,)``, ``vectors`` float32 of shape
    ``(n, dim)``.
    """

    chunk_nos: NDArray[np.int64]
    doc_nos: NDArray[np.int64]
    chunk_ids: NDArray[np.bytes_]
    vectors: NDArray[np.float32]

    @classmethod
    def joined(cls, blocks: "Sequence[VectorRows]") -> "VectorRows":
        """Blocks of rows in a row, without vectors."""
        empty = np.empty(0, np.int64)
        return cls(
            np.concatenate([empty, *(block.chunk_nos for block in blocks)]),
            np.concatenate([empty, *(block.doc_nos for block in blocks)]),
            np.concatenate([np.empty(0, "S32"), *(block.chunk_ids for block in blocks)]),
            np.empty((0, 0), np.float32),
        )


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """What filters and access control look at: a document's fields, and its access list as stored."""

    fields: Mapping[str, MetadataValue]
    acl: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Live rows of a collection."""

    documents: int
    chunks: int


def document_checksum(*fields: str | None) -> int:
    """CRC-32 of a document's texts and JSON: id, source, title, text, metadata, access list, language."""
    return crc32("\0".join([field or "" for field in fields]).encode("utf-8", "surrogatepass"))


def can_be_id(doc_id: object) -> bool:
    """Whether a document can have this id: the catalog keeps UTF-8, which has no lone surrogates."""
    return isinstance(doc_id, str) and not any("\ud800" <= character <= "\udfff" for character in doc_id)


def embed_hash(text: str) -> bytes:
    """Identity of an embedded text (16 bytes): equal texts share their vector."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
