"""Distinct real texts in any number: the sentences of the shared documents, then windows of 2, 3, ... consecutive sentences.

Texts are distinct as normalised: compatible forms of characters, case, punctuation and blanks make no difference. So the many
releases of one manual bring in only what each says differently.
"""

import json
import re
import tarfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.corpora import documents_of, shared_file, shared_folder
from ingestion.sentences import sentence_spans

LEAST_CHARACTERS = 12
"""Letters and digits that a sentence has at the least: what is shorter is a heading's number, a list mark, a table's line."""

MOST_CHARACTERS = 1_000
"""Longer pieces without a mark are tables, code or data."""

MANUALS = "docs-haystack-all-versions.tar.xz"
_CORPORA = ("scifact", "squad-v2.0-dev", "chunking-evaluation")
_CONTEXTS = {"halueval": "halueval-qa-generation", "qags": "qags-cnndm", "bipia": "bipia-train"}
_FOLDERS = ("docs-markdown", "docs-unstructured")
_SUFFIXES = (".md", ".mdx", ".rst", ".txt")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Sentences:
    """One document: where it comes from, its sentences in order, and the same normalised."""

    source: str
    name: str
    texts: tuple[str, ...]
    normal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """``width`` consecutive sentences of a document."""

    source: str
    width: int
    text: str


def normalised(text: str) -> str:
    """The letters and digits of a text, in words, without case."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def digest(normal: str) -> bytes:
    """What stands for a normalised text in a set: 12 bytes, as 16 million texts have two alike once in 10**14 sets."""
    return blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def sentences_of(source: str, name: str, text: str) -> Sentences:
    """The sentences of a document that are long enough."""
    pieces = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
    pieces = [piece for piece in pieces if len(piece) <= MOST_CHARACTERS]
    pairs = [(piece, normal) for piece in pieces if len(normal := normalised(piece)) >= LEAST_CHARACTERS]
    return Sentences(source, name, tuple(piece for piece, _ in pairs), tuple(normal for _, normal in pairs))


def shared_sentences() -> list[Sentences]:
    """The shared documents in an order of chance, always the same. Raises :class:`CorpusMissingError`.

    NFCorpus is left out, as its text is without stop words and marks. Of folders: Markdown, reStructuredText and plain text.
    """
    documents = [sentences_of(*document) for document in shared_texts()]
    order = np.random.default_rng(5).permutation(len(documents))
    return [documents[number] for number in order if documents[number].texts]


def windows(documents: list[Sentences], *, taken: set[bytes]) -> Iterator[Window]:
    """Distinct windows over all documents, by ascending width, without end but that of the documents.

    ``taken`` holds the digests of texts that are not to come, and takes up those that do.
    """
    for width in count(1):
        longest = 0
        for document in documents:
            longest = max(longest, len(document.texts))
            for start in range(len(document.texts) - width + 1):
                key = digest(" ".join(document.normal[start : start + width]))
                if key not in taken:
                    taken.add(key)
                    yield Window(document.source, width, " ".join(document.texts[start : start + width]))
        if width >= longest:
            return


def shared_texts() -> Iterator[tuple[str, str, str]]:
    """Source, name and text of every shared document, always in the same order. Raises :class:`CorpusMissingError`."""
    for corpus in _CORPORA:
        yield from ((corpus, document.id, f"{document.title}\n\n{document.text}") for document in documents_of(corpus))
    for language in sorted(path.name for path in shared_folder("xquad").iterdir() if path.is_dir()):
        yield from (("xquad", f"{language}/{item.id}", item.text) for item in documents_of(f"xquad/{language}"))
    for source, folder in _CONTEXTS.items():
        files = sorted(shared_folder(folder).glob("*.jsonl"))
        yield from ((source, f"{path.name}/{number}", text) for path in files for number, text in enumerate(_contexts(path)))
    for folder in _FOLDERS:
        root = shared_folder(folder)
        for path in sorted(path for path in root.rglob("*") if path.suffix in _SUFFIXES and path.name != "SOURCE.md"):
            yield "files", path.relative_to(root).as_posix(), path.read_text("utf-8", "ignore")
    yield from _manuals(shared_file(MANUALS))


def _contexts(path: Path) -> Iterator[str]:
    """The passages of a file of examples; those of attacks have none."""
    for line in path.read_text("utf-8").splitlines():
        context = json.loads(line).get("context", "")
        yield "\n".join(context) if isinstance(context, list) else context


def _manuals(archive: Path) -> Iterator[tuple[str, str, str]]:
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member) if Path(member.name).suffix in _SUFFIXES else None
            if content is not None:
                yield "manuals", member.name, content.read().decode("utf-8", "ignore")
