"""Planned pages to what their templates are given: `views.py` says what that is."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup
from msgspec import structs

from broadsheet.config import Settings
from broadsheet.model import INDEX_FOLDER, Bucket, Listing, Page, Record, Section, Site, Source, Story, Topic
from broadsheet.once import Once
from broadsheet.render.assets import SEARCH_SCRIPT
from broadsheet.render.calendars import Calendars, source_chart
from broadsheet.render.cards import Cards, Render
from broadsheet.render.editions import EditionViews
from broadsheet.render.imports import import_views
from broadsheet.render.metadata import Metadata
from broadsheet.render.pictures import still_of
from broadsheet.render.security import page_policy
from broadsheet.render.text import body_html, iso_time, summary, url_path, youtube_id
from broadsheet.render.timeline import copies_of, timeline
from broadsheet.render.views import (
    DayView,
    FeedLink,
    FiguresView,
    ImageView,
    ItemView,
    Later,
    Link,
    PageView,
    Parts,
    SectionView,
    TopicView,
)
from broadsheet.text import display_text
from broadsheet.words import words_of

_MOST_TOPICS = 8
_MOST_EARLIER = 5


class Told(NamedTuple):
    """What a page says: its title, what its template is given, what it is about, and the way down to it."""

    title: str
    values: dict[str, Any]
    description: str = ""
    parents: tuple[Link, ...] = ()


class Contexts:
    """Makes the context of any planned page."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str], render: Render) -> None:
        """`assets` gives every static file's URL, below the root, by its path; `render` fills a partial template."""
        self._site = site
        self._settings = settings
        self._root = settings.base_path
        self._assets = assets
        self._zone = settings.zone
        self._words = words_of(settings.language)
        self._calendars = Calendars(site.per_day, settings)
        self._cards = Cards(site, settings, assets, render)
        self._buckets = Once(Listing.by_key)
        self._makers: dict[str, Callable[[Page], Told]] = {
            "home": self._home,
            "latest": self._latest,
            "topics": self._topics,
            "topic": self._topic,
            "sources": self._sources,
            "source": self._source,
            "imports": self._imports,
            "archive": self._archive,
            "year": self._year,
            "month": self._month,
            "story": self._story,
            "editions": self._editions,
            "edition": self._edition,
            "plain": self._plain,
            "search": self._search,
            "redirect": self._redirect,
            "not_found": self._not_found,
        }
        self._edition_views = EditionViews(site, settings, assets)
        self._plain_pages = {page.file: page for page in site.plain_pages}
        self._metadata = Metadata(site, settings)
        self.site = self._cards.site

    def context(self, page: Page) -> dict[str, Any]:
        """Return all that the template of `page` may name."""
        title, values, description, parents = self._makers[page.kind](page)
        canonical = self._settings.canonical_root
        picture = values["story"].image if page.kind == "story" else None
        feeds = self._feeds(page)
        view = PageView(
            kind=page.kind,
            title=title,
            description=summary(description or self.site.description, 200),
            url=self._root + page.url,
            canonical=canonical + page.url if canonical and page.kind != "not_found" else "",
            feeds=feeds,
            image=self._metadata.absolute(picture.url) if picture and not picture.is_placeholder else "",
            policy=page_policy(self._settings, page.kind, has_video=bool(values.get("video"))),
            menu=self._cards.menu("latest/" if page.kind == "latest" else page.url),
            footer=self._cards.footer(feeds[0].url),
            parents=parents,
        )
        json_ld = Later(lambda: self._metadata.json_ld(page, view))
        return {"site": self.site, "page": structs.replace(view, json_ld=json_ld), **values}

    def _feeds(self, page: Page) -> tuple[FeedLink, ...]:
        """Return the feeds that follow a page: the site's, and before it that of the page's own list."""
        feeds = [Link(self.site.title, self._root)]
        own = None
        has_lists = self._settings.feeds.lists
        if page.kind == "topic" and has_lists:
            own = self._cards.topic_link(self._site.topics[page.subject])
        elif page.kind == "source" and has_lists:
            own = self._cards.source_link(self._site.sources[page.subject])
        elif page.kind in {"editions", "edition"}:
            own = Link(self._words.gettext("Editions"), self.site.editions)
        if own is not None:
            feeds.insert(0, Link(f"{own.name} — {self.site.title}", own.url))
        kinds = (("feed.xml", "application/atom+xml"), ("feed.json", "application/feed+json"))
        return tuple(FeedLink(feed.name, feed.url + file, type) for feed in feeds for file, type in kinds)

    # Pages.

    def _home(self, page: Page) -> Told:
        top, *sections = self._site.front or (Section("", ()),)
        newest = next((story.lead.published_at for story in self._site.newest), None)
        return Told(
            "",
            {
                "lead": self._cards.lead_card(top.stories[0]) if top.stories else Markup(),
                "seconds": Parts(map(self._cards.card, top.stories[1:])),
                "sections": tuple(map(self._section, sections)),
                "date": self._words.day(newest, self._zone) if newest else "",
                "iso": iso_time(newest) if newest else "",
            },
        )

    def _section(self, section: Section) -> SectionView:
        return SectionView(
            self._cards.topic_link(self._site.topics[section.topic]),
            section.topic,
            Parts(map(self._cards.card, section.stories)),
            Parts(map(self._cards.brief, section.briefs)),
        )

    def _latest(self, page: Page) -> Told:
        return self._list(self._words.gettext("Latest"), "", self._site.latest or Listing(()), page, ("latest",))

    def _topic(self, page: Page) -> Told:
        topic = self._site.topics[page.subject]
        children = tuple(self._cards.topic_link(self._site.topics[child]) for child in topic.children)
        listing = self._site.by_topic[topic.id]
        told = self._list(
            topic.name,
            topic.description,
            listing,
            page,
            ("topics", topic.id),
            (Link(self._words.gettext("Topics"), self._root + "topics/"), *self._path_to(topic)[:-1]),
        )
        return told._replace(values={**told.values, "children": children, "id": topic.id})

    def _path_to(self, topic: Topic) -> tuple[Link, ...]:
        """Return links to the topics above a topic, from the top, and to itself."""
        above = self._site.topics.get(topic.parent)
        return (*(self._path_to(above) if above else ()), self._cards.topic_link(topic))

    def _source(self, page: Page) -> Told:
        source = self._site.sources[page.subject]
        listing = self._site.by_source[source.domain]
        told = self._list(
            source.name,
            source.description,
            listing,
            page,
            ("sources", source.domain),
            (Link(self._words.gettext("Sources"), self._root + "sources/"),),
        )
        logo = self._cards.image(source.image, "") if source.image else None
        figures = None if page.bucket else self._figures(source)
        return told._replace(values={**told.values, "domain": source.domain, "logo": logo, "figures": figures})

    def _figures(self, source: Source) -> FiguresView:
        topics = (
            structs.replace(self._cards.topic_link(self._site.topics[topic]), count=count)
            for topic, count in source.topics[:_MOST_TOPICS]
        )
        reports = len(source.records)
        chart = source_chart(source, self._words)
        return FiguresView(reports, source.led, reports - source.led, tuple(topics), chart)

    def _list(
        self,
        name: str,
        description: str,
        listing: Listing,
        page: Page,
        segments: tuple[str, ...],
        parents: tuple[Link, ...] = (),
    ) -> Told:
        """Return the context of a listing's own page, or of one of its calendar buckets."""
        own = Link(name, self._root + url_path(*segments))
        bucket = self._bucket(listing, page)

        def bucket_link(key: str) -> Link:
            return Link(self._words.bucket(key), own.url + url_path(key))

        months = () if page.bucket else tuple(bucket.key for bucket in listing.buckets if len(bucket.key) == 7)
        period = self._words.bucket(page.bucket) if page.bucket else ""
        values = {
            "heading": name,
            "description": description,
            "period": period,
            "cards": self._cards_of(bucket.entries if page.bucket else listing.newest),
            "months": tuple(map(bucket_link, months)),
            "days": tuple(map(bucket_link, bucket.children)),
            "children": (),
        }
        title = self._words.dated(name, period) if period else name
        return Told(title, values, description, (*parents, own) if page.bucket else parents)

    def _bucket(self, listing: Listing, page: Page) -> Bucket:
        """Return the calendar bucket that `page` shows; every listing's are indexed once."""
        return self._buckets(listing)[page.bucket] if page.bucket else Bucket("")

    def _cards_of(self, entries: Sequence[Story] | Sequence[Record]) -> Parts:
        return Parts(
            self._cards.card(entry) if isinstance(entry, Story) else self._cards.record_card(entry) for entry in entries
        )

    def _topics(self, page: Page) -> Told:
        tops = [topic for topic in self._site.topics.values() if topic.parent not in self._site.topics]
        return Told(self._words.gettext("Topics"), {"topics": tuple(map(self._topic_view, tops))})

    def _topic_view(self, topic: Topic) -> TopicView:
        return TopicView(
            name=topic.name,
            url=self._cards.topic_link(topic).url,
            count=topic.count,
            description=topic.description,
            children=tuple(self._topic_view(self._site.topics[child]) for child in topic.children),
        )

    def _sources(self, page: Page) -> Told:
        sources = sorted(self._site.sources.values(), key=lambda source: (-len(source.records), source.domain))
        values = {
            "sources": tuple(map(self._cards.source_link, sources)),
            "status": self._root + "sources/status/" if self._site.imported_from else "",
        }
        return Told(self._words.gettext("Sources"), values)

    def _imports(self, page: Page) -> Told:
        feeds = import_views(self._site.imported_from, self._words)
        parents = (Link(self._words.gettext("Sources"), self._root + "sources/"),) if self._site.sources else ()
        return Told(self._words.gettext("Status of the feeds"), {"feeds": feeds}, parents=parents)

    def _archive(self, page: Page) -> Told:
        return Told(self._words.gettext("Archive"), {"years": self._calendars.years()})

    def _year(self, page: Page) -> Told:
        year, months = self._calendars.year(page.subject), self._calendars.months(page.subject)
        return Told(page.subject, {"year": year, "months": months}, parents=(self._archive_link(),))

    def _archive_link(self) -> Link:
        return Link(self._words.gettext("Archive"), self.site.archive)

    def _month(self, page: Page) -> Told:
        year, _, _ = page.subject.partition("/")
        name = self._words.bucket(page.subject.replace("/", "-"))
        days: dict[str, list[ItemView]] = {}
        for record in self._site.by_month[page.subject]:
            day = record.published_at.astimezone(self._zone).date().isoformat()
            days.setdefault(day, []).append(self._cards.record_view(record))
        views = tuple(DayView(items[0].date, day, tuple(items)) for day, items in days.items())
        parents = (self._archive_link(), Link(year, self.site.archive + url_path(year)))
        return Told(name, {"heading": name, "days": views}, parents=parents)

    def _story(self, page: Page) -> Told:
        story = self._site.story(page.subject)
        lead = self._cards.record_view(story.lead)
        record = story.lead
        related = self._cards.related(story)
        is_grouped = self._settings.stories.group
        values = {
            "story": lead,
            "outlets": story.outlets,
            "topics": lead.topics,
            "video": youtube_id(record.featured_content or ""),
            "still": self._still(record, lead),
            "body": self._body(record.body),
            "copies": copies_of(story, self._cards).get(id(record), ()),
            "earlier": tuple(map(self._cards.record_view, story.earlier[:_MOST_EARLIER])),
            "coverage": Parts() if is_grouped else self._cards.rows(story.coverage, story),
            "timeline": timeline(story, self._cards, self._words) if is_grouped else (),
            "is_grouped": is_grouped,
            "related": Parts(other.row for other in related),
            "related_stories": related,
            "also_linked": self._cards.rows(story.also_linked, story),
            "time_zone": self._settings.time_zone,
        }
        topics = [self._site.topics[topic] for topic in story.topics]
        parents = self._path_to(max(topics, key=lambda topic: topic.depth)) if topics else ()
        return Told(lead.title, values, lead.excerpt, parents)

    def _still(self, record: Record, lead: ItemView) -> ImageView | None:
        """Return what stands for a video until somebody wants to see it: the record's picture, or the video's own."""
        still = still_of(record)
        return (lead.image or self._cards.image(still, lead.title)) if still else None

    def _editions(self, page: Page) -> Told:
        editions = tuple(map(self._edition_views.view, self._site.editions))
        return Told(self._words.gettext("Editions"), {"editions": editions})

    def _edition(self, page: Page) -> Told:
        view = self._edition_views.view(self._edition_views.by_date[page.subject])
        title = self._words.gettext("Edition of %(date)s") % {"date": view.date}
        description = summary(" · ".join(item.title for section in view.sections for item in section.items), 200)
        return Told(title, {"edition": view}, description, (Link(self._words.gettext("Editions"), self.site.editions),))

    def _plain(self, page: Page) -> Told:
        plain = self._plain_pages[page.subject]
        values = {"description": plain.description, "body": self._body(plain.body)}
        return Told(plain.title, values, plain.description)

    def _body(self, markdown_text: str) -> Markup:
        if not markdown_text.strip():
            return Markup()
        return Markup(body_html(markdown_text, self._root, outside_images=self._settings.images == "link"))

    def _search(self, page: Page) -> Told:
        script = self._root + self._assets.get(SEARCH_SCRIPT, "")
        return Told(self._words.gettext("Search"), {"search_script": script, "bundle": self._root + INDEX_FOLDER})

    def _redirect(self, page: Page) -> Told:
        record = self._site.records[page.subject]
        lead = self._cards.story_of(record).lead
        anchor = f"#item-{quote(record.slug)}" if lead.file != record.file else ""
        target = url_path("news", lead.slug)
        root = self._settings.canonical_root
        title = display_text(lead.title)
        values = {
            "target": self._root + target + anchor,
            "story_title": title,
            "canonical": root + target if root else "",
        }
        return Told(title, values)

    def _not_found(self, page: Page) -> Told:
        rows = self._cards.rows([story.lead for story in self._site.newest[:5]])
        return Told(self._words.gettext("Page not found"), {"rows": rows})
