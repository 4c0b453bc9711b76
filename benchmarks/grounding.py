"""How well the checks of an answer's statements tell what a passage carries from what it does not.

QAGS (CNN/DM): sentences of summaries that people judged. HaluEval: right and invented answers. SQuAD: its own sentences, and
the same with one thing altered. What is "marked" is unsupported by :func:`retrieval.answers.claims.reasons_against`.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.corpora import shared_corpus, shared_folder
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder
from ragline.types import Chunk
from retrieval.answers.claims import reasons_against
from retrieval.answers.grounding import Evidence, Grounding, ground
from retrieval.answers.sentences import sentence_spans

_PARAGRAPHS, _QUICK_PARAGRAPHS = 250, 50
_SHORTEST = 40  # characters of a sentence that is altered: a shorter one says little
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+ [A-Z][a-z]+")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?![\w,.-]*\d)")
_VERB = re.compile(r"\b(?:is|was|are|were|can|will|has)\b(?! not)")
_DENIED = re.compile(r"\b(is|was|are|were|can) not\b")


@dataclass(frozen=True, slots=True)
class _Altered:
    kind: str
    text: str


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure of the suite; a quick run takes the light embedder and fewer paragraphs."""
    figures: list[Figure] = []
    for name in ("light",) if workspace.quick else ("light", "minilm"):
        embedder = load_embedder(name)
        figures += _qags(name, embedder)
        figures += _halueval(name, embedder)
        if name == "light":
            figures += _squad(embedder, _QUICK_PARAGRAPHS if workspace.quick else _PARAGRAPHS)
    return figures


def _qags(name: str, embedder: Embedder) -> list[Figure]:
    judged: dict[int, list[Grounding]] = {0: [], 1: []}
    words: dict[int, list[float]] = {0: [], 1: []}
    for row in _rows("qags-cnndm"):
        evidence = _evidence(_joined_numbers(row["context"]))
        for sentence in row["sentences"]:
            judged[sentence["label"]].append(ground(sentence["text"], evidence, embedder=embedder))
            words[sentence["label"]].append(ground(sentence["text"], evidence).support)
    supports = {label: [each.support for each in found] for label, found in judged.items()}
    note = f"{len(judged[1])} consistent sentences, {len(judged[0])} others"
    return [
        Figure(f"qags {name} AUROC of the support", _auroc(supports[1], supports[0]), "", note, ">= 0.8"),
        Figure(f"qags {name} AUROC by words alone", _auroc(words[1], words[0]), "", note),
        Figure(f"qags {name} consistent left unmarked", 1 - _marked(judged[1]), "", "the rest are false alarms", ">= 0.96"),
        Figure(f"qags {name} inconsistent marked", _marked(judged[0]), "", ""),
    ]


def _halueval(name: str, embedder: Embedder) -> list[Figure]:
    found: dict[int, list[Grounding]] = {0: [], 1: []}
    for row in _rows("halueval-qa-generation"):
        if row["split"] == "one-turn" and row["response"].strip(" .").lower() not in ("yes", "no"):
            found[row["label"]].append(ground(row["response"], _evidence(row["context"]), embedder=embedder))
    note = "500 questions less those answered by a bare yes or no; the invented answers are longer"
    return [
        Figure(f"halueval {name} right left unmarked", 1 - _marked(found[1]), "", "the rest are false alarms", ">= 0.96"),
        Figure(f"halueval {name} invented marked", _marked(found[0]), "", note),
    ]


def _squad(embedder: Embedder, paragraphs: int) -> list[Figure]:
    dice = random.Random(3)
    rows = [json.loads(line) for line in (shared_corpus("squad-v2.0-dev") / "corpus.jsonl").read_text("utf-8").splitlines()]
    texts = [row["text"] for row in rows]
    chosen = dice.sample(texts, paragraphs)
    names = [name for text in chosen for name in _NAME.findall(text)]
    found: dict[str, list[Grounding]] = {}
    for text in chosen:
        evidence = _evidence(text)
        for sentence in _sentences(text):
            for altered in _variants(sentence, text, names, dice.choice(texts), dice):
                found.setdefault(altered.kind, []).append(ground(altered.text, evidence, embedder=embedder))
    own = found.pop("own sentence")
    return [
        Figure("squad own sentence left unmarked", 1 - _marked(own), "", f"{len(own)} sentences", ">= 0.99"),
        *(
            Figure(f"squad {kind} marked", _marked(groundings), "", f"{len(groundings)} sentences", _SQUAD_TARGETS[kind])
            for kind, groundings in sorted(found.items())
        ),
    ]


_SQUAD_TARGETS = {
    "another number": ">= 0.9",
    "another name": ">= 0.95",
    "not put in": ">= 0.8",
    "not taken out": "",
    "sentence of another paragraph": ">= 0.95",
}


def _variants(sentence: str, text: str, names: Sequence[str], other: str, dice: random.Random) -> Iterator[_Altered]:
    yield _Altered("own sentence", sentence)
    if number := _NUMBER.search(sentence):
        wrong = str(int(number.group()) + dice.choice((1, 3, 10)))
        yield _Altered("another number", sentence[: number.start()] + wrong + sentence[number.end() :])
    if name := _NAME.search(sentence):
        yield _Altered(
            "another name", sentence.replace(name.group(), dice.choice([each for each in names if each not in text]))
        )
    if verb := _VERB.search(sentence):
        yield _Altered("not put in", f"{sentence[: verb.end()]} not{sentence[verb.end() :]}")
    if denied := _DENIED.search(sentence):
        yield _Altered("not taken out", sentence[: denied.end(1)] + sentence[denied.end() :])
    if foreign := list(_sentences(other)):
        yield _Altered("sentence of another paragraph", dice.choice(foreign))


def _sentences(text: str) -> Iterator[str]:
    for span in sentence_spans(text):
        if span.kind == "sentence" and span.end - span.start >= _SHORTEST:
            yield text[span.start : span.end]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (shared_folder(name) / "examples.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def _joined_numbers(text: str) -> str:
    """QAGS parts ``1, 600`` and ``2. 4`` in its articles and not in its summaries."""
    return re.sub(r"(\d)\. (?=\d)", r"\1.", re.sub(r"(\d), (?=\d{3}(?!\d))", r"\1,", text)).replace(" - ", "-")


def _evidence(text: str) -> Evidence:
    return Evidence([Chunk("passage", "passage", text, 0, len(text))])


def _marked(found: Sequence[Grounding]) -> float:
    return sum(bool(reasons_against(each)) for each in found) / len(found)


def _auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that one of ``positive`` is above one of ``negative``; equal counts half (Mann and Whitney, 1947)."""
    above = sum((high > low) + 0.5 * (high == low) for high in positive for low in negative)
    return above / (len(positive) * len(negative))
