"""What a collection is migrated to: from what a caller asks for to a configuration, its embedder, and the hashes under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from api.configuration import CollectionConfiguration, chunker_of
from indexes.ingest import config_hash
from ragline.errors import IncompatibleError
from ragline.settings import Settings

if TYPE_CHECKING:
    from indexes.catalog.records import DocumentVersion
    from indexes.embedders.base import Embedder, Vectors
    from ingestion.chunkers.base import BatchChunker


@dataclass(frozen=True, slots=True)
class Target:
    """What is migrated to."""

    configuration: CollectionConfiguration
    embedder: Embedder


def wanted_configuration(
    current: CollectionConfiguration, settings: Settings, asked: Mapping[str, Any]
) -> tuple[CollectionConfiguration, Embedder]:
    """The configuration with what is ``asked`` for (``None`` = as it is), and its embedder.

    Raises :class:`ragline.errors.SettingsError` for values that are not allowed, or do not go together.
    """
    from indexes.embedders.registry import default_embedder, load_embedder

    given = {name: value for name, value in asked.items() if value is not None}
    Settings(**given)
    name = given.pop("embedder", current.embedder.name)
    name = default_embedder() if name == "auto" else name
    embedder = load_embedder(name, threads=settings.threads or None, runtime=settings.runtime)
    wanted = replace(current, embedder=embedder.fingerprint, **given)
    chunker_of(wanted, embedder, settings)
    return wanted, embedder


def new_hash(
    before: CollectionConfiguration, target: Target, chunker: BatchChunker, settings: Settings
) -> Callable[[DocumentVersion, str], str]:
    """The configuration hash of a brought version: what an ingest would give it from now on, so that it counts as unchanged.

    A version that did not count as unchanged before, or whose structure only its chunks told, is read again when its source
    comes by. One whose chunks are kept keeps its hash.
    """
    known = config_hash(chunker_of(before, _Limit(before.embedder.max_tokens or None), settings), before.embedder, settings)
    now = config_hash(chunker, target.configuration.embedder, settings)

    def hash_of(version: DocumentVersion, way: str) -> str:
        if way == "kept":
            return version.config_hash
        return now if version.config_hash == known and way != "chunks" else ""

    return hash_of


@dataclass(slots=True)
class _Limit:
    """What a chunker's name and sizes follow from, of an embedder that need not be there any more; nothing is chunked by it."""

    max_tokens: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise _not_loaded(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise _not_loaded(texts)


def _not_loaded(texts: Sequence[str]) -> IncompatibleError:
    return IncompatibleError(f"{len(texts)} texts came to an embedder that is not loaded; this is a defect, please report it")
