"""What a collection was created with, and what may not change silently afterwards."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.embedders.base import EmbedderFingerprint
from indexes.lock import WriteLock
from indexes.store import CATALOG, LOCK
from ragline.errors import EmbedderMismatchError, IncompatibleError
from ragline.settings import Settings

KEY = "configuration"


@dataclass(frozen=True, slots=True)
class CollectionConfiguration:
    """The embedder's fingerprint and the chunk sizes, fixed when the collection is created. ``chunk_tokens`` 0 = its limit."""

    embedder: EmbedderFingerprint
    chunk_tokens: int
    chunk_overlap: float


def load_configuration(folder: Path, settings: Settings) -> CollectionConfiguration:
    """The stored configuration of a collection; a collection without one gets it from ``settings`` now.

    Raises :class:`EmbedderMismatchError` or :class:`IncompatibleError` when ``settings`` ask for something else.
    """
    reader = CatalogReader(folder / CATALOG)
    try:
        stored = reader.settings().get(KEY)
    finally:
        reader.close()
    if stored is None:
        return store_configuration(folder, settings)
    configuration = CollectionConfiguration(
        EmbedderFingerprint(**stored["embedder"]), stored["chunk_tokens"], stored["chunk_overlap"]
    )
    _refuse_mixing(folder, configuration, settings)
    return configuration


def store_configuration(folder: Path, settings: Settings) -> CollectionConfiguration:
    """Choose the configuration of a new collection and store it."""
    from indexes.embedders.registry import default_embedder, load_embedder

    name = default_embedder() if settings.embedder == "auto" else settings.embedder
    embedder = load_embedder(name, threads=settings.threads or None, runtime=settings.runtime)
    configuration = CollectionConfiguration(embedder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    with WriteLock(folder / LOCK).hold():
        writer = CatalogWriter(folder / CATALOG)
        try:
            writer.set_settings({KEY: asdict(configuration)})
        finally:
            writer.close()
    return configuration


def _refuse_mixing(folder: Path, stored: CollectionConfiguration, settings: Settings) -> None:
    if settings.embedder not in {"auto", stored.embedder.name}:
        raise EmbedderMismatchError(
            f"The collection {folder} was embedded by {stored.embedder.name!r}, not by {settings.embedder!r}; their vectors "
            f"cannot be mixed. Leave the embedder at 'auto', or ingest into a new folder."
        )
    default = Settings()
    asked = {
        name: getattr(settings, name)
        for name in ("chunk_tokens", "chunk_overlap")
        if getattr(settings, name) not in {getattr(default, name), getattr(stored, name)}
    }
    if asked:
        name, value = next(iter(asked.items()))
        raise IncompatibleError(
            f"The collection {folder} was chunked with {name}={getattr(stored, name)}, not {value}. Leave the setting out, or "
            f"ingest into a new folder."
        )
