"""XML is looked at before any XML library reads it: what declares entities is refused.

Entities can only be declared in a document type declaration, and that can only stand before the first element, so the first
kilobytes of a part are enough to know. They are read as text in the part's own encoding, so that UTF-16 hides nothing.
"""

import codecs
import re

from ragline.errors import ParseError

PROLOG_BYTES = 65_536
"""What stands before the first element is a line or two; a longer prolog is there to hide something behind it."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # Without a mark, "<" shows the width of a character (XML 1.0, appendix F).
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "EBCDIC"),  # "<?xm"
)
_UNREAD = frozenset({"utf-32-le", "utf-32-be", "EBCDIC"})
# Encodings whose first 128 characters are ASCII. In others (UTF-7, EBCDIC, the shifted ones) "<!DOCTYPE" can be spelt in bytes
# that do not look like it, and no office program writes them.
_KNOWN = re.compile(
    r"(?:utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|iso-?8859-\d{1,2}|(?:windows-|cp)125\d|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)"
    r"|shift_jis)\Z",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,60})")
_MISC = re.compile(r"(?:\s++|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!-->).)*+-->)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([^\s\[>]+)\s*(?:PUBLIC|SYSTEM)?\s*(?:(?:\"[^\"]*\"|'[^']*')\s*){0,2}>", re.IGNORECASE)


def check_prolog(head: bytes, name: str, *, allow_external: bool = False) -> None:
    """Refuse a part whose first bytes, ``head`` (:data:`PROLOG_BYTES` of them, or all there are), declare a document type.

    Allowed is what cannot define anything: the ``<!DOCTYPE html>`` of web pages and, with ``allow_external``, a declaration
    that only names a DTD elsewhere (EPUB has these), which no parser here fetches. Bytes that are no XML at all pass. Raises
    :class:`ParseError`.
    """
    encoding = _encoding(head)
    if encoding in _UNREAD:
        raise ParseError(f"{name} is XML in {encoding}, which is not read; save it as UTF-8")
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _DECLARED.match(text)
    if declared and not _KNOWN.match(declared.group(1)):
        raise ParseError(f"{name} is XML in the encoding {declared.group(1)}, which is not read; save it as UTF-8")
    rest = _MISC.sub("", text, count=1)
    if rest.startswith(("<?", "<!--")) or (not rest and len(head) >= PROLOG_BYTES):
        raise ParseError(f"{name} does not come to its first element in {PROLOG_BYTES} bytes; save the file anew")
    if rest.startswith("<!"):
        declaration = _DOCTYPE.match(rest)
        if declaration is None or not (allow_external or declaration.group(1).lower() == "html"):
            raise ParseError(
                f"{name} declares a document type or entities, which can expand without bound; save the file anew without them"
            )


def looks_like_xml(head: bytes) -> bool:
    """Whether the first character that is not blank is ``<``, in whatever encoding XML may have."""
    encoding = _encoding(head)
    if encoding in _UNREAD:
        return True
    text = head.decode(encoding, "replace").removeprefix("\ufeff").lstrip()
    return text.startswith("<") or (not text and len(head) >= PROLOG_BYTES)


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    # A blank in front of the first "<".
    if head[:1] in b" \t\r\n" and head[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\0" and head[1:2] in b" \t\r\n" else "utf-8"
