"""What the offline judge is fitted to and measured on: claims with contexts, and whether these support them.

- ``qags``: sentences of summaries that people judged (QAGS, CNN/DM). ``halueval``: right and invented answers (HaluEval QA).
- ``written``: statements written for this, close to their passage and in other words, and with a wrong number, name, negation
  or unit (``offline_judge_written.jsonl``). The set that judges are checked on is another one, written by others.
- ``asked``: replies to SQuAD's questions, the right one and one of another question of the paragraph, made into statements with
  the words of the question, which somebody chose who wanted other words than the paragraph's; and these altered.
- ``crossed``: claims of the sets above against the contexts of another document: what has next to nothing in common with them.
- ``altered``: sentences of SQuAD's paragraphs as they are or said more loosely, and the same with one thing altered
  (:mod:`benchmarks.offline_judge_alterations`).

Documents (articles, contexts, Wikipedia pages) are split in halves by their hash: all that is written about one is on one side.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.corpora import shared_corpus, shared_folder
from benchmarks.offline_judge_alterations import altered, loosened
from retrieval.answers.sentences import sentence_spans

SQUAD = "squad-v2.0-dev"
WRITTEN = Path(__file__).with_name("offline_judge_written.jsonl")
_SENTENCES, _STATEMENTS = 1, 2  # of a paragraph: more of them would be more of the same
_SHORTEST = 40  # characters of a sentence that is altered: a shorter one says little
_EACH_INVENTED, _CROSSINGS = 6, 3  # of the invented answers every 6th is crossed, what was written with 3 passages each
_OTHERS = 3  # at most, paragraphs of the same page beside the one that carries the claim


@dataclass(frozen=True, slots=True)
class Example:
    """A claim, which its ``contexts`` support or not. ``answer`` is what it is a claim of, ``kind`` how it was made."""

    source: str
    kind: str
    document: str
    answer: str
    claim: str
    contexts: tuple[str, ...]
    question: str
    is_supported: bool


def is_held_out(document: str) -> bool:
    """Whether a document is in the half that nothing is fitted to; the same for ever."""
    return hashlib.sha256(document.encode()).digest()[0] % 2 == 1


def qags() -> Iterator[Example]:
    """Each sentence of each summary; the question ("Summarize the article.") tells nothing and is left out."""
    for row in _rows("qags-cnndm"):
        contexts = (joined_numbers(row["context"]),)
        for each in row["sentences"]:
            yield Example("qags", "judged", row["context"], row["id"], each["text"], contexts, "", bool(each["label"]))


def halueval() -> Iterator[Example]:
    """Answers as they are. Those of a bare yes or no are left out: no words can be compared."""
    for row in _rows("halueval-qa-generation"):
        if row["response"].strip(" .").lower() not in ("yes", "no"):
            contexts = (row["context"],)
            yield Example(
                "halueval",
                row["split"],
                row["context"],
                row["id"],
                row["response"],
                contexts,
                row["question"],
                bool(row["label"]),
            )


def written() -> Iterator[Example]:
    """``close`` and ``loose`` ones are supported; ``unrelated`` are those of another passage."""
    rows = list(_lines(WRITTEN))
    for number, row in enumerate(rows):
        told = {kind: text for kind, text in row.items() if kind != "context"}
        told["unrelated"] = rows[(number + 5) % len(rows)]["close"]
        for kind, text in told.items():
            is_supported = kind in ("close", "loose")
            yield Example("written", kind, row["context"], f"{number}-{kind}", text, (row["context"],), "", is_supported)


def crossed(*, held_out: bool) -> Iterator[Example]:
    """Claims of documents of one half (those written are in the half that is not held out) against contexts of another one."""
    judged = [each for each in qags() if is_held_out(each.document) == held_out]
    invented = [each for each in halueval() if is_held_out(each.document) == held_out and not each.is_supported]
    yield from (_crossed(each, judged) for each in judged)
    yield from (_crossed(each, invented) for each in invented[::_EACH_INVENTED])
    if not held_out:
        loose = [each for each in written() if each.kind == "loose"]
        for each in loose:
            yield from (_crossed(each, loose, salt) for salt in range(_CROSSINGS))


def _crossed(example: Example, others: Sequence[Example], salt: int = 0) -> Example:
    dice = random.Random(f"{example.answer} {example.claim} {salt}")
    other = dice.choice([each for each in others if each.document != example.document])
    return replace(
        example,
        source="crossed",
        kind=example.source,
        contexts=other.contexts,
        document=other.document,
        question="",
        is_supported=False,
    )


def squad(*, held_out: bool) -> Iterator[Example]:
    """``asked`` and ``altered``, of the pages that are held out or of the others."""
    folder = shared_corpus(SQUAD)
    paragraphs = {row["_id"]: row for row in _lines(folder / "corpus.jsonl")}
    pages: dict[str, list[str]] = {}
    for row in paragraphs.values():
        pages.setdefault(row["title"], []).append(row["text"])
    asked: dict[str, list[tuple[str, str]]] = {}
    home = dict(line.split("\t")[:2] for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:])
    for row in _lines(folder / "queries.jsonl"):
        if row["_id"] in home and row.get("answers"):
            asked.setdefault(home[row["_id"]], []).append((row["text"], row["answers"][0]))
    for key, row in paragraphs.items():
        if is_held_out(row["title"]) != held_out:
            continue
        dice = random.Random(key)
        others = [text for text in pages[row["title"]] if text != row["text"]]
        contexts = [row["text"], *dice.sample(others, min(len(others), dice.randint(0, _OTHERS)))]
        dice.shuffle(contexts)
        foreign = dice.choice(pages[dice.choice([title for title in pages if title != row["title"]])])
        elsewhere = [*(text for text in others if text not in contexts), foreign]  # what a context says is no invention
        yield from _asked(key, row, asked.get(key, []), tuple(contexts), elsewhere, dice)
        yield from _altered(key, row, tuple(contexts), elsewhere, dice)


def joined_numbers(text: str) -> str:
    """QAGS parts ``1, 600`` and ``2. 4`` in its articles and not in its summaries."""
    return re.sub(r"(\d)\. (?=\d)", r"\1.", re.sub(r"(\d), (?=\d{3}(?!\d))", r"\1,", text)).replace(" - ", "-")


def _altered(
    key: str, row: dict[str, Any], contexts: tuple[str, ...], elsewhere: Sequence[str], dice: random.Random
) -> Iterator[Example]:
    sentences = list(_sentences(row["text"]))
    for number, sentence in enumerate(dice.sample(sentences, min(_SENTENCES, len(sentences)))):
        loose = loosened(sentence, dice)
        supported = {"own sentence": sentence, **loose}
        told = list(supported.values())
        made = altered(dice.choice(told), row["text"], elsewhere, dice)
        for is_supported, texts in ((True, supported), (False, made)):
            for kind, text in texts.items():
                yield Example("altered", kind, row["title"], f"{key}-{number}-{kind}", text, contexts, "", is_supported)


def _asked(
    key: str,
    row: dict[str, Any],
    questions: Sequence[tuple[str, str]],
    contexts: tuple[str, ...],
    elsewhere: Sequence[str],
    dice: random.Random,
) -> Iterator[Example]:
    """Statements with the right reply, with a wrong one, and altered."""
    told = [each for each in questions if stated(*each)]
    for number, (question, answer) in enumerate(dice.sample(told, min(_STATEMENTS, len(told)))):
        statement = stated(question, answer)
        made = {(True, "statement"): statement}
        wrong = [each for _, each in questions if _shape(each) == _shape(answer) and not _overlap(each, answer)]
        if wrong:
            made[False, "wrong reply"] = stated(question, dice.choice(wrong))
        made |= {(False, kind): text for kind, text in altered(statement, row["text"], elsewhere, dice).items()}
        for (is_supported, kind), text in made.items():
            name = f"{key}-{number}-{kind}"
            yield Example("asked", kind, row["title"], name, text, contexts, "", is_supported)


_SUBJECT = re.compile(r"(?:Who|What|Which) (?P<rest>(?:is|was|are|were|[a-z]+ed|won|led|wrote|made|built) .+?)\?*$")
_ADVERB = re.compile(r"(?P<ask>When|Where|In what year|In which year) (?:did|does|do) (?P<rest>.+?)\?*$")
_COUNT = re.compile(r"How many (?P<rest>(?!.*\b(?:did|does|do)\b).+?)\?*$")


def stated(question: str, reply: str) -> str:
    """``question`` and ``reply`` as one statement; empty where no rule knows how."""
    begin = f"{reply[:1].upper()}{reply[1:]}".rstrip(".")
    if match := _SUBJECT.match(question) or _COUNT.match(question):
        return f"{begin} {match['rest'].rstrip()}."
    if match := _ADVERB.match(question):
        rest = match["rest"].rstrip()
        return f"{rest[:1].upper()}{rest[1:]} {'' if reply.startswith(('in ', 'on ', 'at ')) else 'in '}{reply.rstrip('.')}."
    return ""


def _shape(answer: str) -> str:
    """The kind of thing that an answer is: a wrong one of another kind would be too easy."""
    if any(map(str.isdigit, answer)):
        return "number"
    return "name" if answer[:1].isupper() else "words"


def _overlap(one: str, other: str) -> bool:
    return bool(set(one.lower().split()) & set(other.lower().split()))


def _sentences(text: str) -> Iterator[str]:
    for span in sentence_spans(text):
        if span.kind == "sentence" and span.end - span.start >= _SHORTEST:
            yield text[span.start : span.end]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    yield from _lines(shared_folder(name) / "examples.jsonl")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)
