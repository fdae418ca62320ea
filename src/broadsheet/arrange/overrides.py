"""What the editor decided: `pin`, `split` and `join`, of records' files and of the overrides file, by file. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Literal, NamedTuple

from broadsheet.model import Named, Overrides, Record, Sources
from broadsheet.problems import Place, Problem, Severity

What = Literal["pin", "split", "join"]

_WORD = re.compile(r"[^\W_]+")
# A hint is worth a look at so many names, and so many wrong names are worth one.
_COMPARED = 200
_MOST_HINTS = 20


class Decision(NamedTuple):
    """A `split` or a `join`: of which files, and where it stands.

    One that `is_own` stands in the file of the first, and says it of that one and each of the others; else it is said
    of any two of them.
    """

    files: tuple[str, ...]
    place: Place
    is_own: bool


class Decided:
    """Everything that was decided of stories, names resolved to files; what names nobody is a problem, and ignored.

    Records count whether they are out or not. What comes of it for those that are is found by `Forest`.
    """

    def __init__(self, sources: Sources | None = None) -> None:
        """Take what `sources` decide; without them it is nothing."""
        self.problems: list[Problem] = []
        self.pins: dict[str, Place] = {}
        self.alone: dict[str, Place] = {}
        self.splits: list[Decision] = []
        self.joins: list[Decision] = []
        if sources is not None:
            self._collect(sources)
        self._splits_of = _by_file(self.splits)
        self._joins_of = _by_file(self.joins)

    def __bool__(self) -> bool:
        """Return whether anything was decided at all."""
        return bool(self.pins or self.alone or self.splits or self.joins)

    def is_pinned(self, file: str) -> bool:
        """Return whether the record of `file` is to lead its story."""
        return file in self.pins

    def is_alone(self, file: str) -> bool:
        """Return whether the record of `file` is to be a story by itself."""
        return file in self.alone

    def joined_to(self, file: str) -> tuple[str, ...]:
        """Return the files of the records that the one of `file` is said to share a story with, in order."""
        return _partners(file, self._joins_of.get(file, ()))

    def kept_from(self, file: str) -> tuple[str, ...]:
        """Return the files of the records that the one of `file` is said never to share a story with, in order."""
        return _partners(file, self._splits_of.get(file, ()))

    def said_in(self, file: str, what: What) -> str:
        """Return the path, as problems name it, of the file that says `what` of the record of `file`, or nothing.

        Of several it is the first by path.
        """
        if what == "pin":
            places = [self.pins[file]] if file in self.pins else []
        elif what == "split":
            places = [self.alone[file]] if file in self.alone else []
            places += [decision.place for decision in self._splits_of.get(file, ())]
        else:
            places = [decision.place for decision in self._joins_of.get(file, ())]
        return min((place.file for place in places), default="")

    def keeps_apart(self, one: str, other: str) -> bool:
        """Return whether it is said, of the two records themselves, that they share no story."""
        if one == other:
            return False
        if one in self.alone or other in self.alone:
            return True
        bunches = self.bunches.get(one)
        if bunches is not None and not bunches.isdisjoint(self.bunches.get(other, ())):
            return True
        return other in self.split_from.get(one, ())

    def parting(self, one: str, other: str) -> Place:
        """Return where it is said that two records share no story: one of the two, or some list that has both."""
        return min(
            decision.place
            for decision in self._splits_of.get(one, ())
            if other in decision.files and (not decision.is_own or decision.files[0] in {one, other})
        )

    def parted_files(self) -> list[str]:
        """Return the files that a `split` keeps from others, in order."""
        return sorted(self._splits_of)

    @cached_property
    def bunches(self) -> dict[str, set[int]]:
        """The numbers of the lists, no two of which may meet, that a file is in."""
        found: dict[str, set[int]] = {}
        for number, decision in enumerate(self.splits):
            if not decision.is_own:
                for file in decision.files:
                    found.setdefault(file, set()).add(number)
        return found

    @cached_property
    def split_from(self) -> dict[str, set[str]]:
        """The files that a file is kept from by what one of both says, both ways."""
        found: dict[str, set[str]] = {}
        for own, *others in (decision.files for decision in self.splits if decision.is_own):
            found.setdefault(own, set()).update(others)
            for other in others:
                found.setdefault(other, set()).add(own)
        return found

    def _collect(self, sources: Sources) -> None:
        names = _Names(sources.records)
        for record in sources.records:
            if record.pin or record.alone or record.split or record.join:
                self._collect_own(record, Place(sources.shown_file(record)), names)
        self._collect_overrides(sources.overrides, names)

    def _collect_own(self, record: Record, place: Place, names: "_Names") -> None:
        if record.pin:
            self.pins[record.file] = place
        if record.alone:
            self.alone[record.file] = place
        said: tuple[tuple[What, tuple[str, ...], list[Decision]], ...] = (
            ("split", record.split, self.splits),
            ("join", record.join, self.joins),
        )
        for what, listed, decisions in said:
            files = self._resolved([Named(name, place) for name in listed], what, names, record.file)
            if len(files) > 1:
                decisions.append(Decision(files, place, is_own=True))

    def _collect_overrides(self, overrides: Overrides, names: "_Names") -> None:
        for what, listed, places in (("pin", overrides.pin, self.pins), ("split", overrides.alone, self.alone)):
            for named in listed:
                file = self._found(named, what, names)
                if file is not None:
                    # What a record's own file says is told of that.
                    places.setdefault(file, named.place)
        for what, groups, decisions in (("split", overrides.apart, self.splits), ("join", overrides.join, self.joins)):
            for group in groups:
                files = self._resolved(group, what, names)
                if len(files) > 1:
                    decisions.append(Decision(files, group[0].place, is_own=False))

    def _resolved(self, listed: Sequence[Named], what: str, names: "_Names", own: str = "") -> tuple[str, ...]:
        """Return the files that are named, `own` first, the others in order; what is of no use is a problem."""
        found: set[str] = set()
        for named in listed:
            file = self._found(named, what, names)
            if file is None:
                continue
            if file == own or file in found:
                message = "the record itself" if file == own else f"`{named.name}` twice"
                self._warn(named.place, f"`{what}` names {message}; that is ignored", "remove it")
            found.add(file)
        found.discard(own)
        return (*([own] if own else []), *sorted(found))

    def _found(self, named: Named, what: str, names: "_Names") -> str | None:
        files = names.files(named.name)
        if len(files) == 1:
            return files[0]
        shown = named.name[:200]
        if files:
            message = f"`{what}` names `{shown}`, and {len(files):,} records are called that; it is ignored"
            self._warn(named.place, message, f"write the path: {' or '.join(f'`{file}`' for file in files[:3])}")
        else:
            message = f"`{what}` names `{shown}`, and no record is called that; it is ignored"
            near = names.near(named.name)
            hint = f"did you mean `{near}`?" if near else "a record's name is that of its file, with or without `.md`"
            self._warn(named.place, message, hint)
        return None

    def _warn(self, place: Place, message: str, hint: str) -> None:
        self.problems.append(Problem(place, message, hint, Severity.WARNING, "override"))


class _Names:
    """What records are called. Nothing is looked at before the first question."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._hints = 0

    def files(self, name: str) -> Sequence[str]:
        """Return the files of the records that `name` may stand for, in order: its path stands for one alone."""
        if name in self._paths:
            return (name,)
        plain = unicodedata.normalize("NFC", name)
        return self._by_name.get(plain) or self._by_alias.get(plain) or ()

    def near(self, name: str) -> str:
        """Return the slug that is most like `name`, if one is, and as long as few were asked for."""
        self._hints += 1
        if self._hints > _MOST_HINTS:
            return ""
        slugs = [record.slug for record in self._records]
        if len(slugs) > _COMPARED:
            # Of many, those that share the most words: to compare texts is slow.
            asked = _words(name)
            shared = sorted(((len(asked & _words(slug)), slug) for slug in set(slugs)), reverse=True)
            slugs = [slug for number, slug in shared[:_COMPARED] if number]
        return next(iter(get_close_matches(name.removesuffix(".md"), slugs, n=1)), "")

    @cached_property
    def _paths(self) -> set[str]:
        return {record.file for record in self._records}

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self._records, lambda record: {record.slug, *_stems(record.name), *_stems(record.file)})

    @cached_property
    def _by_alias(self) -> dict[str, list[str]]:
        return _grouped(self._records, lambda record: record.aliases)


def _stems(path: str) -> tuple[str, ...]:
    return (path, path[: -len(".md")]) if path.lower().endswith(".md") else (path,)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _grouped(records: Iterable[Record], names: Callable[[Record], Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record in sorted(records, key=lambda record: record.file):
        for name in {unicodedata.normalize("NFC", name) for name in names(record)}:
            found.setdefault(name, []).append(record.file)
    return found


def _by_file(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for decision in decisions:
        for file in decision.files:
            found.setdefault(file, []).append(decision)
    return found


def _partners(file: str, decisions: Iterable[Decision]) -> tuple[str, ...]:
    found: set[str] = set()
    for files, _, is_own in decisions:
        found.update(files[:1] if is_own and files[0] != file else files)
    return tuple(sorted(found - {file}))
