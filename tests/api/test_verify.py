"""An answer's citations are checked later against the documents as they are then."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.errors import InputError
from ragline.types import Answer, Citation, Usage

TEXT = "The Aero 200 is quiet. The warranty lasts 36 months. Clean it weekly."
QUOTE = "The warranty lasts 36 months."


def ask(kb: ragline.Collection, principal: ragline.Principal | None = None) -> Answer:
    answer = kb.answer("How many months does the warranty last?", principal=principal)
    assert [citation.quote for citation in answer.citations] == [QUOTE]
    return answer


@pytest.fixture
def answer(kb: ragline.Collection) -> Answer:
    kb.ingest([ragline.Document("faq", TEXT)])
    return ask(kb)


def statuses(kb: ragline.Collection, answer: Any, principal: ragline.Principal | None = None) -> list[tuple[Any, ...]]:
    return [(row.status, row.start, row.end) for row in kb.verify(answer, principal=principal).rows]


def test_what_is_unchanged_is_exact(kb: ragline.Collection, answer: Answer) -> None:
    assert statuses(kb, answer) == [("exact", 23, 52)]
    report = kb.verify(answer)
    assert (report.query, report.holds) == (answer.query, True)
    assert report.counts == {"exact": 1, "moved": 0, "changed": 0, "gone": 0}


def test_a_quote_that_stands_elsewhere_has_moved(kb: ragline.Collection, answer: Answer) -> None:
    text = f"New first line. {TEXT}"
    kb.ingest([ragline.Document("faq", text)])
    ((status, start, end),) = statuses(kb, answer)
    assert (status, text[start:end]) == ("moved", QUOTE)
    assert kb.verify(answer).holds


def test_the_nearest_of_several_places_is_told(kb: ragline.Collection, answer: Answer) -> None:
    text = f"{QUOTE} A word. {QUOTE} Much more text stands here, and then once more. {QUOTE}"
    kb.ingest([ragline.Document("faq", text)])
    assert statuses(kb, answer) == [("moved", 38, 67)]


def test_a_quote_that_is_no_more_has_changed(kb: ragline.Collection, answer: Answer) -> None:
    kb.ingest([ragline.Document("faq", TEXT.replace("36", "24"))])
    assert statuses(kb, answer) == [("changed", None, None)]
    assert not kb.verify(answer).holds


def test_a_deleted_document_is_gone(kb: ragline.Collection, answer: Answer) -> None:
    kb.delete("faq")
    assert statuses(kb, answer) == [("gone", None, None)]


def test_a_document_that_one_may_not_see_is_told_apart_from_none_by_nothing(kb: ragline.Collection, answer: Answer) -> None:
    kb.ingest([ragline.Document("faq", TEXT, acl=("anna",))])
    anna, bert = ragline.Principal("anna"), ragline.Principal("bert")
    hidden = [kb.verify(answer), kb.verify(answer, principal=bert)]
    assert statuses(kb, answer, anna) == [("exact", 23, 52)]
    kb.ingest([ragline.Document("faq", f"More. {TEXT}", acl=("anna",))])
    hidden += [kb.verify(answer), kb.verify(answer, principal=bert)]
    kb.delete("faq")
    gone = kb.verify(answer)
    assert {row.status for row in gone.rows} == {"gone"}
    assert all(report == gone for report in hidden)


def test_the_json_of_an_answer_will_do(kb: ragline.Collection, answer: Answer) -> None:
    plain = json.loads(json.dumps(asdict(answer)))
    expected = kb.verify(answer)
    assert kb.verify(plain) == expected
    assert kb.verify(json.dumps(plain)) == expected
    plain["citations"][0]["from a later release"] = 1
    assert kb.verify(plain) == expected


def test_a_verification_reads_documents_and_is_in_the_audit_log(kb: ragline.Collection, answer: Answer) -> None:
    with ragline.open(kb.folder, audit_log=True, audit_queries="text") as watched:
        watched.verify(answer, principal=ragline.Principal("anna"))
        watched.verify(json.dumps(asdict(answer)))
        kb.delete("faq")
        watched.verify(asdict(answer))
        rows = list(watched.audit())
    assert [(row["action"], row["principal"], row["documents"]) for row in rows] == [
        ("verify", "anna", ["faq"]),
        ("verify", None, ["faq"]),
        ("verify", None, []),
    ]
    assert [row["query"] for row in rows] == [answer.query, "str", answer.query]
    assert QUOTE not in json.dumps(rows)  # the log holds no text of documents, as the JSON of an answer does


def test_an_abstention_has_nothing_to_verify(kb: ragline.Collection) -> None:
    report = kb.verify(kb.answer("Who won the chess tournament in Reykjavik?"))
    assert (report.rows, report.holds) == ((), True)


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        None,
        "no json",
        "[]",
        "{}",
        {"citations": 3},
        {"citations": ["x"]},
        {"citations": [{"doc_id": "faq"}]},
        {"citations": [{"marker": 1, "claim": "", "doc_id": 3, "chunk_id": "", "start": 0, "end": 1, "quote": "T"}]},
        {"citations": [{"marker": 1, "claim": "", "doc_id": "faq", "chunk_id": "", "start": "0", "end": 1, "quote": "T"}]},
        {"citations": [{"marker": 1, "claim": "", "doc_id": "faq", "chunk_id": "", "start": 5, "end": 1, "quote": "T"}]},
        {"citations": [{"marker": 1, "claim": "", "doc_id": "faq", "chunk_id": "", "start": -5, "end": -1, "quote": "T"}]},
    ],
)
def test_what_is_no_answer_is_refused(kb: ragline.Collection, answer: Answer, wrong: Any) -> None:
    with pytest.raises(InputError, match="ragline ask --json"):
        kb.verify(wrong)


@pytest.mark.parametrize(
    ("start", "end", "quote"), [(0, 0, ""), (999, 1030, QUOTE), (0, 5, QUOTE), (60, 900, "Clean it weekly.")]
)
def test_odd_places_are_found_out(kb: ragline.Collection, answer: Answer, start: int, end: int, quote: str) -> None:
    odd = Answer("q", "", (Citation(1, "", "faq", "c", start, end, quote, 0.5),), False, "", (), Usage("x"))
    ((status, first, last),) = statuses(kb, odd)
    assert (status, TEXT[first:last]) == (("exact", "") if not quote else ("moved", quote))


def test_the_command_reads_what_ask_printed(tmp_path: Path) -> None:
    place = tmp_path / "kb"
    with ragline.open(place, embedder="light") as kb:
        kb.ingest([ragline.Document("faq", TEXT)])

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-c", "from api.cli import main; main()", *arguments, "--kb", str(place)]
        return subprocess.run(call, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    printed = tmp_path / "answer.json"
    printed.write_text(command("ask", "How many months does the warranty last?", "--json").stdout)
    good = command("verify", str(printed))
    assert (good.returncode, good.stdout.splitlines()) == (0, ["1 citations: 1 exact", "  exact [1] faq, characters 23-52"])
    with ragline.open(place, embedder="light") as kb:
        kb.ingest([ragline.Document("faq", "Something else.")])
    bad = command("verify", str(printed), "--json")
    assert (bad.returncode, json.loads(bad.stdout)["counts"]["changed"]) == (3, 1)
    assert command("verify", str(tmp_path / "none.json")).returncode == 2
