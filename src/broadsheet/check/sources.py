"""All that is wrong with the records, topics and issues of a site, as findings with their places."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from broadsheet.arrange.related import Resolver
from broadsheet.check.editions import missing_items
from broadsheet.check.files import Files
from broadsheet.check.finding import Finding, Mend
from broadsheet.check.records import item_remarks, published_remarks, rank_remarks, record_remarks
from broadsheet.check.related import Lists
from broadsheet.check.remark import Remark
from broadsheet.check.repeated import repeated
from broadsheet.check.rules import RULES
from broadsheet.check.spelling import is_odd, spelling_remarks
from broadsheet.check.topics import Topics
from broadsheet.model import Coverage, Record, Site
from broadsheet.problems import Place, Problem, counted
from broadsheet.read.source import ReadResult
from broadsheet.yaml_text import Path


class Spot(Struct, frozen=True):
    """A record, and a path in its front matter; `item` is the index in `record.related` that the path starts from."""

    record: Record
    path: Path
    item: int = -1


class SourceChecks:
    """Looks at every record, at every distinct item of a list once, and at what they have to do with each other."""

    def __init__(self, read: ReadResult, now: datetime) -> None:
        """Check what was `read`, as it is at `now` (aware)."""
        sources = read.sources
        self._sources = sources
        self._now = now
        self._files = Files(
            sources, {problem.place.file for problem in read.problems if problem.rule == "related-item"}
        )
        self._resolver = Resolver(sources.records)
        self._lists = Lists(sources.records, self._resolver)
        images = [image for record in sources.records for image in record.images]
        self._tells_cached = 2 * sum(image.is_cached is not None for image in images) > len(images)
        self._topics = Topics(sources.topics) if sources.topics else None

    def findings(self) -> Iterator[Finding]:
        """Yield all that is wrong with the sources by themselves."""
        lists = self._item_findings()
        unknown: dict[str, list[tuple[Remark, Spot]]] = {}
        for record in self._sources.records:
            for remark in self._record_remarks(record):
                if remark.rule == "unknown-key":
                    # Another program's, in every record.
                    unknown.setdefault(remark.message, []).append((remark, Spot(record, remark.path)))
                    continue
                # The copies of a text in the lists of others are mended with it.
                copies = lists.pop(_same(remark), []) if remark.mended or remark.value else []
                yield self._finding(remark, Spot(record, remark.path), [spot for _, spot in copies])
        for (remark, spot), *others in lists.values():
            yield self._finding(remark, spot, [spot for _, spot in others])
        for (remark, spot), *others in unknown.values():
            yield self._finding(remark, spot, [spot for _, spot in others], "place")
        yield from self._unresolved()
        yield from self._editions()

    def arranged(self, site: Site) -> Iterator[Finding]:
        """Yield what is wrong with the sources as the arranged `site` shows it."""
        for record, remark in repeated(self._sources.records, site.shared_images):
            yield self._finding(remark, Spot(record, remark.path))

    def _record_remarks(self, record: Record) -> Iterator[Remark]:
        yield from record_remarks(record, self._now, tells_cached=self._tells_cached)
        yield from rank_remarks(record, self._resolver)
        yield from self._topics.remarks(record) if self._topics else ()
        yield from self._removed(record)
        if (remarks := list(published_remarks(record))) and self._files.has_key(record, "published"):
            yield from remarks
        if is_odd(self._files.front_matter(record)) and (document := self._files.document(record)):
            yield from spelling_remarks(document)

    def _removed(self, record: Record) -> Iterator[Remark]:
        if record.removed:
            what = "neither it nor the story that it leads is shown" if record.related else "it is not shown"
            message = f"the record is removed; {what}"
            yield Remark("removed-record", ("removed",), message, "delete `removed` to show it again")

    def _item_findings(self) -> dict[tuple[str, str, str], list[tuple[Remark, Spot]]]:
        """Return what is wrong with items of lists, by what it is said of: each distinct item is looked at once."""
        known: dict[int, tuple[Remark, ...]] = {}
        found: dict[tuple[str, str, str], list[tuple[Remark, Spot]]] = {}
        for record in self._sources.records:
            for index, item in enumerate(record.related):
                if id(item) not in known:
                    known[id(item)] = tuple(self._remarks_of(item))
                for remark in known[id(item)]:
                    found.setdefault(_same(remark), []).append((remark, Spot(record, remark.path, index)))
            for remark in self._lists.list_remarks(record):
                # Many lists may have the same two items that are one; each that has itself in it is a case of its own.
                own = record.file if remark.rule == "self-related" else ""
                found.setdefault((remark.rule, own, remark.value), []).append(
                    (remark, Spot(record, (), int(remark.path[1])))
                )
        return found

    def _remarks_of(self, item: Coverage) -> Iterator[Remark]:
        yield from item_remarks(item, tells_cached=self._tells_cached)
        yield from self._lists.item_remarks(item)

    def _finding(self, remark: Remark, spot: Spot, copies: Iterable[Spot] = (), where: str = "list") -> Finding:
        copies = list(copies)
        severity = RULES[remark.rule].severity
        hint = remark.hint
        if copies:
            others = f"{counted(len(copies), f'other {where}')} {'has' if len(copies) == 1 else 'have'} it, too"
            hint = f"{hint}; {others}" if hint else others
        path = self._path(spot)
        problem = Problem(self._place(spot, path, remark), remark.message, hint, severity, remark.rule)
        mends = tuple(
            Mend(self._files.shown(at.record), self._path(at), value)
            for value in remark.mended
            for at in (spot, *copies)
        )
        return Finding(problem, mends)

    def _path(self, spot: Spot) -> Path:
        if spot.item < 0:
            return spot.path
        return ("related", self._files.item_index(spot.record, spot.item), *spot.path)

    def _place(self, spot: Spot, path: Path, remark: Remark) -> Place:
        return self._files.place(spot.record, path, of_key=remark.rule in {"misspelt-key", "unknown-key"})

    def _unresolved(self) -> Iterator[Finding]:
        items = {id(item): item for record in self._sources.records for item in record.related}
        outside = [item for item in items.values() if not self._lists.is_resolved(item)]
        if outside:
            message = "not every related item is a record of this folder; the others are shown as links to elsewhere"
            hint = f"{len(outside):,} of {counted(len(items), 'item')}"
            yield Finding(self._note("unresolved-related", Place(self._sources.shown_folder or "."), message, hint))

    def _editions(self) -> Iterator[Finding]:
        known = {slug for record in self._sources.records for slug in (record.slug, *record.aliases)}
        for edition in self._sources.editions:
            for path, slug in missing_items(edition, known):
                message = f"the issue names the record `{slug[:80]}`, which is not there; its headline leads nowhere"
                hint = "bring the record back, or give its name as an alias to the one that took its place"
                place = self._files.yaml_place(edition.file, path)
                yield Finding(self._note("edition-record", place, message, hint))

    def _note(self, rule: str, place: Place, message: str, hint: str = "") -> Problem:
        return Problem(place, message, hint, RULES[rule].severity, rule)


def _same(remark: Remark) -> tuple[str, str, str]:
    """Return what two remarks on the same text have in common."""
    return remark.rule, str(remark.path[-1:] and remark.path[-1]), remark.value
