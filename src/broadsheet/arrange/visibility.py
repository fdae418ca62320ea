"""What a build may show: the one rule that pages, feeds, search, API and email all take (DESIGN, law 1)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from broadsheet.config import Selection
from broadsheet.model import PlainPage, Record, Sources


def is_withheld(record: Record, now: datetime) -> bool:
    """Return whether the record is not out yet: a draft, or scheduled for after `now`.

    For everything that a digest says, such a record is not there: it leads nothing and nothing links to it.
    """
    return record.draft or record.published_at > now


def shown(
    records: Iterable[Record],
    lead_of: Callable[[Record], Record],
    heat_of: Callable[[Record], int],
    selection: Selection,
) -> dict[str, Record]:
    """Return the records that a build may show, by file. `records` are those that are not withheld.

    A removed record is never shown; neither is anything that a removed, or an unselected, lead leads: members follow
    their lead, because the source folds them by setting `published: false`.
    """
    return {
        record.file: record
        for record in records
        if not record.removed and _may_lead(lead := lead_of(record), heat_of(lead), selection)
    }


def _may_lead(lead: Record, heat: int, selection: Selection) -> bool:
    if lead.removed or (selection.unpublished == "hide" and not lead.published):
        return False
    return selection.minimum_heat is None or heat >= selection.minimum_heat


def plain_pages_shown(pages: Iterable[PlainPage]) -> Iterator[PlainPage]:
    """Yield the plain pages that a build may show."""
    return (page for page in pages if not page.draft)


def steady(sources: Sources, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return between which times, from the first on and before the last, a build shows what it shows at `now`.

    None stands for ever.
    """
    moments = [record.published_at for record in sources.records] + [edition.end for edition in sources.editions]
    past = max((moment for moment in moments if moment <= now), default=None)
    return past, min((moment for moment in moments if moment > now), default=None)
