"""`broadsheet new record`: a file with the right name and front matter that is valid, and no file overwritten."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from broadsheet.cli import main
from broadsheet.read.front_matter import split
from broadsheet.read.records import RecordReader

NOON = "1717243200"  # 2024-06-01, 12:00 UTC


@pytest.fixture
def site(tmp_path):
    """A site with a tree of topics, two organizations and no record."""
    texts = {
        "broadsheet.yaml": "title: The Daily Tram\nrecords: records\ntopic: News\ntime_zone: Pacific/Auckland\n",
        "_data/topics/01-transport.yaml": "name: Transport\n",
        "_data/topics/02-trams.yaml": "_id: trams\nname: Trams & light rail\nshortname: Rails\nparent: Transport\n",
        "_data/topics/03-night.yaml": "name: Night trams\nparent: trams & LIGHT rail\n",
        "_data/organizations/tram.md": "---\nname: The Tram Post\ndomain: tram.example.org\n---\n",
        "_data/organizations/all.md": "---\nname: Everybody\ndomain: example.org\n---\n",
        "records/.keep": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def new(title: str, site: Path, *arguments: str) -> Result:
    """Run `broadsheet new record` at noon."""
    return CliRunner().invoke(
        main, ["new", "record", *arguments, "--", title, str(site)], env={"SOURCE_DATE_EPOCH": NOON}
    )


def written(title: str, site: Path, *arguments: str):
    """Write a record, and return its file and what its front matter says."""
    result = new(title, site, *arguments)
    assert result.exit_code == 0, result.stderr
    path = Path(result.stdout.removesuffix("\n"))
    record, problems = RecordReader().read(path.read_bytes(), path.name)
    assert record is not None
    assert problems == ()
    return path, yaml.load(split(path.read_bytes(), "").yaml, yaml.BaseLoader)


def refused(title: str, site: Path, *arguments: str) -> str:
    """Try to write a record; return what is said when none is."""
    before = sorted(site.rglob("*"))
    result = new(title, site, *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert sorted(site.rglob("*")) == before
    return result.stderr


def test_all_that_is_said_of_a_record_stands_in_its_file_in_the_order_of_the_format(site):
    path, fields = written(
        "Tram 4: \u201cnow\u201d runs\u00a0 at night \u200b",
        site,
        *(
            "--url",
            "https://www.tram.example.org/a b?x=1&amp;y=2",
            "--topic",
            "Transport",
            "--excerpt",
            "Every\n10 'min'.",
        ),
        *("--time", "2024-05-31T23:30:00+02:00", "--quality", "0", "--draft"),
    )
    assert path == site / "records/2024-06-01-tram-4-now-runs-at-night.md"
    assert list(fields.items()) == [
        ("title", "Tram 4: \u201cnow\u201d runs at night"),
        ("publishedDateTime", "2024-05-31T21:30:00Z"),
        ("excerpt", "Every 10 'min'."),
        ("webUrl", "https://www.tram.example.org/a%20b?x=1&y=2"),
        ("quality", "0"),
        ("draft", "true"),
        ("provider", {"name": "The Tram Post", "domain": "tram.example.org"}),
        ("topics", ["Transport"]),
    ]


def test_what_nobody_says_is_left_to_be_filled_in(site):
    path, fields = written("A bridge opens", site)
    # It is the next day already where the site is.
    assert path.name == "2024-06-02-a-bridge-opens.md"
    assert fields == {
        "title": "A bridge opens",
        "publishedDateTime": "2024-06-01T12:00:00Z",
        "excerpt": "",
        "webUrl": "",
    }


@pytest.mark.parametrize(
    ("time", "name", "moment"),
    [
        ("2024-06-01", "2024-06-01-a.md", "2024-05-31T12:00:00Z"),
        ("2024-06-01T08:00", "2024-06-01-a.md", "2024-05-31T20:00:00Z"),
        ("2024-06-01 08:00 +00:00", "2024-06-01-a.md", "2024-06-01T08:00:00Z"),
        ("2024-05-31T12:00:00.5Z", "2024-06-01-a.md", "2024-05-31T12:00:00Z"),
        ("2024-01-01T00:30", "2024-01-01-a.md", "2023-12-31T11:30:00Z"),
    ],
)
def test_a_time_without_a_zone_is_one_of_the_site(site, time, name, moment):
    path, fields = written("A", site, "--time", time)
    assert (path.name, fields["publishedDateTime"]) == (name, moment)


def test_a_record_has_the_topics_above_its_own_and_each_of_them_once(site):
    _, fields = written("A", site, "--topic", "night TRAMS", "--topic", "Transport", "--topic", "Night trams")
    assert fields["topics"] == ["Night trams", "Trams & light rail", "Transport"]


def test_a_topic_may_be_called_by_its_short_name_or_its_address_and_the_root_topic_is_one(site):
    assert written("A", site, "--topic", "rails")[1]["topics"] == ["Trams & light rail", "Transport"]
    assert written("B", site, "--topic", "trams")[1]["topics"] == ["Trams & light rail", "Transport"]
    assert written("C", site, "--topic", "night-trams")[1]["topics"][0] == "Night trams"
    assert written("D", site, "--topic", "news")[1]["topics"] == ["News"]


def test_a_topic_that_the_taxonomy_lacks_is_refused_with_the_one_that_may_be_meant(site):
    said = refused("A", site, "--topic", "Transprot", "--topic", "Bees", "--topic", " ")
    assert said.splitlines() == [
        "--topic: error: the topic `Transprot` is not in the taxonomy of the site",
        "  hint: did you mean `Transport`?",
        "--topic: error: the topic `Bees` is not in the taxonomy of the site",
        "  hint: there are: Transport, Trams & light rail, Night trams, News; a new one has a file below topics/ in "
        "the data folder",
        "--topic: error: a topic has no name",
    ]


def test_topics_that_are_above_each_other_end_somewhere_and_so_do_long_lists(site):
    (site / "_data/topics/01-transport.yaml").write_text("name: Transport\nparent: Night trams\n")
    _, fields = written("A", site, "--topic", "Transport")
    assert fields["topics"] == ["Transport", "Night trams", "Trams & light rail"]
    for number in range(101):
        (site / f"_data/topics/{number}.yaml").write_text(f"name: Topic {number}\n")
    many = [argument for number in range(101) for argument in ("--topic", f"Topic {number}")]
    assert "--topic: error: the list has 101 items" in refused("B", site, *many)
    assert "Topic 22 …; a new one" in refused("B", site, "--topic", "Bees")


def test_without_a_taxonomy_topics_are_what_records_say_as_they_spell_it(tmp_path, record):
    record(tmp_path / "_news", topics=["Light rail"])
    path, fields = written("A", tmp_path, "--topic", "LIGHT RAIL", "--topic", "Bees")
    assert path.parent == tmp_path / "_news"
    assert fields["topics"] == ["Light rail", "Bees"]


@pytest.mark.parametrize(
    ("url", "name", "provider"),
    [
        ("https://tram.example.org/a", "Somebody", {"name": "The Tram Post", "domain": "tram.example.org"}),
        ("https://blog.example.org/a", "", {"name": "Everybody", "domain": "example.org"}),
        ("https://www.example.net/a", "Somebody", {"name": "Somebody", "domain": "example.net"}),
        ("https://www.example.net/a", "", {"name": "example.net", "domain": "example.net"}),
        ("https://known.example.com/a", "", {"name": "The Known", "domain": "example.com"}),
        ("https://known.example.com/a", "Other", {"name": "Other", "domain": "example.com"}),
        ("", "the tram POST", {"name": "The Tram Post", "domain": "tram.example.org"}),
        ("", "Somebody", {"name": "Somebody"}),
    ],
)
def test_who_published_it_is_known_by_the_address_and_the_data_of_the_site_count(site, record, url, name, provider):
    record(site / "records", provider={"name": "The Known", "domain": "example.com"})
    record(
        site / "records",
        "2020-01-01-old.md",
        publishedDateTime="2020-01-01T00:00:00Z",
        provider={"name": "Then", "domain": "example.com"},
    )
    arguments = [*(["--url", url] if url else []), *(["--provider", name] if name else [])]
    assert written("A", site, *arguments)[1]["provider"] == provider


def test_a_name_that_is_not_the_one_of_the_site_is_told(site):
    result = new("A", site, "--url", "https://tram.example.org/a", "--provider", "Somebody")
    assert "note: the provider is `The Tram Post`, as the organizations of the site have it" in result.stderr
    assert new("B", site, "--url", "https://tram.example.org/b", "--provider", "the tram post").stderr == ""


def test_an_address_has_its_host_as_the_network_has_it_and_no_password(site):
    _, fields = written("A", site, "--url", "https://www.bücher.example:81/ü")
    assert fields["webUrl"] == "https://www.xn--bcher-kva.example:81/%C3%BC"
    assert fields["provider"]["domain"] == "xn--bcher-kva.example"
    assert "--url: error: the address holds a name or a password" in refused(
        "B", site, "--url", "https://a:b@example.org/"
    )
    for url in ("https://[x/", "https://[ü/", "no address", "https://" + "x" * 4000):
        assert "--url: error" in refused("B", site, "--url", url)


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(site):
    wrong = ["--url", "javascript:alert(1)", "--time", "soon", "--excerpt", "x" * 10_001, "--topic", "x" * 501]
    said = refused("\u200b \u200b", site, *wrong)
    places = [line.partition(":")[0] for line in said.splitlines() if not line.startswith("  hint")]
    assert places == ["TITLE", "--excerpt", "--time", "--url", "--topic"]
    assert "or as 2024-05-31T08:00 for the time zone Pacific/Auckland" in said


def test_no_record_is_overwritten_nor_one_whose_name_differs_only_in_case_or_form(site, record):
    first, _ = written("Tram 4 \u00fcber Nacht", site)
    text = first.read_text("utf-8")
    assert f"{first.as_posix()}: error: is there already" in refused("Tram 4 U\u0308BER nacht", site)
    assert first.read_text("utf-8") == text
    there = record(site / "records/2024", "2024-06-02-A-BRIDGE.md")
    assert f"{there.as_posix()}: error: is there already" in refused("A bridge", site)
    (site / "records/2024-06-02-broken.md").write_text("no record")
    assert "is there already" in refused("Broken", site)
    (site / "records/2024-06-02-link.md").symlink_to("nowhere")
    assert "is there already" in refused("Link", site)


def test_a_record_of_the_same_address_or_title_is_told_of(site):
    first, _ = written("A bridge opens", site, "--url", "https://www.example.org/bridge/")
    result = new("A  BRIDGE opens", site, "--url", "http://example.org/bridge?utm_source=x", "--time", "2024-05-01")
    assert result.exit_code == 0
    assert [line for line in result.stderr.splitlines() if "warning" in line] == [
        f"{result.stdout.strip()}: warning: the {what} is that of {first.as_posix()}, too"
        for what in ("address", "title")
    ]


def test_a_time_to_come_and_markup_in_a_title_are_told(site):
    result = new("About <b> &amp; co", site, "--time", "2024-06-05")
    assert "warning: pages show the title without its entities and tags: About & co" in result.stderr
    assert "note: the record is not out before 2024-06-04T12:00:00Z" in result.stderr


def test_it_works_in_a_bare_folder_and_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["new", "record", "A bridge opens"], env={"SOURCE_DATE_EPOCH": NOON})
    assert result.stdout == "2024-06-01-a-bridge-opens.md\n"
    assert (tmp_path / "2024-06-01-a-bridge-opens.md").exists()


def test_what_is_wrong_with_the_settings_is_told(site):
    (site / "broadsheet.yaml").write_text("tilte: X\n")
    assert "broadsheet.yaml:1:1: error" in refused("A", site)


def test_what_it_writes_is_built_and_only_what_was_left_out_is_noted(site):
    written("A bridge opens", site, "--topic", "trams", "--time", "2024-05-31")
    result = CliRunner().invoke(main, ["check", str(site), "--jobs", "1", "--quiet"], env={"SOURCE_DATE_EPOCH": NOON})
    assert result.exit_code == 0
    rules = {line.rpartition("[")[2] for line in result.output.splitlines() if line.endswith("]")}
    assert rules == {"missing-url]", "empty-excerpt]", "no-base-url]"}
