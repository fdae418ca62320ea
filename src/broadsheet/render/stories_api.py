"""The JSON API's stories, in a shape of ours: documented in `docs/api.md`, with a JSON Schema beside the files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Annotated, Any, Literal

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


def _said(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """A report about an event."""

    slug: Annotated[str | None, _said("of the record here; null for a report that is no record of this site")]
    url: Annotated[str | None, _said("of its page here; null for a report that is no record of this site")]
    original_url: Annotated[
        str | None, _said("where the report itself stands; null when that is not known, as for most videos")
    ]
    title: Annotated[str, _said("plain text")]
    excerpt: Annotated[str, _said("plain text, which may be empty")]
    published_date_time: Annotated[datetime, _said("when it was published, in ISO 8601")]
    type: Annotated[str, _said("`article` or `video`")]
    provider_name: Annotated[str, _said("who reported it, which may be empty")]
    provider_domain: Annotated[str, _said("the domain of who reported it, which may be empty")]
    role: Annotated[Role, _said("how it stands in the story")]
    of: Annotated[
        str | None,
        _said(
            "for a copy what it is a copy of: the slug of a record, else the address of a report; null for all others, "
            "and where there is no address"
        ),
    ]
    score: Annotated[
        float | None,
        _said(
            "how near it is to the lead, from 0 to 1; null for the lead, and where nothing was measured, as with "
            "`stories.group: false`"
        ),
    ]


class HeatJson(msgspec.Struct, frozen=True, rename="camel"):
    """What `rank` is made of: `quality`, `bonus` and `votes` add up to it, but for a rank of -1, which is a mark.

    Of a story that an editor put together they are those of its hottest record, whose heat it has.
    """

    quality: Annotated[int | None, _said("the lead's; null when it is not known")]
    related: Annotated[int, _said("how many items the lead's own list has")]
    bonus: Annotated[int, _said("what these items add")]
    votes: Annotated[int, _said("what the lead's file has beyond that")]


class RelatedJson(msgspec.Struct, frozen=True, rename="camel"):
    """Another story."""

    slug: Annotated[str, _said("of its lead")]
    url: Annotated[str, _said("of its page here")]
    score: Annotated[float, _said("how near it is, from 0 to 1")]
    shared: Annotated[list[str], _said("the words that both share, the most telling first")]


class TopicRef(msgspec.Struct, frozen=True, rename="camel"):
    """A topic."""

    id: Annotated[str, _said("as in the address of its page")]
    name: Annotated[str, _said("for display")]
    url: Annotated[str, _said("of its page here")]


class StoryJson(msgspec.Struct, frozen=True, rename="camel"):
    """An event, and the reports about it."""

    id: Annotated[
        str,
        _said(
            "the same as in the feeds: it stays when the title, the address or the lead changes, unless an earlier "
            "report joins"
        ),
    ]
    slug: Annotated[str, _said("of its lead")]
    url: Annotated[str, _said("of its page here")]
    updated_date_time: Annotated[datetime, _said("when the latest report of it was published or updated")]
    rank: Annotated[int, _said("what hottest-first lists sort by; -1 at the least")]
    topics: Annotated[list[TopicRef], _said("with all parents")]
    lead: Annotated[Report, _said("the report that the story is told by")]
    members: Annotated[
        list[Report],
        _said(
            "the reports that are records of this site, the lead first, however they stand in the story: their `role` "
            "says that"
        ),
    ]
    coverage: Annotated[list[Report], _said("independent reports by others, which are no records of this story")]
    related: Annotated[list[str], _said("slugs of other stories, the nearest first")]
    outlets: Annotated[int, _said("how many outlets reported it independently, the lead's among them")]
    heat: Annotated[HeatJson, _said("`rank` taken apart")]
    follow_ups: Annotated[list[Report], _said("what came days later, by others, the first one first")]
    copies: Annotated[list[Report], _said("what has the text of a report that is told, by others; `of` says which")]
    also_linked: Annotated[list[Report], _said("what the source links besides and is only loosely related, by others")]
    related_stories: Annotated[list[RelatedJson], _said("the same stories as in `related`, with reasons")]
    earlier: Annotated[list[str], _said("slugs of the stories that this one goes on with, the latest first")]


class StoriesJson(msgspec.Struct, frozen=True, rename="camel"):
    """A list of stories."""

    version: Annotated[int, _said(f"{VERSION}")]
    stories: Annotated[list[StoryJson], _said("the newest lead first")]
    months: Annotated[list[str], _said("addresses of the months' files, the newest first; empty in a month's file")]


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
