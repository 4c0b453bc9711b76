"""What a collection was created with, and what may not change silently afterwards."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.embedders.base import Embedder, EmbedderFingerprint
from indexes.lock import WriteLock
from indexes.places import CATALOG, LOCK
from ingestion.chunkers.base import BatchChunker
from ingestion.chunkers.registry import make_chunker
from ingestion.chunkers.tables import Summarise
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
    table_chunks: str = "none"

    def make_chunker(self, embedder: Embedder, summarise: Summarise | None = None) -> BatchChunker:
        """The collection's chunker; ``summarise`` has its say in the summaries of tables.

        Raises :class:`ragline.errors.SettingsError` for a size that the embedder cannot read, and for chunks of tables of a
        chunker that makes none.
        """
        return make_chunker(
            self.chunker,
            embedder,
            self.chunk_tokens or None,
            self.chunk_overlap,
            embed=embedder.embed_documents,
            tables=self.table_chunks,
            summarise=summarise,
        )


def load_configuration(folder: Path, settings: Settings, given: Collection[str] = ()) -> CollectionConfiguration:
    """The stored configuration of a collection; a collection without one gets it from ``settings`` now.

    ``given`` names the settings that the caller chose; of the others only those that are not the default count as chosen.
    Raises :class:`EmbedderMismatchError` or :class:`IncompatibleError` when something else is asked for.
    """
    return _stored(folder, settings, given) or store_configuration(folder, settings, given)


def store_configuration(folder: Path, settings: Settings, given: Collection[str] = ()) -> CollectionConfiguration:
    """Choose the configuration of a new collection and store it, once it is known to work.

    Where another process was first meanwhile, its configuration holds: returned when it is what is asked for, else refused as
    :func:`load_configuration` does.
    """
    from indexes.embedders.registry import default_embedder, load_embedder

    name = default_embedder() if settings.embedder == "auto" else settings.embedder
    embedder = load_embedder(name, threads=settings.threads or None, runtime=settings.runtime)
    configuration = CollectionConfiguration(
        embedder.fingerprint, settings.chunk_tokens, settings.chunk_overlap, settings.chunker, settings.table_chunks
    )
    configuration.make_chunker(embedder)
    with WriteLock(folder / LOCK).hold():
        first = _stored(folder, settings, given)
        if first is not None:
            return first
        writer = CatalogWriter(folder / CATALOG)
        try:
            writer.set_settings({KEY: asdict(configuration)})
        finally:
            writer.close()
    return configuration


def _stored(folder: Path, settings: Settings, given: Collection[str]) -> CollectionConfiguration | None:
    """The configuration in the catalog, ``None`` where there is none yet; refused when something else is asked for."""
    with closing(CatalogReader(folder / CATALOG)) as reader:
        stored = reader.settings().get(KEY)
    if stored is None:
        return None
    configuration = CollectionConfiguration(
        EmbedderFingerprint(**stored["embedder"]),
        stored["chunk_tokens"],
        stored["chunk_overlap"],
        stored.get("chunker", "structure"),  # the only one there was
        stored.get("table_chunks", "none"),
    )
    _refuse_mixing(folder, configuration, settings, given)
    return configuration


def _refuse_mixing(folder: Path, stored: CollectionConfiguration, settings: Settings, given: Collection[str]) -> None:
    if settings.embedder not in {"auto", stored.embedder.name}:
        raise EmbedderMismatchError(
            f"The collection {folder} was embedded by {stored.embedder.name!r}, not by {settings.embedder!r}; their vectors "
            f"cannot be mixed. Leave the embedder at 'auto', or ingest into a new folder."
        )
    default = Settings()
    for name in ("chunker", "chunk_tokens", "chunk_overlap", "table_chunks"):
        value = getattr(settings, name)
        is_asked = name in given or value != getattr(default, name)
        if is_asked and value != getattr(stored, name):
            raise IncompatibleError(
                f"The collection {folder} was chunked with {name}={getattr(stored, name)}, not {value}. Leave the setting out, "
                f"or ingest into a new folder."
            )
