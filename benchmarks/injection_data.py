"""Attacks, contexts that they are put into, and clean texts, each in a part to learn from and a part to measure with.

Attacks and contexts are those of BIPIA (Yi et al., 2023, arXiv 2312.14197), its training part; further attacks and harmless
orders were written for this project (``data/injection``). An attack is put in front of a context, into it at the end of a
sentence or row, or behind it.
"""

import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.corpora import ROOT, SAMPLES, documents_of, shared_file, shared_folder
from indexes.embedders.registry import load_embedder
from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import RawSource
from ingestion.pipeline import PreparedDocument, prepare, prepare_document
from ingestion.sentences import sentence_spans
from ragline.errors import ParseError
from ragline.types import Chunk, Document

OWN = ROOT / "data" / "injection" / "texts.jsonl"
POSITIONS = ("before", "inside", "behind")
CHUNK_TOKENS = 256
LEARNED_PROJECTS = ("anthropic-cookbook", "chonkie", "datasette", "docling", "llm", "pyserini", "txtai")
MEASURED_PROJECTS = ("haystack", "lancedb", "ragas", "starlette")
_MOST_CHUNKS = 2500
"""Of one corpus: a larger one is thinned out evenly."""
_ARCHIVE, _EVERY = "docs-haystack-all-versions.tar.xz", 40


@dataclass(frozen=True, slots=True)
class Attack:
    """``kind`` is text, code or own; an attack on code goes into answers about code."""

    id: str
    kind: str
    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Attacked:
    """A context with an attack at ``text[start:end]``."""

    attack: Attack
    position: str
    text: str
    start: int
    end: int


def bipia_attacks() -> list[Attack]:
    """The 125 attacks of 25 categories. Raises :class:`benchmarks.corpora.CorpusMissingError` where they are absent."""
    return [Attack(row["id"], row["kind"], row["category"], row["text"]) for row in _bipia("attacks")]


def own_attacks() -> list[Attack]:
    """The attacks written for this project."""
    rows = [row for row in map(json.loads, OWN.read_text("utf-8").splitlines()) if row["kind"] == "attack"]
    return [Attack(f"own-{number}", "own", row["category"], row["text"]) for number, row in enumerate(rows)]


def own_clean() -> list[str]:
    """Harmless orders, questions and mentions of models."""
    rows = map(json.loads, OWN.read_text("utf-8").splitlines())
    return [row["text"] for row in rows if row["kind"] == "clean"]


def contexts(name: str, *, learned: bool) -> list[str]:
    """The distinct contexts of BIPIA's ``email``, ``table`` or ``code``: every second one is to learn from."""
    texts = dict.fromkeys(_joined(row["context"]) for row in _bipia(name))
    return list(texts)[0 if learned else 1 :: 2]


def put_into(attack: Attack, context: str, position: str, random: Random) -> Attacked:
    """The context with the attack in it; inside it stands between two sentences, or rows, that are drawn."""
    if position == "before":
        return Attacked(attack, position, f"{attack.text}\n{context}", 0, len(attack.text))
    if position == "behind":
        start = len(context) + 1
        return Attacked(attack, position, f"{context}\n{attack.text}", start, start + len(attack.text))
    ends = [end for line in _lines(context) for _, end in sentence_spans(context, *line)][:-1] or [len(context)]
    at = random.choice(ends)
    left, right = ("\n", "\n") if context[at : at + 1] in {"\n", ""} else (" ", "")
    start = at + len(left)
    return Attacked(attack, position, context[:at] + left + attack.text + right + context[at:], start, start + len(attack.text))


def learned_clean() -> dict[str, list[Chunk]]:
    """Clean chunks to learn from, by corpus."""
    found = {f"docs {name}": _project(name) for name in LEARNED_PROJECTS}
    found["nfcorpus"] = _chunks_of(documents_of("nfcorpus-preprocessed")[:800])
    found["chunking-evaluation"] = _chunks_of(documents_of("chunking-evaluation"))
    found["news"] = _chunks_of(_articles())
    found["harmless orders"] = _chunks_of([Document(f"own-{i}", text) for i, text in enumerate(own_clean())])
    for name in ("email", "table", "code"):
        found[f"bipia {name}"] = _chunks_of(_documents(name, contexts(name, learned=True)))
    return {name: _thinned(chunks) for name, chunks in found.items()}


def measured_clean() -> dict[str, list[Chunk]]:
    """Clean chunks that nothing was learned from, by corpus."""
    found = {f"docs {name}": _project(name) for name in MEASURED_PROJECTS}
    found["docs-haystack"] = _haystack()
    found["squad"] = _chunks_of(documents_of("squad-v2.0-dev"))
    found["scifact"] = _chunks_of(documents_of("scifact")[:2500])
    found["samples"] = _files(SAMPLES / "documents")
    for name in ("email", "table", "code"):
        found[f"bipia {name}"] = _chunks_of(_documents(name, contexts(name, learned=False)))
    return {name: _thinned(chunks) for name, chunks in found.items()}


def chunked(text: str, doc_id: str = "context") -> PreparedDocument:
    """A text as it is ingested: in chunks of at most 256 tokens."""
    return prepare_document(Document(doc_id, text), _chunker())


def _bipia(name: str) -> Iterator[Mapping[str, str]]:
    with shared_file(f"bipia-train/{name}.train.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _joined(context: str | list[str]) -> str:
    return context if isinstance(context, str) else "\n".join(context)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield at, at + len(line)
        at += len(line)


def _documents(name: str, texts: Sequence[str]) -> list[Document]:
    return [Document(f"{name}-{number}", text) for number, text in enumerate(texts)]


def _chunks_of(documents: Sequence[Document]) -> list[Chunk]:
    return [chunk for document in documents for chunk in prepare_document(document, _chunker()).chunks]


def _project(name: str) -> list[Chunk]:
    return _files(shared_folder("docs-markdown") / name)


def _files(folder: Path) -> list[Chunk]:
    found: list[Chunk] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".md", ".mdx", ".rst", ".txt", ".html", ".csv", ".json"}:
            found += _chunks_of_file(path.name, path.read_bytes())
    return found


def _haystack() -> list[Chunk]:
    found: list[Chunk] = []
    with tarfile.open(shared_file(_ARCHIVE)) as archive:
        pages = [member for member in archive if member.isfile() and member.name.endswith((".md", ".mdx"))]
        for member in pages[::_EVERY]:
            file = archive.extractfile(member)
            found += [] if file is None else _chunks_of_file(Path(member.name).name, file.read())
    return found


def _chunks_of_file(name: str, data: bytes) -> list[Chunk]:
    try:
        return list(prepare(RawSource(name, data), _chunker(), doc_id=name).chunks)
    except ParseError:  # broken on purpose, in the samples
        return []


def _articles() -> list[Document]:
    with shared_file("qags-cnndm/examples.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = dict.fromkeys(str(row.get("article") or row.get("context") or row.get("source") or "") for row in rows)
    return [Document(f"news-{number}", text) for number, text in enumerate(filter(None, texts))]


def _thinned(chunks: list[Chunk]) -> list[Chunk]:
    step = -(-len(chunks) // _MOST_CHUNKS)
    return chunks[:: max(step, 1)]


_CHUNKERS: list[StructureChunker] = []


def _chunker() -> StructureChunker:
    if not _CHUNKERS:
        _CHUNKERS.append(StructureChunker(load_embedder("light"), size_tokens=CHUNK_TOKENS))
    return _CHUNKERS[0]
