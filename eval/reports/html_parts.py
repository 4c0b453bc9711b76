"""The parts that the sections of the HTML report are made of. What they are given as content is finished HTML."""

from collections.abc import Iterable, Sequence
from html import escape

from eval.reports.svg import interval_bar
from eval.reports.text import bounds, figure, interval, scored
from eval.result import MetricValue


def section(name: str, title: str, content: str) -> str:
    """A section with its heading; ``name`` is the id that the page's contents lead to."""
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{content}\n</section>\n'


def panel(name: str, title: str, content: str) -> str:
    """A framed part beside others."""
    return f'<section class="panel" aria-labelledby="{name}">\n<h3 id="{name}">{escape(title)}</h3>\n{content}\n</section>\n'


def panels(parts: Iterable[str]) -> str:
    """Parts side by side, as many as there is room for."""
    return f'<div class="panels">\n{"".join(parts)}</div>\n'


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """Names and values of a description list."""
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in values)


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, style: str = "") -> str:
    """A table that scrolls by itself on a narrow screen; ``rows`` hold finished cells. Without rows there is none.

    A header stands above its figures as they do: at the end.
    """
    rows = list(rows)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    if not body:
        return ""
    columns = zip(header, rows[0], strict=True)
    head = "".join(f'<th scope="col"{_drawn(cell)}>{escape(text)}</th>' for text, cell in columns)
    name = escape(caption, quote=True)
    drawn = f' class="{style}"' if style else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table{drawn}><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def _drawn(cell: str) -> str:
    return ' class="number"' if cell.startswith('<td class="number') else ""


def row_header(text: str, more: str = "") -> str:
    """The first cell of a row; ``more`` is finished HTML below its name."""
    return f'<th scope="row" dir="auto">{escape(text)}{more}</th>'


def number(text: str, style: str = "") -> str:
    """A cell with a figure."""
    return f'<td class="number{" " if style else ""}{style}">{text}</td>'


def wide(content: str) -> str:
    """A cell that takes what room there is."""
    return f'<td class="wide">{content}</td>'


def metric_cell(value: MetricValue) -> str:
    """A cell with a mean, how many it is of where some are missing, its interval drawn and in figures."""
    missing = f'<span class="bad"> {scored(value)}</span>' if value.scored < value.total else ""
    return (
        f'<td><span class="mean">{figure(value.value)}</span>{missing}{interval_bar(value)}'
        f'<span class="range">{interval(value)}</span>{_bounds(value)}</td>'
    )


def _bounds(value: MetricValue) -> str:
    told = bounds(value)
    return f'<span class="range bad">{told}</span>' if told else ""
