"""What a search knows of a site: an entry for every story, of what its own page says of it and of who reported it."""

from collections.abc import Iterator
from html import unescape

from broadsheet.config import Settings
from broadsheet.model import Coverage, Record, SearchEntry, Site, Story
from broadsheet.render.cards import provider_name
from broadsheet.render.text import body_html, excerpt_text, iso_time, url_path
from broadsheet.text import display_text, source_domain
from broadsheet.words import words_of


def search_entries(site: Site, settings: Settings) -> Iterator[SearchEntry]:
    """Yield an entry for every story, newest first."""
    zone, words = settings.zone, words_of(settings.language)
    for story in site.stories:
        lead = story.lead
        yield SearchEntry(
            url=url_path("news", lead.slug),
            title=display_text(lead.title),
            text="\n".join(filter(None, (excerpt_text(lead.excerpt), _body_text(lead.body)))),
            provider=_source_name(site, lead),
            date=words.day(lead.published_at, zone),
            day=lead.published_at.astimezone(zone).date().isoformat(),
            time=iso_time(lead.published_at),
            topics=tuple(dict.fromkeys(site.topics[topic].name for topic in story.topics)),
            sources=_sources(site, story, settings),
        )


def _source_name(site: Site, item: Record | Coverage) -> str:
    """Return the name of who reported an item, as its row names it; empty where nobody is known."""
    return provider_name(item, source_domain(item.provider.domain, item.report_url), site)


def _sources(site: Site, story: Story, settings: Settings) -> tuple[str, ...]:
    # Without grouping the list is what the record's source relates to it, not who else reported it.
    told = story.told if settings.stories.group else ()
    return tuple(dict.fromkeys(filter(None, (_source_name(site, item) for item in (story.lead, *told)))))


def _body_text(markdown_text: str) -> str:
    """Return the words of a record's body as its page shows it."""
    if not markdown_text:
        return ""
    import nh3  # noqa: PLC0415

    return " ".join(unescape(nh3.clean(body_html(markdown_text, "/"), tags=set())).split())
