"""JUnit for build servers and CSV for spreadsheets: the same rows, whole, and safe to open."""

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from eval.reports.csv_report import csv_report
from eval.reports.junit_report import junit_report
from eval.result import Diagnosis, EvalResult, QueryRow


def suite_of(result: EvalResult) -> ET.Element:
    suite = ET.fromstring(junit_report(result)).find("testsuite")
    assert suite is not None
    return suite


def rows_of(result: EvalResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_report(result), newline="")))


def test_every_question_is_a_test_case_and_the_counts_add_up(result: EvalResult) -> None:
    suite = suite_of(result)
    cases = suite.findall("testcase")
    assert [str(case.get("name")).split(": ")[0] for case in cases] == [row.id for row in result.rows]
    verdicts = result.verdicts
    counts = {name: int(str(suite.get(name))) for name in ("tests", "failures", "errors", "skipped")}
    assert counts["tests"] == len(result.rows)
    assert counts["errors"] == result.counts["errors"] == len(suite.findall("testcase/error"))
    assert counts["failures"] == verdicts["wrong"] + verdicts["missed"] == len(suite.findall("testcase/failure"))
    assert counts["skipped"] == verdicts["unmeasured"] - counts["errors"] == len(suite.findall("testcase/skipped"))


def test_a_failure_says_what_went_wrong_and_where(result: EvalResult) -> None:
    case = next(case for case in suite_of(result).findall("testcase") if str(case.get("name")).startswith("eager: "))
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "wrong: answered what has no answer"
    assert failure.get("type") == "answered_unanswerable"
    assert "found 1: moon" in str(failure.text)
    assert "answer: passage 1 of moon" in str(failure.text)


def test_metrics_and_fingerprints_are_properties(full: EvalResult) -> None:
    told = {each.get("name"): each.get("value") for each in suite_of(full).iter("property")}
    assert told["data set"] == full.golden_sha256
    assert told["configuration"] == full.fingerprint
    assert told["hit_rate@10"] == "0.750 (4/5)"
    assert told["faithfulness"] == "0.500 (1/2)"
    assert told["judge"] == "offline: checked"


def test_what_xml_cannot_carry_is_written_as_its_code(result: EvalResult) -> None:
    row = replace(result.rows[0], query="a \x00 b \ud800 c \x1b <d> & \U0001f600 e", error="x: \x07", status="error")
    (case,) = suite_of(replace(result, rows=(row,))).findall("testcase")
    assert str(case.get("name")).endswith("a \\x00 b \\ud800 c \\x1b <d> & \U0001f600 e")
    assert junit_report(replace(result, rows=(row,))).encode()


def test_a_row_has_every_figure_of_its_question(full: EvalResult) -> None:
    rows = rows_of(full)
    assert [row["id"] for row in rows] == [row.id for row in full.rows]
    first, row = rows[0], full.rows[0]
    assert first["tags"] == "a | b"
    assert (first["verdict"], first["cause"], first["decided_by"]) == ("wrong", "generated_wrong", "faithfulness")
    assert float(first["nDCG@10"]) == row.metrics["nDCG@10"]
    assert (first["first_relevant_rank"], first["evidence_rank"]) == ("1", "1")
    assert (first["expected"], first["found"], first["cited"]) == ("d | g", "d | e", "d")
    assert (first["faithfulness"], first["faithfulness:status"]) == ("0.5", "scored")
    assert (first["tokens_in"], first["tokens_out"], first["cost_usd"]) == ("10", "5", "0.01")
    assert (first["search_ms"], first["answer_ms"]) == ("1.25", "3.5")
    assert rows[-2]["nDCG@10"] == ""
    assert len({len(row) for row in rows}) == 1


def test_a_price_that_is_not_known_is_no_figure(full: EvalResult) -> None:
    row = full.rows[0]
    assert row.spending is not None
    unpriced = replace(row, spending=replace(row.spending, unpriced=1, cost_usd=0.0))
    assert rows_of(replace(full, rows=(unpriced,)))[0]["cost_usd"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(result: EvalResult, text: str) -> None:
    row = QueryRow("q", text, (), True, "ok", milliseconds=-1.5, diagnosis=Diagnosis("right"))
    told = rows_of(replace(result, rows=(row,)))[0]
    assert told["query"] == f"'{text}"
    assert told["search_ms"] == "-1.5"


def test_line_breaks_and_quotes_stay_in_their_cell(result: EvalResult) -> None:
    text = 'one\ntwo, "three"\r\nfour'
    row = QueryRow("q", text, (), True, "ok")
    assert rows_of(replace(result, rows=(row,)))[0]["query"] == text
