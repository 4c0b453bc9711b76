"""The folders that tantivy works in: the stage that a writer fills, and the view that it becomes (see the manifest)."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from indexes.lexical.manifest import FileDigest, file_digest

TERMS, CHUNK_NO, LANGUAGE = "terms", "chunk_no", "language"
STAGE = "stage"
_TOKENIZER = "terms"
# One thread with this much memory writes SciFact (5,183 entries) as one segment; a second thread saves nothing there.
_HEAP_BYTES = 64_000_000
# The two files that tantivy replaces under the same name; all others are named by segment and written once.
_REPLACED = frozenset({"meta.json", ".managed.json"})


def index_format() -> str:
    """The version of the file format that the installed tantivy writes, e.g. ``"v7"``."""
    import tantivy

    return str(tantivy.__version__).rpartition("index_format ")[2]


def raised_by_tantivy(error: BaseException) -> bool:
    """Whether this is how tantivy reports damage or a failing disk. A Rust panic's class cannot be imported, only named."""
    return isinstance(error, (ValueError, OSError, RuntimeError)) or type(error).__name__ == "PanicException"


def new_stage(folder: Path, view: Path, names: Iterable[str]) -> Path:
    """An own stage in ``folder`` with links to the named files of ``view``; what a killed writer left is removed."""
    for leftover in (*folder.glob("view-*"), folder / STAGE):
        if leftover != view and leftover.is_dir():
            shutil.rmtree(leftover)
    stage = folder / STAGE
    stage.mkdir()
    for name in names:
        _link_or_copy(view / name, stage / name)
    return stage


def create_empty(stage: Path) -> None:
    """Write an empty tantivy index with our fields: terms with frequencies, the chunk number, the language."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(TERMS, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_integer_field(CHUNK_NO, indexed=True, fast=True)
    builder.add_text_field(LANGUAGE, tokenizer_name="raw", index_option="basic")
    tantivy.Index(builder.build(), path=str(stage))


def open_writer(stage: Path) -> Any:
    """A tantivy writer that splits our joined terms at their spaces and does nothing else to them."""
    import tantivy

    index = tantivy.Index.open(str(stage))
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index.writer(_HEAP_BYTES, 1)


def digests(stage: Path, known: Mapping[str, FileDigest]) -> dict[str, FileDigest]:
    """The digest of every file that makes up the index (lock files do not); linked files keep the one that is known."""
    names = sorted(path.name for path in stage.iterdir() if path.suffix != ".lock")
    return {name: known[name] if name in known and name not in _REPLACED else file_digest(stage / name) for name in names}


def deleted_count(view: Path) -> int:
    """How many removed entries the segments still hold."""
    segments = json.loads((view / "meta.json").read_bytes())["segments"]
    return sum(segment["deletes"]["num_deleted_docs"] for segment in segments if segment["deletes"])


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # some file systems have no hard links
        shutil.copy2(source, target)
