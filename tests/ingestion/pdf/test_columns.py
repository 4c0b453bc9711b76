"""Reading order: columns, what stands above, between and below them, whatever the order of the file."""

from typing import Any

import pytest

from ingestion.elements import ParsedDocument


def order_of(parsed: ParsedDocument, *names: str) -> list[str]:
    """The line names that begin with one of ``names``, in the order of the text."""
    return [word for word in parsed.text.split() if word[-1].isdigit() and word.rstrip("0123456789") in names]


def expected(*columns: tuple[str, int]) -> list[str]:
    return [f"{name}{number}" for name, count in columns for number in range(count)]


def draw(sheet: Any, prose: Any, xs: list[float], *, rows: int, top: float, by_row: bool, chars: int) -> None:
    columns = [prose("abcd"[index], rows, chars=chars) for index in range(len(xs))]
    cells = [(x, top + 12 * row, lines[row]) for x, lines in zip(xs, columns, strict=True) for row in range(rows)]
    for x, y, line in sorted(cells, key=lambda cell: (cell[1], cell[0])) if by_row else cells:
        sheet.text(x, y, line)


@pytest.mark.parametrize("by_row", [False, True], ids=["file by column", "file by row"])
@pytest.mark.parametrize(("xs", "chars"), [([72], 90), ([72, 312], 45), ([60, 230, 400], 32)], ids=["1", "2", "3"])
def test_columns_are_read_one_after_the_other(sheets: Any, prose: Any, xs: list[float], chars: int, by_row: bool) -> None:
    sheet = sheets()
    draw(sheet, prose, xs, rows=20, top=100, by_row=by_row, chars=chars)
    parsed = sheet.parse()
    assert order_of(parsed, *"abc"[: len(xs)]) == expected(*((name, 20) for name in "abc"[: len(xs)]))


@pytest.mark.parametrize("by_row", [False, True], ids=["file by column", "file by row"])
def test_a_title_above_and_a_wide_note_below_stand_around_the_columns(sheets: Any, prose: Any, by_row: bool) -> None:
    sheet = sheets()
    sheet.text(150, 80, "A title that is wider than any one column", size=18)
    sheet.lines(72, 110, prose("wide", 4, chars=100))
    draw(sheet, prose, [72, 312], rows=15, top=180, by_row=by_row, chars=45)
    sheet.lines(72, 700, prose("note", 2, chars=110), size=8)
    parsed = sheet.parse()
    assert parsed.text.startswith("A title")
    assert order_of(parsed, "wide", "a", "b", "note") == expected(("wide", 4), ("a", 15), ("b", 15), ("note", 2))


def test_text_across_the_page_parts_the_columns_above_from_those_below(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    sheet.lines(72, 80, prose("a", 8, chars=45)).lines(312, 80, prose("b", 8, chars=45))
    sheet.lines(72, 200, prose("wide", 3, chars=100))
    sheet.lines(72, 260, prose("c", 8, chars=45)).lines(312, 260, prose("d", 8, chars=45))
    assert order_of(sheet.parse(), *"abcd", "wide") == expected(("a", 8), ("b", 8), ("wide", 3), ("c", 8), ("d", 8))


def test_columns_whose_lines_are_not_level(sheets: Any, prose: Any) -> None:
    sheet = sheets().lines(72, 100, prose("a", 20, chars=45)).lines(312, 106, prose("b", 20, chars=45))
    assert order_of(sheet.parse(), *"ab") == expected(("a", 20), ("b", 20))


def test_a_longer_column_is_read_to_its_end(sheets: Any, prose: Any) -> None:
    sheet = sheets().lines(72, 100, prose("a", 12, chars=45))
    sheet.lines(72, 270, prose("c", 12, chars=45)).lines(312, 100, prose("b", 9, chars=45))
    assert order_of(sheet.parse(), *"abc") == expected(("a", 12), ("c", 12), ("b", 9))


def test_footnotes_of_a_column_do_not_cut_the_sentence_that_goes_on_in_the_next(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(72, 100, [*prose("a", 20, chars=45), "the sentence ends in the next col-"])
    sheet.lines(72, 380, ["1 A note of the first column, in small type."], size=7)
    sheet.lines(312, 100, ["umn with this word.", *prose("B", 20, chars=45)])
    found = show(sheet.parse())
    assert "next column with this word." in found[0][1]
    assert found[-1] == ("paragraph", "1 A note of the first column, in small type.")


def test_labels_beside_long_texts_stay_with_them(sheets: Any) -> None:
    sheet = sheets()
    for number in range(8):
        sheet.text(72, 100 + 14 * number, f"Code {number}").text(
            200, 100 + 14 * number, f"means that part {number} of it has to go"
        )
    words = sheet.parse().text.split()
    assert [words[at + 1] for at, word in enumerate(words) if word == "Code"] == [str(number) for number in range(8)]
    assert words.index("means") < words.index("1")


def test_right_to_left_columns_begin_on_the_right(sheets: Any) -> None:
    from ingestion.parsers.pdf.columns import columns_of
    from ingestion.parsers.pdf.fragments import Fragment, rows_of

    fragments = [
        Fragment(["שלום"] * 5, [x] * 5, [x + 200] * 5, x, x + 200, 100 + 12 * row, 10, 20 * column + row)
        for column, x in enumerate((312.0, 72.0))
        for row in range(20)
    ]
    first, second = columns_of(rows_of(fragments), is_leftwards=True)
    assert (first[0][0].left, second[0][0].left) == (312, 72)


def test_the_margin_of_a_page_is_read_last(sheets: Any, prose: Any, show: Any) -> None:
    sheet = sheets().lines(100, 100, prose("a", 20, chars=80))
    sheet.canvas.saveState()
    sheet.canvas.translate(40, 300)
    sheet.canvas.rotate(90)
    sheet.canvas.drawString(0, 0, "Preprint of the third of May")
    sheet.canvas.restoreState()
    found = show(sheet.parse())
    assert found[-1] == ("paragraph", "Preprint of the third of May")
    assert len(found) == 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_as_an_upright_one(sheets: Any, prose: Any, turn: int) -> None:
    sheet = sheets().lines(72, 100, prose("a", 20, chars=45)).lines(312, 100, prose("b", 20, chars=45))
    sheet.canvas.setPageRotation(turn)
    turned = sheet.parse()
    upright = sheets().lines(72, 100, prose("a", 20, chars=45)).lines(312, 100, prose("b", 20, chars=45)).parse()
    assert turned.text == upright.text
    assert turned.elements[0].box != upright.elements[0].box


def test_landscape_text_on_an_upright_page(sheets: Any, prose: Any) -> None:
    sheet = sheets()
    sheet.canvas.translate(0, 792)
    sheet.canvas.rotate(-90)
    for name, x in (("a", 72), ("b", 400)):
        for row, line in enumerate(prose(name, 20, chars=45)):
            sheet.canvas.drawString(x, 500 - 12 * row, line)
    parsed = sheet.parse()
    assert order_of(parsed, *"ab") == expected(("a", 20), ("b", 20))
    left, top, right, bottom = parsed.elements[0].box or (0, 0, 0, 0)
    assert bottom - top > right - left > 0
