"""Numbers that look random and are the same every time, on every machine: there is no state to keep or to share."""

import hashlib

_BITS = 64


def fraction(salt: str, *parts: str) -> float:
    """A number in [0, 1) that depends on ``salt`` and ``parts`` only, spread evenly over users; of other salts independent.

    It is the first 64 bits of their SHA-256. Each part goes in with its length, so that ("ab", "c") is not ("a", "bc").
    """
    digest = hashlib.sha256()
    for part in (salt, *parts):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return (int.from_bytes(digest.digest()[:8], "big") >> (_BITS - 53)) / 2**53  # what a float holds exactly, below 1
