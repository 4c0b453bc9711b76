"""Exact spans: of 500 answers every citation slices to its quoted text, whoever wrote the answer."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.types import Answer, Hit

ANSWERS = 500
SHAPES = (" [{n}].", ". [{n}]", " [{n}][{m}].", " [{n}, {m}].", "【{n}】.", " [passage {n}].", " [^{n}].", ".")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def sample_kb(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("exact") / "kb"
    with ragline.open(place, embedder="light") as kb:
        kb.ingest(samples / "documents", root=samples)
    return place


@pytest.fixture(scope="module")
def questions(samples: Path) -> list[str]:
    _, *rows = [json.loads(line) for line in (samples / "golden.jsonl").read_text("utf-8").splitlines()]
    return [row["query"] for row in rows]


def assert_exact(kb: ragline.Collection, answer: Answer) -> int:
    """Every citation is the slice of its document; returns how many there are."""
    for citation in answer.citations:
        document = kb.get(citation.doc_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote != ""
    assert kb.verify(answer).counts["exact"] == len(answer.citations)
    for claim in answer.claims:
        assert answer.text[claim.start : claim.end].strip()
    return len(answer.citations)


def sentences(hits: list[Hit], dice: random.Random) -> Iterator[str]:
    """What a model might write of these passages: copied, cut, reworded, merged, wrong; its markers in every shape."""
    for _ in range(dice.randint(1, 4)):
        number = dice.randint(1, len(hits))
        words = hits[number - 1].text.split()
        start = dice.randrange(len(words))
        said = words[start : start + dice.randint(1, 25)]
        if dice.random() < 0.3:
            dice.shuffle(said)
        if dice.random() < 0.2:
            said.append(dice.choice(["quokka", "4711", "保修期", "**bold**", "`code[1]`", "| a | b |", "\n\n- item"]))
        other = dice.randint(1, len(hits) + 2)
        shape = dice.choice(
            [" [{n}].", ". [{n}]", " [{n}][{m}].", " [{n}, {m}].", "【{n}】.", " [passage {n}].", " [^{n}].", "."]
        )
        yield " ".join(said) + shape.format(n=number, m=other)


def test_500_answers_on_the_samples(sample_kb: Path, questions: list[str], stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    dice = random.Random(5)
    answered = cited = unsupported = 0
    with ragline.open(sample_kb, embedder="light") as kb:
        for question in questions:
            answer = kb.answer(question)
            answered += not answer.abstained
            cited += assert_exact(kb, answer)
            unsupported += sum(claim.verdict != "supported" for claim in answer.claims)
        passages = {question: kb.search(question, 8) for question in questions}
    assert answered > 60
    assert unsupported == 0  # what is quoted is its own support
    with ragline.open(sample_kb, embedder="light", model="openai/stub", model_api_base=stub.api_base) as kb:
        while answered < ANSWERS:
            question = dice.choice(questions)
            stub.replies.clear()
            stub.will_reply(" ".join(sentences(passages[question], dice)))
            answer = kb.answer(question)
            answered += not answer.abstained
            cited += assert_exact(kb, answer)
    assert answered == ANSWERS
    assert cited > ANSWERS


@pytest.mark.shared_data
def test_500_extracted_answers_on_squad(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "squad-v2.0-dev"
    if not folder.is_dir():
        pytest.skip(f"SQuAD not found at {folder}")
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()][:300]
    asked = [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    answered = unsupported = 0
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([ragline.Document(row["_id"], row["text"], title=row["title"]) for row in corpus])
        for question in asked:
            answer = kb.answer(question)
            answered += not answer.abstained
            assert_exact(kb, answer)
            unsupported += sum(claim.verdict != "supported" for claim in answer.claims)
            if answered == ANSWERS:
                break
    assert (answered, unsupported) == (ANSWERS, 0)
