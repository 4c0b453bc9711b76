"""What is read back from ``report.json`` is the result that was written, to the last figure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.reports import read_result, write_reports
from eval.result import EvalResult, ExplainedHit
from ragline.errors import InputError


def test_a_report_is_read_back_exactly(full: EvalResult, tmp_path: Path) -> None:
    written = replace(full, files=write_reports(full, tmp_path))
    assert read_result(written.files["json"]) == written
    assert read_result(tmp_path) == written
    assert write_reports(read_result(tmp_path), tmp_path / "again")
    assert (tmp_path / "again" / "report.json").read_bytes() == (tmp_path / "report.json").read_bytes()


def test_types_come_back_as_they_were(full: EvalResult, tmp_path: Path) -> None:
    read = read_result(write_reports(full, tmp_path)["json"])
    assert [type(value) for value in read.configuration.values()] == [str, int, float, bool, type(None)]
    assert isinstance(read.rows[0].tags, tuple)
    assert isinstance(read.rows[0].ranking[0].explained, ExplainedHit)
    assert read.fingerprint == full.fingerprint
    assert [row.id for row in read.worst_first()] == [row.id for row in full.worst_first()]


def test_what_is_no_report_is_refused(result: EvalResult, tmp_path: Path) -> None:
    file = write_reports(result, tmp_path)["json"]
    record = json.loads(file.read_text("utf-8"))
    with pytest.raises(InputError, match=r"no report can be read there .* measure again"):
        read_result(tmp_path / "absent.json")
    for text, told in (
        ("{", "not valid JSON"),
        ("[]", "not the report of an evaluation"),
        (json.dumps({**record, "version": 1}), "a report of version 1, and 2 is read here"),
        (json.dumps({**record, "rows": [{**record["rows"][0], "status": "fine"}]}), "damaged"),
        (json.dumps({name: value for name, value in record.items() if name != "stages"}), "damaged"),
        (json.dumps({**record, "seconds": "long"}), "damaged"),
    ):
        file.write_text(text, "utf-8")
        with pytest.raises(InputError, match=told):
            read_result(file)
