"""Whatever is asked, in whatever order: a principal is answered as by a collection that holds only what it may see."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import ragline
from indexes.duplicate_report import DuplicateReport
from ragline.errors import FilterError
from ragline.types import Document, Explanation, Hit, Principal

WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "omega"]), min_size=1, max_size=6).map(" ".join)
ACLS = st.sampled_from([None, (), ("ann",), ("staff",), ("tenant:acme",), ("tenant:acme", "staff"), ("tenant:globex", "ann")])
DOCUMENTS = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=3).map("\n\n# Heading\n\n".join),
        st.dictionaries(st.sampled_from(["year", "team", "plan"]), st.sampled_from([1, 2, "b"]), max_size=2),
        ACLS,
    ),
    min_size=3,
    max_size=9,
)
PRINCIPALS = [
    Principal("ann"),
    Principal("bob", frozenset({"staff"})),
    Principal("ann", frozenset({"staff"}), "acme"),
    Principal("eve", frozenset({"staff"}), "globex"),
    Principal("mallory"),
]
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "filters": st.sampled_from([{"year": 1}, {"not": {"team": "b"}}, {"or": [{"plan": 2}, {"kind": "paragraph"}]}]),
        "collapse": st.booleans(),
        "explain": st.booleans(),
        "rerank": st.booleans(),
        "max_per_document": st.integers(0, 2),
        "mmr_lambda": st.sampled_from([1.0, 0.5]),
        "fusion": st.sampled_from(["rrf", "score-rrf"]),
        "expand": st.sampled_from(["none", "variants", ["feedback", "rocchio", "parts"]]),
        "depths": st.just({"vector": 3, "lexical": 3}),
    },
)
OPENED: dict[str, Any] = {
    "embedder": "light",
    "reranker": "late-interaction",
    "rerank_depth": 5,
    "context_expansion": "section",
    "query_cache": 3,
}
QUERIES = st.lists(st.tuples(st.sampled_from(PRINCIPALS), WORDS, st.integers(1, 20), OPTIONS), min_size=3, max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, QUERIES, st.sampled_from(["delta", "built", "linked"]))
def test_a_principal_is_answered_as_by_a_collection_of_what_it_may_see(
    drawn: list[tuple[str, dict[str, Any], tuple[str, ...] | None]],
    queries: list[tuple[Principal, str, int, dict[str, Any]]],
    state: str,
) -> None:
    """Exactly, in the vector leg. Of BM25 see docs/decisions/0036-access.md: nothing hidden is found, but it counts in its
    statistics."""
    written = [Document(f"d{n}", text, "", {**own, "format": "markdown"}, acl) for n, (text, own, acl) in enumerate(drawn)]
    with tempfile.TemporaryDirectory() as folder, ragline.open(Path(folder) / "all", **OPENED) as whole:
        whole.ingest([*written, Document("closed", "alpha beta", acl=())])
        if state == "built":
            whole.rebuild(kind="flat")
        if state == "linked":
            whole.duplicates(0.5, "chunk")
        for who in PRINCIPALS:
            asked = [each for each in queries if each[0] == who]
            visible = [each for each in written if sees(who, each.acl)]
            if not asked:
                continue
            event(f"visible: {len(visible) * 4 // len(written)} quarters")
            with ragline.open(Path(folder) / f"only-{PRINCIPALS.index(who)}", access="required", **OPENED) as only:
                only.ingest(iter(visible))  # which may be none
                if state == "linked":
                    only.duplicates(0.5, "chunk")  # the threshold of the last analysis is that of collapsing too
                for _, query, k, options in [*asked, *reversed(asked)]:  # again, with what is in the caches by then
                    check_search(whole, only, who, query, k, options)
                check_reading(whole, only, who)
        for who, query, k, options in queries:  # principals by turns, so that no cache is one principal's
            for mode in ("hybrid", "lexical", "vector"):
                hits = found(whole, query, k, who, {**options, "mode": mode})
                shown = {hit.doc_id for hit in hits or ()} | {name for hit in hits or () for name in hit.duplicates}
                assert shown <= {each.id for each in written if sees(who, each.acl)}, mode


def sees(who: Principal, acl: Sequence[str] | None) -> bool:
    """The rule, written out once more."""
    if acl is None:
        return True
    tenants = [name.removeprefix("tenant:") for name in acl if name.startswith("tenant:")]
    others = [name for name in acl if not name.startswith("tenant:")]
    inside = who.tenant in tenants if tenants else True
    named = any(name == who.id or name in who.groups for name in others)
    return bool(acl) and inside and (named or not others)


def found(kb: ragline.Collection, query: str, k: int, who: Principal, options: dict[str, Any]) -> list[Hit] | None:
    """``None`` for a filter on a field that is not there."""
    try:
        return kb.search(query, k, principal=who, **options)
    except FilterError:
        return None


def check_search(
    whole: ragline.Collection, only: ragline.Collection, who: Principal, query: str, k: int, options: dict[str, Any]
) -> None:
    mine, theirs = (found(kb, query, k, who, {**options, "mode": "vector"}) for kb in (whole, only))
    assert (mine is None) == (theirs is None)
    if mine is None or theirs is None:
        with pytest.raises(FilterError) as hidden:
            whole.search(query, principal=who, filters=options["filters"])
        with pytest.raises(FilterError) as absent:
            only.search(query, principal=who, filters=options["filters"])
        assert str(hidden.value) == str(absent.value)
        return
    assert [hit.chunk for hit in mine] == [hit.chunk for hit in theirs]
    assert [hit.duplicates for hit in mine] == [hit.duplicates for hit in theirs]
    assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-6)
    explained = [
        [hit.explanation and replace(hit.explanation, terms={}, timings_ms={}) for hit in hits] for hits in (mine, theirs)
    ]
    assert explained[0] == explained[1]
    assert whole.search_many([query, "alpha"], k, principal=who, mode="vector")[0] == whole.search(
        query, k, principal=who, mode="vector"
    )
    answers = [kb.answer(query, k=k, principal=who, mode="vector") for kb in (whole, only)]
    assert [answer.text for answer in answers] == [answers[0].text] * 2
    assert answers[0].citations == answers[1].citations
    told = [
        [kb.why_not(query, doc_id, k, principal=who, mode="vector") for doc_id in ("d0", "d1", "closed", "none")]
        for kb in (whole, only)
    ]
    assert [(each.stage, each.rank, each.into) for each in told[0]] == [(each.stage, each.rank, each.into) for each in told[1]]
    assert replace(told[0][2], doc_id="") == replace(told[0][3], doc_id="")
    for hit in mine:
        assert whole.section(hit.chunk, principal=who) == only.section(hit.chunk, principal=who)
        assert whole.neighbours(hit.chunk, principal=who) == only.neighbours(hit.chunk, principal=who)


def explained(hit: Hit) -> Explanation | None:
    """What is told of a hit, but for the times, and scores to the last bit."""
    return None if hit.explanation is None else replace(hit.explanation, terms={}, timings_ms={})


def check_reading(whole: ragline.Collection, only: ragline.Collection, who: Principal) -> None:
    everything = whole.answer("alpha beta", principal=Principal("ann", frozenset({"staff"}), "acme"))
    assert whole.verify(everything, principal=who) == only.verify(everything, principal=who)
    assert whole.document_ids(principal=who) == only.document_ids(principal=who)
    for doc_id in [*whole.document_ids(), "absent"]:
        assert whole.get(doc_id, principal=who) == only.get(doc_id, principal=who)
        assert whole.chunks(doc_id, principal=who) == only.chunks(doc_id, principal=who)
        assert whole.duplicates_of(doc_id, principal=who) == only.duplicates_of(doc_id, principal=who)
    mine, theirs = (kb.stats(principal=who) for kb in (whole, only))
    assert {**mine, "access": ""} == {**theirs, "access": ""}
    ages = [kb.freshness(principal=who) for kb in (whole, only)]
    assert [(row.source, row.documents) for row in ages[0].sources] == [(row.source, row.documents) for row in ages[1].sources]
    for unit in ("chunk", "document"):
        linked: list[DuplicateReport] = [kb.duplicates(0.5, unit, principal=who) for kb in (whole, only)]  # type: ignore[arg-type]
        assert replace(linked[0], seconds=0.0) == replace(linked[1], seconds=0.0)


def test_an_evaluation_and_its_reports_show_nothing_hidden(tmp_path: Path) -> None:
    lines = [
        '{"id": "1", "query": "alpha", "relevant": [{"doc_id": "open", "grade": 1}], "answerable": true}',
        '{"id": "2", "query": "beta", "relevant": [{"doc_id": "open", "grade": 1}], "answerable": true}',
    ]
    (tmp_path / "golden.jsonl").write_text("\n".join(lines) + "\n")
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        secret = Document("hidden-name", "alpha beta zwieback, alpha beta", "Zwieback", {"plan": "zwieback"}, ("ann",))
        kb.ingest([Document("open", "alpha and beta are letters"), secret])
        result = kb.evaluate(tmp_path / "golden.jsonl", principal=Principal("bob"), reports=tmp_path / "report")
        assert {ranked.doc_id for row in result.rows for ranked in row.ranking} == {"open"}
        for file in (tmp_path / "report").rglob("*"):
            assert b"hidden-name" not in file.read_bytes()
            assert b"wieback" not in file.read_bytes()
        seen = kb.evaluate(tmp_path / "golden.jsonl", principal=Principal("ann"), answers=False)
        assert {ranked.doc_id for row in seen.rows for ranked in row.ranking} == {"open", "hidden-name"}
