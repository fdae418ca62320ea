"""What several records have in common and should not: addresses, titles of one week, images. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from broadsheet.check.remark import Remark
from broadsheet.model import Record
from broadsheet.problems import counted
from broadsheet.text import clean_url, display_text, url_key

_WEEK = timedelta(days=7)


def repeated(records: Iterable[Record], shared_images: frozenset[str]) -> Iterator[tuple[Record, Remark]]:
    """Yield what is wrong with each of `records`, in the order of their names, that repeats one before it."""
    records = [record for record in records if not record.removed]
    yield from _addresses(records)
    yield from _titles(records)
    yield from _images(records, shared_images)


def _addresses(records: Iterable[Record]) -> Iterator[tuple[Record, Remark]]:
    first: dict[str, Record] = {}
    for record in records:
        clean = clean_url(record.report_url)
        known = first.setdefault(url_key(clean), record) if clean else record
        if known is not record:
            days = round(abs(record.published_at - known.published_at) / timedelta(days=1))
            message = f"the address is that of {known.file}, too, {counted(days, 'day')} apart"
            hint = "lists show one of them within a week; a page that was issued again may stay"
            field = "webUrl" if record.web_url else "originalUrl"
            yield record, Remark("duplicate-url", (field,), message, hint, record.report_url)


def _titles(records: Iterable[Record]) -> Iterator[tuple[Record, Remark]]:
    last: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: (record.published_at, record.file)):
        key = display_text(record.title).casefold()
        known = last.get(key)
        last[key] = record
        if known is not None and record.published_at - known.published_at <= _WEEK:
            message = f"the title is that of {known.file}, too, of the same week; lists show one of them"
            yield record, Remark("duplicate-title", ("title",), message, "remove one, if they are one", record.title)


def _images(records: Iterable[Record], shared: frozenset[str]) -> Iterator[tuple[Record, Remark]]:
    found: dict[str, tuple[Record, int]] = {}
    counts: dict[str, int] = {}
    for record in records:
        for index, image in enumerate(record.images):
            if image.url in shared:
                found.setdefault(image.url, (record, index))
                counts[image.url] = counts.get(image.url, 0) + 1
    for url, (record, index) in found.items():
        message = "too many records share this image; it says nothing of any, and is not shown"
        hint = f"give each of the {counts[url]:,} records a picture of its own, or none"
        yield record, Remark("shared-image", ("images", index, "url"), message, hint, url)
