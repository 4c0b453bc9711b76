"""Numbers with their units in running text, and whether two of them say the same.

A number is read in every way that its separators allow (``1,200`` is 1200 or 1.2), since texts of several countries are
compared. Lengths, times and the like are compared in one unit each, so that "2 years" and "24 months" agree.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_SCALES: Mapping[str, Mapping[str, float]] = {
    "time": {"s sec secs second seconds": 1, "ms millisecond milliseconds": 1e-3, "µs μs us microsecond microseconds": 1e-6}
    | {"min mins minute minutes": 60, "h hr hrs hour hours": 3600, "day days": 86_400, "week weeks": 604_800},
    "months": {"month months": 1, "year years yr yrs": 12},  # of no fixed number of days
    "length": {
        "mm millimetre millimetres millimeter millimeters": 1e-3,
        "cm centimetre centimetres centimeter centimeters": 1e-2,
    }
    | {"m metre metres meter meters": 1, "km kilometre kilometres kilometer kilometers": 1e3}
    | {"inch inches": 0.0254, "ft foot feet": 0.3048, "mile miles": 1609.344},
    "mass": {"mg milligram milligrams": 1e-6, "g gram grams": 1e-3, "kg kilogram kilograms": 1, "tonne tonnes": 1e3},
    "volume": {"ml millilitre millilitres milliliter milliliters": 1e-3, "l litre litres liter liters": 1},
    "celsius": {"°c": 1},
    "fahrenheit": {"°f": 1},
    "voltage": {"mv": 1e-3, "v volt volts": 1, "kv": 1e3},
    "current": {"ma": 1e-3, "amp amps ampere amperes": 1},
    "power": {"w watt watts": 1, "kw kilowatt kilowatts": 1e3},
    "energy": {"wh": 1, "kwh": 1e3},
    "frequency": {"hz hertz": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    "pressure": {"pa": 1, "kpa": 1e3, "mbar": 100, "bar": 1e5, "psi": 6894.757},
    "torque": {"n·m n⋅m nm newton-metre newton-metres newton-meters": 1},
    "data": {"byte bytes": 1, "kb": 1e3, "kib": 1024, "mb": 1e6, "mib": 2**20, "gb": 1e9, "gib": 2**30, "tb": 1e12},
    "share": {"% percent": 1, "‰": 0.1},
    "euro": {"€ eur euro euros": 1},
    "dollar": {"$ usd dollar dollars": 1},
    "pound": {"£ gbp": 1},
}
_UNITS = {
    name: (scale, factor) for scale, units in _SCALES.items() for names, factor in units.items() for name in names.split()
}
"""Lower-case name -> what it measures, and how much of the scale's unit it is."""

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_WORDS = {word: float(value) for value, word in enumerate([*_SMALL.split(), "eighteen", "nineteen"])} | {
    word: 10.0 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)  # noqa: SIM905
}
_WORDS |= {"zwei": 2.0, "drei": 3.0, "vier": 4.0, "fünf": 5.0, "sechs": 6.0, "deux": 2.0, "trois": 3.0, "dos": 2.0, "tres": 3.0}
_POWERS = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

_WORD_NUMBER = "|".join(sorted(_WORDS, key=len, reverse=True))
# A sign needs no end (1.8 %RH), a word does.
_UNIT_NAMES = "|".join(
    re.escape(name) + (r"(?![^\W\d_])" if name[-1].isalpha() else "") for name in sorted(_UNITS, key=len, reverse=True)
)
_QUANTITY = re.compile(
    rf"(?P<currency>[€$£]\s?)?(?<![\w.,])(?<![^\W\d_]-)(?P<sign>(?<!\w)[-−])?"
    rf"(?:(?P<digits>\d+(?:[.,’'\u00a0\u202f]\d+)*)(?:st|nd|rd|th)?|(?P<words>(?:{_WORD_NUMBER})(?:[- ](?:{_WORD_NUMBER}))?)\b)"
    rf"(?:[- ]?(?P<power>hundred|thousand|million|billion|trillion)\b)?"
    rf"(?:[\s\u00a0-]?(?P<unit>newton[ -]met(?:re|er)s?|per\s?cent\b|(?:{_UNIT_NAMES})))?",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|over|under|(?:more|less) than|up to|circa|ca\.)\s*$",
    re.IGNORECASE,
)
_HEDGE_CHARS = 16
_HEDGED_TOLERANCE = 0.1  # "about 500" of 480 or 530: a tenth is what a careful writer calls about


@dataclass(frozen=True, slots=True)
class Quantity:
    """``text[start:end]``. ``values`` are its possible readings; ``scale`` what its unit measures, empty without one.

    ``factor`` turns a value into the scale's unit. ``hedged`` says that the text gives it as about so much.
    """

    start: int
    end: int
    shown: str
    values: frozenset[float]
    scale: str = ""
    factor: float = 1.0
    hedged: bool = False


def quantities(text: str) -> list[Quantity]:
    """The numbers of ``text`` in order, in digits or in words; not those that are part of an identifier (``E-4012``)."""
    return list(_found(text))


def agrees(claimed: Quantity, stated: Quantity) -> bool:
    """Whether the text that gives ``stated`` supports ``claimed``: equal values in units that can be compared.

    A number without a unit agrees with an equal one with any: the head of a table may hold it.
    """
    if claimed.scale and stated.scale:
        if claimed.scale != stated.scale:
            return False
        pairs = ((a * claimed.factor, b * stated.factor) for a in claimed.values for b in stated.values)
    else:
        pairs = ((a, b) for a in claimed.values for b in stated.values)
    tolerance = _HEDGED_TOLERANCE if claimed.hedged or stated.hedged else 1e-9
    return any(math.isclose(a, b, rel_tol=tolerance) for a, b in pairs)


def rivals(claimed: Quantity, stated: Iterable[Quantity]) -> list[Quantity]:
    """Those of ``stated`` that measure the same as ``claimed`` and give another value."""
    return [each for each in stated if each.scale == claimed.scale and not agrees(claimed, each)]


def _found(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        digits, words = match["digits"], match["words"]
        if digits and not match["unit"] and text[match.end() : match.end() + 1].isalpha():
            continue  # 3D is a name
        values = _readings(digits) if digits else {_spelled(words)}
        factor = _POWERS[match["power"].lower()] if match["power"] else 1.0
        sign = -1.0 if match["sign"] else 1.0
        is_decade = re.fullmatch(r"\d{3}0s", match.group()) is not None  # the 1990s are no seconds
        scale, unit = _unit("" if is_decade else match["unit"] or (match["currency"] or "").strip())
        hedged = _HEDGE.search(text[max(0, match.start() - _HEDGE_CHARS) : match.start()]) is not None
        readings = frozenset(sign * value * factor for value in values)
        yield Quantity(match.start(), match.end(), match.group().strip(), readings, scale, unit, hedged)


def _readings(digits: str) -> set[float]:
    """The values of ``1,200.5`` or ``1.200,5``: the last separator may begin the decimals, all others part thousands."""
    parts = re.split(r"[.,’'\u00a0\u202f]", digits)
    if len(parts) == 1:
        return {float(digits)}
    readings = set()
    if all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        readings.add(float("".join(parts)))
    if len(parts) == 2 or all(len(part) == 3 for part in parts[1:-1]):
        readings.add(float("".join(parts[:-1]) + "." + parts[-1]))
    return readings or {float(parts[0])}  # 2.3.1 is a version, which its words are compared for


def _spelled(words: str) -> float:
    return sum(_WORDS[word] for word in re.split(r"[- ]", words.lower()))


def _unit(name: str) -> tuple[str, float]:
    plain = "percent" if re.fullmatch(r"per\s?cent", name, re.IGNORECASE) else name.lower()
    if re.match(r"newton", plain):
        plain = "n·m"
    return _UNITS.get(plain, ("", 1.0))
