"""Pages without a text layer: pictures of text, and letters that mean nothing."""

from typing import Any

from ingestion.parsers.pdf.characters import unmapped_share

# Kinds of page objects: fpdf_edit.h.
_IMAGE_OBJECT, _FORM_OBJECT = 3, 5
# A page of glyphs without a meaning has no text layer worth the name; a few icons are no such page.
_MAX_UNMAPPED = 0.5
_MIN_CHARS = 12
_MAX_OBJECTS = 2_000
_MAX_DEPTH = 3
# What a line of a report can hold.
_MAX_RANGES = 12


def is_unreadable(text: str) -> bool:
    """Whether most characters of a text layer stand for glyphs without a meaning in Unicode."""
    unmapped, share = unmapped_share(text)
    return unmapped >= _MIN_CHARS and share > _MAX_UNMAPPED


def has_picture(page: Any) -> bool:
    """Whether there is an image on ``page``, a handle of PDFium. A blank page is no scan."""
    from pypdfium2 import raw

    pending = [(raw.FPDFPage_GetObject(page, index), 1) for index in range(min(raw.FPDFPage_CountObjects(page), _MAX_OBJECTS))]
    while pending:
        item, depth = pending.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind == _IMAGE_OBJECT:
            return True
        if kind == _FORM_OBJECT and depth < _MAX_DEPTH:
            count = min(raw.FPDFFormObj_CountObjects(item), _MAX_OBJECTS)
            pending += [(raw.FPDFFormObj_GetObject(item, index), depth + 1) for index in range(count)]
    return False


def page_ranges(numbers: list[int]) -> str:
    """``page 2`` or ``pages 3-5, 9``."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_MAX_RANGES])
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}{' and more' if len(ranges) > _MAX_RANGES else ''}"
