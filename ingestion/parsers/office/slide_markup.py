"""Makes the slides ready for ``unstructured``: bullets that come from the layout, addresses of links, running footers.

It calls a paragraph an item only where the bullet stands in the paragraph itself; nearly all come from the placeholder of the
layout or the master (ISO 29500-1, 19.3.1.36 and 21.1.2.4).
"""

from collections.abc import Iterator
from typing import Any

from ingestion.parsers.office.links import address_suffix
from ingestion.parsers.office.ooxml import find, first, qualified

_BODY_TYPES = frozenset({"body", "obj", None})
_RUNNING_TYPES = {"sldNum": False, "dt": False, "ftr": True, "hdr": True}
"""Placeholders that are the same on every slide, and whether their text says anything."""
_BULLETS = "./a:buChar | ./a:buAutoNum | ./a:buNone | ./a:buBlip"


def prepare_slide(slide: Any) -> list[str]:
    """Changes the python-pptx ``slide`` in place; returns the texts of its footers, which are taken off."""
    footers = []
    for shape in find(slide._element, ".//p:sp[p:nvSpPr/p:nvPr/p:ph]"):
        kind = first(shape, "./p:nvSpPr/p:nvPr/p:ph/@type")
        if kind in _RUNNING_TYPES:
            text = " ".join("".join(part.text or "" for part in find(shape, ".//a:t")).split())
            if text and _RUNNING_TYPES[kind]:
                footers.append(text)
            shape.getparent().remove(shape)
        elif kind in _BODY_TYPES:
            _mark_items(shape, list(_inherited(slide, shape, kind)))
    _spell_out_addresses(slide)
    return footers


def _mark_items(shape: Any, styles: list[Any]) -> None:
    numbers: dict[int, int] = {}
    for paragraph in find(shape, "./p:txBody/a:p[.//a:t]"):
        properties = first(paragraph, "./a:pPr")
        level = int(properties.get("lvl", "0")) if properties is not None else 0
        bullet = first(properties, _BULLETS) if properties is not None else None
        if bullet is None:
            found = (first(style, f"./a:lvl{level + 1}pPr") for style in styles)
            bullet = next((each for style in found if style is not None and (each := first(style, _BULLETS)) is not None), None)
        kind = "" if bullet is None else bullet.tag
        numbers = {deep: number for deep, number in numbers.items() if deep <= level}
        text = first(paragraph, ".//a:t")
        if bullet is not None and text is not None and kind == qualified("a:buAutoNum"):
            numbers[level] = numbers.get(level, int(bullet.get("startAt", "1")) - 1) + 1
            text.text = f"{numbers[level]}. {text.text or ''}"
        else:
            numbers.pop(level, None)
        if kind and kind != qualified("a:buNone"):
            _set_bullet(paragraph)


def _set_bullet(paragraph: Any) -> None:
    properties = first(paragraph, "./a:pPr")
    if properties is None:
        properties = paragraph.makeelement(qualified("a:pPr"))
        paragraph.insert(0, properties)
    for old in find(properties, _BULLETS):
        properties.remove(old)
    bullet = paragraph.makeelement(qualified("a:buChar"))
    bullet.set("char", "•")
    properties.append(bullet)


def _inherited(slide: Any, shape: Any, kind: str | None) -> Iterator[Any]:
    """The list styles that hold for a placeholder, the nearest first: its own, those of layout and master, all bodies'."""
    index = first(shape, "./p:nvSpPr/p:nvPr/p:ph/@idx") or "0"
    layout = slide.slide_layout
    own = first(shape, "./p:txBody/a:lstStyle")
    on_layout = first(layout._element, f".//p:sp[p:nvSpPr/p:nvPr/p:ph[@idx='{index}']]/p:txBody/a:lstStyle")
    master = layout.slide_master._element
    on_master = first(master, f".//p:sp[p:nvSpPr/p:nvPr/p:ph[@type='{kind or 'body'}']]/p:txBody/a:lstStyle")
    bodies = first(master, "./p:txStyles/p:bodyStyle")
    yield from (style for style in (own, on_layout, on_master, bodies) if style is not None)


def _spell_out_addresses(slide: Any) -> None:
    addresses = {key: relation.target_ref for key, relation in slide.part.rels.items() if relation.is_external}
    for run in find(slide._element, ".//a:r[a:rPr/a:hlinkClick[@r:id]]"):
        text = first(run, "./a:t")
        address = addresses.get(first(run, "./a:rPr/a:hlinkClick/@r:id") or "")
        if text is not None and address:
            text.text = (text.text or "") + address_suffix(text.text or "", address)
