"""What the next generation is to be: its kind, the settings that it is built, searched and checked with, and why."""

from dataclasses import dataclass, replace

from indexes.options import StoreOptions
from indexes.snapshot import Generation
from indexes.tuned import NOT_TUNED, Tuned
from indexes.vector.registry import AUTO, Kind, choose_kind
from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """``settings`` are those of the collection, with what was ``tuned`` where the caller gives nothing else.

    Their ``target_recall`` is that of the collection, or what tuning was asked for where that is more and is what is built.
    """

    kind: Kind
    settings: Settings
    tuned: Tuned

    @classmethod
    def of(cls, kind: Kind, tuned: Tuned, options: StoreOptions) -> "Plan":
        """The plan for a kind, as it was tuned."""
        given = options.given
        settings = kind.searched_as(kind.built_as(options.settings, tuned.build, given), tuned.search, given)
        if tuned.is_followed(settings):
            settings = replace(settings, target_recall=max(settings.target_recall, tuned.target_recall))
        return cls(kind, settings, tuned)


def next_plan(asked: str, options: StoreOptions, count: int, in_use: Generation | None, tuned: Tuned | None = None) -> Plan:
    """The plan for ``count`` chunks. ``tuned`` is a new choice; without one, that of the generation in use is kept.

    A kind that was tuned stays unless another is asked for or set, also an exact one; else it is as
    :func:`indexes.vector.registry.choose_kind` says. Raises :class:`ragline.errors.InputError` for an unknown kind.
    """
    settings = options.settings
    if asked == AUTO == settings.index_kind and in_use is not None and in_use.tuned:
        asked = in_use.index.kind
    kind = choose_kind(asked, settings, count, in_use=None if in_use is None else in_use.index)
    if tuned is None:
        tuned = in_use.tuned if in_use is not None and in_use.index.kind == kind.name else NOT_TUNED
    return Plan.of(kind, tuned, options)
