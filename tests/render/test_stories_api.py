"""The JSON API's stories: they keep their own schema, and every address and id in them leads somewhere."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Pages, Settings, Stories
from broadsheet.model import Provider, Sources
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme

BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
THEME = Theme()
ATOM = "{http://www.w3.org/2005/Atom}"


def render(*records, **settings) -> dict[str, bytes]:
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
    site = arrange(Sources(records), chosen, NOW).site
    return {file.path: file.content for file in Renderer(site, chosen).files(THEME, {})}


def lists(files: dict[str, bytes]) -> dict[str, dict]:
    found = {path: json.loads(text) for path, text in files.items() if path.startswith("api/stories/")}
    del found["api/stories/schema.json"]
    return found


def stories(files: dict[str, bytes], path: str = "api/stories/index.json") -> list[dict]:
    return json.loads(files[path])["stories"]


@pytest.fixture
def town(make, link):
    """A story with a member in its coverage, one besides, an outside item, another's lead; one of another month."""
    lead = make("lead ü", quality=80, title="Tram <b>extension</b> &amp; more", excerpt="na")
    member = make(
        "member", hours=1, quality=10, related=(link(lead),), provider=Provider("The Wire", "wire.example.org")
    )
    beside = make("beside", hours=1, quality=9, title="Nothing in common", related=(link(lead),))
    other = make("other", hours=-5, quality=90, title="Tram extension: what it costs", related=())
    outside = link(make("outside", hours=2))
    lead = structs.replace(lead, related=(outside, structs.replace(link(other), quality=1)))
    video = make("film", hours=-24 * 40, title="Film", type="video", web_url=None, original_url=None)
    return lead, member, beside, other, video


def schema(files):
    found = json.loads(files["api/stories/schema.json"])
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("group", [True, False], ids=["grouped", "one page per record"])
def test_every_list_keeps_the_schema_beside_it(town, group):
    files = render(*town, stories=Stories(group=group))
    assert len(lists(files)) == 3
    for path, value in lists(files).items():
        assert [error.message for error in schema(files).iter_errors(value)] == [], path


def test_the_schema_refuses_what_is_no_list_of_stories(town):
    files = render(*town)
    good = lists(files)["api/stories/index.json"]
    for broken in (
        {},
        {**good, "version": "1"},
        {**good, "stories": [{**good["stories"][0], "rank": None}]},
        {**good, "stories": [{key: value for key, value in good["stories"][0].items() if key != "id"}]},
        {**good, "stories": [{**good["stories"][0], "lead": None}]},
    ):
        assert not schema(files).is_valid(broken)


def test_the_schema_describes_every_property_there_is(town):
    """A property that is written and not described is one that nobody promised."""
    files = render(*town)
    types = json.loads(files["api/stories/schema.json"])["$defs"]
    value = lists(files)["api/stories/index.json"]
    story = next(story for story in value["stories"] if story["coverage"])
    for name, thing in (
        ("StoriesJson", value),
        ("StoryJson", story),
        ("TopicRef", story["topics"][0]),
        ("Report", story["lead"]),
        ("Report", story["coverage"][0]),
    ):
        assert list(types[name]["properties"]) == list(thing)


def test_the_real_sites_stories_keep_the_schema(run, corpus, tmp_path):
    done = run("build", corpus / "powerapps", "--output", tmp_path / "out", "--base-url", BASE)
    assert done.returncode == 0, done.stderr
    paths = sorted((tmp_path / "out/api/stories").rglob("index.json"))
    assert len(paths) > 12
    validator = Draft202012Validator(json.loads((tmp_path / "out/api/stories/schema.json").read_text()))
    ids = []
    for path in paths:
        value = json.loads(path.read_text())
        assert [error.message for error in validator.iter_errors(value)] == [], path
        ids += [story["id"] for story in value["stories"] if path.parent.name != "stories"]
    assert len(ids) == len(set(ids)) > 300


def test_a_list_says_its_version(town):
    assert {value["version"] for value in lists(render(*town)).values()} == {1}


def test_a_story_says_who_reported_what(town):
    found = {story["slug"]: story for story in stories(render(*town))}
    assert list(found) == ["lead ü", "other", "film"]
    story = found["lead ü"]
    assert story["lead"] == story["members"][0]
    assert [member["slug"] for member in story["members"]] == ["lead ü", "member", "beside"]
    assert [(item["slug"], item["url"], item["originalUrl"]) for item in story["coverage"]] == [
        (None, None, "https://outside.example.org/outside")
    ]
    assert [(item["slug"], item["role"]) for item in story["alsoLinked"]] == [("other", "alsoLinked")]
    assert story["topics"] == [{"id": "transport", "name": "Transport", "url": f"{BASE}topics/transport/"}]
    assert story["updatedDateTime"] == "2024-05-10T14:00:00Z"
    assert (story["members"][1]["providerName"], story["members"][1]["providerDomain"]) == (
        "The Wire",
        "wire.example.org",
    )


def test_texts_are_fit_to_show(town):
    lead = stories(render(*town))[0]["lead"]
    assert (lead["title"], lead["excerpt"]) == ("Tram extension & more", "")


def test_a_report_without_an_address_has_none(town):
    film = stories(render(*town))[-1]["lead"]
    assert (film["type"], film["originalUrl"], film["url"]) == ("video", None, f"{BASE}news/film/")


def target(url: str) -> str:
    assert url.startswith(BASE), url
    path = unquote(url.removeprefix(BASE))
    return f"{path}index.html" if path.endswith("/") else path


@pytest.mark.parametrize("group", [True, False], ids=["grouped", "one page per record"])
def test_every_address_and_every_slug_leads_somewhere(town, group):
    files = render(*town, stories=Stories(group=group))
    for value in lists(files).values():
        assert all(target(month) in files for month in value["months"])
        for story in value["stories"]:
            lists_of = ("members", "coverage", "followUps", "copies", "alsoLinked")
            reports = [story["lead"], *(report for name in lists_of for report in story[name])]
            urls = [story["url"], *(topic["url"] for topic in story["topics"])]
            urls += [report["url"] for report in reports if report["url"]]
            assert [url for url in urls if target(url) not in files] == []
            slugs = [story["slug"], *story["related"], *(report["slug"] for report in reports if report["slug"])]
            assert [slug for slug in slugs if f"news/{slug}/index.html" not in files] == []


def test_a_story_has_the_id_that_feeds_know_it_by(town):
    files = render(*town)
    feed = {entry.findtext(f"{ATOM}id") for entry in ET.fromstring(files["feed.xml"]).iter(f"{ATOM}entry")}
    assert {story["id"] for story in stories(files)} == feed
    assert len(feed) == 3


def test_the_months_hold_every_story_once_and_the_newest_list_names_them(make):
    records = [make(f"r{n}", hours=-24 * 10 * n, title=f"Subject{n}") for n in range(12)]
    files = render(*records, pages=Pages(size=4))
    newest = lists(files)["api/stories/index.json"]
    assert [story["slug"] for story in newest["stories"]] == [f"r{n}" for n in range(4)]
    months = [lists(files)[target(url)] for url in newest["months"]]
    assert [story["slug"] for month in months for story in month["stories"]] == [f"r{n}" for n in range(12)]
    assert [month["months"] for month in months] == [[]] * len(months)
    assert len(lists(files)) == len(months) + 1


def test_a_story_stands_in_the_month_of_the_sites_zone(make):
    late = make("late", published_at=datetime(2024, 4, 30, 23, tzinfo=UTC))
    assert "api/stories/2024-05/index.json" in render(late, time_zone="Europe/Berlin")
    assert "api/stories/2024-04/index.json" in render(late)


def test_a_late_report_changes_only_its_month_and_the_newest_list(make):
    records = [make(f"r{n}", hours=-24 * 10 * n, title=f"Subject{n}") for n in range(12)]
    late = make("late", title="Latecomer", published_at=records[6].published_at + timedelta(hours=1))
    before, after = lists(render(*records, pages=Pages(size=2))), lists(render(*records, late, pages=Pages(size=2)))
    assert before.keys() == after.keys()
    month = f"api/stories/{late.published_at:%Y-%m}/index.json"
    assert {path for path in before if before[path] != after[path]} == {month}


def test_without_stories_there_is_an_empty_list(make):
    files = render(make("a", draft=True))
    assert lists(files) == {"api/stories/index.json": {"version": 1, "stories": [], "months": []}}


def test_without_a_base_url_addresses_start_at_the_root(town):
    files = render(*town, base_url=None)
    assert stories(files)[0]["url"] == "/news/lead%20%C3%BC/"
    assert lists(files)["api/stories/index.json"]["months"][0] == "/api/stories/2024-05/index.json"


def test_the_heat_of_a_story_that_was_put_together_is_taken_apart_where_it_is_from(make, link):
    root = make("root", quality=60, heat=94, related=(link(make("outside")),))
    pinned = make("pinned", quality=1, pin=True, related=(link(root),))
    (story,) = stories(render(pinned, root))
    assert (story["slug"], story["rank"]) == ("pinned", 94)
    assert story["heat"] == {"quality": 60, "related": 1, "bonus": 20, "votes": 14}


def test_an_unpublished_story_is_shown_here_as_on_the_pages(make):
    assert [story["slug"] for story in stories(render(make("a", published=False)))] == ["a"]
