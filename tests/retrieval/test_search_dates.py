"""Dates as a filter of a search: many forms in one collection, and an unknown field is an error as everywhere."""

from pathlib import Path

import pytest

import ragline
from ragline.date_range import DateRange
from ragline.errors import FilterError
from ragline.types import Document
from ragline.where import parse_where

WRITTEN = {
    "a": "2024-05-17",
    "b": "20240601T003000+02:00",  # still May in UTC
    "c": "2024-W23",
    "d": "2024-06-01 00:30",
    "e": "soon",
    "f": 2024,
    "g": ["2023-01-01", "2024-05-31T23:59:59Z"],
}


def test_dates_in_many_forms_are_found_by_one_condition(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document(name, "pump oil", metadata={"updated": stamp}) for name, stamp in WRITTEN.items()])

        def found(condition: object) -> str:
            hits = kb.search("pump", 10, filters=condition)  # type: ignore[arg-type]
            return "".join(sorted(hit.doc_id for hit in hits))

        assert found({"updated": {"date": "2024-05"}}) == "abg"
        assert found(DateRange("updated", on="2024-05")) == "abg"
        assert found(parse_where("updated = date(2024-05)")) == "abg"
        assert found({"updated": {"date": {"on": "2024-05", "zone": "+02:00"}}}) == "a"
        assert found({"updated": {"date": {"gte": "2024-06"}}}) == "cd"
        assert found(parse_where("updated >= date(2024-05-18) < date(2024-06-02)")) == "bdg"
        assert found({"not": {"updated": {"date": {"gte": "0001"}}}}) == "ef"
        with pytest.raises(FilterError, match="Unknown filter field 'updatet'"):
            kb.search("pump", filters={"updatet": {"date": "2024"}})
