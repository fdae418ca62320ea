"""What has to be done so that a target holds a release, and in which order. Pure.

A reader who comes in the middle of it finds nothing missing: what is new comes before what may link to it, and what is
no longer needed goes last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from broadsheet.kinds import Kind, kind_of
from broadsheet.model import INDEX_FOLDER
from broadsheet.problems import counted
from broadsheet.publish.release import Item, Standing

# Names that hold a digest of the content: copies of pictures, and the parts of the search index.
_LASTING = re.compile(
    rf"images/[0-9a-f]{{16,}}[\w-]*\.webp|{INDEX_FOLDER}(?:(?:fragment|index|filter)/.+|pagefind\.[\w-]+\.pf_meta)"
).fullmatch
_MOST_DELETED = 100
_LARGEST_SHARE = 0.1
_DAY = 24 * 3600


class Plan(Struct, frozen=True):
    """What has to be done: files to send, and paths to delete.

    `foreign` are those of `changed` that somebody else put there, `edited` those of ours that somebody else has changed
    since. `waiting` are files that no page needs any more, with the time (s since 1970) from which on they do not; they
    stay a while. `left` are edited ones that are no longer needed: they stay, and are ours no more.
    """

    new: tuple[Item, ...] = ()
    changed: tuple[Item, ...] = ()
    unchanged: tuple[Item, ...] = ()
    deleted: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    waiting: dict[str, int] = {}
    left: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the target holds the release already."""
        return not (self.new or self.changed or self.deleted)

    def waves(self) -> list[tuple[Item, ...]]:
        """Return what is sent, in waves: each begins when all before it has arrived.

        Assets come first; then new pages, that nothing links to yet; then what changed; feeds and entry pages last.
        """
        new, changed = _by_kind(self.new), _by_kind(self.changed)
        waves = [
            new[Kind.ASSET],
            changed[Kind.ASSET],
            new[Kind.PAGE],
            new[Kind.ENTRY],
            changed[Kind.PAGE],
            changed[Kind.ENTRY],
            new[Kind.FRONT] + changed[Kind.FRONT],
        ]
        return [tuple(wave) for wave in waves if wave]


def make_plan(release: Mapping[str, Item], standing: Standing, now: int, grace_days: int) -> Plan:
    """Return what has to be done at `now` (s since 1970) so that a target that stands so holds the `release`."""
    ledger, found = standing.ledger, standing.found
    new, changed, unchanged, foreign, edited = [], [], [], [], []
    for path, item in sorted(release.items()):
        there = found.get(path)
        if there is None:
            new.append(item)
        elif there.mark == item.mark:
            unchanged.append(item)
        else:
            changed.append(item)
            if not (path in ledger.files or path in ledger.sending):
                foreign.append(path)
            elif not ledger.is_ours(path, there.mark):
                edited.append(path)
    deleted, left, waiting = [], [], {}
    for path in sorted((ledger.files.keys() | ledger.sending.keys()) - release.keys()):
        there = found.get(path)
        if there is None:
            continue
        since = ledger.retired.get(path, now)
        if not ledger.is_ours(path, there.mark):
            left.append(path)
        elif kind_of(path) is Kind.ASSET and now - since < grace_days * _DAY:
            waiting[path] = since
        else:
            deleted.append(path)
    return Plan(
        new=tuple(new),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        deleted=tuple(deleted),
        foreign=tuple(foreign),
        edited=tuple(edited),
        waiting=waiting,
        left=tuple(left),
    )


def objections(plan: Plan, standing: Standing) -> list[str]:
    """Return what speaks against a plan until somebody says yes to it, each as a sentence.

    Files whose names hold a digest of their content come and go with what they are parts of, and are not counted. The
    others are when no page needs them any more: once their time has come nobody is there to be asked.
    """
    retired = standing.ledger.retired.keys()
    gone = sorted(path for path in {*plan.deleted, *plan.waiting} - retired if not is_lasting(path))
    before = [path for path in standing.ledger.files if not is_lasting(path)]
    against = []
    if len(gone) > _MOST_DELETED or len(gone) > _LARGEST_SHARE * len(before):
        against.append(f"{counted(len(gone), 'file')} of {len(before):,} would be deleted, first {gone[0]}")
    if plan.foreign:
        against.append(overwriting(plan.foreign))
    return against


def overwriting(foreign: Sequence[str]) -> str:
    """Return what speaks against putting files where `foreign` ones stand, paths in order."""
    return f"{counted(len(foreign), 'file')} that we did not publish would be overwritten, first {foreign[0]}"


def is_lasting(path: str) -> bool:
    """Return whether nothing else will ever lie at `path`, so that a copy of it is good for ever."""
    return bool(_LASTING(path))


def _by_kind(items: tuple[Item, ...]) -> dict[Kind, list[Item]]:
    kinds: dict[Kind, list[Item]] = {kind: [] for kind in Kind}
    for item in items:
        kinds[kind_of(item.path)].append(item)
    return kinds
