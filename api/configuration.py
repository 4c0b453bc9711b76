"""What a collection was created with, and what may not change silently afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from indexes.canary import CANARY, canary_of
from indexes.catalog.reader import CatalogReader
from indexes.catalog.writer import CatalogWriter
from indexes.creation import CONFIGURATION as KEY
from indexes.creation import make_lexical_index
from indexes.embedders.base import Embedder, EmbedderFingerprint, Vectors
from indexes.lock import WriteLock
from indexes.places import CATALOG, LOCK
from indexes.spaces import space_folder, space_in_use
from ingestion.chunkers.base import BatchChunker
from ingestion.chunkers.registry import make_chunker
from ingestion.chunkers.tables import Summarise
from ragline.errors import EmbedderMismatchError, IncompatibleError, SettingsError
from ragline.settings import Settings
from retrieval.access import stored_as


class ChunkingEmbedder(Protocol):
    """What a chunker needs of an embedder: to count tokens, and vectors of sentences."""

    max_tokens: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class CollectionConfiguration:
    """The embedder's fingerprint, the chunker and its sizes, and how terms are made of words, fixed when the collection is
    created or migrated.

    ``chunk_tokens`` 0 = the embedder's limit.
    """

    embedder: EmbedderFingerprint
    chunk_tokens: int
    chunk_overlap: float
    chunker: str = "structure"
    table_chunks: str = "none"
    analysis: str = "language"

    def __str__(self) -> str:
        tokens = self.chunk_tokens or "the embedder's limit of"
        tables = "" if self.table_chunks == "none" else f", {self.table_chunks} of tables"
        terms = "" if self.analysis == "language" else f", {self.analysis} terms"
        return f"{self.embedder}, {self.chunker} chunks of {tokens} tokens, overlap {self.chunk_overlap:g}{tables}{terms}"

    def make_chunker(self, embedder: ChunkingEmbedder, summarise: Summarise | None = None) -> BatchChunker:
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


def chunker_of(configuration: CollectionConfiguration, embedder: ChunkingEmbedder, settings: Settings) -> BatchChunker:
    """The chunker of a collection; the model that ``settings`` name, if any, has its say in the summaries of tables.

    Raises :class:`SettingsError` for a model without summaries, and as :meth:`CollectionConfiguration.make_chunker` does.
    """
    if not settings.table_model:
        return configuration.make_chunker(embedder)
    if configuration.table_chunks not in {"summaries", "both"}:
        raise SettingsError(
            "table_model is set, but the collection has no summaries of tables. Unset it, or have them made: ragline migrate "
            "--table-chunks summaries"
        )
    from retrieval.table_summaries import TableSummariser

    summarise = TableSummariser(
        settings.table_model,
        api_base=settings.model_api_base or None,
        timeout_s=settings.model_timeout_s,
        retries=settings.model_retries,
    )
    return configuration.make_chunker(embedder, summarise)


def load_configuration(home: Path, settings: Settings, given: Collection[str] = ()) -> CollectionConfiguration:
    """The stored configuration of the collection in ``home``; one without gets it from ``settings`` now.

    ``given`` names the settings that the caller chose; of the others only those that are not the default count as chosen.
    Raises :class:`EmbedderMismatchError` or :class:`IncompatibleError` when something else is asked for.
    """
    return _stored(home, settings, given) or store_configuration(home, settings, given)


def store_configuration(home: Path, settings: Settings, given: Collection[str] = ()) -> CollectionConfiguration:
    """Choose the configuration of a new collection and store it, once it is known to work.

    Where another process was first meanwhile, its configuration holds: returned when it is what is asked for, else refused as
    :func:`load_configuration` does.
    """
    from indexes.embedders.registry import default_embedder, load_embedder

    name = default_embedder() if settings.embedder == "auto" else settings.embedder
    embedder = load_embedder(name, threads=settings.threads or None, runtime=settings.runtime)
    configuration = CollectionConfiguration(
        embedder.fingerprint,
        settings.chunk_tokens,
        settings.chunk_overlap,
        settings.chunker,
        settings.table_chunks,
        settings.analysis,
    )
    configuration.make_chunker(embedder)
    with WriteLock(home / LOCK).hold():
        first = _stored(home, settings, given)
        if first is not None:
            return first
        folder = space_folder(home, space_in_use(home).number)
        make_lexical_index(folder, configuration.analysis)
        save_configuration(folder, configuration, embedder, access=settings.access)
    return configuration


def save_configuration(
    folder: Path, configuration: CollectionConfiguration, embedder: Embedder, *, access: str = "lists"
) -> None:
    """Store the configuration of the new space in ``folder``, with the canary of its embedder; the caller holds its lock.

    ``access`` is what the collection demands of queries; that of the space before a migration comes with its documents.
    """
    with closing(CatalogWriter(folder / CATALOG)) as writer:
        writer.set_settings({KEY: asdict(configuration), CANARY: canary_of(embedder), **stored_as(access)})


def configuration_in(folder: Path) -> CollectionConfiguration | None:
    """The configuration of the space in ``folder``, ``None`` where there is none yet."""
    with closing(CatalogReader(folder / CATALOG)) as reader:
        stored = reader.settings().get(KEY)
    return None if stored is None else configuration_from(stored)


def configuration_from(stored: Mapping[str, Any]) -> CollectionConfiguration:
    """The counterpart of :func:`dataclasses.asdict`."""
    return CollectionConfiguration(
        EmbedderFingerprint(**stored["embedder"]),
        stored["chunk_tokens"],
        stored["chunk_overlap"],
        stored.get("chunker", "structure"),  # the only one there was
        stored.get("table_chunks", "none"),
        stored.get("analysis", "language"),
    )


def _stored(home: Path, settings: Settings, given: Collection[str]) -> CollectionConfiguration | None:
    """The configuration in the catalog, ``None`` where there is none yet; refused when something else is asked for."""
    configuration = configuration_in(space_folder(home, space_in_use(home).number))
    if configuration is not None:
        _refuse_mixing(home, configuration, settings, given)
    return configuration


def _refuse_mixing(folder: Path, stored: CollectionConfiguration, settings: Settings, given: Collection[str]) -> None:
    if settings.embedder not in {"auto", stored.embedder.name}:
        raise EmbedderMismatchError(
            f"The collection {folder} was embedded by {stored.embedder.name!r}, not by {settings.embedder!r}; their vectors "
            f"cannot be mixed. Leave the embedder at 'auto', or embed all anew: ragline migrate --embedder {settings.embedder} "
            f"--kb {folder}"
        )
    default = Settings()
    for name in ("chunker", "chunk_tokens", "chunk_overlap", "table_chunks", "analysis"):
        value = getattr(settings, name)
        is_asked = name in given or value != getattr(default, name)
        if is_asked and value != getattr(stored, name):
            made, way = ("analysed", "make its terms") if name == "analysis" else ("chunked", "chunk all")
            raise IncompatibleError(
                f"The collection {folder} was {made} with {name}={getattr(stored, name)}, not {value}. Leave the setting out, "
                f"or {way} anew: ragline migrate --{name.replace('_', '-')} {value} --kb {folder}"
            )
