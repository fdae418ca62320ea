"""Planned pages to what their templates are given: `views.py` says what that is."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from msgspec import structs

from broadsheet.config import Settings
from broadsheet.model import Bucket, Coverage, Image, Listing, Page, Record, Site, Source, Story, Topic
from broadsheet.render.editions import EditionViews
from broadsheet.render.metadata import Metadata
from broadsheet.render.text import (
    body_html,
    bucket_name,
    excerpt_text,
    iso_time,
    long_date,
    summary,
    url_path,
    youtube_id,
)
from broadsheet.render.views import (
    DayView,
    FeedLink,
    ImageView,
    ItemView,
    Link,
    PageView,
    SectionView,
    SiteView,
    StoryView,
    TopicView,
    YearView,
)
from broadsheet.text import clean_domain, clean_url, display_name, display_text, url_host

_CARD_EXCERPT = 260
_ROW_EXCERPT = 160
_MOST_IN_MENU = 20
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


_LIST = ("heading", "description", "parents", "period", "cards", "months", "days", "children")

# The names that the template of each kind of page is given, besides `site` and `page`.
NAMES = {
    "home": ("sections",),
    "latest": _LIST,
    "topics": ("topics",),
    "topic": _LIST,
    "sources": ("sources",),
    "source": (*_LIST, "domain", "logo"),
    "archive": ("years",),
    "year": ("year",),
    "month": ("heading", "parents", "days"),
    "story": ("story", "topics", "video", "body", "coverage", "is_grouped", "related", "also_linked"),
    "editions": ("editions",),
    "edition": ("edition", "parents"),
    "redirect": ("target", "story_title", "canonical"),
    "not_found": ("rows",),
    "email": ("edition", "preheader", "more", "web_url", "unsubscribe"),
}

MEANINGS = {
    "sections": "the parts of the front page: a list of SectionView",
    "heading": "the name of what is listed",
    "description": "a sentence about it, or the empty text",
    "parents": "the way down to this page: a list of Link",
    "period": "the month, day or part of a day that a calendar page covers; empty on the list's own page",
    "cards": "rendered cards, in order",
    "months": "the list's calendar pages by month: a list of Link, on the list's own page only",
    "days": "a split month's pages by day, a list of Link; on an archive month's page its days, a list of DayView",
    "children": "the topics below this one: a list of Link",
    "topics": "on the topics page the tree, a list of TopicView; on a story's page its topics, a list of Link",
    "sources": "all sources, the most quoted first: a list of Link",
    "domain": "the source's domain",
    "logo": "the source's picture: an ImageView, or none",
    "years": "the archive: a list of YearView",
    "year": "a year of it: a YearView",
    "story": "the lead: an ItemView",
    "video": "the id of a YouTube video, or the empty text",
    "body": "the record's Markdown as sanitised HTML, or the empty text",
    "coverage": "rendered rows of who else reported it; without grouping, of all related items",
    "is_grouped": "whether records are grouped into stories",
    "related": "rendered rows of other stories",
    "also_linked": "rendered rows of what the source links besides",
    "editions": "all issues of the digest, newest first: a list of EditionView",
    "edition": "the issue: an EditionView",
    "preheader": "the first headlines, which mail programs show beside the subject",
    "more": "how many items the email has no room for",
    "web_url": "the address of the issue's web page, or the empty text",
    "unsubscribe": "where readers unsubscribe, or the empty text",
    "target": "where the page leads",
    "story_title": "the title of the story that it leads to",
    "canonical": "the story's canonical address, or the empty text",
    "rows": "rendered rows of the latest stories",
}

Render = Callable[[str, dict[str, Any]], Markup]


class Contexts:
    """Makes the context of any planned page. Every card and row is rendered once, however many pages carry it."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str], render: Render) -> None:
        """`assets` gives every static file's URL, below the root, by its path; `render` fills a partial template."""
        self._site = site
        self._settings = settings
        self._assets = assets
        self._render = render
        self._root = settings.base_path
        self._zone = settings.zone
        self._leaves: dict[tuple[str, ...], tuple[Link, ...]] = {}
        self._records: dict[str, ItemView] = {}
        self._outside: dict[int, ItemView] = {}
        self._rows: dict[tuple[str | int, bool], Markup] = {}
        self._cards: dict[str, Markup] = {}
        self._buckets: dict[tuple[str, str], dict[str, Bucket]] = {}
        self._makers: dict[str, Callable[[Page], tuple[str, str, dict[str, Any]]]] = {
            "home": self._home,
            "latest": self._latest,
            "topics": self._topics,
            "topic": self._topic,
            "sources": self._sources,
            "source": self._source,
            "archive": self._archive,
            "year": self._year,
            "month": self._month,
            "story": self._story,
            "editions": self._editions,
            "edition": self._edition,
            "redirect": self._redirect,
            "not_found": self._not_found,
        }
        self._edition_views = EditionViews(site, settings, assets)
        self._metadata = Metadata(site, settings)
        self.site = self._site_view()

    def context(self, page: Page) -> dict[str, Any]:
        """Return all that the template of `page` may name."""
        title, description, values = self._makers[page.kind](page)
        canonical = self._settings.canonical_root
        picture = values["story"].image if page.kind == "story" else None
        view = PageView(
            kind=page.kind,
            title=title,
            description=summary(description or self.site.description, 200),
            url=self._root + page.url,
            canonical=canonical + page.url if canonical and page.kind != "not_found" else "",
            feeds=self._feeds(page),
            image=self._metadata.absolute(picture.url) if picture else "",
        )
        json_ld = self._metadata.json_ld(page, view, values.get("parents", ()))
        return {"site": self.site, "page": structs.replace(view, json_ld=json_ld), **values}

    def _feeds(self, page: Page) -> tuple[FeedLink, ...]:
        """Return the feeds that follow a page: the site's, and before it that of the page's own list."""
        feeds = [Link(self.site.title, self._root)]
        own = None
        if page.kind == "topic":
            own = self._topic_link(self._site.topics[page.subject])
        elif page.kind == "source":
            own = self._source_link(self._site.sources[page.subject])
        elif page.kind in {"editions", "edition"}:
            own = Link("Editions", self.site.editions)
        if own is not None:
            feeds.insert(0, Link(f"{own.name} — {self.site.title}", own.url))
        kinds = (("feed.xml", "application/atom+xml"), ("feed.json", "application/feed+json"))
        return tuple(FeedLink(feed.name, feed.url + file, type) for feed in feeds for file, type in kinds)

    def _site_view(self) -> SiteView:
        settings = self._settings
        tops = [topic for topic in self._site.topics.values() if not topic.parent]
        # A single root says nothing in a menu; what is below it does.
        shown = [self._site.topics[child] for child in tops[0].children] if len(tops) == 1 else tops
        most_used = sorted(shown or tops, key=lambda topic: -topic.count)[:_MOST_IN_MENU]
        menu = [topic for topic in shown or tops if topic in most_used]
        return SiteView(
            title=settings.title or "News",
            description=settings.description or "",
            language=settings.language,
            direction="rtl" if settings.language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr",
            root=self._root,
            style=self._root + self._assets.get("theme/broadsheet.css", ""),
            icon=self._root + self._assets.get("theme/icon.svg", ""),
            topics=tuple(self._topic_link(topic, short=True) for topic in menu),
            editions=self._root + "editions/" if self._site.editions else "",
        )

    # Pages: each returns the title, the description and what else the template is given.

    def _home(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        sections = tuple(
            SectionView(
                self._topic_link(self._site.topics[section.topic]),
                tuple(self._story_view(story) for story in section.stories),
                tuple(self._card(story) for story in section.stories),
            )
            for section in self._site.front
        )
        return "", "", {"sections": sections}

    def _latest(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        return self._list("Latest", "", self._site.latest, page, ("latest",))

    def _topic(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        topic = self._site.topics[page.subject]
        parents: list[Link] = []
        at = topic
        while at.parent and at.parent in self._site.topics:
            at = self._site.topics[at.parent]
            parents.insert(0, self._topic_link(at))
        children = tuple(self._topic_link(self._site.topics[child]) for child in topic.children)
        listing = self._site.by_topic[topic.id]
        title, description, values = self._list(
            topic.name,
            topic.description,
            listing,
            page,
            ("topics", topic.id),
            (Link("Topics", self._root + "topics/"), *parents),
        )
        return title, description, {**values, "children": children}

    def _source(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        source = self._site.sources[page.subject]
        listing = self._site.by_source[source.domain]
        title, description, values = self._list(
            source.name,
            source.description,
            listing,
            page,
            ("sources", source.domain),
            (Link("Sources", self._root + "sources/"),),
        )
        logo = self._image(source.image, "") if source.image else None
        return title, description, {**values, "domain": source.domain, "logo": logo}

    def _list(
        self,
        name: str,
        description: str,
        listing: Listing,
        page: Page,
        segments: tuple[str, ...],
        parents: tuple[Link, ...] = (),
    ) -> tuple[str, str, dict[str, Any]]:
        """Return the context of a listing's own page, or of one of its calendar buckets."""
        own = Link(name, self._root + url_path(*segments))
        bucket = self._bucket(listing, page)
        language = self._settings.language

        def bucket_link(key: str) -> Link:
            return Link(bucket_name(key, language), own.url + url_path(key))

        months = () if page.bucket else tuple(bucket.key for bucket in listing.buckets if len(bucket.key) == 7)
        period = bucket_name(page.bucket, language) if page.bucket else ""
        values = {
            "heading": name,
            "description": description,
            "parents": (*parents, own) if page.bucket else parents,
            "period": period,
            "cards": self._cards_of(bucket.entries if page.bucket else listing.newest),
            "months": tuple(map(bucket_link, months)),
            "days": tuple(map(bucket_link, bucket.children)),
            "children": (),
        }
        return f"{name}, {period}" if period else name, description, values

    def _bucket(self, listing: Listing, page: Page) -> Bucket:
        """Return the calendar bucket that `page` shows; every listing's are indexed once."""
        if not page.bucket:
            return Bucket("")
        key = (page.kind, page.subject)
        if key not in self._buckets:
            self._buckets[key] = {bucket.key: bucket for bucket in listing.buckets}
        return self._buckets[key][page.bucket]

    def _cards_of(self, entries: Sequence[Story] | Sequence[Record]) -> tuple[Markup, ...]:
        return tuple(self._card(entry) if isinstance(entry, Story) else self._record_card(entry) for entry in entries)

    def _topics(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        tops = [topic for topic in self._site.topics.values() if topic.parent not in self._site.topics]
        return "Topics", "", {"topics": tuple(map(self._topic_view, tops))}

    def _topic_view(self, topic: Topic) -> TopicView:
        return TopicView(
            name=topic.name,
            url=self._topic_link(topic).url,
            count=topic.count,
            description=topic.description,
            children=tuple(self._topic_view(self._site.topics[child]) for child in topic.children),
        )

    def _sources(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        sources = sorted(self._site.sources.values(), key=lambda source: (-len(source.records), source.domain))
        return "Sources", "", {"sources": tuple(map(self._source_link, sources))}

    def _archive(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        years = dict.fromkeys(month[:4] for month in self._site.by_month)
        return "Archive", "", {"years": tuple(map(self._year_view, years))}

    def _year(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        return page.subject, "", {"year": self._year_view(page.subject)}

    def _year_view(self, year: str) -> YearView:
        months = tuple(
            Link(
                bucket_name(month.replace("/", "-"), self._settings.language),
                self._root + url_path("archive", *month.split("/")),
                len(records),
            )
            for month, records in self._site.by_month.items()
            if month.startswith(year)
        )
        return YearView(year, self._root + url_path("archive", year), months)

    def _month(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        year, _, _ = page.subject.partition("/")
        name = bucket_name(page.subject.replace("/", "-"), self._settings.language)
        days: dict[str, list[ItemView]] = {}
        for record in self._site.by_month[page.subject]:
            days.setdefault(f"{record.published_at.astimezone(self._zone):%Y-%m-%d}", []).append(
                self._record_view(record)
            )
        return (
            name,
            "",
            {
                "heading": name,
                "parents": (
                    Link("Archive", self._root + "archive/"),
                    Link(year, self._root + url_path("archive", year)),
                ),
                "days": tuple(DayView(items[0].date, day, tuple(items)) for day, items in days.items()),
            },
        )

    def _story(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        story = self._site.stories[self._site.story_of[page.subject]]
        lead = self._record_view(story.lead)
        record = story.lead
        return (
            lead.title,
            lead.excerpt,
            {
                "story": lead,
                "topics": tuple(self._topic_link(self._site.topics[topic]) for topic in story.topics),
                "video": youtube_id(record.featured_content or ""),
                "body": Markup(body_html(record.body, self._root)) if record.body else Markup(),
                "coverage": tuple(self._row(item, story) for item in story.coverage),
                "is_grouped": self._settings.stories.group,
                "related": tuple(self._row(record, story) for record in story.related),
                "also_linked": tuple(self._row(item, story) for item in story.also_linked),
            },
        )

    def _editions(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        views = self._edition_views
        return "Editions", "", {"editions": tuple(map(views.view, self._site.editions))}

    def _edition(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        view = self._edition_views.view(self._edition_views.by_date[page.subject])
        description = summary(" · ".join(item.title for section in view.sections for item in section.items), 200)
        return (
            f"Edition of {view.date}",
            description,
            {"edition": view, "parents": (Link("Editions", self.site.editions),)},
        )

    def _redirect(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        record = self._site.records[page.subject]
        lead = self._story_of(record).lead
        anchor = f"#item-{quote(record.slug)}" if lead.file != record.file else ""
        target = url_path("news", lead.slug)
        root = self._settings.canonical_root
        title = display_text(lead.title)
        values = {
            "target": self._root + target + anchor,
            "story_title": title,
            "canonical": root + target if root else "",
        }
        return title, "", values

    def _not_found(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        stories = self._site.latest.newest[:5]
        return (
            "Page not found",
            "",
            {"rows": tuple(self._row(story.lead) for story in stories if isinstance(story, Story))},
        )

    # Parts of pages.

    def _story_of(self, record: Record) -> Story:
        return self._site.stories[self._site.story_of[record.file]]

    def _card(self, story: Story) -> Markup:
        return self._rendered_card(story.lead, lambda: self._story_view(story))

    def _record_card(self, record: Record) -> Markup:
        """Return the card of a lead's story, or that of a folded record alone: a source's page shows its own."""
        story = self._story_of(record)
        if story.lead is record:
            return self._card(story)
        return self._rendered_card(record, lambda: StoryView(self._record_view(record)))

    def _rendered_card(self, record: Record, view: Callable[[], StoryView]) -> Markup:
        if record.file not in self._cards:
            story = view()
            context = {"story": story, "item": story.lead, "site": self.site}
            self._cards[record.file] = self._render("_card.html", context)
        return self._cards[record.file]

    def _story_view(self, story: Story) -> StoryView:
        shown = story.coverage[: self._settings.stories.shown_members] if self._settings.stories.group else ()
        more = len(story.coverage) - len(shown) if self._settings.stories.group else 0
        return StoryView(self._record_view(story.lead), tuple(self._row(item, story) for item in shown), more)

    def _row(self, item: Record | Coverage, story: Story | None = None) -> Markup:
        """Return a line about `item`. One of `story`'s own leads to the report: its page here is that of the story."""
        is_own = isinstance(item, Record) and story is not None and self._story_of(item) is story
        key = (item.file if isinstance(item, Record) else id(item), is_own)
        if key not in self._rows:
            view = self._record_view(item) if isinstance(item, Record) else self._outside_view(item)
            self._rows[key] = self._render("_row.html", {"item": view, "is_here": not is_own, "site": self.site})
        return self._rows[key]

    def _record_view(self, record: Record) -> ItemView:
        view = self._records.get(record.file)
        if view is None:
            topics = self._site.topics_of[record.file]
            link = clean_url(record.web_url or record.original_url or "") or ""
            shown = (image for image in record.images if image.url not in self._site.shared_images)
            view = self._records[record.file] = self._item_view(
                record, record.slug, self._root + url_path("news", record.slug), link, self._leaf_topics(topics), shown
            )
        return view

    def _outside_view(self, item: Coverage) -> ItemView:
        view = self._outside.get(id(item))
        if view is None:
            view = self._outside[id(item)] = self._item_view(item, "", "", clean_url(item.web_url) or "", (), ())
        return view

    def _item_view(
        self,
        item: Record | Coverage,
        id: str,
        url: str,
        link: str,
        topics: tuple[Link, ...],
        images: Iterable[Image],
    ) -> ItemView:
        title = display_text(item.title)
        excerpt = excerpt_text(item.excerpt)
        return ItemView(
            id=id,
            title=title,
            url=url,
            link=link,
            is_video=item.type == "video",
            excerpt=excerpt,
            summary=summary(excerpt, _CARD_EXCERPT if url else _ROW_EXCERPT),
            date=long_date(item.published_at, self._zone, self._settings.language),
            iso=iso_time(item.published_at),
            provider=self._provider_link(item, link),
            image=next(filter(None, (self._image(image, title) for image in images)), None),
            topics=topics,
        )

    def _provider_link(self, item: Record | Coverage, link: str) -> Link:
        domain = clean_domain(item.provider.domain) or clean_domain(url_host(link))
        source = self._site.sources.get(domain)
        name = display_name(item.provider.name) or domain
        return Link(source.name if source else name, self._source_link(source).url if source else "")

    def _source_link(self, source: Source) -> Link:
        return Link(source.name, self._root + url_path("sources", source.domain), len(source.records))

    def _topic_link(self, topic: Topic, short: bool = False) -> Link:
        return Link(topic.shortname if short else topic.name, self._root + url_path("topics", topic.id))

    def _leaf_topics(self, topics: tuple[str, ...]) -> tuple[Link, ...]:
        """Return links to the topics that no other of them is below of: a card need not say the same thing twice."""
        if topics not in self._leaves:
            parents = {self._site.topics[topic].parent for topic in topics}
            self._leaves[topics] = tuple(
                self._topic_link(self._site.topics[topic]) for topic in topics if topic not in parents
            )
        return self._leaves[topics]

    def _image(self, image: Image, alt: str) -> ImageView | None:
        """Return a picture from the web, or one of the site's own files; None when such a file is not there."""
        url = clean_url(image.url)
        if url is None:
            asset = self._assets.get(image.url.lstrip("/"))
            if asset is None:
                return None
            url = self._root + asset
        known = image.width and image.height
        title = display_text(image.title or "")
        # A title that repeats the headline would be read out twice.
        return ImageView(url, *((image.width, image.height) if known else (0, 0)), "" if title == alt else title)
