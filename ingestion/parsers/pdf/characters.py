"""Characters of text layers made into plain ones: ligatures, soft hyphens, bullets of symbol fonts, controls."""

import re

SOFT_HYPHEN = "\u00ad"
# Presentation forms of Latin ligatures (Unicode, U+FB00 to U+FB06).
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# What Wingdings and Symbol fonts, mapped to the private use area, show as bullets and boxes.
_BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF076: "❖", 0xF0D8: "➢", 0xF0FC: "✓", 0xF02D: "-"}
_BOXES = {0xF0A8: "☐", 0xF06F: "☐", 0xF0FE: "☒"}
_HYPHENS = {0x2010: "-", 0x2011: "-"}
# Controls and characters without width; the joiners of Persian and of Indian scripts are letters to their readers and stay.
_NOTHING = (*range(0x20), 0x7F, 0x200B, 0x2060, 0xFEFF, *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF)
_TABLE = {**dict.fromkeys(_NOTHING, ""), **_LIGATURES, **_BULLETS, **_BOXES, **_HYPHENS}
# Fonts of TeX without a table of their own give this arrow for a ligature.
_ARROW_LIGATURE = ("\u21b5", "ff")
# Words hold no controls.
_SPECIAL = re.compile(
    "[" + "".join(chr(code) for code in _TABLE if code > 0x7F and code != 0xFFFE) + SOFT_HYPHEN + _ARROW_LIGATURE[0] + "]"
)
# Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
_LEFTWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# What stands for glyphs that have no meaning in Unicode: the replacement character and private use.
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f\ufffe]")


def is_special(text: str) -> bool:
    """Whether any of the characters would be changed by :func:`clean`."""
    return _SPECIAL.search(text) is not None


def clean(word: str) -> str:
    """``word`` in plain characters, possibly empty. A soft hyphen stays where it ends the word: there it is a hyphen."""
    word = word.translate(_TABLE)
    if len(word) > 1:
        word = word.replace(*_ARROW_LIGATURE)
    if SOFT_HYPHEN in word:
        word = word.replace(SOFT_HYPHEN, "") + (SOFT_HYPHEN if len(word) > 1 and word.endswith(SOFT_HYPHEN) else "")
    return word


def reads_leftwards(text: str) -> bool:
    """Whether ``text`` has letters of a script that runs from right to left."""
    return _LEFTWARDS.search(text) is not None


def unmapped_share(text: str) -> tuple[int, float]:
    """The number of characters that have no meaning in Unicode, and their share of the visible ones."""
    unmapped = 0 if text.isascii() else len(_UNMAPPED.findall(text))
    return unmapped, unmapped / len(_VISIBLE.findall(text)) if unmapped else 0.0
