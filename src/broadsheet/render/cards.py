"""Cards, rows, and the views that they are made from: each is made and rendered once, however many pages show it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markupsafe import Markup

from broadsheet.config import Settings
from broadsheet.model import Coverage, Image, Record, Site, Source, Story, Topic
from broadsheet.once import Once
from broadsheet.render.pictures import Pictures, own_images
from broadsheet.render.text import excerpt_text, iso_time, long_date, summary, url_path
from broadsheet.render.views import ImageView, ItemView, Link, Parts, SiteView, StoryView
from broadsheet.text import clean_url, display_name, display_text, source_domain

_CARD_EXCERPT = 260
_ROW_EXCERPT = 160
_MOST_IN_MENU = 20
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}

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
        self._leaves: dict[tuple[str, ...], tuple[Link, ...]] = {}
        self._records: dict[str, ItemView] = {}
        self._rows = Once(self._rendered_row)
        self._own_rows = Once(self._rendered_own_row)
        self._cards: dict[str, Markup] = {}
        self._parts: dict[tuple[str, ...], Markup] = {}
        self.site = self._site_view()
        self._in_menu = {self.site.latest, *(topic.url for topic in self.site.topics)}

    def _site_view(self) -> SiteView:
        settings = self._settings
        tops = [topic for topic in self._site.topics.values() if not topic.parent]
        # A single root says nothing in a menu; what is below it does.
        shown = [self._site.topics[child] for child in tops[0].children] if len(tops) == 1 else tops
        most_used = sorted(shown or tops, key=lambda topic: -topic.count)[:_MOST_IN_MENU]
        menu = [topic for topic in shown or tops if topic in most_used]
        return SiteView(
            title=self._site.title,
            description=settings.description or "",
            language=settings.language,
            direction="rtl" if settings.language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr",
            root=self._root,
            style=self._root + self._assets.get("theme/broadsheet.css", ""),
            icon=self._root + self._assets.get("theme/icon.svg", ""),
            topics=tuple(self.topic_link(topic, short=True) for topic in menu),
            latest=self._root + "latest/" if self._site.latest is not None else "",
            sources=self._root + "sources/" if self._site.sources else "",
            archive=self._root + "archive/" if self._site.by_month else "",
            editions=self._root + "editions/" if self._site.editions else "",
            opml=self._root + "feeds.opml" if settings.feeds.lists else "",
            script=self._root + self._assets.get("theme/broadsheet.js", ""),
        )

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

    def record_card(self, record: Record) -> Markup:
        """Return the card of a lead's story, or that of a folded record alone: a source's page shows its own."""
        story = self.story_of(record)
        if story.lead is record:
            return self.card(story)
        return self._rendered_card(record, lambda: StoryView(self.record_view(record)))

    def _rendered_card(self, record: Record, view: Callable[[], StoryView]) -> Markup:
        if record.file not in self._cards:
            story = view()
            context = {"story": story, "item": story.lead, "site": self.site}
            self._cards[record.file] = self._render("_card.html", context)
        return self._cards[record.file]

    def story_view(self, story: Story) -> StoryView:
        """Return what a story's card shows."""
        shown = story.coverage[: self._settings.stories.shown_members] if self._settings.stories.group else ()
        more = len(story.coverage) - len(shown) if self._settings.stories.group else 0
        return StoryView(self.record_view(story.lead), self.rows(shown, story), more)

    def rows(self, items: Sequence[Record | Coverage], story: Story | None = None) -> Parts:
        """Return a line about each item; one of `story`'s own leads to the report, its page here being the story's."""
        if story is None or not self._settings.stories.group:
            return Parts(self._rows.of(items))
        return Parts(self._own_rows(item) if self._is_own(item, story) else self._rows(item) for item in items)

    def _is_own(self, item: Record | Coverage, story: Story) -> bool:
        return isinstance(item, Record) and self.story_of(item) is story

    def _rendered_row(self, item: Record | Coverage, is_here: bool = True) -> Markup:
        view = self.record_view(item) if isinstance(item, Record) else self._outside_view(item)
        return self._render("_row.html", {"item": view, "is_here": is_here, "site": self.site})

    def _rendered_own_row(self, item: Record | Coverage) -> Markup:
        return self._rendered_row(item, is_here=False)

    def record_view(self, record: Record) -> ItemView:
        """Return what any page shows of a record."""
        view = self._records.get(record.file)
        if view is None:
            topics = self._site.topics_of[record.file]
            link = clean_url(record.report_url) or ""
            view = self._records[record.file] = self._item_view(
                record,
                record.slug,
                self._root + url_path("news", record.slug),
                link,
                self._leaf_topics(topics),
                own_images(record, self._site),
            )
        return view

    def _outside_view(self, item: Coverage) -> ItemView:
        return self._item_view(item, "", "", clean_url(item.web_url) or "", (), ())

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
            image=next(filter(None, (self.image(image, title) for image in images)), None),
            topics=topics,
        )

    def _provider_link(self, item: Record | Coverage, link: str) -> Link:
        domain = source_domain(item.provider.domain, link)
        source = self._site.sources.get(domain)
        name = display_name(item.provider.name) or domain
        return Link(source.name if source else name, self.source_link(source).url if source else "")

    def source_link(self, source: Source) -> Link:
        """Return a link to a source's page, with the number of its records."""
        return Link(source.name, self._root + url_path("sources", source.domain), len(source.records))

    def topic_link(self, topic: Topic, short: bool = False) -> Link:
        """Return a link to a topic's page, by its short name where there is little room."""
        return Link(topic.shortname if short else topic.name, self._root + url_path("topics", topic.id))

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
