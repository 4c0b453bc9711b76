"""Numbers and dates as a spreadsheet shows them, by their number format (ISO 29500-1, 18.8.31).

Dates come in ISO 8601, as the file does not say in which country it is read; thousands are parted by a comma for the same
reason.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

_TOKEN = re.compile(
    r"\"(?P<quoted>[^\"]*)\"?|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]"
    r"|(?P<exponent>[eE][+-]0+)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+)|(?P<other>.)",
    re.DOTALL,
)
_SECTION_GAP = re.compile(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*\Z)")
_HOURS = re.compile(r"[hs]|\[m", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|\\.|\[\$[^\]]*\]|\[(?!h|m|s)[^\]]*\]", re.IGNORECASE)
# More digits are noise of binary fractions: 0.1 + 0.2.
_DIGITS = 15
_MAX_DECIMALS = 30


def shown_number(value: float, code: str) -> str:
    """``value`` in the format ``code``: ``0.25`` in ``0.0%`` is ``25.0%``. A format that is not known shows it plainly."""
    section, value = _section(value, code)
    shape = _shape(section)
    return plain_number(value) if shape is None else shape.write(value)


def plain_number(value: float) -> str:
    """Without a format: whole numbers without a point, others with at most 15 digits."""
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 10**_DIGITS else f"{value:.{_DIGITS}g}"


def shown_time(value: datetime | date | time | timedelta, code: str) -> str:
    """A date, a time, or both, as far as the format shows them; a duration as ``h:mm:ss``."""
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, datetime):
        shows_time = _HOURS.search(_QUOTED.sub("", code)) is not None
        if not shows_time or (value.time() == time() and "h" not in code.lower()):
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return value.isoformat()


@dataclass(frozen=True, slots=True)
class _Shape:
    """A section of a format: what stands around the digits, and how many there are; ``power`` is of ten."""

    before: str
    after: str
    whole: int
    decimals: int
    least_decimals: int
    has_thousands: bool
    power: int

    def write(self, value: float) -> str:
        try:
            scaled = Decimal(repr(value)).scaleb(self.power)
            rounded = scaled.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
        except InvalidOperation:  # infinite, or more digits than Decimal keeps
            return plain_number(value)
        sign = "-" if rounded < 0 else ""
        whole, _, fraction = f"{abs(rounded):f}".partition(".")
        whole = f"{int(whole):,}" if self.has_thousands else whole.zfill(self.whole)
        while len(fraction) > self.least_decimals and fraction.endswith("0"):
            fraction = fraction[:-1]
        digits = f"{whole}.{fraction}" if fraction else whole
        return f"{sign}{self.before}{digits}{self.after}"


def _section(value: float, code: str) -> tuple[str, float]:
    """The section that is for ``value``, and the value as that section writes it: negative ones bring their own sign.

    Zero is written as positive numbers are: its own section mostly turns it into a dash, which nobody searches for.
    """
    sections = _SECTION_GAP.split(code)
    if len(sections) > 1 and value < 0:
        return sections[1], -value
    return sections[0], value


@lru_cache(maxsize=512)
def _shape(section: str) -> _Shape | None:
    """``None`` for what is not written digit by digit: General, fractions, exponents, texts, digits in groups."""
    before, after, digits, percents = "", "", "", 0
    for token in _TOKEN.finditer(section):
        literal = token["quoted"] or token["escaped"] or token["currency"] or ""
        if token["exponent"] or token["other"] in {"/", "@", "G", "E"} or (token["digits"] and digits):
            return None
        if token["digits"]:
            digits = token["digits"]
            continue
        if token["other"]:
            literal = token["other"]
            percents += literal == "%"
        before, after = (before + literal, after) if not digits else (before, after + literal)
    if not digits:
        return None
    whole, _, decimals = digits.partition(".")
    scale = len(whole) - len(whole.rstrip(","))
    if len(decimals) > _MAX_DECIMALS:
        return None
    return _Shape(
        before.lstrip(),
        after.rstrip(),
        whole.count("0"),
        len(decimals),
        len(decimals.rstrip("#?")),
        "," in whole.rstrip(","),
        2 * percents - 3 * scale,
    )
