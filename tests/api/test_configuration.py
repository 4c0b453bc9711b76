"""What a collection is made with: checked before it is stored, and never mixed with something else (law 11)."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.embedders import registry
from indexes.places import CATALOG
from ragline.errors import EmbedderMismatchError, IncompatibleError, SettingsError
from ragline.settings import Settings
from ragline.types import Document


@pytest.mark.parametrize(
    ("embedder", "size", "way"),
    [("light", 8, "use at least 16"), pytest.param("minilm", 512, "use at most 254", marks=pytest.mark.models)],
)
def test_a_bad_chunk_size_spoils_no_new_collection(tmp_path: Path, embedder: str, size: int, way: str) -> None:
    with pytest.raises(SettingsError, match=way):
        ragline.open(tmp_path / "kb", embedder=embedder, chunk_tokens=size)
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as kb:
        assert kb.ingest([Document("a", "words " * 200)]).counts["added"] == 1
        assert kb.stats()["chunk_tokens"] == 64


@pytest.fixture
def place(tmp_path: Path) -> Path:
    ragline.open(tmp_path / "kb", embedder="light", chunker="sentence", chunk_tokens=64, chunk_overlap=0.3).close()
    return tmp_path / "kb"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"chunk_overlap": 0.15}, "chunk_overlap=0.3, not 0.15"),
        ({"chunk_overlap": 0.2}, "chunk_overlap=0.3, not 0.2"),
        ({"chunk_tokens": 0}, "chunk_tokens=64, not 0"),
        ({"chunker": "structure"}, "chunker=sentence, not structure"),
        ({"chunker": "semantic"}, "chunker=sentence, not semantic"),
        ({"chunk_tokens": 128}, "chunk_tokens=64, not 128"),
        ({"table_chunks": "rows"}, "table_chunks=none, not rows"),
    ],
)
def test_whatever_was_asked_for_and_is_not_so_is_refused(
    place: Path, asked: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IncompatibleError, match=message):
        ragline.open(place, **asked)
    with pytest.raises(IncompatibleError, match=message):
        ragline.open(place, settings=Settings(depth=50), **asked)
    ((name, value),) = asked.items()
    monkeypatch.setenv(f"RAGLINE_{name.upper()}", str(value))
    with pytest.raises(IncompatibleError, match=message):
        ragline.open(place)


def test_what_was_not_asked_for_is_as_it_was_stored(place: Path) -> None:
    for given in ({}, {"chunk_overlap": 0.3, "chunk_tokens": 64}, {"embedder": "auto"}, {"settings": Settings(depth=50)}):
        with ragline.open(place, **given) as kb:
            assert (kb.configuration.chunk_tokens, kb.configuration.chunk_overlap) == (64, 0.3)
    with pytest.raises(IncompatibleError, match="chunk_tokens=64, not 32"):
        ragline.open(place, settings=Settings(chunk_tokens=32))
    with pytest.raises(EmbedderMismatchError):
        ragline.open(place, embedder="minilm")


@pytest.mark.parametrize("chunker", ["auto", "fixed", "recursive", "sentence", "semantic"])
def test_every_chunker_ingests_and_is_kept(tmp_path: Path, chunker: str) -> None:
    text = "\n\n".join(f"Part {part}. " + f"The pump {part} needs oil number {part}. " * 12 for part in range(8))
    with ragline.open(tmp_path / "kb", embedder="light", chunker=chunker, chunk_tokens=64) as kb:
        assert kb.ingest([Document("a", text)]).counts["added"] == 1
        chunks = kb.chunks("a")
    with ragline.open(tmp_path / "kb") as kb:
        assert kb.configuration.chunker == chunker
        assert kb.ingest([Document("a", text)]).embedded == 0
        assert kb.ingest([Document("a", text)]).counts["unchanged"] == 1
    assert len(chunks) > 4
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)


def test_chunks_of_tables_are_refused_of_a_chunker_that_makes_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the chunker 'fixed' makes no table_chunks"):
        ragline.open(tmp_path / "kb", embedder="light", chunker="fixed", table_chunks="rows")
    with ragline.open(tmp_path / "kb", embedder="light", chunker="auto", table_chunks="rows") as kb:
        assert kb.stats()["table_chunks"] == "rows"


def test_a_collection_made_before_there_was_a_choice_has_the_structure_chunker(tmp_path: Path) -> None:
    ragline.open(tmp_path / "kb", embedder="light").close()
    with sqlite3.connect(tmp_path / "kb" / CATALOG) as connection:
        (value,) = connection.execute("SELECT value FROM settings WHERE key = 'configuration'").fetchone()
        old = {name: each for name, each in json.loads(value).items() if name not in {"chunker", "table_chunks"}}
        connection.execute("UPDATE settings SET value = ? WHERE key = 'configuration'", (json.dumps(old),))
    connection.close()
    with ragline.open(tmp_path / "kb") as kb:
        assert (kb.configuration.chunker, kb.configuration.table_chunks) == ("structure", "none")


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ({"embedder": "light", "chunk_tokens": 64}, {"embedder": "light", "chunk_tokens": 128}, IncompatibleError),
        ({"embedder": "light"}, {"embedder": "light"}, None),
        ({"embedder": "light"}, {"embedder": "auto"}, None),
        pytest.param({"embedder": "light"}, {"embedder": "minilm"}, EmbedderMismatchError, marks=pytest.mark.models),
        pytest.param({"embedder": "minilm"}, {"embedder": "light"}, EmbedderMismatchError, marks=pytest.mark.models),
    ],
)
def test_of_two_that_open_a_new_folder_at_once_the_first_decides(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], error: type[Exception] | None, monkeypatch: Any
) -> None:
    """The second has seen no configuration; the first stores its own while the second's embedder is still being loaded."""
    real = registry.load_embedder

    def slow(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(registry, "load_embedder", real)
        ragline.open(tmp_path / "kb", **first).close()
        return real(*arguments, **options)

    monkeypatch.setattr(registry, "load_embedder", slow)
    if error is None:
        ragline.open(tmp_path / "kb", **second).close()
    else:
        with pytest.raises(error):
            ragline.open(tmp_path / "kb", **second)
    with ragline.open(tmp_path / "kb") as kb:
        assert kb.configuration.embedder.name == first["embedder"]
        assert kb.configuration.chunk_tokens == first.get("chunk_tokens", 0)
