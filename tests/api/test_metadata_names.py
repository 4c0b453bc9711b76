"""Metadata that are named like one of Ragline's own fields."""

import pytest

import ragline
from ragline.errors import FilterError
from ragline.filters import OWN_FIELDS
from ragline.types import Document


@pytest.mark.parametrize("mode", ["hybrid", "vector", "lexical"])
def test_metadata_named_like_an_own_field_have_a_second_name(kb: ragline.Collection, mode: str) -> None:
    markdown = "---\nkind: manual\nsource: archive\npage: 7\n---\n\nThe pump.\n"
    kb.ingest([Document("a", markdown, metadata={"format": "markdown", "doc_id": "x"}), Document("b", "The pump.")])

    def found(filters: dict[str, object]) -> list[str]:
        return [hit.doc_id for hit in kb.search("pump", filters=filters, mode=mode)]  # type: ignore[arg-type]

    for name, value in (("kind", "manual"), ("source", "archive"), ("page", 7), ("doc_id", "x")):
        assert name in OWN_FIELDS
        assert found({f"metadata.{name}": value}) == ["a"]
        assert found({name: value}) == []
    assert found({"kind": "paragraph", "metadata.kind": "manual"}) == ["a"]
    assert sorted(found({"kind": "paragraph"})) == ["a", "b"]
    with pytest.raises(FilterError, match=r"'metadata\.title'.*metadata\.kind"):
        found({"metadata.title": "x"})
