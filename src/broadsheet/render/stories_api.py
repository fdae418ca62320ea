"""The JSON API's stories, in a shape of ours: documented in `docs/api.md`, with a JSON Schema beside the files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Literal

import msgspec
from msgspec import structs

from broadsheet.config import Settings
from broadsheet.heat import heat_parts
from broadsheet.model import Coverage, Page, Record, Site, Story
from broadsheet.once import Once
from broadsheet.render.pages import json_page
from broadsheet.render.text import excerpt_text, tag_uri, url_path
from broadsheet.text import clean_domain, clean_url, display_name, display_text

KINDS = ("api_stories", "api_month", "api_schema")
VERSION = 1
SCORE_DIGITS = 3
Item = Record | Coverage


Role = Literal["lead", "coverage", "followUp", "copy", "alsoLinked"]


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """A report about an event. `slug` is null for one that is no record of this site; `url` is its page here.

    `role` says how it stands in the story; `of` names what a copy is a copy of, by its slug or else its address;
    `score` says how near to the lead it is, from 0 to 1, and is null for the lead and where nothing was measured.
    """

    slug: str | None
    url: str | None
    original_url: str | None
    title: str
    excerpt: str
    published_date_time: datetime
    type: str
    provider_name: str
    provider_domain: str
    role: Role
    of: str | None
    score: float | None


class HeatJson(msgspec.Struct, frozen=True, rename="camel"):
    """What `rank` is made of: the lead's quality (null: not known), the `bonus` for its list of `related` items, votes.

    They add up to `rank`, but for a rank of -1, which is a mark. Of a story that an editor put together they are those
    of its hottest record, whose heat it has.
    """

    quality: int | None
    related: int
    bonus: int
    votes: int


class RelatedJson(msgspec.Struct, frozen=True, rename="camel"):
    """Another story: how near it is, from 0 to 1, and the words that both share, the most telling first."""

    slug: str
    url: str
    score: float
    shared: list[str]


class TopicRef(msgspec.Struct, frozen=True, rename="camel"):
    """A topic: its id, its name, and its page here."""

    id: str
    name: str
    url: str


class StoryJson(msgspec.Struct, frozen=True, rename="camel"):
    """An event. `id` stays unless an earlier report joins; `members` are records of this site, `lead` one of them.

    `coverage`, `followUps`, `copies` and `alsoLinked` are by others; `outlets` counts who reported it independently.
    `related` are other stories' slugs, `relatedStories` the same with reasons, `earlier` the slugs of stories that this
    one goes on with. `rank` is what the hottest are sorted by.
    """

    id: str
    slug: str
    url: str
    updated_date_time: datetime
    rank: int
    topics: list[TopicRef]
    lead: Report
    members: list[Report]
    coverage: list[Report]
    related: list[str]
    outlets: int
    heat: HeatJson
    follow_ups: list[Report]
    copies: list[Report]
    also_linked: list[Report]
    related_stories: list[RelatedJson]
    earlier: list[str]


class StoriesJson(msgspec.Struct, frozen=True, rename="camel"):
    """A list of stories, newest first; the newest list also has `months`, the addresses of the lists of all months."""

    version: int
    stories: list[StoryJson]
    months: list[str]


class StoriesApi:
    """Plans and renders `api/stories/`: the newest stories, all stories by month, and the schema of both."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Serve every story that is shown."""
        self._site = site
        self._settings = settings
        self._reports = Once(self._report)
        self._months: dict[str, list[Story]] = {}
        for story in site.stories:
            day = story.lead.published_at.astimezone(settings.zone).date().isoformat()
            self._months.setdefault(day[:7], []).append(story)

    def pages(self) -> Iterator[Page]:
        """Yield the files of the API."""
        yield json_page("api_stories", ("api", "stories"))
        for month in self._months:
            yield json_page("api_month", ("api", "stories", month), bucket=month)
        yield Page("api_schema", "api/stories/schema.json", "api/stories/schema.json", origin="api/stories/schema.json")

    def render(self, page: Page) -> bytes:
        """Return the bytes of a page that `pages` planned."""
        if page.kind == "api_schema":
            return msgspec.json.format(msgspec.json.encode(stories_schema()), indent=2) + b"\n"
        root = self._settings.absolute_root
        newest = page.kind == "api_stories"
        stories = self._site.stories[: self._settings.pages.size] if newest else self._months[page.bucket]
        months = [f"{root}api/stories/{month}/index.json" for month in self._months] if newest else []
        value = StoriesJson(VERSION, [self._story(story) for story in stories], months)
        return msgspec.json.encode(value) + b"\n"

    def made_of(self, page: Page) -> Iterator[Any]:
        """Yield what a page that `pages` planned is made of."""
        if page.kind == "api_schema":
            yield VERSION
        elif page.kind == "api_stories":
            yield list(self._months)
            yield from self._site.stories[: self._settings.pages.size]
        else:
            yield from self._months[page.bucket]

    def _story(self, story: Story) -> StoryJson:
        root = self._settings.absolute_root
        heat = heat_parts(story.heat_from or story.lead, story.rank)
        lead = self._reports(story.lead)
        members, others = [lead], _by_role()
        for item, report in self._told(story):
            (members if self._is_member(item, story) else others[report.role]).append(report)
        return StoryJson(
            id=tag_uri(self._settings.feeds.authority, story.first),
            slug=story.lead.slug,
            url=root + url_path("news", story.lead.slug),
            updated_date_time=story.updated_at,
            rank=story.rank,
            topics=[self._topic(topic) for topic in story.topics],
            lead=lead,
            members=members,
            coverage=others["coverage"],
            related=[other.lead.slug for other in story.related],
            outlets=story.outlets,
            heat=HeatJson(heat.quality, heat.related, heat.bonus, heat.votes),
            follow_ups=others["followUp"],
            copies=others["copy"],
            also_linked=others["alsoLinked"],
            related_stories=[
                RelatedJson(
                    slug=other.lead.slug,
                    url=root + url_path("news", other.lead.slug),
                    score=round(other.score, SCORE_DIGITS),
                    shared=list(other.shared),
                )
                for other in story.related
            ],
            earlier=[lead.slug for lead in story.earlier],
        )

    def _told(self, story: Story) -> Iterator[tuple[Item, Report]]:
        """Yield everything in a story but its lead, in the order of the scores that it has."""
        standing: list[tuple[Item, Role, str | None]] = [
            *((item, "coverage", None) for item in story.coverage),
            *((item, "followUp", None) for item in story.follow_ups),
            *((copy.item, "copy", self._name_of(copy.of)) for copy in story.copies),
            *((item, "alsoLinked", None) for item in story.also_linked),
        ]
        for (item, role, of), score in zip_longest(standing, story.nearness[: len(standing)]):
            measured = None if score is None else round(score, SCORE_DIGITS)
            yield item, structs.replace(self._reports(item), role=role, of=of, score=measured)

    def _name_of(self, item: Item) -> str | None:
        return item.slug if isinstance(item, Record) else clean_url(item.report_url)

    def _topic(self, topic: str) -> TopicRef:
        return TopicRef(topic, self._site.topics[topic].name, self._settings.absolute_root + url_path("topics", topic))

    def _is_member(self, item: Item, story: Story) -> bool:
        return isinstance(item, Record) and self._site.story(item.file) is story

    def _report(self, item: Item) -> Report:
        """Return an item as a report, the way a lead stands in its story."""
        own = item if isinstance(item, Record) else None
        link = clean_url(item.report_url)
        return Report(
            slug=own.slug if own else None,
            url=self._settings.absolute_root + url_path("news", own.slug) if own else None,
            original_url=link,
            title=display_text(item.title),
            excerpt=excerpt_text(item.excerpt),
            published_date_time=item.published_at.astimezone(UTC),
            type=item.type,
            provider_name=display_name(item.provider.name),
            provider_domain=clean_domain(item.provider.domain),
            role="lead",
            of=None,
            score=None,
        )


def _by_role() -> dict[Role, list[Report]]:
    return {"coverage": [], "followUp": [], "copy": [], "alsoLinked": []}


def stories_schema() -> dict[str, Any]:
    """Return the JSON Schema of a list of stories."""
    schema = msgspec.json.schema(StoriesJson)
    for definition in schema["$defs"].values():
        definition["description"] = " ".join(definition["description"].split())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Broadsheet stories, version {VERSION}",
        **schema,
    }
