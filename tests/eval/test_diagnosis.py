"""What went wrong with a question: every cause brought about in a small, real collection, and the rules behind them."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import ragline
from eval.diagnosis import EXPLAINED, LABELS, diagnose
from eval.evidence import Evidence, evidence_of
from eval.golden import GoldenItem, Relevance
from eval.judges.base import Score
from eval.metrics.spans import Span
from eval.result import AnswerContext, Diagnosis, EvalResult, EvidencePlace, ExpectedDocument, QueryRow
from ragline import Document
from ragline.types import Citation

LEAVE = "Everyone gets 28 days of paid leave a year. "
PUMP = "The pump stops with error E-4012 when its inlet is blocked."
Ask = Callable[..., EvalResult]


class StubModel(ThreadingHTTPServer):
    """Speaks the OpenAI protocol for chat completions, and always says the same."""

    daemon_threads = True
    text = "Everyone gets 28 days. [1]"


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.server.text}}
        usage = {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}
        body = {"id": "s", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice], "usage": usage}
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def stub() -> Iterator[StubModel]:
    server = StubModel(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Ingests documents into a new collection and evaluates one question on it."""
    opened: list[ragline.Collection] = []

    def evaluated(
        documents: Mapping[str, str], question: Mapping[str, Any], *, settings: Mapping[str, Any] | None = None, **options: Any
    ) -> EvalResult:
        golden = tmp_path / "golden.jsonl"
        golden.write_text(json.dumps({"id": "q", **question}) + "\n")
        kb = ragline.open(tmp_path / "kb", **{"embedder": "light", "reranker": "none"} | dict(settings or {}))
        opened.append(kb)
        kb.ingest([Document(name, text) for name, text in documents.items()])
        return kb.evaluate(golden, **{"ks": (1,)} | options)

    yield evaluated
    for kb in opened:
        kb.close()


def cause_of(result: EvalResult) -> str | None:
    (row,) = result.rows
    assert result.verdicts[row.diagnosis.verdict] == 1
    if row.diagnosis.cause is not None:
        assert result.diagnoses[row.diagnosis.cause] == sum(result.diagnoses.values()) == 1
    return row.diagnosis.cause


def test_what_is_not_in_the_collection(ask: Ask) -> None:
    question = {"query": "pump error E-4012", "answer": "Filter.", "relevant": [{"doc_id": "ghost", "grade": 1}]}
    result = ask({"pump": PUMP}, question)
    assert cause_of(result) == "not_in_collection"
    (document,) = result.rows[0].expected
    assert document.is_held is False
    assert document.why_not == "The collection has no such document, or none that may be seen."


def test_what_is_not_retrieved(ask: Ask) -> None:
    question = {"query": "blocked inlet", "answer": "Zebra crossing.", "relevant": [{"doc_id": "other", "grade": 1}]}
    result = ask({"pump": PUMP, "other": "Zebras live in Africa."}, question, mode="lexical")
    assert cause_of(result) == "not_retrieved"
    (document,) = result.rows[0].expected
    assert document.is_held is True
    assert "no word of the query that the lexical leg knows is in it" in document.why_not


def test_what_is_ranked_too_low(ask: Ask) -> None:
    nearer = {f"pump{number}": f"Pump error {number}: pump error, pump error, pump." for number in range(12)}
    question = {"query": "pump error", "answer": "Clean the filter of the inlet.", "relevant": [{"doc_id": "far", "grade": 1}]}
    far = "A long text about many other things, in which a pump is named once, and nothing is said of any fault or alarm. " * 2
    result = ask({**nearer, "far": far}, question, mode="lexical", ks=(10,))
    assert cause_of(result) == "ranked_too_low"
    place = result.rows[0].evidence
    assert place is not None
    assert place.rank == 13
    assert place.given == 8


@pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning")
@pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning")
def test_what_is_cut_from_the_context(ask: Ask, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("litellm", reason="needs the extra llm")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    model = {"model": "openai/stub", "model_api_base": f"http://127.0.0.1:{stub.server_port}/v1", "model_context_tokens": 130}
    documents = {"leave": LEAVE * 3, "parents": "Parents get 16 weeks of paid leave a year on top."}
    question = {"query": "28 days paid leave", "answer": "Sixteen weeks.", "relevant": [{"doc_id": "parents", "grade": 1}]}
    result = ask(documents, question, settings=model)
    assert cause_of(result) == "cut_from_context"
    (row,) = result.rows
    assert [context.doc_id for context in row.contexts] == ["leave"]
    assert row.evidence == EvidencePlace(2, 2, 8)
    assert (row.model, row.citations[0].doc_id) == ("openai/stub", "leave")
    spent = result.spending["answer"]
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens, spent.unpriced) == (1, 50, 7, 1)


def test_an_abstention_though_the_context_held_it(ask: Ask) -> None:
    question = {"query": "Who won the chess tournament?", "answer": "No.", "relevant": [{"doc_id": "pump", "grade": 1}]}
    result = ask({"pump": PUMP}, question)
    assert cause_of(result) == "abstained_despite_context"
    assert result.rows[0].diagnosis.verdict == "missed"
    assert result.rows[0].reason


def test_what_is_generated_wrong(ask: Ask) -> None:
    question = {
        "query": "When does the pump stop with error E-4012?",
        "answer": "Sixteen weeks.",
        "relevant": [{"doc_id": "leave", "grade": 1}],
    }
    result = ask({"pump": PUMP, "leave": LEAVE}, question)
    assert cause_of(result) == "generated_wrong"
    (row,) = result.rows
    assert {context.doc_id: context.holds_evidence for context in row.contexts} == {"pump": False, "leave": True}
    assert {cited.doc_id for cited in row.citations} == {"pump"}


def test_an_answer_to_what_has_none(ask: Ask) -> None:
    result = ask({"pump": PUMP}, {"query": "When does the pump stop with error E-4012?", "answerable": False})
    assert cause_of(result) == "answered_unanswerable"


def test_what_is_right_has_no_cause(ask: Ask) -> None:
    question = {"query": "When does the pump stop with error E-4012?", "relevant": [{"doc_id": "pump", "grade": 1}]}
    result = ask({"pump": PUMP, "leave": LEAVE}, question)
    assert result.rows[0].diagnosis == Diagnosis("right", by="citations")
    assert cause_of(result) is None


def test_without_answers_the_ranking_decides(ask: Ask) -> None:
    documents, relevant = {"pump": PUMP, "leave": LEAVE}, [{"doc_id": "leave", "grade": 1}]
    result = ask(documents, {"query": "pump error E-4012", "relevant": relevant}, answers=False)
    assert result.rows[0].diagnosis == Diagnosis("missed", "ranked_too_low", "ranking")
    result = ask(documents, {"query": "paid leave", "relevant": relevant}, answers=False)
    assert result.rows[0].diagnosis == Diagnosis("right", by="ranking")


EVIDENCE = evidence_of(GoldenItem("q", "what?", relevant=(Relevance("d", 1, "", 0, 10),)))
ROW = QueryRow(
    "q",
    "what?",
    (),
    True,
    "ok",
    expected=(ExpectedDocument("d", 1, 1),),
    abstained=False,
    answer="It stops at once.",
    contexts=(AnswerContext("d", "c", 0, 10, "", True),),
    citations=(Citation(1, "", "d", "c", 4, 8, "", 1.0),),
    evidence=EvidencePlace(1, 50, 8),
)
NOWHERE = (Citation(1, "", "e", "c", 4, 8, "", 1.0),)
RIGHT = Diagnosis("right", by="citations")
HALF = Score(0.5, "scored")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, RIGHT),
        ({"scores": {"faithfulness": Score(0.49, "scored")}}, Diagnosis("wrong", "generated_wrong", "faithfulness")),
        ({"scores": {"faithfulness": HALF}, "citations": NOWHERE}, Diagnosis("wrong", "generated_wrong", "citations")),
        ({"scores": {"factual_correctness": HALF}, "citations": NOWHERE}, Diagnosis("right", by="factual_correctness")),
        ({"scores": {"faithfulness": Score(None, "failed", "cut off")}}, RIGHT),
        ({"citations": NOWHERE, "expected_answer": "It stops now"}, Diagnosis("right", by="expected answer")),
        ({"citations": (), "expected_answer": "never before"}, Diagnosis("wrong", "generated_wrong", "expected answer")),
        ({"citations": ()}, Diagnosis("unmeasured", by="nothing to hold the answer against")),
        ({"citations": (), "contexts": ()}, Diagnosis("wrong", "cut_from_context", "passages without evidence")),
        ({"status": "error"}, Diagnosis("unmeasured", by="error")),
        ({"abstained": True}, Diagnosis("missed", "abstained_despite_context", "abstained")),
        ({"answerable": False, "abstained": True}, Diagnosis("right", by="abstained")),
        ({"answerable": False, "abstained": None}, Diagnosis("unmeasured", by="no answer was asked for")),
        ({"abstained": None, "expected": (), "evidence": None}, Diagnosis("unmeasured", by="no relevant document is named")),
    ],
)
def test_the_rules_in_their_order(changes: dict[str, object], found: Diagnosis) -> None:
    assert diagnose(replace(ROW, **changes), EVIDENCE, deepest=10) == found  # type: ignore[arg-type]


def test_what_is_wrong_without_evidence_has_no_cause() -> None:
    nothing = Evidence((), frozenset())
    row = replace(ROW, expected=(), evidence=None, citations=(), expected_answer="never before", contexts=())
    assert diagnose(row, nothing, deepest=10) == Diagnosis("wrong", None, "expected answer")


def test_a_document_of_several_that_is_there_is_not_absent() -> None:
    both = Evidence((Span("d", 0, 10),), frozenset({"e"}))
    row = replace(ROW, abstained=True, contexts=(), evidence=EvidencePlace(None, 50, 8))
    assert diagnose(row, both, deepest=10, absent=["d"]).cause == "not_retrieved"
    assert diagnose(row, both, deepest=10, absent=["d", "e"]).cause == "not_in_collection"


def test_every_cause_is_explained() -> None:
    assert list(EXPLAINED) == list(LABELS)
