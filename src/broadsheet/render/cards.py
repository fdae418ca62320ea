"""Cards, rows, and the views that they are made from: each is made and rendered once, however many pages show it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from msgspec import structs

from broadsheet.config import FooterLink, Settings
from broadsheet.model import Coverage, Image, PlainPage, Record, Site, Source, Story, Topic
from broadsheet.once import Once
from broadsheet.render.assets import ICON, SCRIPT, STYLE
from broadsheet.render.pictures import Pictures, own_images
from broadsheet.render.text import excerpt_text, has_clock, iso_time, site_link, summary, url_path
from broadsheet.render.typography import typographic
from broadsheet.render.views import ImageView, ItemView, Link, Parts, RelatedView, SiteView, StoryView
from broadsheet.text import clean_url, display_name, display_text, is_language, source_domain
from broadsheet.words import words_of

_CARD_EXCERPT = 260
_ROW_EXCERPT = 160
_MOST_IN_MENU = 20
_WEB_ARCHIVE = "https://web.archive.org/web/"

Render = Callable[[str, dict[str, Any]], Markup]


class Cards:
    """Makes the parts that pages share."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str], render: Render) -> None:
        """`assets` gives every static file's URL, below the root, by its path; `render` fills a partial template."""
        self._site = site
        self._settings = settings
        self._assets = assets
        self._pictures = Pictures(site, settings, assets)
        self._render = render
        self._root = settings.base_path
        self._zone = settings.zone
        self._words = words_of(settings.language)
        self._leaves: dict[tuple[str, ...], tuple[Link, ...]] = {}
        self._records: dict[str, ItemView] = {}
        self._outside = Once(self._outside_view)
        self._rows = Once(self._rendered_row)
        self._own_rows = Once(self._rendered_own_row)
        self._cards: dict[str, Markup] = {}
        self._parts: dict[tuple[str, ...], Markup] = {}
        self.site = self._site_view()
        self._in_menu = {self.site.latest, *(entry.url for entry in (*self.site.topics, *self.site.menu_pages))}

    def _site_view(self) -> SiteView:
        settings = self._settings
        tops = [topic for topic in self._site.topics.values() if not topic.parent]
        # A single root says nothing in a menu; what is below it does.
        shown = [self._site.topics[child] for child in tops[0].children] if len(tops) == 1 else tops
        most_used = sorted(shown or tops, key=lambda topic: -topic.count)[:_MOST_IN_MENU]
        menu = [topic for topic in shown or tops if topic in most_used]
        icon = self._assets.get(ICON, "")
        logo = self._assets.get((settings.theme.logo or "").lstrip("/"))
        return SiteView(
            title=self._site.title,
            description=settings.description or "",
            language=settings.language,
            direction=self._words.direction,
            root=self._root,
            style=self._root + self._assets.get(STYLE, ""),
            icon=self._root + icon,
            topics=tuple(self.topic_link(topic, short=True) for topic in menu),
            latest=self._root + "latest/" if self._site.latest is not None else "",
            sources=self._root + "sources/" if self._site.sources else "",
            archive=self._root + "archive/" if self._site.by_month else "",
            editions=self._root + "editions/" if self._site.editions else "",
            opml=self._root + "feeds.opml" if settings.feeds.lists else "",
            script=self._root + self._assets.get(SCRIPT, ""),
            logo=self._root + (logo or icon),
            masthead=display_text(settings.theme.masthead or "") or settings.description or "",
            links=tuple(self._owners_link(link) for link in settings.theme.footer),
            menu_pages=tuple(self._page_link(page) for page in self._site.plain_pages if page.in_menu),
            footer_pages=tuple(self._page_link(page) for page in self._site.plain_pages if page.in_footer),
            search=self._root + "search/" if settings.search else "",
        )

    def _owners_link(self, link: FooterLink) -> Link:
        return Link(display_text(link.name), site_link(link.url, self._root) or self._root)

    def menu(self, page: str) -> Markup:
        """Return the menu, with the entry that leads to `page`, a URL below the root, marked as the current one."""
        current = self._root + page if self._root + page in self._in_menu else ""
        return self._part("_menu.html", current=current)

    def footer(self, feed: str) -> Markup:
        """Return what stands at the foot of a page that is followed by `feed`."""
        return self._part("_footer.html", feed=feed)

    def _part(self, name: str, **values: str) -> Markup:
        """Return a part of every page, which is the same on most of them."""
        key = (name, *values.values())
        if key not in self._parts:
            self._parts[key] = self._render(name, {**values, "site": self.site})
        return self._parts[key]

    def story_of(self, record: Record) -> Story:
        """Return the story that a shown record leads or belongs to."""
        return self._site.story(record.file)

    def card(self, story: Story) -> Markup:
        """Return the card of a story in a list."""
        return self._rendered_card(story.lead, lambda: self.story_view(story))

    def lead_card(self, story: Story) -> Markup:
        """Return the card of the story that leads the front page."""
        return self._render("_card.html", self._card_context(self.story_view(story), is_lead=True))

    def brief(self, story: Story) -> Markup:
        """Return a story in brief: a line on the front page."""
        view = self._told_view(story)
        return self._render("_brief.html", {"story": view, "item": view.lead, "site": self.site})

    def record_card(self, record: Record) -> Markup:
        """Return the card of a lead's story, or that of a folded record alone: a source's page shows its own."""
        story = self.story_of(record)
        if story.lead is record:
            return self.card(story)
        return self._rendered_card(record, lambda: StoryView(self.record_view(record)))

    def _rendered_card(self, record: Record, view: Callable[[], StoryView]) -> Markup:
        if record.file not in self._cards:
            self._cards[record.file] = self._render("_card.html", self._card_context(view()))
        return self._cards[record.file]

    def _card_context(self, story: StoryView, *, is_lead: bool = False) -> dict[str, Any]:
        return {"story": story, "item": story.lead, "site": self.site, "is_lead": is_lead}

    def story_view(self, story: Story) -> StoryView:
        """Return what a story's card shows."""
        view = self._told_view(story)
        if not self._settings.stories.group:
            return view
        told = (*story.coverage, *story.follow_ups)
        shown = told[: self._settings.stories.shown_members]
        return structs.replace(view, rows=self.rows(shown, story), more=len(told) - len(shown))

    def _told_view(self, story: Story) -> StoryView:
        """Return what a line about a story shows: who leads it, and no rows."""
        return StoryView(self.record_view(story.lead), outlets=story.outlets, is_update=bool(story.earlier))

    def rows(self, items: Sequence[Record | Coverage], story: Story | None = None) -> Parts:
        """Return a line about each item; one of `story`'s own leads to the report, its page here being the story's."""
        if story is None or not self._settings.stories.group:
            return Parts(self._rows.of(items))
        return Parts(self._own_rows(item) if self._is_own(item, story) else self._rows(item) for item in items)

    def related(self, story: Story) -> tuple[RelatedView, ...]:
        """Return the stories that readers of `story` may go on to."""
        return tuple(
            RelatedView(self.record_view(other.lead), self._rows(other.lead), other.shared) for other in story.related
        )

    def _is_own(self, item: Record | Coverage, story: Story) -> bool:
        return isinstance(item, Record) and self.story_of(item) is story

    def _rendered_row(self, item: Record | Coverage, is_here: bool = True) -> Markup:
        return self._render("_row.html", {"item": self.view(item), "is_here": is_here, "site": self.site})

    def _rendered_own_row(self, item: Record | Coverage) -> Markup:
        return self._rendered_row(item, is_here=False)

    def view(self, item: Record | Coverage) -> ItemView:
        """Return what any page shows of an item."""
        return self.record_view(item) if isinstance(item, Record) else self._outside(item)

    def record_view(self, record: Record) -> ItemView:
        """Return what any page shows of a record."""
        view = self._records.get(record.file)
        if view is None:
            view = self._records[record.file] = self._record_view(record)
        return view

    def _record_view(self, record: Record) -> ItemView:
        language = self._language_of(record)
        view = self._item_view(record, language or self._settings.language, _CARD_EXCERPT)
        topics = self._site.topics_of[record.file]
        updated = record.updated_at
        is_updated = updated is not None and updated > record.published_at
        return structs.replace(
            view,
            id=record.slug,
            url=self._root + url_path("news", record.slug),
            image=next(filter(None, (self.image(image, view.title) for image in own_images(record, self._site))), None),
            topics=self._leaf_topics(topics),
            topic_ids=" ".join(topics),
            language=language,
            updated=self._day(updated) if updated and is_updated else "",
            updated_iso=iso_time(updated) if updated and is_updated else "",
            has_paywall=record.paywall or view.has_paywall,
            archived=f"{_WEB_ARCHIVE}{record.published_at:%Y%m%d}/{view.link}" if record.dead and view.link else "",
        )

    def _language_of(self, record: Record) -> str:
        """Return a record's language where it is not the site's, or the empty string."""
        locale = (record.locale or "").replace("_", "-")
        same = locale.partition("-")[0].lower() == self._settings.language.partition("-")[0].lower()
        return "" if same or not is_language(locale) else locale

    def _outside_view(self, item: Coverage) -> ItemView:
        view = self._item_view(item, self._settings.language, _ROW_EXCERPT)
        return structs.replace(view, date="", iso="", clock="") if item.is_undated else view

    def _item_view(self, item: Record | Coverage, language: str, most: int) -> ItemView:
        """Return what is shown of any item; `most` is how long its summary may be."""
        excerpt = typographic(excerpt_text(item.excerpt), language)
        link = clean_url(item.report_url) or ""
        domain = source_domain(item.provider.domain, link)
        return ItemView(
            id="",
            title=typographic(display_text(item.title), language),
            url="",
            link=link,
            is_video=item.type == "video",
            excerpt=excerpt,
            summary=summary(excerpt, most),
            date=self._day(item.published_at),
            iso=iso_time(item.published_at),
            provider=self._provider_link(item, domain),
            clock=self._words.clock(item.published_at, self._zone) if has_clock(item.published_at) else "",
            has_paywall=domain in self._site.paying,
            source=domain if domain in self._site.sources else "",
        )

    def _day(self, moment: datetime) -> str:
        return self._words.day(moment, self._zone)

    def _provider_link(self, item: Record | Coverage, domain: str) -> Link:
        source = self._site.sources.get(domain)
        return Link(provider_name(item, domain, self._site), self.source_link(source).url if source else "")

    def source_link(self, source: Source) -> Link:
        """Return a link to a source's page, with the number of its records."""
        return Link(source.name, self._root + url_path("sources", source.domain), len(source.records))

    def topic_link(self, topic: Topic, short: bool = False) -> Link:
        """Return a link to a topic's page, by its short name where there is little room."""
        return Link(topic.shortname if short else topic.name, self._root + url_path("topics", topic.id))

    def _page_link(self, page: PlainPage) -> Link:
        return Link(page.title, self._root + url_path(*page.segments))

    def _leaf_topics(self, topics: tuple[str, ...]) -> tuple[Link, ...]:
        """Return links to the topics that no other of them is below of: a card need not say the same thing twice."""
        if topics not in self._leaves:
            parents = {self._site.topics[topic].parent for topic in topics}
            self._leaves[topics] = tuple(
                self.topic_link(self._site.topics[topic]) for topic in topics if topic not in parents
            )
        return self._leaves[topics]

    def image(self, image: Image, alt: str) -> ImageView | None:
        """Return a picture as pages show it, or None when there is none to show."""
        title = display_text(image.title or "")
        # A title that repeats the headline would be read out twice.
        return self._pictures.view(image, "" if title == alt else title, self._root)


def provider_name(item: Record | Coverage, domain: str, site: Site) -> str:
    """Return the name of who reported an item, at `domain`: that of the source's page, where it has one."""
    source = site.sources.get(domain)
    return source.name if source else display_name(item.provider.name) or domain
