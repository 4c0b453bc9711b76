"""Lines that page after page begins or ends with."""

from ingestion.parsers.running_heads import repeated_heads


def pages(*texts: str) -> list[tuple[int, str]]:
    return [(number, line) for number, text in enumerate(texts, 1) for line in text.split("|")]


def repeated(*texts: str) -> list[str]:
    lines = pages(*texts)
    return [lines[index][1] for index in sorted(repeated_heads(lines))]


def test_the_first_of_its_kind_stays() -> None:
    assert repeated("ACME|one|foot", "ACME|two|foot", "ACME|three|foot") == ["ACME", "foot", "ACME", "foot"]


def test_the_number_of_the_page_makes_no_difference() -> None:
    assert repeated("Terms of ACME, page 1|a", "Terms of ACME, page 2|b") == ["Terms of ACME, page 2"]
    assert repeated("1 Terms of ACME|a", "2 Terms of ACME|b") == ["2 Terms of ACME"]


def test_other_numbers_do() -> None:
    assert repeated("Order 4711 of ACME|a", "Order 4712 of ACME|b") == []
    assert repeated("Version 1.1 of ACME|a", "Version 2.2 of ACME|b") == []
    assert repeated("Invoice 1|a", "Invoice 2|b") == []


def test_a_line_on_few_pages_is_a_title_that_goes_on() -> None:
    assert repeated("Plan|a", "Plan|b", "Costs|c", "Team|d", "End|e") == []


def test_a_line_elsewhere_on_the_page_is_text() -> None:
    assert repeated("a|same|b", "c|same|d") == []


def test_a_page_of_one_line_keeps_it() -> None:
    assert repeated("same", "same") == []
    assert repeated() == []
