"""Rows and summaries of tables as hits: on their own, and collapsed into the passage that holds them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline

PRICES = "\n".join(f"| HX-{number} | {number} litres | {number * 3} EUR |" for number in range(200, 208))
TABLE = f"# Pumps\n\nAll prices hold until May.\n\n| Model | Tank | Price |\n|---|---|---|\n{PRICES}\n"
OTHER = "# Service\n\nThe model HX-203 is serviced every second year.\n"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "pumps.md").write_text(TABLE)
    (tmp_path / "docs" / "service.md").write_text(OTHER)
    with ragline.open(tmp_path / "kb", embedder="light", table_chunks="both") as collection:
        collection.ingest(tmp_path / "docs")
        yield collection


def test_rows_name_their_columns_and_a_summary_sums_up(kb: ragline.Collection) -> None:
    chunks = kb.chunks("docs/pumps.md")
    rows = [chunk for chunk in chunks if chunk.role == "row"]
    (summary,) = [chunk for chunk in chunks if chunk.role == "summary"]
    assert [row.context.splitlines()[-1] for row in rows][3] == "Model: HX-203 | Tank: 203 litres | Price: 609 EUR"
    assert all(row.section_path == ("Pumps",) for row in rows)
    assert "8 rows" in summary.context
    assert "600 EUR to 621 EUR" in summary.context


def test_without_collapse_every_way_to_find_a_table_is_a_hit(kb: ragline.Collection) -> None:
    roles = [hit.chunk.role for hit in kb.search("price of HX-203", k=20)]
    assert roles[0] == "row"
    assert roles.count("row") == 8
    assert roles.count("summary") == 1


def test_collapsed_a_table_is_one_hit_that_shows_all_of_it_at_the_place_of_its_best_row(kb: ragline.Collection) -> None:
    best = kb.search("price of HX-203", k=1)[0]
    hits = kb.search("price of HX-203", k=20, collapse=True, explain=True)
    assert [(hit.doc_id, hit.chunk.role) for hit in hits] == [("docs/pumps.md", "body"), ("docs/service.md", "body")]
    first = hits[0]
    assert (first.score, first.rank, first.legs) == (best.score, 1, best.legs)
    assert "| HX-203 | 203 litres | 609 EUR |" in first.text
    assert TABLE[first.chunk.start : first.chunk.end] == first.text
    assert first.duplicates == ()
    assert first.explanation is not None
    assert first.explanation.collapsed == 9


def test_a_collapsed_table_leaves_places_to_others(kb: ragline.Collection) -> None:
    assert {hit.doc_id for hit in kb.search("price of HX-203", k=2, collapse=True)} == {"docs/pumps.md", "docs/service.md"}
