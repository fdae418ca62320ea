"""The site as it stands now, without a server: what one look at the sources after another comes to."""

import os
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns

import pytest
from running import until

from broadsheet.limits import FILE
from broadsheet.problems import SiteError
from broadsheet.read.disk import walked_again
from broadsheet.read.trace import Seen, Trace, look_again
from broadsheet.serve.states import groups, state
from broadsheet.serve.workshop import Order, Workshop
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def record(record):
    """Write a record whose report is its own: of two records with one report one is told."""

    def write(folder: Path, name: str, **fields) -> Path:
        return record(folder, name, **{"webUrl": f"https://example.org/{name}", **fields})

    return write


@pytest.fixture
def site(tmp_path: Path, record) -> Path:
    folder = tmp_path / "site"
    record(folder / "_news", "2024-05-01-harbour.md", title="Harbour opens")
    record(folder / "_news", "2024-05-02-bridge.md", title="Bridge closes", publishedDateTime="2024-05-02T08:00:00Z")
    return folder


def opened(site: Path, **order) -> Workshop:
    workshop = Workshop(Order(site, now=NOW, **order), lambda: NOW, Workers())
    workshop.renew()
    return workshop


def text(workshop: Workshop, path: str) -> str:
    return workshop.copy(path).content.decode()


def errors(workshop: Workshop) -> list[str]:
    return [problem.message for problem in workshop.problems() if problem.severity.value == "error"]


def test_what_is_saved_is_shown(site, record):
    workshop = opened(site)
    assert workshop.change() == ""
    saved = record(site / "_news", "2024-05-01-harbour.md", title="Harbour shuts")
    assert workshop.change() == str(saved)
    assert "Harbour opens" in text(workshop, "index.html")
    workshop.renew()
    assert "Harbour shuts" in text(workshop, "index.html")
    assert workshop.change() == ""


def test_only_the_mark_of_a_page_that_changed_is_another(site, record):
    record(site / "_news", "2024-05-03-whale.md", title="Whale seen", topics=["Nature"])
    workshop = opened(site)
    before = {path: workshop.copy(path).mark for path in workshop.standing.pages if path.endswith(".html")}
    record(site / "_news", "2024-05-01-harbour.md", title="Harbour shuts")
    workshop.renew()
    changed = {path for path, mark in before.items() if workshop.copy(path).mark != mark}
    assert {"index.html", "news/2024-05-01-harbour/index.html"} <= changed
    assert not {"news/2024-05-03-whale/index.html", "topics/nature/index.html"} & changed


def test_a_style_changes_the_look_and_no_mark(site):
    (site / "static" / "theme").mkdir(parents=True)
    style = site / "static" / "theme" / "broadsheet.css"
    style.write_text("body { color: black }")
    workshop = opened(site)
    page, look = workshop.copy("index.html"), workshop.standing.look
    style.write_text("body { color: navy }")
    workshop.renew()
    now = workshop.copy("index.html")
    assert now.content != page.content, "it names the style with its version"
    assert (now.mark, workshop.standing.look == look) == (page.mark, False)


def test_a_picture_that_a_page_names_changes_its_mark_and_no_other(site, record):
    picture = site / "static" / "images" / "a.svg"
    picture.parent.mkdir(parents=True)
    picture.write_text("<svg/>")
    record(site / "_news", "2024-05-01-harbour.md", body="![A](/images/a.svg)\n")
    workshop = opened(site)
    paths = ("news/2024-05-01-harbour/index.html", "news/2024-05-02-bridge/index.html")
    before = [workshop.copy(path).mark for path in paths]
    picture.write_text("<svg />")
    workshop.renew()
    assert [workshop.copy(path).mark == mark for path, mark in zip(paths, before, strict=True)] == [False, True]


def test_a_broken_record_stays_as_it_was_until_it_is_mended_or_gone(site, record):
    workshop = opened(site)
    good = text(workshop, "news/2024-05-01-harbour/index.html")
    file = site / "_news" / "2024-05-01-harbour.md"
    file.write_text('---\ntitle: "Harbour\n---\n')
    workshop.renew()
    assert errors(workshop)
    assert text(workshop, "news/2024-05-01-harbour/index.html") == good
    record(site / "_news", "2024-05-02-bridge.md", title="Bridge falls")
    workshop.renew()
    assert errors(workshop)
    assert "Harbour opens" in text(workshop, "latest/index.html")
    assert "Bridge falls" in text(workshop, "latest/index.html")
    file.unlink()
    workshop.renew()
    assert not errors(workshop)
    assert not workshop.has("news/2024-05-01-harbour/index.html")


def test_a_broken_topic_keeps_its_name(site):
    topic = site / "_data" / "topics" / "transport.yaml"
    topic.parent.mkdir(parents=True)
    topic.write_text("_id: roads-and-rails\nname: Transport\n")
    workshop = opened(site)
    assert workshop.has("topics/roads-and-rails/index.html")
    topic.write_text("name: [Transport\n")
    workshop.renew()
    assert errors(workshop)
    assert workshop.has("topics/roads-and-rails/index.html")


def test_what_an_editor_decides_is_followed_and_a_broken_file_keeps_what_it_said(site, record):
    record(site / "_news", "2024-05-02-bridge.md", title="Bridge falls", publishedDateTime="2024-05-02T08:00:00Z")
    workshop = opened(site)
    overrides = site / "_data" / "stories.yaml"
    overrides.parent.mkdir(parents=True, exist_ok=True)

    def lead(slug):
        stories = workshop.standing.site.arranged.site
        return next(stories.story(file).lead.slug for file in stories.records if file == f"{slug}.md")

    assert lead("2024-05-02-bridge") == "2024-05-02-bridge"
    for text, expected in [
        ("join: [[2024-05-02-bridge, 2024-05-01-harbour]]\n", "2024-05-01-harbour"),
        ("join: [2024-05-02-bridge\n", "2024-05-01-harbour"),
        ("", "2024-05-02-bridge"),
    ]:
        overrides.write_text(text)
        assert workshop.change()
        workshop.renew()
        assert bool(errors(workshop)) == (text == "join: [2024-05-02-bridge\n")
        assert lead("2024-05-02-bridge") == expected


def test_a_broken_template_leaves_the_last_good_page_and_is_told_once(site):
    workshop = opened(site)
    good = workshop.copy("index.html")
    (site / "templates").mkdir()
    template = site / "templates" / "home.html"
    template.write_text('{% extends "default/home.html" %}{% block content %}{{ nothing.at.all }}{% endblock %}')
    workshop.renew()
    copy = workshop.copy("index.html")
    assert (copy.content, copy.is_current) == (good.content, False)
    assert len(errors(workshop)) == 1
    workshop.renew()
    assert len(errors(workshop)) == 1, "it is tried again without anybody who asks"
    template.write_text('{% extends "default/home.html" %}')
    workshop.renew()
    assert workshop.copy("index.html").is_current
    assert not errors(workshop)


def test_a_broken_template_that_nobody_looks_at_is_found_by_a_probe(site):
    (site / "templates").mkdir()
    (site / "templates" / "story.html").write_text("{% nonsense %}")
    workshop = opened(site)
    assert not errors(workshop)
    workshop.probe()
    assert len(errors(workshop)) == 1
    with pytest.raises(SiteError):
        workshop.copy("news/2024-05-01-harbour/index.html")


def test_a_missing_page_is_not_loaded_anew_while_the_page_for_missing_ones_is_broken(site):
    workshop = opened(site)
    assert state(workshop, "/nowhere/", ()).page.startswith("missing-")
    (site / "templates").mkdir()
    (site / "templates" / "not_found.html").write_text("{% if ")
    (site / "broadsheet.yaml").touch()
    workshop.renew()
    assert not state(workshop, "/nowhere/", ()).page
    workshop = opened(site)
    assert not state(workshop, "/nowhere/", ()).page


def test_of_a_page_beside_the_site_it_is_told_where_the_site_is(site):
    (site / "broadsheet.yaml").write_text("base_url: https://example.org/repo/\n")
    told = state(opened(site), "/latest/", ())
    assert told.missing == "No page of the site is at /latest/: the site is at /repo/"
    assert told.nearby[0].url == "/repo/latest/"


def test_broken_settings_leave_everything_as_it_was(site, record):
    workshop = opened(site)
    settings = site / "broadsheet.yaml"
    settings.write_text("titel: News\n")
    assert workshop.change()
    workshop.renew()
    assert errors(workshop) == ["unknown setting `titel`"]
    assert "Harbour opens" in text(workshop, "index.html")
    record(site / "_news", "2024-05-03-pier.md", title="Pier burns", publishedDateTime="2024-05-03T08:00:00Z")
    settings.write_text("title: The Coast\n")
    assert workshop.change()
    workshop.renew()
    assert "The Coast" in text(workshop, "index.html")
    assert "Pier burns" in text(workshop, "index.html")
    assert not errors(workshop)


def test_a_site_without_records_comes_alive_with_the_first(tmp_path, record):
    site = tmp_path / "site"
    site.mkdir()
    workshop = opened(site)
    assert workshop.standing is None
    assert errors(workshop) == ["there are no records here: nothing is built"]
    assert state(workshop, "/", workshop.problems()).page == ""
    record(site, "2024-05-01-harbour.md")
    assert workshop.change()
    workshop.renew()
    assert "Harbour bridge" in text(workshop, "index.html")


def test_time_alone_changes_the_site(site, record):
    record(site / "_news", "2024-07-01-pier.md", title="Pier opens", publishedDateTime="2024-07-01T08:00:00Z")
    moment = [NOW]
    workshop = Workshop(Order(site), lambda: moment[0], Workers())
    workshop.renew()
    assert workshop.until == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert not workshop.has("news/2024-07-01-pier/index.html")
    moment[0] = workshop.until
    workshop.renew()
    assert workshop.has("news/2024-07-01-pier/index.html")
    assert opened(site).until is None, "a time that was given does not pass"


def test_time_changes_nothing_while_the_settings_are_broken(site, record):
    record(site / "_news", "2024-07-01-pier.md", title="Pier opens", publishedDateTime="2024-07-01T08:00:00Z")
    workshop = Workshop(Order(site), lambda: NOW, Workers())
    workshop.renew()
    (site / "broadsheet.yaml").write_text('title: "Harbour')
    workshop.renew()
    assert workshop.until is None
    (site / "broadsheet.yaml").unlink()
    workshop.renew()
    assert workshop.until == datetime(2024, 7, 1, 8, tzinfo=UTC)


def test_a_file_of_no_use_is_a_change_once_whatever_its_time_says(site):
    huge = site / "_news" / "2024-05-03-huge.md"
    with huge.open("wb") as file:
        file.truncate(FILE.most + 1)
    os.utime(huge, (4_000_000_000, 4_000_000_000))
    # Until the system's clock has ticked, nobody can tell whether it was touched again.
    until(lambda: not opened(site).change())


def test_a_file_that_nobody_may_look_at_is_no_change_until_somebody_may(tmp_path):
    file = tmp_path / "a.md"
    trace = Trace({str(file): Seen(None)})
    assert look_again(trace, time_ns(), walked_again) == ("", trace)
    file.touch()
    assert look_again(trace, time_ns(), walked_again)[0] == str(file)


def test_drafts_are_shown_only_when_asked_for_and_marked_then(site, record):
    record(site / "_news", "2024-05-04-pier.md", title="Pier burns", draft=True)
    record(site / "_news", "2024-07-01-quay.md", title="Quay opens", publishedDateTime="2024-07-01T08:00:00Z")
    path = "news/2024-05-04-pier/index.html"
    workshop = opened(site)
    assert not workshop.has(path)
    missing = state(workshop, "/news/2024-05-04-pier/", ())
    assert "is a draft" in missing.missing
    assert missing.page.startswith("missing-")
    assert missing.marks == {}
    assert {group.name: group.count for group in groups(workshop)} == {"drafts": 1, "scheduled": 1}

    with_drafts = opened(site, drafts=True)
    assert with_drafts.has(path)
    told = state(with_drafts, "/news/2024-05-04-pier/", ())
    assert told.ribbon == "Draft: not published"
    assert told.reasons
    assert told.marks == {"/news/2024-05-04-pier/": "draft", "/news/2024-07-01-quay/": "scheduled"}
    assert state(with_drafts, "/news/2024-05-01-harbour/", ()).ribbon == ""


def test_addresses_are_told_from_the_root_of_the_server_on(site, record):
    (site / "broadsheet.yaml").write_text("base_url: https://example.org/repo/\n")
    record(site / "_news", "2024-05-04-pier.md", title="Pier burns", published=False)
    workshop = opened(site)
    (unpublished,) = groups(workshop)
    assert [item.url for item in unpublished.shown] == ["/repo/news/2024-05-04-pier/"]
    near = state(workshop, "/repo/news/2024-05-04-peer/", ()).nearby
    assert ("/repo/news/2024-05-04-pier/", "Pier burns") in [(link.url, link.title) for link in near]


def test_a_storys_page_is_told_what_the_story_holds_and_others_are_not(site, record):
    (site / "broadsheet.yaml").write_text("base_url: https://example.org/repo/\n")
    lead = {"title": "Harbour opens", "publishedDateTime": "2024-05-01T08:00:00Z", "quality": 50}
    record(site / "_news", "2024-05-01-harbour.md", **lead)
    for number in range(25):
        record(site / "_news", f"2024-05-03-{number:02}.md", title=f"Harbour {number}", quality=1, related=[lead])
    workshop = opened(site)
    story = state(workshop, "/repo/news/2024-05-01-harbour/", ()).story
    assert (len(story.members), story.member_count) == (20, 25)
    assert {member.url for member in story.members} <= {f"/repo/news/2024-05-03-{number:02}/" for number in range(25)}
    assert state(workshop, "/repo/", ()).story is None
    assert state(workshop, "/repo/nothing/", ()).story is None


def test_a_preview_writes_nothing_but_the_cache_of_records(site):
    before = set(site.rglob("*"))
    workshop = opened(site)
    workshop.copy("index.html")
    workshop.renew()
    assert {path.relative_to(site).parts[0] for path in set(site.rglob("*")) - before} == {".broadsheet"}
    assert not (site / "public").exists()


def test_a_site_that_may_not_be_written_to_is_shown_all_the_same(site):
    (site / ".broadsheet").write_text("not a folder")
    assert "Harbour opens" in text(opened(site), "index.html")


def test_the_places_to_watch_are_those_of_all_sources(site, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (site / "_news").rename(elsewhere)
    (site / "_news").symlink_to(elsewhere)
    settings = tmp_path / "settings" / "other.yaml"
    settings.parent.mkdir()
    settings.write_text("title: News\n")
    workshop = opened(site, config=settings)
    assert workshop.places() == {str(site), str(elsewhere), str(settings.parent)}


def test_what_hosts_would_not_understand_of_the_headers_is_told(site):
    (site / "static").mkdir()
    headers = site / "static" / "_headers"
    headers.write_text("X-Early: 1\n/*\n  X-Fine: 1\n  what is this\n")
    workshop = opened(site)
    told = [str(problem) for problem in workshop.problems() if problem.place.file == str(headers)]
    ignored = "warning: no notice is taken of this line: it"
    assert told == [
        f"{headers}:1:1: {ignored} stands above the first path, which starts with “/”",
        f"{headers}:4:1: {ignored} is neither a path nor “Name: value”",
    ]
