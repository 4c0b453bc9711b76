"""Golden sets: questions with the documents that answer them, the answers, or both.

Our own format is JSON lines, one question a line::

    {"id": "q1", "query": "How long is the warranty?", "answer": "Two years.", "answerable": true, "tags": ["table"],
     "relevant": [{"doc_id": "manual.md", "grade": 1, "quote": "The warranty runs for two years", "start": null, "end": null}]}

``id`` and ``query`` are required; ``golden.schema.json`` says the rest. A first line may name the version of the set and the
digest of its content, which is then checked. Folders in the layout of BEIR and of TREC, and files of SQuAD, are read as they
are; datasets of RAGAS name no documents and are converted first (:mod:`eval.formats.ragas`).
"""

from pathlib import Path

from eval.formats.beir import is_beir_folder, load_beir_corpus, read_beir
from eval.formats.squad import read_squad
from eval.formats.trec import is_trec_folder, read_trec_folder
from eval.golden_lines import read_lines
from eval.golden_types import GoldenItem, GoldenSet, Relevance, golden_set
from ragline.errors import GoldenSetError

__all__ = ["GoldenItem", "GoldenSet", "Relevance", "golden_set", "load_beir_corpus", "load_golden"]


def load_golden(path: str | Path, *, split: str = "test", unanswerable: bool = False) -> GoldenSet:
    """The golden set at ``path``: a JSON-lines file of ours, a file of SQuAD (.json), or a folder of BEIR or TREC.

    Of a folder only the queries judged in ``split`` are taken, in the order of their file; ``unanswerable`` adds those of
    ``unanswerable.jsonl`` of a BEIR folder. Raises :class:`GoldenSetError` naming file, line and field when something is
    malformed, an id comes twice, a query is empty, a field is unknown, there is no question at all, or the file says that it
    is a version with other content.
    """
    path = Path(path)
    if path.is_dir():
        golden = golden_set(path.resolve().name, _read_folder(path, split, unanswerable=unanswerable))
    elif not path.is_file():
        raise GoldenSetError(
            f"{path}: no such file or folder. Give a golden set (.jsonl), a file of SQuAD (.json) or a folder in the layout of "
            "BEIR or TREC."
        )
    elif path.suffix.lower() == ".json":
        golden = golden_set(path.stem, read_squad(path))
    elif path.suffix.lower() == ".csv":
        raise GoldenSetError(
            f"{path}: tables are not read as golden sets. Convert it: ragline golden convert {path} OUT.jsonl --kb KB"
        )
    else:
        golden = read_lines(path)
    if not golden.items:
        raise GoldenSetError(f"{path}: holds no questions. Add at least one line with 'id' and 'query'.")
    return golden


def _read_folder(folder: Path, split: str, *, unanswerable: bool) -> list[GoldenItem]:
    if is_beir_folder(folder):
        return read_beir(folder, split, unanswerable=unanswerable)
    if is_trec_folder(folder):
        return read_trec_folder(folder, split)
    raise GoldenSetError(
        f"{folder}: no queries.jsonl in it, and no topics. Give a golden set (.jsonl), or a folder of BEIR or TREC."
    )
