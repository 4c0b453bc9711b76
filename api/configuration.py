"""What a collection was created with, and what may not change silently afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.embedders.base import Embedder, EmbedderFingerprint
from indexes.lock import WriteLock
from indexes.store import CATALOG, LOCK
from ingestion.chunkers.base import BatchChunker
from ingestion.chunkers.registry import make_chunker
from ragline.errors import EmbedderMismatchError, IncompatibleError
from ragline.settings import Settings

KEY = "configuration"


@dataclass(frozen=True, slots=True)
class CollectionConfiguration:
    """The embedder's fingerprint, the chunker and its sizes, fixed when the collection is created.

    ``chunk_tokens`` 0 = the embedder's limit.
    """

    embedder: EmbedderFingerprint
    chunk_tokens: int
    chunk_overlap: float
    chunker: str = "structure"

    def make_chunker(self, embedder: Embedder) -> BatchChunker:
        """The collection's chunker. Raises :class:`ragline.errors.SettingsError` for a size that the embedder cannot read."""
        return make_chunker(
            self.chunker, embedder, self.chunk_tokens or None, self.chunk_overlap, embed=embedder.embed_documents
        )


def load_configuration(folder: Path, settings: Settings, given: Collection[str] = ()) -> CollectionConfiguration:
    """The stored configuration of a collection; a collection without one gets it from ``settings`` now.

    ``given`` names the settings that the caller chose; of the others only those that are not the default count as chosen.
    Raises :class:`EmbedderMismatchError` or :class:`IncompatibleError` when something else is asked for.
    """
    reader = CatalogReader(folder / CATALOG)
    try:
        stored = reader.settings().get(KEY)
    finally:
        reader.close()
    if stored is None:
        return store_configuration(folder, settings)
    configuration = CollectionConfiguration(
        EmbedderFingerprint(**stored["embedder"]),
        stored["chunk_tokens"],
        stored["chunk_overlap"],
        stored.get("chunker", "structure"),  # the only one there was
    )
    _refuse_mixing(folder, configuration, settings, given)
    return configuration


def store_configuration(folder: Path, settings: Settings) -> CollectionConfiguration:
    """Choose the configuration of a new collection and store it, once it is known to work."""
    from indexes.embedders.registry import default_embedder, load_embedder

    name = default_embedder() if settings.embedder == "auto" else settings.embedder
    embedder = load_embedder(name, threads=settings.threads or None, runtime=settings.runtime)
    configuration = CollectionConfiguration(
        embedder.fingerprint, settings.chunk_tokens, settings.chunk_overlap, settings.chunker
    )
    configuration.make_chunker(embedder)
    with WriteLock(folder / LOCK).hold():
        writer = CatalogWriter(folder / CATALOG)
        try:
            writer.set_settings({KEY: asdict(configuration)})
        finally:
            writer.close()
    return configuration


def _refuse_mixing(folder: Path, stored: CollectionConfiguration, settings: Settings, given: Collection[str]) -> None:
    if settings.embedder not in {"auto", stored.embedder.name}:
        raise EmbedderMismatchError(
            f"The collection {folder} was embedded by {stored.embedder.name!r}, not by {settings.embedder!r}; their vectors "
            f"cannot be mixed. Leave the embedder at 'auto', or ingest into a new folder."
        )
    default = Settings()
    for name in ("chunker", "chunk_tokens", "chunk_overlap"):
        value = getattr(settings, name)
        is_asked = name in given or value != getattr(default, name)
        if is_asked and value != getattr(stored, name):
            raise IncompatibleError(
                f"The collection {folder} was chunked with {name}={getattr(stored, name)}, not {value}. Leave the setting out, "
                f"or ingest into a new folder."
            )
