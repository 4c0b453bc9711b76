"""Text that grows while it is read: a name repeated in every row, a short row filled up to the longest, a cell over many rows.

A file of a megabyte can ask for gigabytes that way. What is written is therefore counted as it is written.
"""

from collections.abc import Iterable, Iterator

from ragline.errors import ParseError

MAX_GROWTH = 8
"""Characters of text for each character of the source. A table with names of columns as long as its values comes to 2 or 3."""
FREE_CHARS = 2**24
"""Up to this text may grow as it likes: 16 million characters do no harm."""
MAX_COLUMNS = 16_384
"""The widest sheet of Excel (2^14 columns); a table with more is data for a program."""
MAX_FILLED = 4
"""Cells of a table for each one that is written in the file, when short rows are filled up."""
FREE_CELLS = 2**20


def allowed_chars(source_chars: int) -> int:
    """How long a text may become that is made of so many characters."""
    return max(FREE_CHARS, MAX_GROWTH * source_chars)


def bounded(texts: Iterable[str], source_chars: int) -> Iterator[str]:
    """The texts, one by one. Raises :class:`ParseError` when they are longer together than a source of this length allows."""
    left = allowed_chars(source_chars)
    for text in texts:
        left -= len(text)
        if left < 0:
            raise too_long()
        yield text


def too_long() -> ParseError:
    """The error for a text that would become too long."""
    return ParseError(
        f"its text would be more than {MAX_GROWTH} times as long as the file; shorten names that repeat in every row"
    )


def check_table(rows: int, columns: int, cells: int) -> None:
    """Raise :class:`ParseError` where ``cells`` cells in rows of different length would become a table out of proportion."""
    if columns > MAX_COLUMNS:
        raise ParseError(f"a table of {columns} columns, more than {MAX_COLUMNS}; split it, or turn rows and columns")
    if rows * columns > FREE_CELLS + MAX_FILLED * cells:
        raise ParseError(f"rows of very different lengths, up to {columns} cells; check the delimiter, or split the table")
