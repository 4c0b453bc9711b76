"""Files of SQuAD: answers as spans of paragraphs, and, in version 2, questions that have none.

Each paragraph is a document: ``<title>/<number>``, counted from 0 in its article. Of the answers that several people gave, the
one that most of them gave is taken (the first of equals), for they are different markings of one answer and not parts of it.

Source: Rajpurkar, Jia and Liang, "Know What You Don't Know: Unanswerable Questions for SQuAD", ACL 2018.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.golden_types import UNANSWERABLE, GoldenItem, Relevance
from ragline.errors import GoldenSetError
from ragline.types import Document

_REMEDY = "Give a file of SQuAD: {'data': [{'title', 'paragraphs': [{'context', 'qas': [...]}]}]}."


@dataclass(frozen=True, slots=True)
class _Paragraph:
    document: Document
    questions: Sequence[Mapping[str, Any]]


def read_squad(path: Path) -> list[GoldenItem]:
    """The questions in the order of the file, each answer with its place in its paragraph.

    Raises :class:`GoldenSetError` where the file is not of SQuAD, or an answer does not stand where it is said to.
    """
    return [
        _item(path, paragraph.document, question)
        for paragraph in _paragraphs(path)
        for question in paragraph.questions
    ]  # fmt: skip


def squad_documents(path: Path) -> Iterator[Document]:
    """The paragraphs as documents, in the order of the file. Ingest them, and the spans of the questions fit."""
    return (paragraph.document for paragraph in _paragraphs(path))


def _paragraphs(path: Path) -> Iterator[_Paragraph]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))["data"]
        articles = [(str(article["title"]), list(article["paragraphs"])) for article in data]
    except OSError as error:
        raise GoldenSetError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise GoldenSetError(f"{path}: not a file of SQuAD ({type(error).__name__}: {error}). {_REMEDY}") from error
    for title, paragraphs in articles:
        for number, paragraph in enumerate(paragraphs):
            where = f"{title}/{number}"
            if not isinstance(paragraph, dict) or not isinstance(paragraph.get("context"), str):
                raise GoldenSetError(f"{path}: paragraph {where!r} has no text 'context'. {_REMEDY}")
            questions = paragraph.get("qas", [])
            if not isinstance(questions, list) or not all(isinstance(each, dict) for each in questions):
                raise GoldenSetError(f"{path}: paragraph {where!r}: 'qas' is no list of questions. {_REMEDY}")
            yield _Paragraph(Document(where, paragraph["context"], title.replace("_", " ")), questions)


def _item(path: Path, document: Document, question: Mapping[str, Any]) -> GoldenItem:
    name, query = question.get("id"), question.get("question")
    if not isinstance(name, str) or not name.strip() or not isinstance(query, str) or not query.strip():
        raise GoldenSetError(f"{path}: a question of {document.id!r} has no 'id' or no 'question'. Give it both.")
    if question.get("is_impossible") is True:
        return GoldenItem(name, query, answerable=False, tags=(UNANSWERABLE,))
    answers = Counter(_answer(path, document, name, each) for each in question.get("answers") or ())
    if not answers:
        raise GoldenSetError(f"{path}: question {name!r} has no answer. Add one, or set 'is_impossible' to true.")
    ((text, start), _), *_ = answers.most_common(1)
    return GoldenItem(name, query, text, relevant=(Relevance(document.id, 1, text, start, start + len(text)),))


def _answer(path: Path, document: Document, name: str, answer: object) -> tuple[str, int]:
    text, start = (answer.get("text"), answer.get("answer_start")) if isinstance(answer, dict) else (None, None)
    if not isinstance(text, str) or not text.strip() or not isinstance(start, int) or isinstance(start, bool):
        raise GoldenSetError(f"{path}: an answer of question {name!r} has no 'text' or no 'answer_start'. Give it both.")
    if start < 0 or document.text[start : start + len(text)] != text:
        raise GoldenSetError(
            f"{path}: question {name!r}: {text!r:.80} does not stand at {start} of {document.id!r}. Correct it."
        )
    return text, start
