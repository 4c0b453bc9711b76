"""From one format of golden sets to another, with what the other has no place for counted and not dropped in silence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast, get_args

from eval.formats.beir import is_beir_folder, write_beir, write_corpus
from eval.formats.ragas import RagasImport, ragas_golden, read_ragas
from eval.formats.squad import squad_documents
from eval.formats.trec import is_trec_folder, read_trec, read_trec_folder, write_trec
from eval.golden import load_golden
from eval.golden_lines import write_lines
from eval.golden_types import UNANSWERABLE, GoldenItem, GoldenSet, Relevance, golden_set
from eval.lines import json_objects, numbered_lines
from ragline.errors import GoldenSetError, InputError

Format = Literal["jsonl", "beir", "trec", "ragas", "squad"]
WRITTEN: tuple[Format, ...] = ("jsonl", "beir", "trec")
"""What can be written; the others are only read."""

_RAGAS_NAMES = frozenset({"user_input", "question"})


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What was read and written. ``read == questions`` + what ``lost`` counts as questions left out.

    ``lost`` counts by name what the target has no place for. ``unplaced`` are contexts of RAGAS that stand in no document, with
    the id of their question.
    """

    source: str
    source_format: Format
    target: str
    target_format: Format
    read: int
    questions: int
    judgements: int
    sha256: str
    version: str = ""
    lost: Mapping[str, int] = field(default_factory=dict)
    unplaced: tuple[tuple[str, str], ...] = ()
    documents: int = 0


def convert(
    source: Path,
    target: Path,
    *,
    source_format: str = "",
    target_format: str = "",
    documents: Callable[[], Iterable[tuple[str, str]]] | None = None,
    split: str = "test",
    topic_field: str = "title",
    qrels: Path | None = None,
    corpus: Path | None = None,
    version: str = "",
) -> ConvertReport:
    """Read ``source`` and write it to ``target``, whose formats are told by their names and content where none is given.

    ``documents`` gives ids and texts of the documents in which contexts of RAGAS are looked for. Of TREC ``source`` is a
    folder, or the file of topics with ``qrels`` beside it; ``topic_field`` is the part of a topic that is the question.
    ``corpus`` is where the paragraphs of SQuAD are written as a ``corpus.jsonl``. Raises :class:`InputError` for an unknown
    format, one that cannot be written, and a target that exists; :class:`GoldenSetError` for what is malformed.
    """
    read_as, write_as = _format(source_format) or detect(source), _format(target_format) or _target_format(target)
    if write_as not in WRITTEN:
        raise InputError(f"The format {write_as} is read, and not written. Write one of {', '.join(WRITTEN)}.")
    if corpus is not None and read_as != "squad":
        raise InputError(f"The paragraphs are those of SQuAD, and {source} is {read_as}. Leave out --corpus.")
    for place in (target, corpus):
        if place is not None and place.exists():
            raise InputError(f"{place} exists. Name another place: labels may be in it.")
    found = RagasImport((), 0, (), ())
    if read_as == "ragas":
        if documents is None:
            raise InputError("RAGAS names no documents. Name the collection in which its contexts stand (--kb).")
        found = ragas_golden(read_ragas(source), documents())
        golden = golden_set(source.stem, found.items)
    else:
        golden = _read(source, read_as, split, topic_field, qrels)
    kept, lost = _fitting(golden, write_as)
    if found.refused:
        lost["rows without an answer or a context that was found"] = len(found.refused)
    golden = golden_set(target.stem, kept, version=version or golden.version, notes=golden.notes)
    if not golden.items:
        raise GoldenSetError(f"{source}: nothing of it can be written as {write_as}: {dict(lost)}. Write another format.")
    _write(golden, target, write_as)
    return ConvertReport(
        source=str(source),
        source_format=read_as,
        target=str(target),
        target_format=write_as,
        read=len(golden) + sum(lost.get(name, 0) for name in _QUESTIONS_LEFT_OUT),
        questions=len(golden),
        judgements=sum(len(item.relevant) for item in golden.items),
        sha256=golden.sha256,
        version=golden.version,
        lost=lost,
        unplaced=found.unplaced,
        documents=0 if corpus is None else write_corpus(squad_documents(source), corpus),
    )


_QUESTIONS_LEFT_OUT = (
    "rows without an answer or a context that was found",
    "questions without a judged document",
    "unanswerable questions",
)


def detect(path: Path) -> Format:
    """The format of what is at ``path``. Raises :class:`GoldenSetError` where it cannot be told."""
    if path.is_dir():
        if is_beir_folder(path):
            return "beir"
        if is_trec_folder(path):
            return "trec"
    elif path.suffix.lower() == ".csv":
        return "ragas"
    elif path.suffix.lower() == ".json":
        _, first_line = next(numbered_lines(path), (0, ""))
        return "ragas" if first_line.startswith("[") else "squad"
    elif path.suffix.lower() == ".jsonl":
        first = next((record for _, record in json_objects(path)), {})
        return "ragas" if _RAGAS_NAMES & first.keys() else "jsonl"
    elif path.is_file():
        return "trec"
    raise GoldenSetError(f"{path}: no golden set of a known format. Name one of {', '.join(get_args(Format))} with --from.")


def _format(name: str) -> Format | None:
    if name and name not in get_args(Format):
        raise InputError(f"Unknown format {name!r}; choose one of {', '.join(get_args(Format))}.")
    return cast("Format", name) if name else None


def _target_format(target: Path) -> Format:
    if target.suffix.lower() == ".jsonl":
        return "jsonl"
    raise InputError(f"{target}: its name does not tell the format to write. Name one of {', '.join(WRITTEN)} with --to.")


def _read(source: Path, read_as: Format, split: str, topic_field: str, qrels: Path | None) -> GoldenSet:
    if read_as == "trec":
        if source.is_dir():
            return golden_set(source.resolve().name, read_trec_folder(source, split, field=topic_field))
        if qrels is None:
            raise InputError(f"{source}: topics alone judge nothing. Name the file of judgements with --qrels.")
        return golden_set(source.stem, read_trec(source, qrels, field=topic_field))
    has_silent = read_as == "beir" and (source / "unanswerable.jsonl").is_file()
    return load_golden(source, split=split, unanswerable=has_silent)


def _fitting(golden: GoldenSet, write_as: Format) -> tuple[list[GoldenItem], dict[str, int]]:
    """The questions that the format takes, as they are read back from it, and what of them it has no place for."""
    lost = {"grades below 0, written as 0": sum(each.grade < 0 for item in golden.items for each in item.relevant)}
    items = [replace(item, relevant=_from_0(item.relevant)) for item in golden.items]
    if write_as == "jsonl":
        return items, {name: count for name, count in lost.items() if count}
    silent = [item for item in items if not item.answerable and not item.relevant] if write_as == "beir" else []
    judged = [item for item in items if item.relevant]
    kept = [*judged, *silent]
    lost |= {
        "unanswerable questions": sum(not item.answerable for item in items) - sum(not item.answerable for item in kept),
        "questions without a judged document": sum(item.answerable and not item.relevant for item in items),
        "answers": sum(bool(item.answer) for item in kept),
        "further judgements of a document": sum(len(item.relevant) - len(item.grades) for item in judged),
        "quotes and places": sum(bool(each.quote or each.span) for item in judged for each in item.relevant),
        "tags": sum(len(item.tags) for item in kept),
    }
    bare = [_of_documents(item, write_as) for item in judged]
    bare += [GoldenItem(item.id, item.query, answerable=False, tags=(UNANSWERABLE,)) for item in silent]
    return bare, {name: count for name, count in lost.items() if count}


def _of_documents(item: GoldenItem, write_as: Format) -> GoldenItem:
    """The question with the grades of its documents; topics of TREC have no line ends."""
    query = " ".join(item.query.split()) if write_as == "trec" else item.query
    return GoldenItem(item.id, query, relevant=tuple(Relevance(doc_id, grade) for doc_id, grade in item.grades.items()))


def _from_0(judgements: Iterable[Relevance]) -> tuple[Relevance, ...]:
    return tuple(dict.fromkeys(replace(judgement, grade=max(judgement.grade, 0)) for judgement in judgements))


def _write(golden: GoldenSet, target: Path, write_as: Format) -> None:
    if write_as == "jsonl":
        write_lines(golden, target)
    elif write_as == "beir":
        write_beir(golden, target)
    else:
        write_trec(golden, target)
