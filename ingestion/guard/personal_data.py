"""Personal data with a form of their own: e-mail addresses, phone numbers, IBANs and card numbers.

Phone numbers are found by ``phonenumbers``, Google's library. The others are a pattern and the check digits of their standard.
"""

import re
from collections.abc import Iterator

from ingestion.guard.findings import Finding, line_pieces
from ragline.errors import MissingExtra

# RFC 5321, section 4.5.3.1, bounds the parts; the last label is letters, which no version number or address of a machine has.
_LOCAL = re.compile(r"[\w.+%'-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}([^\W\d_]{2,63})(?![\w-])")
# Behind "@" these are names of files ("logo@2x.png").
_FILE_SUFFIXES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "html", "py", "json", "yml"})
_MAX_LOCAL_CHARS = 64

_DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d){6}")
# What the library takes for a phone number and nobody else: numbers with a fraction ("0.315679197" would be in Frankfurt),
# parts of numbers and paths, book numbers, and bare digits that nothing before them calls a phone number.
_DECIMAL = re.compile(r"[\[(]*[-+]?\d+[.,]\d+[\])]*\Z")
_NO_CUE = re.compile(r"(?:[.,/=_]|ISBN[\s:-]*)\Z", re.IGNORECASE)
_CUE = re.compile(r"t[eé]l|phone|fon|call|fax|mobil|handy|hotline|whatsapp|ring|cell|dial", re.IGNORECASE)
_CUE_CHARS = 24
# Where a number is written without its country code, it may be one of these. More regions find little more and take article
# numbers for phone numbers.
_PHONE_REGIONS = ("US", "GB", "DE", "FR")

_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?= ?[A-Z0-9])")
# Length of an IBAN by country: SWIFT, IBAN Registry, release 99.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
_CARD = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){12,18}(?![ -]?\d|\w)")
# Issuers by their first digits, with the lengths of their numbers (ISO/IEC 7812, and the networks' own pages).
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d|2\d\d)\d{12,15}|3(?:0[0-59]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
)


def emails(text: str) -> Iterator[Finding]:
    """E-mail addresses: every "@" with a name before and a domain behind it, code and paths of ``scp`` left out."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - _MAX_LOCAL_CHARS), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and domain.group(1).lower() not in _FILE_SUFFIXES:
            start = local.start() + len(local.group()) - len(local.group().lstrip(".'%-"))
            following = text[domain.end() : domain.end() + 2]
            is_code = following[:1] in {"(", "["} or (following[:1] == ":" and following[1:].strip() != "")
            if start < at and text[at - 1] != "." and not is_code:
                yield Finding(start, domain.end(), "email")
        at = text.find("@", at + 1)


def phones(text: str) -> Iterator[Finding]:
    """Phone numbers that are valid and grouped as their country groups them. Raises :class:`MissingExtra`."""
    try:
        from phonenumbers import Leniency, PhoneNumberMatcher
    except ImportError as error:
        raise MissingExtra("phonenumberslite", extra="privacy", purpose="Looking for phone numbers") from error
    for offset, piece in line_pieces(text):
        if not _DIGITS.search(piece):
            continue
        for region in _PHONE_REGIONS:
            for match in PhoneNumberMatcher(piece, region, leniency=Leniency.STRICT_GROUPING):
                if _is_phone(match.raw_string, piece[max(0, match.start - _CUE_CHARS) : match.start]):
                    yield Finding(offset + match.start, offset + match.end, "phone")


def _is_phone(number: str, before: str) -> bool:
    if _DECIMAL.match(number) or _NO_CUE.search(before):
        return False
    return not number.isdecimal() or _CUE.search(before) is not None


def ibans(text: str) -> Iterator[Finding]:
    """International bank account numbers (ISO 13616), with blanks between their groups or without."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2])
        if length is None:
            continue
        number = re.compile(rf"[A-Z]{{2}}\d\d(?: ?[A-Z0-9]){{{length - 4}}}(?!\w)").match(text, match.start())
        if number and _mod_97(number.group().replace(" ", "")) == 1:
            yield Finding(number.start(), number.end(), "iban")


def cards(text: str) -> Iterator[Finding]:
    """Numbers of payment cards: an issuer's first digits and length, and the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match.group())
        if _ISSUERS.fullmatch(digits) and _luhn(digits):
            yield Finding(match.start(), match.end(), "card")


def _mod_97(iban: str) -> int:
    """ISO 7064, MOD 97-10: the first four characters go to the end, letters count from 10."""
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
