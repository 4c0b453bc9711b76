"""What a slide holds besides running text: tables, charts, diagrams, the descriptions of pictures, the speaker's notes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.parsers.grid import Grid, Merge, filled_grid
from ingestion.parsers.office.blocks import MAX_HEADING_CHARS
from ingestion.parsers.office.number_formats import plain_number
from ingestion.parsers.office.ooxml import find, first, qualified

_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
# What PowerPoint writes where nobody has described the picture.
_NO_DESCRIPTION = re.compile(r"\S+\.\w{2,5}\Z|.*description automatically generated|https?://\S+\Z", re.IGNORECASE | re.DOTALL)
_MAX_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class SlideParts:
    """``tables`` are those with text, in the order in which they stand on the slide."""

    title: tuple[str, ...] = ()
    tables: tuple[Grid, ...] = ()
    charts: tuple[Grid, ...] = ()
    diagrams: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[str, ...] = ()
    notes: str = ""
    warnings: tuple[str, ...] = ()


def slide_parts(slide: Any, number: int) -> SlideParts:
    """The parts of the python-pptx ``slide``, which is the ``number``-th."""
    shapes = sorted(_shapes(slide.shapes), key=lambda shape: (shape.top or 0, shape.left or 0))
    charts: list[Grid] = []
    warnings = []
    for shape in shapes:
        if getattr(shape, "has_chart", False):
            try:
                charts.append(_chart(shape.chart))
            except (KeyError, ValueError, TypeError, AttributeError, IndexError, NotImplementedError):
                warnings.append(f"the chart {shape.name!r} on slide {number} cannot be read; add its figures as a table")
    found = (_table(shape.table._tbl) for shape in shapes if getattr(shape, "has_table", False))
    return SlideParts(
        _title(slide),
        tuple(grid for grid in found if any(map(any, grid.cells))),
        tuple(charts),
        tuple(nodes for shape in shapes if (nodes := tuple(_diagram(slide, shape)))),
        tuple(words for shape in shapes if (words := _description(shape))),
        _notes(slide),
        tuple(warnings),
    )


def _title(slide: Any) -> tuple[str, ...]:
    """The lines of the title; none where its placeholder holds the text of the slide."""
    shape = slide.shapes.title
    lines = tuple(line.text for line in shape.text_frame.paragraphs if line.text.strip()) if shape is not None else ()
    return lines if sum(map(len, lines)) <= MAX_HEADING_CHARS else ()


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):  # a group
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _table(table: Any) -> Grid:
    rows: list[list[str]] = []
    merges: list[Merge] = []
    for number, row in enumerate(find(table, "./a:tr")):
        texts: list[str] = []
        for column, cell in enumerate(find(row, "./a:tc")):
            is_covered = cell.get("hMerge") in {"1", "true"} or cell.get("vMerge") in {"1", "true"}
            lines = ("".join(part.text or "" for part in find(line, ".//a:t")) for line in find(cell, "./a:txBody/a:p"))
            texts.append("" if is_covered else "\n".join(lines))
            down, across = int(cell.get("rowSpan", "1")), int(cell.get("gridSpan", "1"))
            if down * across > 1 and down * across <= _MAX_CELLS:
                merges.append((number, column, number + down - 1, column + across - 1))
        rows.append(texts)
    has_header = first(table, "./a:tblPr[@firstRow='1' or @firstRow='true']") is not None
    return filled_grid(rows, merges, header_rows=_header_rows(merges) if has_header and len(rows) > 1 else None)


def _header_rows(merges: list[Merge]) -> int:
    """The first row, and as many more as merged cells in it join."""
    return max((bottom + 1 + (right > left) for top, left, bottom, right in merges if top == 0), default=1)


def _chart(chart: Any) -> Grid:
    """A row for each category, a column for each series."""
    title = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else ""
    rows: dict[str, dict[str, str]] = {}
    names: dict[str, None] = {}
    for plot in chart.plots:
        labels = [" ".join(reversed([str(part) for part in label])) for label in plot.categories.flattened_labels]
        for series in plot.series:
            name = str(series.name or f"series {len(names) + 1}")
            names[name] = None
            for number, value in enumerate(series.values):
                label = labels[number] if number < len(labels) else str(number + 1)
                if value is not None:
                    rows.setdefault(label, {})[name] = plain_number(value)
    lines = [[label, *(values.get(name, "") for name in names)] for label, values in rows.items()]
    return filled_grid([["", *names], *lines], header_rows=1, caption=" ".join(title.split()))


def _diagram(slide: Any, shape: Any) -> Iterator[str]:
    """The texts of a SmartArt diagram, in the order of its nodes."""
    relation = first(shape._element, f".//a:graphicData[@uri='{_DIAGRAM}']/dgm:relIds/@r:dm")
    if relation is None:
        return
    from lxml.etree import XMLSyntaxError
    from pptx.oxml import parse_xml

    try:
        data = parse_xml(slide.part.related_part(relation).blob)
    except (KeyError, XMLSyntaxError):
        return
    for node in find(data, "./dgm:ptLst/dgm:pt[not(@type) or @type='node']"):
        words = " ".join("".join(part.text or "" for part in find(node, ".//a:t")).split())
        if words:
            yield words


def _description(shape: Any) -> str:
    if shape._element.tag != qualified("p:pic"):
        return ""
    words = " ".join((first(shape._element, "./p:nvPicPr/p:cNvPr/@descr") or "").split())
    return "" if _NO_DESCRIPTION.match(words) else words


def _notes(slide: Any) -> str:
    if not slide.has_notes_slide:
        return ""
    frame = slide.notes_slide.notes_text_frame
    return frame.text.replace("\v", "\n").strip() if frame is not None else ""
