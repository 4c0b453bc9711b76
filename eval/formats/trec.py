"""Folders with topics and judgements of TREC: ``topics.*`` and ``qrels.txt``."""

from pathlib import Path

from eval.formats.trec_qrels import read_qrels, write_qrels
from eval.formats.trec_topics import read_topics, write_topics
from eval.golden_types import GoldenItem, GoldenSet, Relevance
from ragline.errors import GoldenSetError

TOPICS = ("topics.xml", "topics.tsv", "topics.txt", "topics")
"""Names that the topics of a folder may have, in the order in which they are looked for."""


def is_trec_folder(path: Path) -> bool:
    """Whether ``path`` is a folder with topics of TREC."""
    return any((path / name).is_file() for name in TOPICS)


def read_trec(topics: Path, qrels: Path, *, field: str = "title") -> list[GoldenItem]:
    """The topics that are judged, in the order of their file. ``field`` is the part of a topic that is the question.

    Raises :class:`GoldenSetError` where one of the files is malformed, or judgements are of topics that are not there.
    """
    texts, judgements = read_topics(topics, field), read_qrels(qrels)
    unknown = [number for number in judgements if number not in texts]
    if unknown:
        raise GoldenSetError(f"{qrels}: judges {len(unknown)} topics that {topics.name} lacks, first {unknown[0]!r}. Add them.")
    return [
        GoldenItem(number, query, relevant=tuple(Relevance(doc, grade) for doc, grade in judgements[number].items()))
        for number, query in texts.items()
        if number in judgements
    ]


def read_trec_folder(folder: Path, split: str, *, field: str = "title") -> list[GoldenItem]:
    """:func:`read_trec` of ``topics.*`` and ``qrels.txt``, ``qrels.<split>.txt`` or ``qrels`` in a folder."""
    topics = next(folder / name for name in TOPICS if (folder / name).is_file())
    names = (f"qrels.{split}.txt", "qrels.txt", "qrels")
    qrels = next((folder / name for name in names if (folder / name).is_file()), None)
    if qrels is None:
        raise GoldenSetError(f"{folder}: no judgements beside {topics.name}. Add one of: {', '.join(names)}.")
    return read_trec(topics, qrels, field=field)


def write_trec(golden: GoldenSet, folder: Path, *, topics: str = "topics.tsv") -> None:
    """Write the judged questions to ``topics`` (XML where it ends so) and ``qrels.txt`` in ``folder``, made if absent.

    The format has no place for answers, quotes, spans, tags, and questions without a judged document.
    """
    write_topics(golden, folder / topics)
    write_qrels(golden, folder / "qrels.txt")
