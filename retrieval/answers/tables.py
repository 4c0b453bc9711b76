"""How a table row is shown: ``header: value, header: value``."""

import re

_PIPE = re.compile(r"(?<!\\)\|")


def row_cells(row: str) -> tuple[str, ...]:
    """The cells of a row written with pipes or tabs; a line with neither is one cell."""
    row = row.strip(" \r\n")
    if not _PIPE.search(row):
        return tuple(cell.strip() for cell in row.split("\t"))
    inner = row.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple(cell.strip().replace("\\|", "|") for cell in _PIPE.split(inner))


def labelled_row(header: str, row: str) -> str:
    """``row`` with its labels: ``"Part: Cover screws, Torque: 0.8 N·m"``.

    Empty cells are left out. Lines or cells that bring their own label (``Part: Cover screws | Torque: 0.8 N·m``) are joined
    in the same way. Otherwise, where header and row have not the same number of cells, the row's characters come back.
    """
    labels, values = row_cells(header), row_cells(row)
    if header and len(labels) == len(values) > 1:
        return ", ".join(f"{label}: {value}" if label else value for label, value in zip(labels, values, strict=True) if value)
    cells = [cell for line in row.splitlines() for cell in row_cells(line)]
    return ", ".join(cells) if len(cells) > 1 and all(": " in cell for cell in cells) else row
