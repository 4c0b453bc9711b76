"""The parts of the chunker: counting in rounds, contexts, atoms, runs, overlaps."""

from collections.abc import Sequence

import pytest

from ingestion.chunkers.atoms import Atom, countable, halve, split_element, with_gaps
from ingestion.chunkers.context import context_parts, join_context, shorten_left, shorten_right
from ingestion.chunkers.counting import Counting, run_together
from ingestion.chunkers.overlap import overlap_beginning
from ingestion.chunkers.runs import run_atoms, runs
from ingestion.elements import Element
from ingestion.sentences import word_spans
from ragline.types import ElementKind


class WordCounter:
    max_tokens: int | None = None

    def __init__(self) -> None:
        self.batches: list[int] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.batches.append(len(texts))
        return [len(text.split()) for text in texts]


def counted(plan: Counting[object]) -> object:
    return run_together(WordCounter(), [plan])[0]


def summing(rounds: list[list[str]]) -> Counting[int]:
    total = 0
    for texts in rounds:
        counts = yield texts
        assert len(counts) == len(texts)
        total += sum(counts)
    return total


def test_plans_share_their_rounds() -> None:
    counter = WordCounter()
    plans = [summing([["a b"], ["c", "d e f"]]), summing([]), summing([["x"], [], ["y z"]])]
    assert run_together(counter, plans) == [6, 0, 3]
    assert counter.batches == [2, 2, 1]


def test_a_round_without_texts_calls_nobody() -> None:
    counter = WordCounter()
    assert run_together(counter, [summing([[]])]) == [0]
    assert run_together(counter, []) == []
    assert counter.batches == []


def test_an_error_in_a_plan_is_not_swallowed() -> None:
    def failing() -> Counting[int]:
        yield ["a"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_together(WordCounter(), [failing()])


@pytest.mark.parametrize(
    ("title", "path", "line"),
    [
        ("T", ("A", "B"), "T > A > B"),
        ("", ("A",), "A"),
        ("T", (), "T"),
        ("", (), ""),
        (" the\nTitle ", ("The title", "B"), "The title > B"),
        ("T", ("  ", "B"), "T > B"),
        ("", ("A", "A"), "A > A"),
    ],
)
def test_contexts(title: str, path: tuple[str, ...], line: str) -> None:
    assert join_context(context_parts(title, path)) == line


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(9, "a b > c > d e f"), (7, "c > d e f"), (4, "d e f"), (2, "e f"), (0, "")],
)
def test_contexts_are_shortened_from_the_left(limit: int, expected: str) -> None:
    assert counted(shorten_left(["a b", "c", "d e f"], limit)) == expected


def test_headers_are_shortened_from_the_right() -> None:
    assert counted(shorten_right("a b c", 2)) == "a b"
    assert counted(shorten_right("a b c", 9)) == "a b c"
    assert counted(shorten_right("", 2)) == ""
    assert counted(shorten_left([], 3)) == ""


def atoms_of(text: str, kind: ElementKind, cap: int, rows: tuple[tuple[int, int], ...] = ()) -> list[str]:
    element = Element(kind, 0, len(text), rows=rows)
    plan = split_element(text, element, len(text.split()), cap, len(text))
    (atoms,) = run_together(WordCounter(), [plan])
    assert all(atom.tokens <= cap for atom in atoms)
    return [text[atom.start : atom.end] for atom in atoms]


def test_elements_are_split_as_finely_as_needed() -> None:
    text = "One two three. Four five. Six"
    assert atoms_of(text, "paragraph", 6) == [text]
    assert atoms_of(text, "paragraph", 3) == ["One two three.", "Four five.", "Six"]
    assert atoms_of(text, "paragraph", 2) == ["One", "two", "three.", "Four five.", "Six"]


def test_code_is_split_at_lines_and_tables_at_rows() -> None:
    assert atoms_of("if a b:\n    c d\ne", "code", 3) == ["if a b:", "    c d", "e"]
    table = "h i\n--\na b\nc d"
    assert atoms_of(table, "table", 5, rows=((7, 10), (11, 14))) == ["h i\n--\na b", "c d"]
    assert atoms_of("- a b c\n- d", "list", 4, rows=((0, 7), (8, 11))) == ["- a b c", "- d"]


def test_rows_inside_a_grapheme_are_no_place_to_split() -> None:
    assert atoms_of("a b e\u0301 c", "list", 2, rows=((0, 3), (5, 8))) == ["a", "b", "e\u0301", "c"]


def test_halves_cut_between_graphemes() -> None:
    assert halve("abcd", 0, 4) == [(0, 2), (2, 4)]
    assert halve("ae\u0301b", 0, 4) in ([(0, 1), (1, 4)], [(0, 3), (3, 4)])
    assert halve("e\u0301", 0, 2) == [(0, 1), (1, 2)]


def test_gaps_are_counted_in_part_and_then_bounded() -> None:
    text = "a" + "\n" * 10 + "b"
    assert countable(text, [(0, 1), (11, 12)], 12) == ["a\n\n", "b"]
    first, second = with_gaps(text, [Atom(0, 1, 3, 1, True), Atom(11, 12, 12, 1, True)])
    assert (first.tokens, second.tokens) == (9, 1)


def test_a_large_block_is_a_run_of_its_own_with_its_headings() -> None:
    kinds: list[ElementKind] = ["heading", "table", "paragraph", "code", "quote"]
    elements = [Element(kind, index * 10, index * 10 + 9, int(kind == "heading")) for index, kind in enumerate(kinds)]
    found = runs(elements, [2, 50, 3, 4, 5], 2, 20)
    assert [[element.kind for element in run.elements] for run in found] == [
        ["heading", "table"],
        ["paragraph", "code", "quote"],
    ]
    assert [(run.stands_alone, run.heading_tokens) for run in found] == [(True, 2), (False, 0)]
    assert [run.tokens for run in runs(elements, [2, 5, 3, 40, 5], 2, 20)] == [(2, 5, 3), (40,), (5,)]


def test_headings_are_glued_to_the_first_piece() -> None:
    text = "# H\n\nOne two three. Four five six. Seven."
    elements = [Element("heading", 0, 3, 1), Element("paragraph", 5, len(text), 0, ("H",))]
    (run,) = runs(elements, [2, 7], 2, 8)
    (atoms,) = run_together(WordCounter(), [run_atoms(text, run, 8, 1)])
    assert [text[atom.start : atom.end] for atom in atoms] == ["# H\n\nOne two three.", "Four five six.", "Seven."]
    assert atoms[0].tokens == 5


def flowing(text: str, *, is_flowing: bool = True) -> list[Atom]:
    return [Atom(start, end, end, 1, is_flowing) for start, end in word_spans(text)]


def test_overlap_begins_at_a_sentence_when_half_is_left() -> None:
    text = "zero one two three. Four five six seven eight nine"
    begin = overlap_beginning(text + " next", flowing(text), len(text) + 1, 8)
    assert text[begin.start :] == "Four five six seven eight nine"
    assert begin.tokens >= 6


def test_overlap_begins_at_a_word_otherwise() -> None:
    text = "zero one two three four five six seven. eight nine"
    begin = overlap_beginning(text + " next", flowing(text), len(text) + 1, 6)
    assert text[begin.start :] == "four five six seven. eight nine"


def test_overlap_never_repeats_all_nor_what_stands_alone() -> None:
    text = "a b c d"
    assert overlap_beginning(text + " e", flowing(text), 8, 50).start == 2
    mixed = [*flowing(text)[:2], *[Atom(4, 5, 5, 1, False), Atom(6, 7, 7, 1, True)]]
    assert overlap_beginning(text + " e", mixed, 8, 50).start == 6
    assert overlap_beginning(text + " e", flowing(text, is_flowing=False), 8, 2).start == 8
    assert overlap_beginning(text + " e", flowing(text), 8, 0).start == 8
    assert overlap_beginning("a", [], 0, 5).start == 0


def test_overlap_inside_a_word_only_in_scripts_without_blanks() -> None:
    chinese = "山川草木" * 10
    atom = Atom(0, len(chinese), len(chinese), len(chinese), True)
    assert overlap_beginning(chinese + "山", [atom], len(chinese), 10).start == len(chinese) - 10
    english = "some words and then-a-very-long-compound-word-that-goes-on end"
    words = flowing(english)
    begin = overlap_beginning(english + " x", words, len(english) + 1, 2)
    assert english[begin.start :].split()[0] in {"then-a-very-long-compound-word-that-goes-on", "end"}
