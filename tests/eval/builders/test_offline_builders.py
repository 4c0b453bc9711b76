"""Headings, FAQ pairs and definitions of documents as questions: what is kept, where it points, what is refused."""

from collections.abc import Callable

import pytest

from eval.builders.base import MAX_QUOTE, Built, SourceDocument, combined, passage
from eval.builders.definitions import from_definitions
from eval.builders.faq import from_faq
from eval.builders.headings import asks, from_headings
from eval.builders.origins import BY_HAND, ORIGINS, origin_of, origins
from eval.golden import GoldenItem, golden_set
from eval.spans import locate

MakeSource = Callable[..., SourceDocument]
BODY = "Every employee may take the dental plan, which pays 80 per cent of all fillings."
HANDBOOK = f"""# Handbook

Welcome to the company, and to all that it has to offer to you.

## Benefits

### Dental

{BODY}

It starts in May.

### 4.2

{BODY}

### Car

Ask.

## How do I quit?

Write a letter to the office, and give it to your manager by hand.
"""


def pointed_at(built: Built, *sources: SourceDocument) -> None:
    """Every question points to the characters that it quotes, has its origin as a tag, and all is counted."""
    texts = {source.doc_id: source.text for source in sources}
    locate(golden_set("built", built.items), texts.get)
    for item in built.items:
        assert item.tags == (built.origin,)
        assert origin_of(item) == built.origin
        assert all(texts[each.doc_id][slice(*each.span)] == each.quote for each in item.relevant if each.span)
        assert item.relevant
    assert built.candidates == len(built.items) + sum(built.refused.values())


def test_headings_are_asked_with_what_stands_above_them(make_source: MakeSource) -> None:
    source = make_source("handbook.md", HANDBOOK)
    built = from_headings([source])
    pointed_at(built, source)
    assert [(item.query, item.answer, item.relevant[0].quote) for item in built.items] == [
        ("Handbook", "", "Welcome to the company, and to all that it has to offer to you."),
        ("Benefits: Dental", "", BODY),
    ]
    assert built.refused == {"a heading without a word": 1, "a section that says too little": 1}


def test_a_name_that_two_sections_have_is_refused(make_source: MakeSource) -> None:
    sources = [make_source(name, HANDBOOK) for name in ("a.md", "b.md")]
    built = from_headings(sources)
    assert built.items == ()
    assert built.refused["a name that several sections have"] == 4
    titled = [make_source(name, f"## Fees\n\n{BODY}\n", title=title) for name, title in (("a.md", "Bank"), ("b.md", "Club"))]
    assert [item.query for item in from_headings(titled).items] == ["Bank: Fees", "Club: Fees"]


def test_a_heading_that_asks_is_a_question_with_an_answer(make_source: MakeSource) -> None:
    source = make_source("handbook.md", HANDBOOK)
    built = from_faq([source])
    pointed_at(built, source)
    (item,) = built.items
    assert (item.query, item.answer) == (
        "How do I quit?",
        "Write a letter to the office, and give it to your manager by hand.",
    )
    assert not any(item.query.endswith("?") for item in from_headings([source]).items)


@pytest.mark.parametrize(
    ("heading", "is_question"),
    [("How do I quit?", True), ("timeout?", False), ("Why not ?", True), ("如何退出？", True), ("Costs", False), ("?", False)],
)
def test_an_optional_member_of_an_interface_is_no_question(make_source: MakeSource, heading: str, is_question: bool) -> None:
    assert asks(heading) == is_question
    source = make_source("api.md", f"# Interface\n\n## {heading}\n\n{BODY}\n", title="Interface")
    asked, named = from_faq([source]), from_headings([source])
    assert asked.candidates == is_question
    assert named.candidates == (not is_question)


def test_pairs_are_split_and_their_labels_are_no_part_of_them(make_source: MakeSource) -> None:
    text = (
        "Questions\n\nQ: May I wash it?\nA: No. Dry it\nwith a cloth.\n\nQ: Why?\nA: Because water breaks it.\n\n"
        "Q2. Who can help me with it?\nA2. The desk.\n"
    )
    source = make_source("faq.txt", text, form="text")
    built = from_faq([source])
    pointed_at(built, source)
    assert [(item.query, item.answer) for item in built.items] == [
        ("May I wash it?", "No. Dry it with a cloth."),
        ("Who can help me with it?", "The desk."),
    ]
    assert built.refused == {"a question of a wrong length": 1}


def test_terms_are_asked_for_in_the_language_of_their_document(make_source: MakeSource) -> None:
    text = (
        "# Guide\n\n## Glossary\n\n- **Dew point**: the temperature at which water condenses.\n"
        "- PPM: parts per million.\n- X: y\n"
    )
    source = make_source("guide.md", text)
    built = from_definitions([source])
    pointed_at(built, source)
    assert [(item.query, item.answer) for item in built.items] == [
        ("What does Dew point mean?", "the temperature at which water condenses."),
        ("What does PPM mean?", "parts per million."),
    ]
    assert built.refused == {"a meaning that says too little": 1}
    german = from_definitions([make_source("g.md", text, language="de-AT")])
    assert german.items[0].query == "Was bedeutet Dew point?"
    assert from_definitions([make_source("g.md", text, language="fi")]).items[0].query == "Dew point"


def test_definitions_below_their_term(make_source: MakeSource) -> None:
    source = make_source("guide.md", "# Guide\n\nDew point\n: The temperature at which water condenses.\n")
    built = from_definitions([source])
    pointed_at(built, source)
    assert [(item.query, item.answer) for item in built.items] == [
        ("What does Dew point mean?", "The temperature at which water condenses.")
    ]


def test_ids_are_the_same_whenever_it_is_built(make_source: MakeSource) -> None:
    sources = [
        make_source("handbook.md", HANDBOOK),
        make_source("other.md", "# Other\n\nThis one has nothing at all to do with it.\n"),
    ]
    once, again = from_headings(sources), from_headings(reversed(sources))
    assert {item.id for item in once.items} == {item.id for item in again.items}
    assert len({item.id for item in once.items}) == len(once.items)


def test_long_passages_are_cut_between_words() -> None:
    text = "word " * 400
    start, end = passage(text, 0, len(text))
    assert (start, text[end - 4 : end]) == (0, "word")
    assert MAX_QUOTE - 5 <= end - start <= MAX_QUOTE
    assert passage("x" * 2000, 0, 2000) == (0, MAX_QUOTE)
    assert passage("  ab \n", 0, 6) == (2, 4)
    assert passage("   ", 0, 3) == (3, 3)


def test_a_question_of_two_origins_is_kept_once_and_counted() -> None:
    def part(origin: str, *queries: str) -> Built:
        items = tuple(GoldenItem(f"{origin}-{place}", query, "a", True, (origin,)) for place, query in enumerate(queries))
        return Built(origin, len(items) + 1, items, {"a reason": 1})

    first, second = combined([part("faq", "Why so?", "How?"), part("llm", "why  SO?", "When?")])
    assert [item.query for item in first.items] == ["Why so?", "How?"]
    assert [item.query for item in second.items] == ["When?"]
    assert second.refused == {"a reason": 1, "asked already": 1}
    assert second.candidates == len(second.items) + sum(second.refused.values())


def test_origins_are_told_apart_and_add_up() -> None:
    items = [
        GoldenItem(str(number), "?", "a", True, tags) for number, tags in enumerate([(), ("table",), ("x", "llm"), ("faq",)])
    ]
    assert origins(items) == {BY_HAND: 2, "llm": 1, "faq": 1}
    assert set(ORIGINS) == {"log", "llm", "heading", "faq", "definition"}


@pytest.mark.parametrize("text", ["", "Nothing but a line.\n", "# Only a heading\n"])
def test_documents_with_nothing_to_ask(make_source: MakeSource, text: str) -> None:
    source = make_source("a.md", text)
    for build in (from_headings, from_faq, from_definitions):
        assert build([source]).items == ()
