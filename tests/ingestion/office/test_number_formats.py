"""Numbers and dates as a spreadsheet shows them."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.parsers.office.number_formats import plain_number, shown_number, shown_time


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.25, "0.0%", "25.0%"),
        (1234.5, '#,##0.00 "EUR"', "1,234.50 EUR"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1,234.50"),
        (1234.5, '_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-', "1,234.50 €"),
        (0, '#,##0.00 "€";-#,##0.00 "€";"-"', "0.00 €"),
        (7, "00000", "00007"),
        (3.0, "0.##", "3"),
        (1.005, "0.00", "1.01"),
        (12_345_678, "#,##0,", "12,346"),
        (12, '0 "pcs."', "12 pcs."),
        (-0.001, "0.00", "0.00"),
        (0.1 + 0.2, "General", "0.3"),
        (2.0, "General", "2"),
        (1234, "0.00E+00", "1234"),
        (0.5, "# ?/?", "0.5"),
        (5_551_234, "000-0000", "5551234"),
        (12345678901234567890, "General", "12345678901234567890"),
    ],
)
def test_numbers(value: float, code: str, shown: str) -> None:
    assert shown_number(value, code) == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (datetime.fromisoformat("2024-03-05"), "DD.MM.YYYY", "2024-03-05"),
        (datetime.fromisoformat("2024-03-05 10:30"), "dd.mm.yyyy hh:mm", "2024-03-05 10:30"),
        (datetime.fromisoformat("2024-03-05 10:30"), "mmm yy", "2024-03-05"),
        (datetime.fromisoformat("2024-03-05"), '[$-409]d. mmmm yyyy "h"', "2024-03-05"),
        (date(2024, 3, 5), "", "2024-03-05"),
        (time(8, 5), "h:mm", "08:05"),
        (time(8, 5, 9), "h:mm:ss", "08:05:09"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05:00"),
        (timedelta(minutes=-5), "[h]:mm", "-0:05:00"),
    ],
)
def test_dates_and_times(value: datetime | date | time | timedelta, code: str, shown: str) -> None:
    assert shown_time(value, code) == shown


@given(st.floats() | st.integers(), st.text(alphabet='0#?,.%;"\\_*[]$-EGeneral@/€ ', max_size=20))
def test_any_format_shows_something(value: float, code: str) -> None:
    assert shown_number(value, code)


@given(st.floats(-1e300, 1e300))
def test_plain_numbers_keep_fifteen_digits(value: float) -> None:
    assert float(plain_number(value)) == pytest.approx(value, rel=1e-14, abs=0)
