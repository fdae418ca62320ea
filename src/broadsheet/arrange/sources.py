"""Who reported what: the sources of a digest, with their figures. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo

from broadsheet.arrange.lists import local_day
from broadsheet.model import Organization, Record, Source
from broadsheet.text import display_name, source_domain


def make_sources(
    records: Iterable[Record],
    organizations: Iterable[Organization],
    topics_of: Mapping[str, tuple[str, ...]],
    is_lead: Callable[[Record], bool],
    zone: tzinfo,
) -> dict[str, Source]:
    """Return the providers of `records`, newest first, by domain; what the site's own files say of one counts.

    `topics_of` gives the ids of a record's topics by its file; months are those of `zone`.
    """
    described = {organization.domain: organization for organization in organizations}
    by_domain: dict[str, list[Record]] = {}
    for record in records:
        domain = source_domain(record.provider.domain, record.web_url or "")
        if domain:
            by_domain.setdefault(domain, []).append(record)
    found = {}
    for domain in sorted(by_domain):
        own = by_domain[domain]
        organization = described.get(domain)
        names = Counter(display_name(record.provider.name) or domain for record in own)
        commonest = min(names, key=lambda name: (-names[name], name))
        found[domain] = Source(
            domain=domain,
            name=organization.name if organization else commonest,
            description=organization.description if organization else "",
            image=organization.images[0] if organization and organization.images else None,
            records=tuple(own),
            led=sum(map(is_lead, own)),
            topics=_commonest(topic for record in own for topic in topics_of[record.file]),
            months=_counted(local_day(record.published_at, zone)[:7] for record in own),
        )
    return found


def _commonest(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _counted(keys: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(keys).items()))
