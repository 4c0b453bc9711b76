"""Whom clicks on interleaved lists prefer: wins, ties, and the sign test.

Source: Chapelle, Joachims, Radlinski and Yue, "Large-Scale Validation and Analysis of Interleaved Search Evaluation", TOIS
30(1), 2012: the statistic is the share of lists that prefer a ranking, ties counted half; the test is the binomial sign test of
those that do prefer one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.lines import json_objects, malformed, text_field
from eval.live.interleaving import Credit


@dataclass(frozen=True, slots=True)
class Preference:
    """Of ``total`` lists (or users) ``wins_a`` preferred A, ``wins_b`` B, and ``ties`` neither.

    ``p`` is the two-sided p-value of the sign test of the wins, 1.0 without any.
    """

    wins_a: int
    wins_b: int
    ties: int
    p: float

    @property
    def total(self) -> int:
        return self.wins_a + self.wins_b + self.ties

    @property
    def delta(self) -> float | None:
        """How much more than half prefer B, ties counted half: above 0 B is preferred; ``None`` without any list."""
        return (self.wins_b + self.ties / 2) / self.total - 0.5 if self.total else None


def preference(given: Iterable[Credit], *, by_user: bool = True) -> Preference:
    """What the credits ``given`` say together.

    The test takes each of what it counts for independent. Lists of one user are not: ``by_user`` counts each user once, for
    the ranking that more of the user's lists prefer. Without it every list counts.
    """
    leads = [(each.preferred == "b") - (each.preferred == "a") for each in given] if not by_user else _by_user(given)
    wins_a, wins_b = sum(lead < 0 for lead in leads), sum(lead > 0 for lead in leads)
    return Preference(wins_a, wins_b, len(leads) - wins_a - wins_b, sign_test_p(wins_a, wins_b))


def read_credits(path: str | Path) -> Iterator[Credit]:
    """The credits in a file of JSON lines: the user of each list shown, and the clicks on either team.

    Raises :class:`ragline.errors.GoldenSetError` that names file, line and field where one is malformed.
    """
    for line, record in json_objects(Path(path)):
        counts = [record.get(team) for team in ("a", "b")]
        for team, count in zip(("a", "b"), counts, strict=True):
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise malformed(Path(path), line, "not a number of clicks", "Write 0 or more", field=team)
        yield Credit(text_field(Path(path), line, record, "user"), *(count for count in counts if isinstance(count, int)))


def _by_user(given: Iterable[Credit]) -> list[int]:
    leads: dict[str, int] = {}
    for each in given:
        leads[each.user] = leads.get(each.user, 0) + (each.preferred == "b") - (each.preferred == "a")
    return list(leads.values())


def sign_test_p(wins_a: int, wins_b: int) -> float:
    """The two-sided p-value of so many wins if either were as likely: the exact binomial test; 1.0 without wins."""
    total, least = wins_a + wins_b, min(wins_a, wins_b)
    if 2 * least == total:
        return 1.0
    logs = [math.lgamma(total + 1) - math.lgamma(each + 1) - math.lgamma(total - each + 1) for each in range(least + 1)]
    return min(1.0, 2 * math.fsum(math.exp(each - total * math.log(2)) for each in logs))
