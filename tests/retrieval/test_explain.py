"""What an explanation says beyond scores: the form of the query that brought a hit, and the part as which it was found."""

from pathlib import Path

import pytest

import ragline
from ragline.types import Document, Principal

TABLE = "# Parts\n\n| part | price | maker |\n|---|---|---|\n" + "".join(
    f"| {name} | {price} | {maker} |\n"
    for name, price, maker in (("seal", 3, "Acme"), ("filter", 12, "Borg"), ("impeller", 90, "Corax"), ("gasket", 4, "Dray"))
)


@pytest.mark.parametrize("acl", [None, ("ann",)], ids=["open", "controlled"])
def test_the_form_that_brought_a_hit_is_told(tmp_path: Path, acl: tuple[str, ...] | None) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("a", "The impeller is worn."), Document("b", "The gasket leaks.", acl=acl)])
        kb.ingest([Document("hidden", "The gaskat of gaskats.", acl=())])
        hits = kb.search("gaskat leaks", expand="variants", explain=True, principal=Principal("ann"))
        told = {hit.doc_id: hit.explanation for hit in hits}
        assert "hidden" not in told
        first = told["b"]
        assert first is not None
        assert first.forms["lexical:variants"] == "gasket leaks"  # the spelling of the hidden one is unknown here
        assert "for 'gasket leaks'" in first.filter_plan
        assert sum(first.terms.values()) == pytest.approx(hits[0].score)
        plain = kb.search("gasket leaks", explain=True, principal=Principal("ann"))[0].explanation
        assert plain is not None
        assert plain.forms == {}


def test_the_part_as_which_a_passage_was_found_is_told(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", table_chunks="rows") as kb:
        kb.ingest([Document("parts", TABLE, metadata={"format": "markdown"}), Document("other", "Words about pumps.")])
        rows = {chunk.id: chunk for chunk in kb.chunks("parts") if chunk.role == "row"}
        hit = kb.search("price of the impeller by Corax", 1, collapse=True, explain=True)[0]
        assert hit.chunk.role == "body"
        assert hit.explanation is not None
        assert "impeller" in rows[hit.explanation.found_as].text
        loose = kb.search("price of the impeller by Corax", 1, explain=True)[0]
        assert loose.explanation is not None
        assert loose.explanation.found_as == ""
