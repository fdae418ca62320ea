"""What can be wrong with the items of `related` lists, seen against the records that they are or nearly are. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from broadsheet.arrange.related import Resolver
from broadsheet.check.remark import Remark
from broadsheet.model import Coverage, Record
from broadsheet.text import clean_url, display_text, url_key

_NEAR = timedelta(days=3)
_SHOWN = 80


class Lists:
    """Compares items of lists with the records of a folder; each distinct item once."""

    def __init__(self, records: Iterable[Record], resolver: Resolver) -> None:
        """Know all `records`, shown or not."""
        self._resolver = resolver
        self._by_title: dict[str, list[Record]] = {}
        self._by_url: dict[str, list[Record]] = {}
        for record in records:
            self._by_title.setdefault(_title_key(record.title), []).append(record)
            if key := _url_key(record.report_url):
                self._by_url.setdefault(key, []).append(record)

    def is_resolved(self, item: Coverage) -> bool:
        """Return whether an item is a record of the folder."""
        return bool(self._resolver.candidates(item))

    def item_remarks(self, item: Coverage) -> Iterator[Remark]:
        """Yield what is wrong with an item, whoever lists it: a stale copy, or nearly a record."""
        found = self._resolver.candidates(item)
        if not found:
            yield from self._almost(item)
        elif not any(_stale(item, record) for record in found):
            return
        elif len(found) == 1:
            stale = ", ".join(f"`{field}`" for field in _stale(item, found[0]))
            message = f"the item is the record {found[0].file}, which has another {stale}"
            hint = "lists keep what a record said when they were made; the quality in the list counts for who leads"
            yield Remark("stale-related", (), message, hint, item.title)

    def list_remarks(self, record: Record) -> Iterator[Remark]:
        """Yield what is wrong with a record's list as a whole: itself in it, or one item twice.

        The paths count the items of `record.related`.
        """
        own_url = _url_key(record.report_url)
        seen: dict[str, int] = {}
        for index, item in enumerate(record.related):
            found = self._resolver.candidates(item)
            url = _url_key(item.web_url)
            is_itself = record in found or (not found and url == own_url != "" and _same_title(item, record))
            if is_itself:
                message = "the record lists itself; that is no coverage"
                yield Remark("self-related", ("related", index), message, "remove the item", item.title)
                continue
            key = found[0].file if len(found) == 1 else url
            if not key:
                continue
            first = seen.setdefault(key, index)
            if first != index:
                message = f"the list has this item twice: {display_text(item.title)[:_SHOWN]}"
                yield Remark("repeated-related", ("related", index), message, "remove one of the two", item.title)

    def _almost(self, item: Coverage) -> Iterator[Remark]:
        named = [record for record in self._by_title.get(_title_key(item.title), ()) if _is_near(item, record)]
        if len(named) == 1:
            record = named[0]
            what = "time" if item.title == record.title else "spelling of the title"
            message = f"the item is nearly the record {record.file}, but for its {what}; it counts as something else"
            yield Remark("almost-related", (), message, "write title and time as the record does", item.title)
            return
        linked = self._by_url.get(_url_key(item.web_url), ()) if item.web_url else ()
        if len(linked) == 1 and _is_near(item, linked[0]):
            message = f"the item has the address of the record {linked[0].file}, and another title"
            yield Remark("almost-related", ("title",), message, "write title and time as the record does", item.title)


def _stale(item: Coverage, record: Record) -> list[str]:
    """Return the fields in which a copy is no longer what its record says."""
    quality = item.quality is not None and record.quality is not None and item.quality != record.quality
    address = bool(item.web_url and record.report_url) and _url_key(item.web_url) != _url_key(record.report_url)
    excerpt = display_text(item.excerpt) != display_text(record.excerpt)
    differing = {"quality": quality, "webUrl": address, "excerpt": excerpt}
    return [field for field, differs in differing.items() if differs]


def _same_title(item: Coverage, record: Record) -> bool:
    return _title_key(item.title) == _title_key(record.title)


def _is_near(item: Coverage, record: Record) -> bool:
    return abs(item.published_at - record.published_at) <= _NEAR


def _title_key(title: str) -> str:
    return display_text(title).casefold()


def _url_key(url: str) -> str:
    clean = clean_url(url) if url else None
    return url_key(clean) if clean else ""
