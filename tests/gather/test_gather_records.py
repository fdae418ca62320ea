"""What becomes a record, and what does not."""

import errno
import os
from datetime import timedelta
from functools import partial

import pytest
from feed_texts import API, ATOM, item, opml, rss
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imported_paper import NOW, Paper

from broadsheet.gather import state
from broadsheet.problems import Severity, SiteError
from broadsheet.write import record as record_files


def feed(paper, *items, name="feed.xml", **options):
    (paper.root / name).write_bytes(rss(*items, **options))


def titles(imported):
    return sorted(record.title for _, record in imported.records)


def test_a_second_run_writes_nothing_at_all(paper):
    feed(
        paper,
        item(),
        item("Ferries", "https://herald.example.org/b"),
        item("Undated", "https://herald.example.org/c", ""),
    )
    paper.settings("feed.xml")
    assert len(paper.imports().records) == 3
    before = paper.all()

    for days in (0, 1, 30):
        again = paper.imports(now=NOW + timedelta(days=days, hours=3))

        assert (again.records, again.has_changed, paper.all()) == ((), False, before)


def test_what_somebody_edited_renamed_or_removed_stays_so(paper):
    feed(paper, *(item(f"Report {at}", f"https://herald.example.org/{at}") for at in range(4)))
    paper.settings("feed.xml")
    edited, renamed, removed, moved = (path for path, _ in paper.imports().records)
    edited.write_text(edited.read_text().replace("Report 0", "Another title").replace("/0", "/elsewhere"))
    renamed.rename(renamed.with_name("mine.md"))
    removed.unlink()
    (paper.root / "records/deep").mkdir()
    moved.rename(paper.root / "records/deep/moved.md")
    before = paper.all()

    assert paper.imports(now=NOW + timedelta(days=2)).records == ()
    assert paper.all() == before


@pytest.mark.parametrize(
    "address",
    [
        "http://www.herald.example.org/a/",
        "https://herald.example.org/a?utm_source=feed",
        "https://herald.example.org/a#top",
    ],
)
@pytest.mark.parametrize("more", ["", "draft: true\n", "removed: true\n"])
def test_a_report_that_somebody_wrote_a_record_of_is_not_imported(paper, address, more):
    text = f"---\ntitle: Mine\npublishedDateTime: 2024-05-01T00:00:00Z\nwebUrl: {address}\n{more}---\n"
    (paper.root / "records/mine.md").write_text(text)
    feed(paper, item())
    paper.settings("feed.xml")

    assert paper.imports().records == ()


def test_a_title_is_repeated_by_its_own_host_and_told_by_another(paper):
    feed(
        paper,
        item(),
        item(link="https://herald.example.org/again", day="30 May 2024"),
        item(link="https://wire.example.com/a"),
        item(link="https://herald.example.org/long-ago", day="12 May 2024"),
    )
    paper.settings("feed.xml")

    found = [record.web_url for _, record in paper.imports().records]
    assert found == [
        "https://herald.example.org/long-ago",
        "https://herald.example.org/again",
        "https://wire.example.com/a",
    ]


def test_an_item_that_gets_another_title_and_address_is_known_by_the_address_that_is_its_name(paper):
    name = "<guid>https://herald.example.org/?p=1</guid>"
    feed(paper, item(more=name))
    paper.settings("feed.xml")
    assert len(paper.imports().records) == 1

    feed(paper, item("Night trams at last", "https://herald.example.org/b", more=name))
    assert paper.imports().records == ()


def test_a_video_becomes_a_record_once_whichever_channel_has_it(paper):
    video = '<yt:videoId xmlns:yt="http://www.youtube.com/xml/schemas/2015">dQw4w9WgXcQ</yt:videoId>'
    (paper.root / "a.xml").write_bytes(rss(item("The film", "https://a.example/1", more=video), title="Trams"))
    (paper.root / "b.xml").write_bytes(rss(item("The same film", "https://b.example/2", more=video), title="All films"))
    paper.settings("a.xml")
    ((_, record),) = paper.imports().records
    assert (record.type, record.web_url) == ("video", None)

    paper.settings("b.xml")
    assert paper.imports().records == ()
    # Nor does it where nobody remembers the import, but the record is there.
    (paper.root / "_data/import.json").unlink()
    assert paper.imports().records == ()


def test_an_item_of_somebodys_related_list_may_become_a_record(paper):
    listing = "related:\n  - title: Night trams\n    publishedDateTime: 2024-05-31T08:00:00Z\n    webUrl: https://herald.example.org/a\n"
    (paper.root / "records/lead.md").write_text(
        f"---\ntitle: Lead\npublishedDateTime: 2024-05-31T00:00:00Z\nwebUrl: https://a.example/\n{listing}---\n"
    )
    feed(paper, item())
    paper.settings("feed.xml")

    assert titles(paper.imports()) == ["Night trams"]


def test_a_name_that_is_taken_gets_an_ending_that_is_always_the_same(paper):
    (paper.root / "records/2024-05-31-Night-Trams.md").write_text("---\nbroken: [\n---\n")
    feed(paper, item())
    paper.settings("feed.xml")
    ((path, _),) = paper.imports().records
    (paper.root / "_data/import.json").unlink()
    path.unlink()

    ((again, _),) = paper.imports().records
    assert again == path
    assert path.stem.startswith("2024-05-31-night-trams-")


def test_the_day_of_a_name_is_that_of_the_sites_zone(paper):
    feed(paper, item(day="31 May 2024 23:30:00 GMT</pubDate><!--"[:11]))
    paper.settings("feed.xml")
    text = (paper.root / "broadsheet.yaml").read_text()
    (paper.root / "broadsheet.yaml").write_text(text + "time_zone: Pacific/Auckland\n")
    feed(paper, item(day="30 May 2024").replace("08:00:00", "18:00:00"))

    ((path, record),) = paper.imports().records
    assert (path.stem, record.published_at.day) == ("2024-05-31-night-trams", 30)


def test_a_time_to_come_is_now_and_so_is_none(paper):
    feed(paper, item("Soon", "https://a.example/1", "05 Jun 2024"), item("Undated", "https://a.example/2", ""))
    paper.settings("feed.xml")

    assert [record.published_at for _, record in paper.imports().records] == [NOW, NOW]


def test_only_what_is_new_enough_counts_and_only_so_many_of_it(paper):
    feed(paper, *(item(f"Report {day}", f"https://a.example/{day}", f"{day:02} May 2024") for day in range(1, 31)))
    paper.settings("{from: feed.xml, days: 10, most_items: 3}")
    imported = paper.imports()

    assert titles(imported) == ["Report 28", "Report 29", "Report 30"]
    assert (imported.sources[0].old, imported.sources[0].beyond) == (22, 5)
    assert len(paper.imports("feed.xml", days=100, most_items=100).records) == 27


def test_topics_are_the_sources_the_feeds_and_those_of_keywords_with_all_above_them(paper):
    feed(
        paper,
        item("A tram", "https://a.example/1"),
        item("A boat", "https://a.example/2", more="<category>FERRIES</category><category>Whatever</category>"),
        item("A bird", "https://a.example/3"),
    )
    paper.settings("feed.xml", "{from: other.xml, topics: [Birds, Ferries]}")
    (paper.root / "other.xml").write_bytes(rss(item("An owl", "https://a.example/4")))

    found = {record.title: record.topics for _, record in paper.imports().records}
    assert found == {
        "A tram": ("Transport",),
        "A boat": ("Transport", "Ferries"),
        "A bird": (),
        "An owl": ("Transport", "Ferries", "Birds"),
    }


def test_what_the_settings_say_of_a_source_is_said_of_its_records(paper):
    feed(paper, item(), more="<language>de-AT</language>")
    (paper.root / "atom.xml").write_bytes(ATOM)
    paper.settings("feed.xml", "{from: atom.xml, name: The Wire, quality: 0, language: fr}")

    found = {record.web_url: record for _, record in paper.imports().records}
    wire = found["https://atom.example.org/blog/a"]
    assert (wire.provider.name, wire.quality, wire.locale) == ("The Wire", 0, "fr")
    assert found["https://herald.example.org/a"].locale == "de-AT"


def test_a_record_of_another_site_keeps_its_name_its_texts_and_its_heat(paper):
    (paper.root / "index.json").write_bytes(API)
    paper.settings("index.json")
    ((path, _),) = paper.imports().records

    assert path.stem == "2024-05-30-night-trams"
    text = path.read_text()
    assert 'title: "Night trams "' in text
    assert "heat: 96" in text
    assert "quality" not in text


def test_pages_of_files_are_followed_as_long_as_they_may_count(paper):
    for number in (1, 2, 3):
        page = API.replace(b"/a", f"/{number}".encode()).replace(b"Night trams ", f"Page {number}".encode())
        page = page.replace(b"2024-05-30-", f"2024-05-30-{number}-".encode())
        page = page.replace(b'"nextPage": null', f'"nextPage": {number + 1}'.encode())
        page = page.replace(b"2024-05-31T", b"2024-05-31T" if number < 3 else b"2020-05-31T")
        path = paper.root / ("api/index.json" if number == 1 else f"api/page/{number}/index.json")
        path.parent.mkdir(parents=True)
        path.write_bytes(page)
    paper.settings("api/index.json")
    imported = paper.imports()

    assert (titles(imported), imported.problems) == (["Page 1", "Page 2"], ())


def test_a_damaged_memory_stops_the_import_and_is_told_with_its_place(paper):
    feed(paper, item())
    paper.settings("feed.xml")
    paper.imports()
    state = paper.root / "_data/import.json"
    good = state.read_text()
    for text, line in (
        (good.replace('"sources": {', '"sources": {{'), 3),
        (good.replace("1,", '"x",', 1), 2),
        ("<<<<<<< HEAD", 1),
    ):
        state.write_text(text)
        with pytest.raises(SiteError) as caught:
            paper.imports()
        (problem,) = caught.value.problems

        assert (problem.place.file, problem.place.line) == (state.as_posix(), line)
        assert state.read_text() == text


def test_a_memory_of_a_newer_version_is_left_alone(paper):
    feed(paper, item())
    paper.settings("feed.xml")
    (paper.root / "_data/import.json").write_text('{"version": 2}')
    with pytest.raises(SiteError, match="version 2"):
        paper.imports()


def test_a_memory_that_can_not_be_read_stops_the_import(paper):
    feed(paper, item())
    paper.settings("feed.xml")
    (paper.root / "_data/import.json").mkdir()
    with pytest.raises(SiteError, match=r"import\.json"):
        paper.imports()

    assert paper.files() == {}


@pytest.mark.parametrize("at", range(4))
def test_where_the_disk_has_no_room_it_is_told_and_the_next_import_does_all_of_it_and_nothing_twice(paper, at):
    feed(paper, *(item(f"Report {number}", f"https://herald.example.org/{number}") for number in range(3)))
    paper.settings("feed.xml")
    written = []

    def write(real, path, data):
        if len(written) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        written.append(path)
        real(path, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_files, "write_new", partial(write, record_files.write_new))
        patch.setattr(state, "write_whole", partial(write, state.write_whole))
        with pytest.raises(SiteError, match="can not be written: no space left"):
            paper.imports()
    assert (len(written), paper.files()) == (at, {})

    assert len(paper.imports().records) == 3
    assert [text.count("Report") for text in paper.files().values()] == [1, 1, 1]
    assert not paper.imports().has_changed


def test_a_feed_that_breaks_off_is_imported_as_far_as_it_goes_with_a_note(paper):
    whole = rss(item(), item("Ferries", "https://herald.example.org/b"))
    (paper.root / "feed.xml").write_bytes(whole[: whole.index(b"Ferries")])
    paper.settings("feed.xml")
    imported = paper.imports()

    assert (titles(imported), imported.failed) == (["Night trams"], 0)
    assert "it is not well-formed; what could be read of it was" in [problem.message for problem in imported.problems]


def test_a_folder_that_has_the_name_of_a_new_record_is_left_alone(paper):
    feed(paper, item())
    paper.settings("feed.xml")
    (paper.root / "records/2024-05-31-night-trams.md").mkdir()
    ((path, _),) = paper.imports().records

    assert path.name.startswith("2024-05-31-night-trams-")
    assert path.is_file()


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (None, "no such file"),
        (b"<!DOCTYPE html><html>", "web page"),
        (opml(), "list of feeds"),
    ],
)
def test_a_page_that_can_not_be_read_is_told_and_what_stands_before_it_is_imported(paper, second, why):
    (paper.root / "index.json").write_bytes(API.replace(b'"nextPage": null', b'"nextPage": 2'))
    if second is not None:
        (paper.root / "page/2").mkdir(parents=True)
        (paper.root / "page/2/index.json").write_bytes(second)
    paper.settings("index.json")
    imported = paper.imports()

    assert len(imported.records) == 1
    (problem,) = imported.problems
    assert problem.message.startswith("page 2: ")
    assert why in problem.message
    assert problem.message.endswith("what is on it and behind it is left out")


def test_without_sources_there_is_nothing_to_import(paper):
    with pytest.raises(SiteError, match="nothing to import"):
        paper.imports()


def test_a_site_with_settings_and_no_records_yet_gets_a_folder_for_them(paper):
    (paper.root / "records").rmdir()
    feed(paper, item())
    paper.settings("feed.xml")

    assert [path.relative_to(paper.root).as_posix() for path, _ in paper.imports().records] == [
        "records/2024-05-31-night-trams.md"
    ]


@pytest.mark.parametrize("name", ["2024/05/2024-05-01-a.md", "2024-05-01-a.md", "README.md"])
def test_a_site_without_such_a_folder_keeps_its_records_where_they_are(paper, name):
    (paper.root / "records").rmdir()
    (paper.root / name).parent.mkdir(parents=True, exist_ok=True)
    is_record = not name.startswith("README")
    (paper.root / name).write_text("---\ntitle: A\npublishedDateTime: 2024-05-01\n---\n" if is_record else "# Trams\n")
    feed(paper, item())
    paper.settings("feed.xml")
    before = paper.imports(dry_run=True).records

    ((path, _),) = paper.imports().records
    assert path.parent == (paper.root if is_record else paper.root / "records")
    assert [path for path, _ in before] == [path]


def test_a_record_that_can_not_be_read_may_be_what_is_imported_and_is_told(paper):
    (paper.root / "records/mine.md").write_text('---\ntitle: "Night\nwebUrl: https://herald.example.org/a\n---\n')
    feed(paper, item())
    paper.settings("feed.xml")
    imported = paper.imports()

    assert len(imported.records) == 1
    (problem,) = imported.problems
    assert problem.place.file.endswith("records/mine.md")
    assert (problem.severity, problem.hint.startswith("until it is mended")) == (Severity.WARNING, True)


ITEMS = st.builds(
    item,
    st.sampled_from(["Night trams", "Ferries", "<b>Bold</b>", "&amp;lt;", "con", "\u202eabc", "電車", ""]),
    st.sampled_from(["https://a.example/1", "https://b.example/1?utm_source=x", "/2", "javascript:1", ""]),
    st.sampled_from(["31 May 2024", "30 May 2024", "01 Jan 2034", "01 Jan 1994", ""]),
    st.sampled_from(["", "<guid>1</guid>", "<guid>2</guid>", "<description>Text. [...]</description>"]),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ITEMS, max_size=5), st.lists(ITEMS, max_size=5))
def test_the_order_of_sources_makes_no_difference_and_a_second_run_none(tmp_path_factory, first, second):
    written = []
    for sources in (("a.xml", "b.xml"), ("b.xml", "a.xml")):
        paper = Paper(tmp_path_factory.mktemp("paper"))
        feed(paper, *first, name="a.xml")
        feed(paper, *second, name="b.xml")
        paper.settings(*sources)
        paper.imports()
        written.append(paper.files())
        state = paper.all()
        assert paper.imports(now=NOW + timedelta(hours=5)).records == ()
        assert paper.all() == state

    assert written[0] == written[1]


def test_a_feed_keeps_no_report_of_another_host_out_by_calling_its_own_so(paper):
    feed(
        paper,
        item(link="https://evil.example.org/a", more="<guid>https://rival.example.org/story</guid>"),
        name="evil.xml",
    )
    feed(paper, item("A story", "https://rival.example.org/story"), name="rival.xml")
    paper.settings("evil.xml", "rival.xml")

    assert titles(paper.imports()) == ["A story", "Night trams"]


def test_items_that_share_a_name_are_told_apart_by_their_addresses(paper):
    home = "<guid>https://herald.example.org/</guid>"
    feed(paper, *(item(f"Report {at}", f"https://herald.example.org/{at}", more=home) for at in range(3)))
    paper.settings("feed.xml")

    assert titles(paper.imports()) == ["Report 0", "Report 1", "Report 2"]


def test_a_title_is_one_in_every_unicode_form(paper):
    feed(
        paper,
        item("\u00c4rger am Hafen", "https://herald.example.org/a"),
        item("A\u0308rger am Hafen", "https://herald.example.org/b"),
    )
    paper.settings("feed.xml")

    assert len(paper.imports().records) == 1
