"""What an OLE2 compound file holds (doc, xls, ppt, msg, or an encrypted office file), told by the names in its directory."""

import struct

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# A stream or storage that only files of this kind have (MS-OFFCRYPTO 2.3.4, MS-DOC 2.1, MS-XLS 2.1.2, MS-PPT 2.1.2,
# MS-OXMSG 2.4).
_KINDS = {
    "EncryptedPackage": "encrypted",
    "WordDocument": "doc",
    "Workbook": "xls",
    "Book": "xls",
    "PowerPoint Document": "ppt",
    "__properties_version1.0": "msg",
}
_HEADER = struct.Struct("<30xH16xL24x4x")  # sector shift, first sector of the directory (MS-CFB 2.2)
_HEADER_BYTES = 512
_FAT_AT, _FAT_SECTORS = 76, 109
"""The first 109 sectors of the table of sectors are listed in the header: enough for files of 6.8 MB, and the directory, which
is written early, is nearly always within them."""
_ENTRY_BYTES = 128
_MAX_SECTORS = 4096
"""Sectors of the directory that are looked at. A loop in the chain ends here too."""


def ole2_kind(data: bytes) -> str:
    """``doc``, ``xls``, ``ppt``, ``msg``, ``encrypted`` (an office file with a password), or ``ole2`` for any other.

    The entry that comes first decides: documents inside of documents come after those of the file itself.
    """
    if len(data) < _HEADER_BYTES:
        return "ole2"
    shift, sector = _HEADER.unpack_from(data)
    if shift not in {9, 12}:
        return "ole2"
    fat = struct.unpack_from(f"<{_FAT_SECTORS}L", data, _FAT_AT)
    for _ in range(_MAX_SECTORS):
        at = (sector + 1) << shift
        content = data[at : at + (1 << shift)]
        for start in range(0, len(content) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            kind = _KINDS.get(_name(content[start : start + 66]))
            if kind is not None:
                return kind
        following = _next_sector(data, fat, sector, shift)
        if not content or following is None:
            break
        sector = following
    return "ole2"


def _name(entry: bytes) -> str:
    """The name of a directory entry: 64 bytes of UTF-16, then its length in bytes with the final zero (MS-CFB 2.6.1)."""
    size = int.from_bytes(entry[64:66], "little")
    return entry[: max(min(size, 64) - 2, 0)].decode("utf-16-le", "replace")


def _next_sector(data: bytes, fat: tuple[int, ...], sector: int, shift: int) -> int | None:
    per_sector = 1 << (shift - 2)
    index = sector // per_sector
    if index >= len(fat):
        return None
    at = ((fat[index] + 1) << shift) + 4 * (sector % per_sector)
    entry = data[at : at + 4]
    following = int.from_bytes(entry, "little")
    return following if len(entry) == 4 and following < 0xFFFFFFFA else None  # larger numbers mark ends (MS-CFB 2.1)
