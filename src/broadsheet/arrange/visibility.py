"""What a build may show: the one rule that pages, feeds, search, API and email all take (DESIGN, law 1)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal

from broadsheet.config import Selection
from broadsheet.model import PlainPage, Record, Sources

Bar = Literal["removed", "unpublished", "minimum_heat"]


def is_withheld(record: Record, now: datetime) -> bool:
    """Return whether the record is not out yet: a draft, or scheduled for after `now`.

    For everything that a digest says, such a record is not there: it leads nothing and nothing links to it.
    """
    return record.draft or record.published_at > now


def taking_part(records: Iterable[Record], now: datetime, *, drafts: bool = False) -> list[Record]:
    """Return the records that a digest is made of, in their order: those that are not withheld.

    With `drafts`, for a preview, all are, as if they were out: they lead, are linked and counted, and one that is
    removed as well takes its story with it.
    """
    return [record for record in records if drafts or not is_withheld(record, now)]


def shown(
    records: Iterable[Record],
    lead_of: Callable[[Record], Record],
    heat_of: Callable[[Record], int],
    selection: Selection,
) -> dict[str, Record]:
    """Return the records that a build may show, by file. `records` are those that take part.

    A removed record is never shown; neither is anything that a removed, or an unselected, lead leads: members follow
    their lead, because the source folds them by setting `published: false`.
    """
    return {
        record.file: record
        for record in records
        if not record.removed and barred(lead := lead_of(record), heat_of(lead), selection) is None
    }


def barred(lead: Record, heat: int, selection: Selection) -> Bar | None:
    """Return what keeps `lead`, and all that it leads, from being shown: that it is removed, or which setting."""
    if lead.removed:
        return "removed"
    if selection.unpublished == "hide" and not lead.is_published_at(heat):
        return "unpublished"
    return "minimum_heat" if selection.minimum_heat is not None and heat < selection.minimum_heat else None


def plain_pages_shown(pages: Iterable[PlainPage], *, drafts: bool = False) -> Iterator[PlainPage]:
    """Yield the plain pages that a build may show, or with `drafts` a preview."""
    return (page for page in pages if drafts or not page.draft)


def steady(sources: Sources, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return between which times, from the first on and before the last, a build shows what it shows at `now`.

    None stands for ever.
    """
    moments = [record.published_at for record in sources.records] + [edition.end for edition in sources.editions]
    past = max((moment for moment in moments if moment <= now), default=None)
    return past, min((moment for moment in moments if moment > now), default=None)
