"""The evaluation as JUnit XML: a test case for each question, for the reports of a build server.

A question fails when its verdict is "wrong" or "missed" (:mod:`eval.diagnosis` has the rules), is an error when it raised, and
is skipped when its verdict is "unmeasured". The form is that of Jenkins' and Surefire's schema, which build servers read.
"""

import re
from xml.etree import ElementTree as ET

from eval.diagnosis import EXPLAINED, LABELS
from eval.reports.text import figure
from eval.result import EvalResult, QueryRow

SHOWN_RANKS = 5
# what XML 1.0 has no way to write, in section 2.2
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(result: EvalResult) -> str:
    """One test suite, with the metrics and what was measured as its properties."""
    cases = [_case(result, row) for row in result.rows]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    told = {name: str(count) for name, count in counts.items()} | {"time": f"{result.seconds:.3f}"}
    root = ET.Element("testsuites", {"name": "ragline eval", **told})
    attributes = {"name": _text(result.golden_name), "timestamp": result.started_at[:19], **told}
    suite = ET.SubElement(root, "testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result).items():
        ET.SubElement(properties, "property", {"name": _text(name), "value": _text(value)})
    suite.extend(cases)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _properties(result: EvalResult) -> dict[str, str]:
    figures = {name: f"{figure(value.value)} ({value.scored}/{value.total})" for name, value in result.metrics.items()}
    figures |= {name: f"{figure(value.value)} ({value.scored}/{value.total})" for name, value in result.answers.items()}
    known = {"data set": result.golden_sha256, "configuration": result.fingerprint}
    if result.judge is not None:
        known["judge"] = f"{result.judge.judge}: {'checked' if result.judge.passed else 'not to be believed'}"
    return known | figures


def _case(result: EvalResult, row: QueryRow) -> ET.Element:
    seconds = ((row.milliseconds or 0.0) + (row.answer_milliseconds or 0.0)) / 1000
    name = f"{row.id}: {' '.join(row.query.split())}"
    place = f"ragline.{_text(result.golden_name)}"
    case = ET.Element("testcase", {"classname": place, "name": _text(name), "time": f"{seconds:.3f}"})
    told = row.diagnosis
    if row.status == "error":
        ET.SubElement(case, "error", {"message": _text(row.error), "type": _text(row.error.split(":")[0])})
    elif told.verdict in ("wrong", "missed"):
        label = LABELS[told.cause] if told.cause else "no evidence named"
        failure = ET.SubElement(case, "failure", {"message": f"{told.verdict}: {label}", "type": told.cause or told.verdict})
        failure.text = _text(_details(row))
    elif told.verdict == "unmeasured":
        ET.SubElement(case, "skipped", {"message": _text(told.by)})
    return case


def _details(row: QueryRow) -> str:
    told = row.diagnosis
    lines = [f"{EXPLAINED[told.cause]} Decided by: {told.by}." if told.cause else f"Decided by: {told.by}."]
    lines += [f"expected: {document.doc_id} at rank {document.rank or 'none'}" for document in row.expected]
    lines += [f"found {document.rank}: {document.doc_id}" for document in row.ranking[:SHOWN_RANKS]]
    if row.abstained is not None:
        lines += [f"expected answer: {row.expected_answer}", f"answer: {row.answer}"]
    return "\n".join(lines)


def _text(text: str) -> str:
    """``text`` with what XML cannot carry as its code, such as ``\\x00``."""
    return _UNWRITABLE.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)
