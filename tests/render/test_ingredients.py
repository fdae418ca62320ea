"""What pages are made of: where two sites have the same fingerprint for a page, they have the same bytes of it."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings, Stories
from broadsheet.files import content_digest
from broadsheet.make import Plan
from broadsheet.model import (
    Copy,
    Coverage,
    Edition,
    EditionItem,
    EditionSection,
    Image,
    ImportedFrom,
    Organization,
    Picture,
    PlainPage,
    Provider,
    Record,
    RelatedStory,
    Site,
    Sources,
    Story,
    TopicFile,
)
from broadsheet.read.settings import parse_settings
from broadsheet.render.assets import themed
from broadsheet.render.ingredients import fingerprint
from broadsheet.render.pages import beside_pages
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme, theme_files

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
SHARED = Image("https://press.example.org/placeholder.png")
LOCAL = Image("/pics/crane.png", 320, 200, "A crane")
PRESS = Image("https://press.example.org/one.png", 640, 360, "A bridge")
OUTSIDE = Coverage(
    "Crane at the harbour seen from abroad",
    NOON + timedelta(hours=1),
    "Told abroad.",
    "https://abroad.example.net/crane",
    provider=Provider("Abroad Today", "abroad.example.net"),
    quality=20,
    images=(SHARED,),
)
VIDEO = Coverage(
    "Crane at the harbour: the film", NOON, type="video", provider=Provider("Harbour Post", ""), is_undated=True
)
PROVIDERS = (Provider("The Tram", "tram.example.org", (LOCAL,)), Provider("Post", "post.example.org"), Provider())
SUBJECTS = ("Crane at the harbour falls", "Ferry strike goes on", "Opera roof mended", "Crane at the harbour rises")
TOPICS = (("Boats",), ("Transport", "Arts"), (None,), ())
STATIC = {"pics/crane.png": b"crane", "pics/logo.svg": b"<svg/>", "about.txt": b"about"}
TEMPLATES = {"_row.html": "<p>{{ item.title }}{{ is_here }}{{ item.provider.name }}</p>\n"}
PLAIN_PAGES = (
    PlainPage("site/pages/about.md", ("about",), "About us", "Who we are", "A *body* with [a link](/about.txt).\n"),
    PlainPage("site/pages/legal/imprint.md", ("legal", "imprint"), "Imprint", in_menu=False, order=3),
)
FEEDS = {
    "https://feeds.example.org/all": ImportedFrom(title="The Herald", latest="2024-06-01"),
    "https://wire.example.org/news": ImportedFrom(failing_since="2024-06-02", failure="status 500"),
    "feeds/ferries.xml": ImportedFrom(latest="2024-05-30", moved_to="https://ferries.example.org/feed"),
    "feeds/trams.xml": ImportedFrom("Trams", failing_since="2024-05-01", failure="status 410", gone=True),
}
SETTINGS = """
title: The Daily Tram
import: {sources: [https://feeds.example.org/all]}
base_url: https://tram.example.org/daily/
pages: {size: 3}
home: {days: 3, stories_per_topic: 2}
stories: {shown_members: 1, max_related: 1}
api: {source_url: self, missing_web_url: page, page_size: 2, topic_page_size: 2}
search: true
"""


def item_of(record: Record) -> Coverage:
    return Coverage(
        record.title, record.published_at, record.excerpt, record.web_url or "", record.type, quality=record.quality
    )


def records() -> tuple[Record, ...]:
    made = []
    for number in range(8):
        name = f"2024-05-{number + 8:02}-r{number}"
        made.append(
            Record(
                file=f"{name}.md",
                slug=name,
                title=f"{SUBJECTS[number % 4]} in place{number // 2}",
                published_at=NOON + timedelta(hours=number * 7 % 50),
                excerpt=f'What is "known" of number {number} - so far.',
                web_url=f"https://tram.example.org/{number}" if number % 5 else None,
                quality=number * 37 % 90 if number else None,
                provider=PROVIDERS[number % 3],
                topics=TOPICS[number % 4],
                images=((SHARED,), (LOCAL,), (SHARED, PRESS, LOCAL), ())[number % 4],
                aliases=("an-old-name",) if number == 1 else (),
                body="A *body*.\n" if number == 2 else "",
            )
        )
    linked = [structs.replace(r, related=(item_of(made[(n + 4) % 8]), OUTSIDE)) for n, r in enumerate(made[:6])]
    linked[3] = structs.replace(linked[3], related=(*linked[3].related, VIDEO))
    # The best of all leads what names it, and is related to another lead.
    copy = structs.replace(
        item_of(made[7]), published_at=NOON + timedelta(hours=9), web_url="https://mirror.example.net/7", quality=0
    )
    others = (*(item_of(made[number]) for number in (4, 2, 1)), copy)
    cold = Record(
        "2024-05-16-cold.md",
        "2024-05-16-cold",
        "Lighthouse painted",
        NOON + timedelta(hours=20),
        quality=3,
        topics=(None,),
    )
    return (*linked, made[6], structs.replace(made[7], related=others), cold)


def issue(date: str, *slugs: str) -> Edition:
    end = datetime.fromisoformat(f"{date}T07:00:00+00:00")
    items = tuple(EditionItem(slug, f"As sent: {slug}", "Then", "Post", f"https://x.example/{slug}") for slug in slugs)
    items = (structs.replace(items[0], image=LOCAL), *(structs.replace(item, image=PRESS) for item in items[1:]))
    return Edition(date, end - timedelta(days=7), end, (EditionSection("Transport", items),), file=f"{date}.yaml")


class World(Struct, frozen=True):
    """All that a site is made of."""

    sources: Sources
    settings: Settings
    static: dict[str, bytes]
    templates: dict[str, str]


def world() -> World:
    some = records()
    return World(
        Sources(
            some,
            (
                TopicFile("1.yaml", "The Harbour", description="All of it"),
                TopicFile("2.yaml", "Transport", parent="The Harbour", services={"news": "x"}),
                TopicFile("3.yaml", "Boats", "boats", "Boat", "Transport", keywords=("ferry",)),
                TopicFile("4.yaml", "Arts", parent="The Harbour"),
            ),
            (Organization("post.md", "post.example.org", "Harbour Post", "A paper", (Image("/pics/logo.svg"),)),),
            "_news",
            "site/_news",
            (issue("2024-05-31", some[0].slug, some[1].slug), issue("2024-06-07", some[2].slug, "gone")),
            PLAIN_PAGES,
            imported_from=FEEDS,
        ),
        parse_settings(SETTINGS, "broadsheet.yaml"),
        STATIC,
        TEMPLATES,
    )


# One change anywhere in it.

TEXTS = (
    "",
    "Other words",
    "Boats",
    "crane &#8217; <b>",
    "https://elsewhere.example.org/x",
    '"Words" -- they\'re quoted',
)
URLS = ("https://post.example.org/y", "/pics/logo.svg", "javascript:alert(1)", "")
BY_NAME: dict[str, tuple[Any, ...]] = {
    "url": URLS,
    "web_url": (*URLS, None),
    "original_url": ("https://post.example.org/z", None),
    "amp_url": ("https://amp.example.org/", None),
    "cdn_amp_url": ("https://cdn.example.org/", None),
    "domain": ("post.example.org", "abroad.example.net", ""),
    "parent": ("Arts", "", "No such"),
    "file": ("2024-01-01-other.md",),
    "slug": ("another-slug", "2024-05-09-r1"),
    "date": ("2024-06-01",),
    "type": ("video", "article"),
    "category": ("blog",),
    "featured_content": ('<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>', None),
    "locale": ("de-de", "en-gb", "no language", None),
    "heat": (-1, 0, 300, None),
    "quality": (0, 50, 95, None),
    "updated_at": (NOON + timedelta(days=4), NOON - timedelta(days=4), None),
    "title": ("Other words", "Crane at the harbour falls", ""),
    "topics": (("Boats",), ("Arts", None), ("New topic",), ()),
    "tags": (("one",), ()),
    "keywords": (("crane", "opera"), ()),
    "aliases": (("a-name", "an-old-name"), ()),
    "hashtags": (("x",),),
    "services": ({"news": "y"}, {}),
    "is_cached": (True, False),
    "attribution": ("Somebody",),
    "related": ((), (OUTSIDE,), (VIDEO, OUTSIDE), (structs.replace(OUTSIDE, is_undated=True),)),
    "images": ((), (SHARED,), (LOCAL,), (LOCAL, SHARED), (PRESS,)),
    "image": (None, SHARED, LOCAL, PRESS),
    "body": ("", "Another *body*.\n", "[a](/about.txt)\n"),
    "folder": ("", "records"),
    "shown_folder": ("", "elsewhere"),
    "segments": (("about",), ("topics",), ("elsewhere", "deep"), ()),
    "description": (*TEXTS, "words " * 60),
    "latest": ("2024-06-03", "no day", ""),
    "failing_since": ("2024-06-03", "no day", ""),
    "moved_to": ("https://elsewhere.example.org/feed", ""),
}
SETTING_CHANGES = (
    *("title: Another", "description: A sentence", "base_url: https://x.example/", "web_url: https://w.example.org/"),
    *("language: ar", "language: de", "topic: Arts", "time_zone: Pacific/Auckland", "output: other", "records: news"),
    *("selection: {unpublished: hide}", "selection: {minimum_heat: 40}", "stories: {group: false}"),
    *("stories: {window_days: 1}", "stories: {shown_members: 0}", "stories: {shown_members: 9, max_related: 9}"),
    *("pages: {size: 1}", "pages: {size: 50}", "home: {order: newest}", "home: {days: 1}", "topics: {order: hottest}"),
    *(
        "feeds: {authority: 'example.org,2026'}",
        "feeds: {size: 1}",
        "feeds: {lists: false}",
        "pages: {sources: false}",
        "pages: {archive: false}",
        "api: {enabled: false}",
        "search: false",
        "api: {time_zone: Europe/Berlin}",
    ),
    *("import: {sources: []}", "import: {sources: [feeds/trams.xml]}"),
    *("api: {content: words}", "api: {page_size: 5, locale: de-de}", "api: {source_url: self, topic_page_size: 1}"),
    *("editions: {time_zone: Asia/Tokyo}", "editions: {sender: 'N <n@example.org>'}"),
    *("editions: {unsubscribe: 'https://example.org/out'}", "images: none", "images: cache"),
    *("theme: {accent: '#123456'}", "theme: {accent: '#fedcba'}", "theme: {fonts: {text: Charter, labels: Arial}}"),
    *("theme: {logo: /pics/logo.svg}", "theme: {logo: /pics/gone.svg}", "theme: {masthead: 'Under the name'}"),
    "theme: {footer: [{name: Imprint, url: /about.txt}, {name: Elsewhere, url: 'https://else.example.org/'}]}",
)

Spot = tuple[str | int, ...]


def spots(value: Any, at: Spot = ()) -> Iterator[Spot]:
    """Every place within structs and tuples where something stands that can be another."""
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield (*at, name)
            yield from spots(getattr(value, name), (*at, name))
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from spots(part, (*at, number))


def value_at(value: Any, spot: Spot) -> Any:
    for step in spot:
        value = getattr(value, step) if isinstance(step, str) else value[step]
    return value


def replaced(value: Any, spot: Spot, new: Any) -> Any:
    if not spot:
        return new
    step, *rest = spot
    if isinstance(step, str):
        return structs.replace(value, **{step: replaced(getattr(value, step), tuple(rest), new)})
    return (*value[:step], replaced(value[step], tuple(rest), new), *value[step + 1 :])


def others(spot: Spot, value: Any) -> tuple[Any, ...]:
    """What could stand at a place of the sources instead of `value`."""
    name = next(step for step in reversed(spot) if isinstance(step, str))
    if name in BY_NAME and len(spot) > 1:
        found = BY_NAME[name]
    elif isinstance(value, bool):
        found = (not value,)
    elif isinstance(value, int):
        found = (0, value + 1, 999)
    elif isinstance(value, str):
        found = TEXTS
    elif isinstance(value, datetime):
        found = (value + timedelta(seconds=1), value + timedelta(days=1), value - timedelta(days=40), NOW)
    elif isinstance(value, tuple):
        found = (value[1:], value[::-1], value[:-1])
    elif isinstance(value, dict):
        found = tuple(other_feeds(value))
    else:
        found = ()
    # An item of a list always has an address, if an empty one.
    return tuple(other for other in found if other != value and (other is not None or "related" not in spot))


def other_feeds(feeds: dict[str, ImportedFrom]) -> Iterator[dict[str, ImportedFrom]]:
    """What could be remembered of feeds instead."""
    yield {}
    for key, feed in feeds.items():
        without = {other: feeds[other] for other in feeds if other != key}
        yield without
        yield {**without, "feeds/another.xml": feed}
        for field in feed.__struct_fields__:
            for other in others(("imported_from", field), getattr(feed, field)):
                yield {**feeds, key: structs.replace(feed, **{field: other})}


@cache
def changes() -> list[tuple[str, World]]:
    """The site with one value changed, in every way."""
    base = world()
    found = []
    for spot in spots(base.sources):
        for other in others(spot, value_at(base.sources, spot)):
            changed = structs.replace(base, sources=replaced(base.sources, spot, other))
            found.append((f"{'.'.join(map(str, spot))} = {other!r}", changed))
    for text in SETTING_CHANGES:
        key = text.partition(":")[0]
        lines = [line for line in SETTINGS.splitlines() if not line.startswith(f"{key}:")]
        chosen = parse_settings("\n".join([*lines, text]), "broadsheet.yaml")
        found.append((text, structs.replace(base, settings=chosen)))
    found += [
        (f"{path} edited", structs.replace(base, static={**STATIC, path: b"edited"}))
        for path in (
            *(*STATIC, "theme/broadsheet.css", "theme/icon.svg", "theme/search.js", "theme/placeholder.svg"),
            "theme/broadsheet.js",
        )
    ]
    found += [
        (f"{path} deleted", structs.replace(base, static={p: c for p, c in STATIC.items() if p != path}))
        for path in STATIC
    ]
    for templates in ({}, {"_row.html": "<p>row</p>"}, {**TEMPLATES, "_card.html": "<p>{{ item.title }}</p>"}):
        found.append((f"templates {templates}", structs.replace(base, templates=templates)))
    return found


# What comes of it.

Made = dict[str, tuple[bytes, bytes]]


def made(world: World, site: Site | None = None) -> Made:
    """The fingerprint and the bytes of every file by its path."""
    arranged = site or arrange(world.sources, world.settings, NOW).site
    renderer = Renderer(arranged, world.settings)
    theme = themed(theme_files(), world.settings)
    own, _ = beside_pages(world.static, renderer.pages, theme, "static")
    digests = {name: content_digest(text.encode()) for name, text in world.templates.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in world.templates.items():
            (Path(folder) / name).write_text(text)
        plan = Plan(renderer, {**theme, **own}, Path(folder), digests, {})
        marks = {path: fingerprint(facts) for path, facts in plan.facts()}
        session = renderer.session(Theme(Path(folder), digests), plan.assets())
        pages = {page.path: (marks[page.path], session.render(page).content) for page in renderer.pages}
    assert marks.keys() == pages.keys() | plan.static.keys()
    return pages | {path: (marks[path], content) for path, content in plan.static.items()}


@pytest.fixture(scope="module", autouse=True)
def _templates_are_compiled_once():
    """Remember what Jinja compiles, by its text: most of the time of so many small sites would go there."""
    compiled: dict[tuple[Any, ...], Any] = {}
    original = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, *arguments: Any) -> Any:
        if arguments not in compiled:
            compiled[arguments] = original(self, *arguments)
        return compiled[arguments]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


@cache
def base() -> Made:
    return made(world())


def assert_sound(before: Made, after: Made, what: str) -> None:
    wrong = [
        path
        for path in before.keys() & after.keys()
        if before[path][0] == after[path][0] and before[path][1] != after[path][1]
    ]
    assert wrong == [], what


def test_the_site_of_these_tests_has_every_kind_of_page():
    site = arrange(world().sources, world().settings, NOW).site
    kinds = {page.kind for page in Renderer(site, world().settings).pages}
    assert kinds == {
        *("home", "latest", "topics", "topic", "sources", "source", "archive", "year", "month", "story", "editions"),
        *("edition", "email", "email_text", "email_message", "redirect", "not_found", "atom", "json_feed", "opml"),
        *("edition_atom", "edition_json_feed", "sitemap", "robots", "api_news", "api_item", "api_stories", "api_month"),
        *("api_schema", "plain", "search", "imports"),
    }
    assert any(story.coverage and story.also_linked for story in site.stories)
    assert any(story.copies for story in site.stories)
    assert site.shared_images
    assert any(section.briefs for section in site.front)
    assert sum(1 for section in site.front if section.topic) > 1
    assert any(type(item) is Coverage and item.is_undated for story in site.stories for item in story.coverage)


def test_the_same_site_has_the_same_fingerprints():
    assert made(world()) == base()


@pytest.mark.parametrize("part", range(4))
def test_a_page_with_the_same_fingerprint_has_the_same_bytes_whatever_one_value_changes(part):
    assert len(changes()) > 1500
    for what, changed in changes()[part::4]:
        assert_sound(base(), made(changed), what)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_so_it_is_when_a_site_that_was_changed_is_changed_again(data):
    what, first = data.draw(st.sampled_from(changes()))
    spot = data.draw(st.sampled_from(list(spots(first.sources))))
    options = others(spot, value_at(first.sources, spot))
    if not options:
        return
    other = data.draw(st.sampled_from(options))
    second = structs.replace(first, sources=replaced(first.sources, spot, other))
    assert_sound(made(first), made(second), f"{what}, then {spot} = {other!r}")


# Changes of what was arranged, which no change of a record alone brings about.


def with_story(site: Site, old: Story, new: Story) -> Site:
    """Put a story in another's place, wherever it stands."""

    def put(stories: Any) -> Any:
        return tuple(new if story is old else story for story in stories)

    def put_in_list(listing: Any) -> Any:
        buckets = tuple(structs.replace(bucket, entries=put(bucket.entries)) for bucket in listing.buckets)
        return structs.replace(listing, newest=put(listing.newest), buckets=buckets)

    return structs.replace(
        site,
        stories=put(site.stories),
        front=tuple(
            structs.replace(section, stories=put(section.stories), briefs=put(section.briefs)) for section in site.front
        ),
        newest=put(site.newest),
        latest=put_in_list(site.latest),
        by_topic={topic: put_in_list(listing) for topic, listing in site.by_topic.items()},
        newest_by_topic={topic: put(stories) for topic, stories in site.newest_by_topic.items()},
    )


def arranged_changes(site: Site) -> list[tuple[str, Site]]:
    paywalls = [
        (f"a paywall at {domain}", structs.replace(site, paying=site.paying ^ {domain})) for domain in site.sources
    ]
    return [
        *changes_of_stories(site),
        *changes_of_lists(site),
        *changes_of_sources(site),
        *changes_of_figures(site),
        *paywalls,
    ]


def changes_of_stories(site: Site) -> list[tuple[str, Site]]:
    found = []
    for story in site.stories:
        news = [
            {"rank": story.rank + 1},
            {"first": "another"},
            {"updated_at": NOW},
            {"topics": story.topics[:-1]},
            {"coverage": story.coverage[::-1]},
            {"coverage": story.coverage[1:], "also_linked": (*story.also_linked, *story.coverage[:1])},
            {"coverage": story.coverage[:-1]},
            {"also_linked": ()},
            {"related": ()},
            {"related": story.related[::-1]},
        ]
        found += [
            (f"{story.lead.file} {change}", with_story(site, story, structs.replace(story, **change)))
            for change in news
            if any(getattr(story, name) != value for name, value in change.items())
        ]
    for file, heat in site.heats.items():
        found.append((f"heat of {file}", structs.replace(site, heats={**site.heats, file: heat + 1})))
        fewer = site.topics_of[file][:-1]
        found.append((f"topics of {file}", structs.replace(site, topics_of={**site.topics_of, file: fewer})))
    for file, number in site.story_of.items():
        # Who leads whom, and with it whose page a row leads to.
        other = (number + 1) % len(site.stories)
        found.append((f"story of {file}", structs.replace(site, story_of={**site.story_of, file: other})))
    return found


def changes_of_lists(site: Site) -> list[tuple[str, Site]]:
    found = []
    for id, topic in site.topics.items():
        for change in ({"name": "Other"}, {"shortname": "O"}, {"count": 77}, {"description": "D"}, {"depth": 5}):
            changed = {**site.topics, id: structs.replace(topic, **change)}
            found.append((f"topic {id} {change}", structs.replace(site, topics=changed)))
    found += [
        ("no shared images", structs.replace(site, shared_images=frozenset())),
        ("all images shared", structs.replace(site, shared_images=frozenset({SHARED.url, LOCAL.url}))),
        ("title", structs.replace(site, title="Other")),
        ("folder", structs.replace(site, folder="other")),
        ("editions", structs.replace(site, editions=site.editions[1:])),
        # What is first in it is its top, whatever follows.
        ("front", structs.replace(site, front=(*site.front[:1], *site.front[:0:-1]))),
        ("fewer in front", structs.replace(site, front=(*site.front[:1], *site.front[2:]))),
        ("only a top in front", structs.replace(site, front=site.front[:1])),
        ("newest", structs.replace(site, newest=site.newest[1:])),
        ("records", structs.replace(site, records=dict(reversed(site.records.items())))),
        ("plain pages", structs.replace(site, plain_pages=site.plain_pages[::-1])),
        ("fewer plain pages", structs.replace(site, plain_pages=site.plain_pages[1:])),
        ("topic order", structs.replace(site, topics=dict(reversed(site.topics.items())))),
    ]
    for topic, listing in site.by_topic.items():
        for at, bucket in enumerate(listing.buckets):
            for fewer in (structs.replace(bucket, children=bucket.children[1:]), structs.replace(bucket, entries=())):
                buckets = (*listing.buckets[:at], fewer, *listing.buckets[at + 1 :])
                lists = {**site.by_topic, topic: structs.replace(listing, buckets=buckets)}
                found.append((f"{bucket.key} of {topic}", structs.replace(site, by_topic=lists)))
    for edition in site.editions:
        changed = (*(e for e in site.editions if e is not edition), structs.replace(edition, withdrawn=3))
        found.append((f"withdrawn of {edition.date}", structs.replace(site, editions=changed)))
    return found


def changes_of_sources(site: Site) -> list[tuple[str, Site]]:
    found = []
    for domain, source in site.sources.items():
        changes = (
            *({"name": "Other"}, {"description": "D"}, {"image": LOCAL}, {"records": source.records[:-1]}),
            *({"led": source.led + 1}, {"topics": source.topics[1:]}),
            *({"topics": tuple((topic, 99) for topic, _ in source.topics)}, {"months": ()}),
            {"months": (("2024-03", 5), *source.months)},
        )
        for change in changes:
            changed = {**site.sources, domain: structs.replace(source, **change)}
            found.append((f"source {domain} {change}", structs.replace(site, sources=changed)))
    return found


def changes_of_figures(site: Site) -> list[tuple[str, Site]]:
    """How big what is told on the front page, and how much on which day."""
    found = []
    for number, section in enumerate(site.front):
        news = (
            structs.replace(section, stories=section.all, briefs=()),
            structs.replace(section, stories=section.stories[:1], briefs=(*section.stories[1:], *section.briefs)),
            structs.replace(section, stories=section.stories[::-1], briefs=section.briefs[::-1]),
            structs.replace(section, stories=section.stories[:-1]),
            structs.replace(section, briefs=section.briefs[:-1]),
        )
        for at, new in enumerate(news):
            front = (*site.front[:number], new, *site.front[number + 1 :])
            found.append((f"part {number} of the front page, {at}", structs.replace(site, front=front)))
    # A day is as dark as it is beside the busiest of all years.
    found.append(("a busy day of another year", structs.replace(site, per_day={**site.per_day, "2023-01-01": 50})))
    for day, count in site.per_day.items():
        fewer = {other: n for other, n in site.per_day.items() if other != day}
        news = ({**site.per_day, day: count + 1}, {**site.per_day, day: count + 9}, fewer)
        found += [(f"{day} of {per_day}", structs.replace(site, per_day=per_day)) for per_day in news]
    return found


@pytest.mark.parametrize("size", [3, 1], ids=["lists of some", "lists that are split into days"])
@pytest.mark.parametrize("group", [True, False], ids=["grouped", "not grouped"])
def test_every_value_that_arranging_gives_is_told_by_the_fingerprints_of_the_pages_that_show_it(size, group):
    start = world()
    pages, stories = (
        structs.replace(start.settings.pages, size=size),
        structs.replace(start.settings.stories, group=group),
    )
    start = structs.replace(start, settings=structs.replace(start.settings, pages=pages, stories=stories))
    site = arrange(start.sources, start.settings, NOW).site
    if size == 1:
        assert any(bucket.children for listing in site.by_topic.values() for bucket in listing.buckets)
    before = made(start)
    for what, changed in arranged_changes(site):
        assert_sound(before, made(start, changed), what)


def told_in_full(site: Site) -> Site:
    """Every story with everything that a story can hold: half of what its own is, and others'."""
    for story in site.stories:
        others = [other.lead for other in site.stories if other is not story]
        told = (*story.coverage, OUTSIDE, VIDEO)
        full = structs.replace(
            story,
            coverage=told[:2],
            follow_ups=told[2:],
            copies=(Copy(others[0], story.lead), Copy(structs.replace(OUTSIDE, web_url=URLS[0]), told[0])),
            also_linked=(*story.also_linked, others[1]),
            related=(RelatedStory(others[2], 0.75, ("ferry", "strike")), RelatedStory(others[1], 0.5)),
            earlier=tuple(others[:2]),
            outlets=3,
        )
        full = structs.replace(full, nearness=(0.5,) * len((*full.told, *full.also_linked)))
        site = with_story(site, story, full)
    return site


def changes_of_what_is_told(site: Site) -> list[tuple[str, Site]]:
    found = []
    for story in site.stories:
        first, second = story.copies
        related, *rest = story.related
        news: list[dict[str, Any]] = [
            *({"follow_ups": story.follow_ups[:-1]}, {"follow_ups": ()}, {"follow_ups": story.follow_ups[::-1]}),
            {"coverage": story.coverage[:-1], "follow_ups": (*story.coverage[-1:], *story.follow_ups)},
            {"coverage": (*story.coverage, *story.follow_ups), "follow_ups": ()},
            *({"copies": ()}, {"copies": (first,)}, {"copies": (second, first)}),
            {"copies": (first, structs.replace(second, of=story.lead))},
            {"copies": (structs.replace(first, of=story.coverage[-1]), second)},
            {"copies": (structs.replace(first, of=VIDEO), second)},
            {"copies": (structs.replace(first, item=OUTSIDE), second)},
            {"copies": (first,), "also_linked": (second.item, *story.also_linked)},
            {"related": (structs.replace(related, score=0.7499), *rest)},
            {"related": (structs.replace(related, score=0.3), *rest)},
            *({"related": (structs.replace(related, shared=words), *rest)} for words in ((), ("ferry",), ("a b",))),
            {"related": (structs.replace(related, lead=story.earlier[0]), *rest)},
            *({"earlier": ()}, {"earlier": story.earlier[:1]}, {"earlier": story.earlier[::-1]}),
            {"earlier": story.earlier * 3},
            {"earlier": (*story.earlier, related.lead), "related": tuple(rest)},
            *({"outlets": count} for count in (1, 2, 4, 3000)),
            *({"nearness": story.nearness[:-1]}, {"nearness": ()}, {"nearness": (0.1, *story.nearness[1:])}),
        ]
        found += [
            (f"{story.lead.file} {change}", with_story(site, story, structs.replace(story, **change)))
            for change in news
            if any(getattr(story, name) != value for name, value in change.items())
        ]
    return found


@pytest.mark.parametrize("group", [True, False], ids=["grouped", "not grouped"])
def test_everything_that_a_story_can_hold_is_told_by_the_fingerprints_of_the_pages_that_show_it(group):
    start = world()
    start = structs.replace(start, settings=structs.replace(start.settings, stories=Stories(group, shown_members=1)))
    site = told_in_full(arrange(start.sources, start.settings, NOW).site)
    before = made(start, site)
    for what, changed in changes_of_what_is_told(site):
        assert_sound(before, made(start, changed), what)


def test_how_near_things_are_concerns_the_api_and_feeds_but_no_page():
    start = world()
    site = told_in_full(arrange(start.sources, start.settings, NOW).site)
    story = site.stories[0]
    other = structs.replace(story, nearness=(0.1, *story.nearness[1:]))
    before, after = made(start, site), made(start, with_story(site, story, other))
    marked = {path for path in before if before[path][0] != after[path][0]}
    assert {path for path in marked if path.startswith("api/stories/")}
    assert not {path for path in marked if path.endswith(".html")}


def test_a_figure_that_changes_by_less_than_is_told_concerns_nothing():
    start = world()
    site = told_in_full(arrange(start.sources, start.settings, NOW).site)
    story = site.stories[0]
    other = structs.replace(story, nearness=(0.50001, *story.nearness[1:]))
    assert made(start, site) == made(start, with_story(site, story, other))


def pictures(*names: str, url: str = PRESS.url) -> dict[str, Picture]:
    return {url: Picture(tuple((480 * n, f"images/{name}.webp") for n, name in enumerate(names, 1)), 480, 270)}


def test_what_became_of_a_picture_from_elsewhere_is_told_by_the_pages_that_show_it():
    start = world()
    start = structs.replace(start, settings=structs.replace(start.settings, images="cache"))
    files = {f"images/{name}.webp": name.encode() for name in "abc"}
    start = structs.replace(start, static={**STATIC, **files})
    site = arrange(start.sources, start.settings, NOW).site
    had = structs.replace(site, pictures=pictures("a", "b"))
    taller = {PRESS.url: structs.replace(pictures("a", "b")[PRESS.url], height=999)}
    others = [
        *(pictures("a", "b"), {}, pictures("a"), pictures("a", "c"), pictures("c", "b"), taller),
        *(pictures("a", url=SHARED.url), {**pictures("a", "b"), **pictures("c", url=SHARED.url)}),
    ]
    worlds = [(start, structs.replace(site, pictures=other)) for other in others]
    for path in (*files, "theme/placeholder.svg"):
        edited = structs.replace(start, static={**start.static, path: b"edited"})
        worlds += [(edited, had), (edited, site)]
    for mode in ("none", "link"):
        chosen = structs.replace(start, settings=structs.replace(start.settings, images=mode))
        worlds += [(chosen, had), (chosen, site)]
    found = [made(*one) for one in worlds]
    for at, before in enumerate(found):
        for after in found[at + 1 :]:
            assert_sound(before, after, "pictures")
    # They differ where somebody looks.
    assert len({made["latest/index.html"][1] for made in found}) > 5
    assert found[0] == made(start, had)


def test_a_picture_from_elsewhere_concerns_only_the_pages_that_show_it():
    start = world()
    start = structs.replace(start, settings=structs.replace(start.settings, images="cache"))
    start = structs.replace(start, static={**STATIC, "images/a.webp": b"a"})
    site = arrange(start.sources, start.settings, NOW).site
    before, after = made(start, site), made(start, structs.replace(site, pictures=pictures("a")))
    changed = {path for path in before if before[path][1] != after[path][1]}
    marked = {path for path in before if before[path][0] != after[path][0]}
    assert {"latest/index.html", "editions/2024-05-31/index.html"} <= changed <= marked
    quiet = {"topics/index.html", "sources/index.html", "archive/index.html", "sitemap.xml", "feeds.opml"}
    assert not marked & quiet


def test_a_name_that_goes_from_one_member_of_a_story_to_another_leads_to_the_other():
    lead = Record("lead.md", "lead", "Zeppelin lands in the harbour", NOON, quality=90)
    members = [
        Record(f"{name}.md", name, f"Zeppelin lands, seen by {name}", NOON, quality=1, related=(item_of(lead),))
        for name in ("one", "two")
    ]
    found = []
    for owner in range(2):
        named = [structs.replace(m, aliases=("the-name",) if n == owner else ()) for n, m in enumerate(members)]
        start = world()
        some = structs.replace(start.sources, records=(lead, *named))
        found.append(made(structs.replace(start, sources=some)))
    assert_sound(*found, "the name")
    assert found[0]["news/the-name/index.html"][1] != found[1]["news/the-name/index.html"][1]


# Nothing more than that.


def changed_marks(change: World) -> set[str]:
    before, after = base(), made(change)
    return {path for path in before.keys() | after.keys() if before.get(path, [b""])[0] != after.get(path, [b""])[0]}


def with_record(number: int, **fields: Any) -> World:
    start = world()
    some = list(start.sources.records)
    some[number] = structs.replace(some[number], **fields)
    return structs.replace(start, sources=structs.replace(start.sources, records=tuple(some)))


@pytest.mark.parametrize("number", range(8))
def test_an_excerpt_concerns_only_the_pages_that_show_its_record(number):
    word = "Zephyrs"
    changed = made(with_record(number, excerpt=f"{word} were seen."))
    marks = changed_marks(with_record(number, excerpt=f"{word} were seen."))
    assert marks
    # What others show may hang on it too: the words of all decide how near two are.
    before, after = (
        {
            story.lead.slug: structs.replace(story, nearness=())
            for story in arrange(of.sources, of.settings, NOW).site.stories
        }
        for of in (world(), with_record(number, excerpt=f"{word} were seen."))
    )
    still = {f"news/{slug}/index.html" for slug in before if before[slug] == after.get(slug)}
    assert still
    assert not still & marks
    pages = {path for path in changed if path.endswith(".html") and path.startswith(("news/", "topics/", "latest/"))}
    shows = {path for path in pages if word.encode() in changed[path][1]}
    assert shows <= marks
    # The frame of every page, lists of names, and calendars of numbers have nothing of it.
    still = {"topics/index.html", "sources/index.html", "archive/index.html", "archive/2024/index.html", "sitemap.xml"}
    still |= {"feeds.opml", "robots.txt", "api/stories/schema.json", "editions/index.html", "editions/feed.xml"}
    still |= {"editions/2024-05-31/index.html", "editions/2024-05-31/email.html", "theme/broadsheet.css"}
    assert not still & marks


def test_a_heat_that_nothing_shows_or_sorts_by_changes_only_the_pages_of_its_record():
    marks = changed_marks(with_record(7, tags=("quiet",)))
    slug = world().sources.records[7].slug
    assert f"api/news/{slug}/index.json" in marks
    for number in range(8):
        other = world().sources.records[number].slug
        if other != slug:
            assert f"api/news/{other}/index.json" not in marks


def test_a_static_file_that_no_page_names_changes_nothing_but_itself():
    assert changed_marks(structs.replace(world(), static={**STATIC, "about.txt": b"edited"})) == {"about.txt"}


def test_a_picture_concerns_only_the_pages_that_show_it():
    marks = changed_marks(structs.replace(world(), static={**STATIC, "pics/logo.svg": b"edited"}))
    source = {path for path in base() if path.startswith("sources/post.example.org/")}
    assert "pics/logo.svg" in marks
    assert marks <= {"pics/logo.svg", *source}


def test_how_a_feed_fares_concerns_only_the_page_of_feeds():
    start = world()
    key = "https://wire.example.org/news"
    feeds = {**FEEDS, key: structs.replace(FEEDS[key], failing_since="", failure="", latest="2024-06-03")}
    marks = changed_marks(structs.replace(start, sources=structs.replace(start.sources, imported_from=feeds)))
    assert marks == {"sources/status/index.html"}


def test_an_issue_concerns_only_its_pages_and_lists():
    start = world()
    first, second = start.sources.editions
    changed = (structs.replace(first, sections=first.sections * 2), second)
    marks = changed_marks(structs.replace(start, sources=structs.replace(start.sources, editions=changed)))
    assert marks
    assert all(path.startswith(("editions/2024-05-31/", "editions/index", "editions/feed")) for path in marks)


def with_plain_page(**fields: Any) -> World:
    start = world()
    about, *more = start.sources.plain_pages
    changed = (structs.replace(about, **fields), *more)
    return structs.replace(start, sources=structs.replace(start.sources, plain_pages=changed))


@pytest.mark.parametrize("fields", [{"body": "Other words."}, {"description": "Other words"}])
def test_the_words_of_a_plain_page_concern_nothing_but_itself(fields):
    assert changed_marks(with_plain_page(**fields)) == {"about/index.html"}


def test_the_title_of_a_plain_page_stands_in_the_menu_of_all():
    marks = changed_marks(with_plain_page(title="Who we are"))
    assert {path for path in base() if path.endswith("/index.html") and "edition" not in path} <= marks


def test_the_logo_of_a_site_stands_on_every_page():
    start = world()
    chosen = parse_settings(f"{SETTINGS}theme: {{logo: /pics/logo.svg}}\n", "broadsheet.yaml")
    start = structs.replace(start, settings=chosen)
    before = made(start)
    for static in (
        {**STATIC, "pics/logo.svg": b"edited"},
        {path: STATIC[path] for path in STATIC if "logo" not in path},
    ):
        after = made(structs.replace(start, static=static))
        assert_sound(before, after, f"the logo of {sorted(static)}")
        showing = {path for path, (_, content) in before.items() if b'class="logo"' in content}
        assert {"index.html", "404.html"} <= showing
        assert all(before[path][1] != after[path][1] for path in showing)


def test_a_plain_page_is_the_same_wherever_its_file_lies():
    assert changed_marks(with_plain_page(file="/another/folder/pages/about.md")) == set()


def test_a_later_build_has_the_same_fingerprints():
    later = arrange(world().sources, world().settings, NOW + timedelta(days=400)).site
    assert made(world(), later) == base()
