"""Traces of searches, answers and evaluations, and what they cost when they are off."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.errors import InputError, MissingExtra

Spans = Callable[[], list[Any]]
TEXT = "annual leave"  # in a question and in a document


@pytest.fixture
def open_traced(tmp_path: Path, docs: Path) -> Any:
    opened: list[ragline.Collection] = []

    def open_traced(**settings: Any) -> ragline.Collection:
        kb = ragline.open(tmp_path / "kb", embedder="light", **{"telemetry": "on", **settings})
        kb.ingest(docs)
        opened.append(kb)
        return kb

    yield open_traced
    for kb in opened:
        kb.close()


def written(span: Any) -> str:
    """Everything that a span says."""
    return str(span.to_json())


def test_a_search_is_a_span_with_its_stages_below_it(open_traced: Any, finished_spans: Spans) -> None:
    hits = open_traced().search(TEXT, 3)
    *stages, search = finished_spans()
    assert search.name == "retrieval kb"
    attributes = dict(search.attributes)
    assert attributes["gen_ai.operation.name"] == "retrieval"
    assert attributes["gen_ai.data_source.id"] == "kb"
    assert attributes["gen_ai.retrieval.top_k"] == 3
    assert attributes["ragline.hits"] == len(hits)
    names = [stage.name for stage in stages]
    assert names[0] == "embeddings light"
    assert {"vector", "lexical", "fusion", "rerank learned", "read"} <= set(names)
    for stage in stages:
        assert stage.parent.span_id == search.context.span_id
        assert search.start_time <= stage.start_time <= stage.end_time <= search.end_time
    rerank = stages[names.index("rerank learned")]
    assert rerank.attributes["gen_ai.request.model"] == "learned"
    assert search.instrumentation_scope.name == "ragline"
    assert search.status.is_ok or search.status.is_unset


def test_law_no_text_is_in_a_trace_unless_it_is_asked_for(open_traced: Any, finished_spans: Spans, docs: Path) -> None:
    golden = docs.parent / "golden.jsonl"
    golden.write_text(json.dumps({"id": "q", "query": TEXT, "answer": "28 days", "relevant": [{"doc_id": "docs/hr/leave.md"}]}))
    kb = open_traced()
    kb.search(TEXT)
    kb.answer(f"How long is {TEXT}?")
    kb.evaluate(golden)
    list(kb.stream_answer(TEXT))
    with pytest.raises(InputError):
        kb.search(TEXT, mode=TEXT)
    for span in finished_spans():
        said = written(span)
        for text in (TEXT, "28 days", "leave.md"):
            assert text not in said, span.name


def test_text_is_there_when_it_is_asked_for(open_traced: Any, finished_spans: Spans) -> None:
    kb = open_traced(telemetry_text=True)
    kb.search(TEXT, 2)
    search = finished_spans()[-1]
    assert search.attributes["gen_ai.retrieval.query.text"] == TEXT
    documents = json.loads(search.attributes["gen_ai.retrieval.documents"])
    assert documents[0]["id"] == "docs/hr/leave.md"
    assert set(documents[0]) == {"id", "score"}
    answer = kb.answer(query=f"How long is {TEXT}?")
    told = finished_spans()[-1].attributes
    assert json.loads(told["gen_ai.input.messages"])[0]["parts"][0]["content"] == f"How long is {TEXT}?"
    assert json.loads(told["gen_ai.output.messages"])[0]["parts"][0]["content"] == answer.text


def test_an_answer_has_its_search_below_it(open_traced: Any, finished_spans: Spans) -> None:
    answer = open_traced().answer(f"How long is {TEXT}?")
    spans = {span.name: span for span in finished_spans()}
    outer, search = spans["answer kb"], spans["retrieval kb"]
    assert search.parent.span_id == outer.context.span_id
    assert outer.attributes["gen_ai.response.model"] == "extractive"
    assert outer.attributes["ragline.abstained"] is answer.abstained
    assert outer.attributes["ragline.citations"] == len(answer.citations)


def test_a_stream_is_one_span_and_the_callers_own_spans_are_not_below_it(open_traced: Any, finished_spans: Spans) -> None:
    from opentelemetry import trace

    kb = open_traced()
    with trace.get_tracer("caller").start_as_current_span("request"):
        for _ in kb.stream_answer(f"How long is {TEXT}?"):
            with trace.get_tracer("caller").start_as_current_span("sent"):
                pass
    spans = finished_spans()
    request = next(span for span in spans if span.name == "request")
    (stream,) = [span for span in spans if span.name == "answer kb"]
    assert stream.parent.span_id == request.context.span_id
    assert {span.parent.span_id for span in spans if span.name == "sent"} == {request.context.span_id}
    assert stream.attributes["ragline.hits"] > 0


def test_a_stream_that_is_left_early_ends_its_span(open_traced: Any, finished_spans: Spans) -> None:
    pieces = open_traced().stream_answer(f"How long is {TEXT}?")
    next(pieces)
    assert "answer kb" not in [span.name for span in finished_spans()]
    pieces.close()
    assert "answer kb" in [span.name for span in finished_spans()]


def test_an_asynchronous_search_is_below_the_span_of_its_caller(open_traced: Any, finished_spans: Spans) -> None:
    from opentelemetry import trace

    kb = open_traced()

    async def ask() -> None:
        with trace.get_tracer("caller").start_as_current_span("request"):
            await asyncio.gather(*(kb.asearch(f"{TEXT} {number}") for number in range(5)))

    asyncio.run(ask())
    spans = finished_spans()
    request = next(span for span in spans if span.name == "request")
    searches = [span for span in spans if span.name == "retrieval kb"]
    assert len(searches) == 5
    assert {span.parent.span_id for span in searches} == {request.context.span_id}


def test_an_asynchronous_stream_is_one_span_below_that_of_its_caller(open_traced: Any, finished_spans: Spans) -> None:
    from opentelemetry import trace

    kb = open_traced()

    async def ask() -> None:
        with trace.get_tracer("caller").start_as_current_span("request"):
            async for _ in kb.astream_answer(f"How long is {TEXT}?"):
                pass

    asyncio.run(ask())
    spans = {span.name: span for span in finished_spans()}
    assert spans["answer kb"].parent.span_id == spans["request"].context.span_id
    assert spans["retrieval kb"].parent.span_id == spans["answer kb"].context.span_id


def test_an_evaluation_tells_its_metrics_as_events(open_traced: Any, finished_spans: Spans, docs: Path) -> None:
    golden = docs.parent / "golden.jsonl"
    golden.write_text(json.dumps({"id": "q", "query": TEXT, "relevant": [{"doc_id": "docs/hr/leave.md"}]}))
    result = open_traced().evaluate(golden, answers=False)
    evaluation = finished_spans()[-1]
    assert evaluation.name == "evaluate kb"
    assert evaluation.attributes["ragline.golden.sha256"] == result.golden_sha256
    scores = {event.attributes["gen_ai.evaluation.name"]: event.attributes for event in evaluation.events}
    assert {event.name for event in evaluation.events} == {"gen_ai.evaluation.result"}
    assert scores["nDCG@10"]["gen_ai.evaluation.score.value"] == result.metrics["nDCG@10"].value


def test_what_fails_is_marked_with_the_name_of_its_error(open_traced: Any, finished_spans: Spans) -> None:
    with pytest.raises(InputError):
        open_traced().search(TEXT, 0)
    (span,) = [span for span in finished_spans() if span.name == "retrieval kb"]
    assert span.attributes["error.type"] == "InputError"
    assert not span.status.is_ok
    assert span.status.description is None
    assert span.events == ()


def test_the_hits_are_the_same_with_and_without(open_traced: Any) -> None:
    with_spans, without = (open_traced(telemetry=state).search(TEXT, 5) for state in ("on", "off"))
    assert [(hit.chunk.id, hit.score) for hit in with_spans] == [(hit.chunk.id, hit.score) for hit in without]


def test_without_opentelemetry_the_error_names_the_command(open_traced: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kb = open_traced()
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ragline\[telemetry\]'"):
        kb.search(TEXT)


def test_off_nothing_is_imported_and_nothing_recorded(open_traced: Any, finished_spans: Spans, docs: Path) -> None:
    kb = open_traced(telemetry="off")
    kb.search(TEXT)
    assert finished_spans() == []
    code = (
        "import sys, ragline\n"
        f"with ragline.open({str(kb.folder)!r}, embedder='light') as kb:\n    kb.search('leave'); kb.answer('leave?')\n"
        "assert not [name for name in sys.modules if name.startswith(('opentelemetry', 'eval.tracking'))]"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
