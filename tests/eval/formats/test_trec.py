"""Topics, judgements and runs of TREC: read, written, and what malformed ones say."""

from pathlib import Path

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.formats.trec import read_trec, write_trec
from eval.formats.trec_qrels import read_qrels, write_qrels
from eval.formats.trec_run import Run, ScoredDocument, ranked, read_run, write_run
from eval.formats.trec_topics import read_topics, write_topics
from eval.golden import GoldenItem, Relevance, golden_set, load_golden
from ragline.errors import GoldenSetError

EARLY = """
<top>

<num> Number: 301
<title> International Organized Crime &amp; Drugs

<desc> Description:
Identify organizations that
participate.

<narr> Narrative:
A relevant document must say: who.

</top>
<top>
<num>302</num>
<title>Topic: Polio</title>
</top>
"""
COVID = """<?xml version="1.0" encoding="UTF-8"?>
<topics task="COVIDSearch" batch="1">
  <topic number="1"><query>coronavirus
  origin</query><question>what is the origin?</question><narrative>seeking <b>range</b></narrative></topic>
  <topic number="2"><query>immunity &lt; cold</query></topic>
</topics>
"""
TRIALS = '<topics><topic number="7">A 40-year-old woman.</topic></topics>'
GOLDEN = golden_set(
    "pumps",
    [
        GoldenItem("1", "reset  the\npump", "Hold.", True, ("exact",), (Relevance("m", 1, "x", 0, 1), Relevance("m", 2))),
        GoldenItem("2", "price < 5 & \"more\"?", relevant=(Relevance("a", 0), Relevance("b"))),
        GoldenItem("3", "moon", answerable=False),
    ],
)  # fmt: skip


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "field", "topics"),
    [
        (EARLY, "title", {"301": "International Organized Crime & Drugs", "302": "Polio"}),
        (COVID, "title", {"1": "coronavirus origin", "2": "immunity < cold"}),
        (TRIALS, "title", {"7": "A 40-year-old woman."}),
        (TRIALS, "narrative", {"7": "A 40-year-old woman."}),
        ("301\tInternational  crime\n\n302\tPolio\n", "title", {"301": "International crime", "302": "Polio"}),
    ],
    ids=["early", "xml", "xml text", "xml text for any field", "table"],
)
def test_topics_in_every_form(tmp_path: Path, text: str, field: str, topics: dict[str, str]) -> None:
    assert read_topics(file(tmp_path, "topics", text), field) == topics
    assert list(read_topics(file(tmp_path, "topics", text), field)) == list(topics)


def test_a_longer_field_can_be_the_question(tmp_path: Path) -> None:
    one = EARLY.split("</top>")[0] + "</top>"
    assert read_topics(file(tmp_path, "t", one), "description") == {"301": "Identify organizations that participate."}
    assert read_topics(file(tmp_path, "t", one), "narrative") == {"301": "A relevant document must say: who."}
    with pytest.raises(GoldenSetError, match=r"topic '2' has no description; it has query\. Choose another field"):
        read_topics(file(tmp_path, "t", COVID), "description")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("301 crime\n", "line 1: no id and text parted by a tab"),
        ("301\t \n", "line 1: no id and text"),
        ("1\ta\n1\tb\n", "topic '1' comes twice"),
        ("", "holds no topics"),
        ("<top><title> x </top>", "a topic has no number"),
        ("<topics><topic number='1'>", "cannot be read as XML"),
        ('<!DOCTYPE t [<!ENTITY a "aaaa">]><topics><topic number="1">&a;</topic></topics>', "cannot be read as XML"),
    ],
)
def test_malformed_topics(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(GoldenSetError) as caught:
        read_topics(file(tmp_path, "topics.txt", text))
    assert says in str(caught.value)
    with pytest.raises(GoldenSetError, match=r"no field 'headline'\. Choose one of title, description, narrative"):
        read_topics(tmp_path / "topics.txt", "headline")


def test_judgements_of_any_white_space_and_below_0(tmp_path: Path) -> None:
    path = file(tmp_path, "qrels.txt", "2 0 b 1\n1\t0\ta  -2\n\n1 Q0 c +3\n")
    assert read_qrels(path) == {"2": {"b": 1}, "1": {"a": -2, "c": 3}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 0 a\n", "line 1: 3 columns"),
        ("1 0 a high\n", "line 1, field 'grade': 'high' is not a whole number"),
        ("1 0 a 1\n1 0 a 1\n", "line 2: document 'a' is judged twice for query '1'"),
        ("\n", "holds no judgements"),
    ],
)
def test_malformed_judgements(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(GoldenSetError) as caught:
        read_qrels(file(tmp_path, "qrels.txt", text))
    assert says in str(caught.value)


@pytest.mark.parametrize("topics", ["topics.tsv", "topics.xml"])
def test_a_folder_that_was_written_is_read_as_a_golden_set(tmp_path: Path, topics: str) -> None:
    write_trec(GOLDEN, tmp_path / "set", topics=topics)
    golden = load_golden(tmp_path / "set")
    assert golden.name == "set"
    assert [(item.id, item.query, item.grades) for item in golden.items] == [
        ("1", "reset the pump", {"m": 2}),
        ("2", 'price < 5 & "more"?', {"a": 0, "b": 1}),
    ]
    assert next(iter(ir_measures.read_trec_qrels(str(tmp_path / "set" / "qrels.txt")))) == ir_measures.Qrel("1", "m", 2, "0")


def test_topics_and_judgements_belong_together(tmp_path: Path) -> None:
    topics, qrels = file(tmp_path, "topics.txt", "1\tone\n2\ttwo\n"), file(tmp_path, "q.txt", "2 0 a 1\n")
    assert [item.id for item in read_trec(topics, qrels)] == ["2"]
    with pytest.raises(GoldenSetError, match=r"judges 1 topics that topics\.txt lacks, first '9'"):
        read_trec(topics, file(tmp_path, "q.txt", "9 0 a 1\n"))
    with pytest.raises(
        GoldenSetError, match=r"no judgements beside topics\.txt\. Add one of: qrels\.test\.txt, qrels\.txt, qrels"
    ):
        load_golden(tmp_path)
    file(tmp_path, "qrels.dev.txt", "1 0 a 1\n")
    assert [item.id for item in load_golden(tmp_path, split="dev").items] == ["1"]


@pytest.mark.parametrize("name", ["a b", "", "a\u00a0b"])
def test_ids_with_white_space_are_refused(tmp_path: Path, name: str) -> None:
    golden = golden_set("g", [GoldenItem("1", "?", relevant=(Relevance(name or " "),))])
    with pytest.raises(GoldenSetError, match="have no white space there"):
        write_qrels(golden, tmp_path / "qrels.txt")
    with pytest.raises(GoldenSetError, match="have no white space there"):
        write_run(Run("t", {"1": (ScoredDocument(name, 1.0),)}), tmp_path / "run")
    with pytest.raises(GoldenSetError, match="cannot stand in XML"):
        write_topics(golden_set("g", [GoldenItem("1", "\x00?", relevant=(Relevance("a"),))]), tmp_path / "t.xml")


def test_a_run_is_ordered_by_its_scores_whatever_the_ranks_say(tmp_path: Path) -> None:
    path = file(tmp_path, "run", "1 Q0 a 1 0.5 mine\n1\tQ0\tb\t2\t0.7\tmine\n2 Q0 a 1 1e-3 mine\n1 Q0 a 3 0.9 mine\n")
    assert read_run(path) == Run(
        "mine",
        {"1": (ScoredDocument("a", 0.9), ScoredDocument("b", 0.7)), "2": (ScoredDocument("a", 0.001),)},
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 Q0 a 1 0.5\n", "line 1: 5 columns"),
        ("1 Q0 a 1 best mine\n", "line 1, field 'score': 'best' is not a finite number"),
        ("1 Q0 a 1 nan mine\n", "'nan' is not a finite number"),
        ("1 Q0 a 1 1 mine\n1 Q0 b 2 0 yours\n", "line 2, field 'tag': the tag 'yours' after 'mine'"),
        ("", "holds no run"),
    ],
)
def test_malformed_runs(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(GoldenSetError) as caught:
        read_run(file(tmp_path, "run", text))
    assert says in str(caught.value)


RANKINGS = st.lists(
    st.builds(ScoredDocument, st.sampled_from(["a", "b", "é", "z1"]), st.sampled_from([0.0, 1.0, 1.0 + 1e-12, -2.5, 1e300])),
    min_size=1, max_size=5, unique_by=lambda document: document.doc_id,
)  # fmt: skip


@settings(max_examples=25)  # each flushes a file to the disk
@given(RANKINGS)
def test_a_run_that_was_written_has_its_order_here_and_in_trec_eval(
    tmp_path_factory: pytest.TempPathFactory, documents: list[ScoredDocument]
) -> None:
    path = tmp_path_factory.mktemp("run") / "run"
    assert write_run(Run("t", {"1": tuple(documents)}), path) == len(documents)
    order = [document.doc_id for document in documents]
    assert [document.doc_id for document in read_run(path).rankings["1"]] == order
    assert ranked(read_run(path).rankings["1"]) == order
    for place, doc_id in enumerate(order, start=1):
        (found,) = ir_measures.iter_calc([ir_measures.RR], {"1": {doc_id: 1}}, list(ir_measures.read_trec_run(str(path))))
        assert found.value == pytest.approx(1 / place)


def test_scores_that_need_no_change_are_written_as_they_are(tmp_path: Path) -> None:
    write_run(Run("t", {"1": (ScoredDocument("b", 0.1), ScoredDocument("a", 0.1), ScoredDocument("c", -3))}), tmp_path / "run")
    assert (tmp_path / "run").read_text() == "1 Q0 b 1 0.1 t\n1 Q0 a 2 0.1 t\n1 Q0 c 3 -3.0 t\n"
