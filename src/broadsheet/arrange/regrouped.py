"""Stories put as an editor says: cut apart, led by the one that is pinned, united. Pure.

A *tree* is what the records' own lists make a story; the file of its root stands for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from broadsheet.arrange.order import quality_key
from broadsheet.arrange.overrides import Decided, Decision
from broadsheet.heat import bonus_of
from broadsheet.model import Record
from broadsheet.problems import Problem, Severity

Records = Mapping[str, Record]


class Standing(NamedTuple):
    """Who leads a story, and how hot it is: as hot as `hottest`, which is its lead, or one that would lead else."""

    lead: Record
    heat: int
    hottest: Record


class Regrouped(NamedTuple):
    """How stories stand, by the trees that they are made of, where somebody decided of them; else a tree's root leads.

    `joined` are the files that a `join` keeps in their stories; `problems` are joins that a `split` forbids.
    """

    standings: dict[str, Standing]
    joined: frozenset[str]
    problems: tuple[Problem, ...]


def cuts(decided: Decided, pointer: Records, roots: Records, records: Records) -> set[str]:
    """Return the files that must point to nobody, so that no two that are kept apart share a tree.

    It is the one whose file says so that is cut off, and what points to it goes with it. Where a list says it, it is
    all but the one that is nearest to the root, and of these the best.
    """
    meeting = [met for decision in decided.splits for met in _meeting(decision, roots)]
    tour = _Tour(pointer) if meeting else None
    found: set[str] = set()
    for own, files in meeting:
        assert tour is not None
        if own:
            # What is below it would go with it.
            found.update(file if tour.is_below(file, own) else own for file in files)
        else:
            stays = min(files, key=lambda file: (tour.depths[file], _quality(records[file])))
            found.update(file for file in files if file != stays)
    return found


def regrouped(
    decided: Decided, records: Records, roots: Records, freed: Set[str], is_barred: Callable[[Record, int], bool]
) -> Regrouped:
    """Return how stories stand whose trees have the `roots`.

    `freed` are files that lead by a decision: that their source folded them does not count. A story that `is_barred`,
    by its lead and its heat, from being shown unites with no other: none is shown, or hidden, by a `join`.
    """
    pinned = _pinned(decided, records, roots)
    trees = _Trees(records, pinned, freed)
    unions = _Unions(decided, roots)
    joined: set[str] = set()
    problems: list[Problem] = []
    for decision in sorted(decided.joins):
        files = [
            file
            for file in decision.files
            if file in roots and not records[file].removed and not is_barred(*trees.standing(roots[file].file)[:2])
        ]
        if decision.is_own and files[:1] != list(decision.files[:1]):
            continue
        if not decision.is_own:
            files.sort(key=lambda file: (file not in decided.pins, _quality(records[file])))
        for other in files[1:]:
            parted = unions.unite(roots[files[0]].file, roots[other].file)
            if parted:
                problems.append(_forbidden(decision, (files[0], other), parted, decided))
            else:
                joined.update((files[0], other))
    touched = {*pinned, *(tree for tree in freed if tree in roots and roots[tree].file == tree)}
    standings = {tree: trees.standing(tree) for tree in touched}
    for united in unions.groups():
        standings.update(dict.fromkeys(united, trees.united(united)))
    return Regrouped(standings, frozenset(joined), tuple(problems))


def _quality(record: Record) -> tuple[int, str, str]:
    return quality_key(record.quality, record)


def _meeting(decision: Decision, roots: Records) -> Iterator[tuple[str, list[str]]]:
    """Yield those of a `split` that share a tree: the one whose file says it, or nobody, and the others."""
    own, *_ = decision.files
    if decision.is_own:
        others = [file for file in decision.files[1:] if own in roots and file in roots and roots[file] is roots[own]]
        if others:
            yield own, others
        return
    by_tree: dict[str, list[str]] = {}
    for file in decision.files:
        if file in roots:
            by_tree.setdefault(roots[file].file, []).append(file)
    yield from (("", files) for files in by_tree.values() if len(files) > 1)


class _Tour:
    """A walk through all trees, each record before those that point to it: who is below whom, and how deep."""

    def __init__(self, pointer: Records) -> None:
        """Walk where `pointer` leads back to; a root points to itself."""
        below: dict[str, list[str]] = {}
        waiting = []
        for file, record in pointer.items():
            if record.file == file:
                waiting.append((file, 0))
            else:
                below.setdefault(record.file, []).append(file)
        self.depths: dict[str, int] = {}
        while waiting:
            file, depth = waiting.pop()
            self.depths[file] = depth
            waiting += [(other, depth + 1) for other in below.get(file, ())]
        self._at = {file: number for number, file in enumerate(self.depths)}
        self._size = dict.fromkeys(self.depths, 1)
        for file in reversed(self.depths):
            if pointer[file].file != file:
                self._size[pointer[file].file] += self._size[file]

    def is_below(self, file: str, above: str) -> bool:
        """Return whether the pointers lead from `file` to `above`."""
        return 0 < self._at[file] - self._at[above] < self._size[above]


def _pinned(decided: Decided, records: Records, roots: Records) -> dict[str, Record]:
    """Return the best pinned record of each tree that has some; one that is removed leads nothing."""
    found: dict[str, Record] = {}
    out = [records[file] for file in decided.pins if file in records and not records[file].removed]
    for record in sorted(out, key=_quality):
        found.setdefault(roots[record.file].file, record)
    return found


class _Trees:
    """Who leads each tree, and how hot it is."""

    def __init__(self, records: Records, pinned: Records, freed: Set[str]) -> None:
        self._records = records
        self._pinned = pinned
        self._freed = freed
        self._known: dict[str, Standing] = {}

    def standing(self, tree: str) -> Standing:
        """Return how a tree stands by itself."""
        if tree not in self._known:
            root, pinned = self._records[tree], self._pinned.get(tree)
            found = _standing(root, is_decided=tree in self._freed)
            if pinned is not None:
                own = _standing(pinned, is_decided=True)
                # Who leads by a pin takes the place of the root, and so its heat.
                found = _as_hot(own, [] if root.removed or root is pinned else [found])
            self._known[tree] = found
        return self._known[tree]

    def united(self, trees: Iterable[str]) -> Standing:
        """Return how several trees stand as one story."""
        found = [self.standing(tree) for tree in trees]
        pins = {record.file for record in self._pinned.values()}
        best = min(found, key=lambda standing: (standing.lead.file not in pins, _quality(standing.lead)))
        own = _standing(best.lead, is_decided=True)
        return _as_hot(own, found)


def _standing(lead: Record, *, is_decided: bool) -> Standing:
    is_said = lead.heat is not None and not (is_decided and lead.heat < 0)
    heat = lead.heat if is_said and lead.heat is not None else (lead.quality or 0) + bonus_of(lead)
    return Standing(lead, heat, lead)


def _as_hot(own: Standing, others: Iterable[Standing]) -> Standing:
    """Return a story with the heat of the hottest of its parts: of equals its own, then that of the best."""
    hottest = min((own, *others), key=lambda some: (-some.heat, some is not own, _quality(some.hottest)))
    return Standing(own.lead, hottest.heat, hottest.hottest)


class _Unions:
    """Trees that become one story, as long as none that are kept apart meet in it."""

    def __init__(self, decided: Decided, roots: Records) -> None:
        self._decided = decided
        self._roots = roots
        self._above: dict[str, str] = {}
        self._bunches: dict[str, dict[int, str]] = {}
        self._kept: dict[str, list[str]] = {}
        for file in decided.parted_files():
            if decided.joins and file in roots:
                tree = roots[file].file
                self._bunches.setdefault(tree, {}).update(dict.fromkeys(decided.bunches.get(file, ()), file))
                self._kept.setdefault(tree, []).append(file)

    def unite(self, one: str, other: str) -> tuple[str, str] | None:
        """Make one story of two trees, or return two files, of one each, that are kept apart: then they stay two."""
        one, other = self._top(one), self._top(other)
        if one == other:
            return None
        if parted := self._parted(one, other):
            return parted
        # The one with fewer goes into the other: so that none is moved often.
        one, other = sorted((one, other), key=lambda tree: (-self._weight(tree), tree))
        self._above[other] = one
        self._bunches.setdefault(one, {}).update(self._bunches.pop(other, {}))
        self._kept.setdefault(one, []).extend(self._kept.pop(other, []))
        self._above.setdefault(one, one)
        return None

    def groups(self) -> Iterable[list[str]]:
        """Return the trees of every story that is made of several."""
        found: dict[str, list[str]] = {}
        for tree in list(self._above):
            found.setdefault(self._top(tree), []).append(tree)
        return found.values()

    def _top(self, tree: str) -> str:
        path = []
        while (above := self._above.get(tree, tree)) != tree:
            path.append(tree)
            tree = above
        for passed in path:
            self._above[passed] = tree
        return tree

    def _weight(self, tree: str) -> int:
        return len(self._kept.get(tree, ())) + len(self._bunches.get(tree, ()))

    def _parted(self, one: str, other: str) -> tuple[str, str] | None:
        # One that stands alone is all of its tree.
        if one in self._decided.alone or other in self._decided.alone:
            return one, other
        fewer, more = sorted((one, other), key=self._weight)
        bunches = self._bunches.get(more, {})
        for bunch, file in self._bunches.get(fewer, {}).items():
            if bunch in bunches:
                return file, bunches[bunch]
        for file in self._kept.get(fewer, ()):
            for partner in self._decided.split_from.get(file, ()):
                if partner in self._roots and self._top(self._roots[partner].file) == more:
                    return file, partner
        return None


def _forbidden(decision: Decision, pair: tuple[str, str], parted: tuple[str, str], decided: Decided) -> Problem:
    one, other = sorted(pair)
    alone = next((file for file in sorted(parted) if decided.is_alone(file)), "")
    place = decided.alone[alone] if alone else decided.parting(*parted)
    if alone:
        why = f"has {alone} stand alone"
    else:
        why = "keeps them apart" if set(pair) == set(parted) else f"keeps {' and '.join(sorted(parted))} apart"
    message = f"the `join` of {one} and {other} is ignored: the `split` in {place} {why}"
    return Problem(decision.place, message, "remove one of the two", Severity.WARNING, "override")
