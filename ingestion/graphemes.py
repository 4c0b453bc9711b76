"""Where a text may be cut without breaking what a reader sees as one character.

A conservative form of the extended grapheme clusters of Unicode Standard Annex 29: every boundary reported here is a
boundary there, while a few rare ones (around unusual Hangul and Indic sequences) are not used.
"""

import unicodedata

_ZERO_WIDTH_JOINER = "\u200d"
_ZERO_WIDTH_NON_JOINER = "\u200c"
_VIRAMA_CLASS = 9  # canonical combining class of viramas, which join consonants (UAX 29, rule GB9c)
# Extend or SpacingMark by UAX 29 although their general category is a letter or symbol: Thai and Lao AM, half-width kana
# marks, skin tones, tag characters.
_TRAILING = frozenset("\u0e33\u0eb3\uff9e\uff9f") | {chr(code) for code in (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))}
_EXTENDING = _TRAILING | {_ZERO_WIDTH_JOINER, _ZERO_WIDTH_NON_JOINER}
# Prepend by UAX 29: signs that belong to what follows.
_LEADING = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e"
    "\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a"
    "\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46\U00011f02"
)
# Longer runs of flags are read as one piece: no text has them, and counting must stay bounded.
_MAX_FLAG_RUN = 64


def is_grapheme_boundary(text: str, index: int) -> bool:
    """True when ``text`` may be cut before ``index``. Both ends are boundaries."""
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if after < "\u0300" and before < "\u0300":  # nothing below combines, but for a line end
        return not (before == "\r" and after == "\n")
    if before in "\r\n" or after in "\r\n":
        return True
    if after in _EXTENDING or before in _LEADING:
        return False
    if unicodedata.category(after)[0] == "M" or (before == _ZERO_WIDTH_JOINER and not after.isspace()):
        return False
    return not (_is_conjunct(text, index) or _is_hangul_syllable(before, after) or _is_inside_flag(text, index))


def _is_conjunct(text: str, index: int) -> bool:
    """A virama among the marks before ``index`` may join the letter there to the one before."""
    at = index - 1
    while at >= 0 and (text[at] in _EXTENDING or unicodedata.category(text[at])[0] == "M"):
        if unicodedata.combining(text[at]) == _VIRAMA_CLASS:
            return True
        at -= 1
    return False


def _is_hangul_syllable(before: str, after: str) -> bool:
    """Jamo of one syllable; precomposed syllables take vowels and finals behind them."""
    if "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb":
        return _is_leading_jamo(before) or "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7fb"
    return _is_leading_jamo(before) and (_is_leading_jamo(after) or "\uac00" <= after <= "\ud7a3")


def _is_leading_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u115f" or "\ua960" <= char <= "\ua97c"


def _is_inside_flag(text: str, index: int) -> bool:
    """Between the two regional indicators of one flag."""
    if not _is_regional_indicator(text[index]):
        return False
    run = 0
    while run < _MAX_FLAG_RUN and index - run > 0 and _is_regional_indicator(text[index - run - 1]):
        run += 1
    return run % 2 == 1 or run == _MAX_FLAG_RUN


def _is_regional_indicator(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
