"""`broadsheet import`, as a user runs it."""

import pytest
from feed_texts import API, ATOM, JSON_FEED_11, item, opml, rss
from linked_hosts import status

AT = ("--now", "2024-06-01T12:00:00Z")


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "feed.xml").write_bytes(rss(item()))
    return tmp_path / "site"


def test_what_is_imported_has_no_faults_and_builds(run, paper):
    picture = "<enclosure url='https://a.example/x.png' type='image/png'/>"
    markup = "A &lt;b&gt;bold&lt;/b&gt; &amp;amp; odd tram"
    odd = [
        item(markup, "https://a.example/1", "", "<description>NA</description>"),
        item("", "https://a.example/2", more="<description>&lt;p&gt;Only text […]&lt;/p&gt;</description>"),
        item("\u202ePlain\u00ad ", "https://a.example/ü?x=a b", more=picture),
    ]
    api = API.replace(b"trams ", b"boats").replace(b"&amp; ", b"")
    files = {"a.xml": rss(*odd), "b.xml": ATOM, "c.json": JSON_FEED_11, "index.json": api}
    for name, data in files.items():
        (paper.root / name).write_bytes(data)
    paper.settings("a.xml", "b.xml", "c.json", "{from: index.json, quality: 10}")
    text = (paper.root / "broadsheet.yaml").read_text()
    (paper.root / "broadsheet.yaml").write_text(f"base_url: https://tram.example.org/\n{text}")

    done = run("import", paper.root, *AT)
    assert (done.returncode, done.stderr) == (0, "asking sources: 4\n")
    assert done.stdout.endswith("6 new records from 4 sources\n")
    assert run("import", paper.root, *AT, "--quiet").stdout == ""
    checked = run("check", paper.root, *AT, "--fail-on", "warning")
    assert checked.returncode == 0, checked.stdout
    built = run("build", paper.root, "--strict", *AT)
    assert built.returncode == 0, built.stderr


def test_odd_records_of_an_api_come_without_what_a_check_complains_of(run, paper):
    player = '<iframe src=\\"https://www.youtube.com/embed/aaaaaaaaaaa\\"></iframe>'
    tweets = "<blockquote class='twitter'>Hm</blockquote>"
    items = [("One", tweets, "2024-05-31T07:00:00Z"), ("Two", player, "2024-05-30"), ("Three", "", "2024-05-31")]
    value = [
        f"""{{"title": "{title}", "webUrl": "https://herald.example.org/{title}", "featuredContent": "{content}",
        "publishedDateTime": "2024-05-31T08:00:00Z", "updatedDateTime": "{updated}", "type": "article"}}"""
        for title, content, updated in items
    ]
    (paper.root / "index.json").write_text(f'{{"value": [{", ".join(value)}]}}')
    paper.settings("index.json")
    records = {record.title: record for _, record in paper.imports().records}

    assert [records[title].featured_content for title in ("One", "Three")] == [None, None]
    assert records["Two"].type == "video"
    assert [title for title, record in records.items() if record.updated_at] == ["Three"]
    checked = run("check", paper.root, *AT, "--fail-on", "warning")
    assert checked.returncode == 0, checked.stdout


def test_a_file_is_imported_by_name_and_a_dry_run_only_says_so(run, site):
    dry = run("import", site, "--from", "feed.xml", "--dry-run", *AT, cwd=site.parent)
    assert dry.stdout.splitlines()[-1] == "1 new record from 1 source, nothing written"
    assert list(site.iterdir()) == []

    done = run("import", site, "--from", "feed.xml", *AT, cwd=site.parent)
    assert (done.returncode, (site / "2024-05-31-night-trams.md").is_file()) == (0, True)


def test_the_exit_status_tells_whether_anything_was_asked(run, site):
    (site.parent / "bad.xml").write_text("no feed")
    one, all_of_them = ["--from", "bad.xml", "--from", "feed.xml"], ["--from", "bad.xml", "--from", "nowhere.xml"]

    assert run("import", site, *one, *AT, cwd=site.parent).returncode == 0
    assert run("import", site, *one, *AT, "--strict", cwd=site.parent).returncode == 1
    failed = run("import", site, *all_of_them, *AT, cwd=site.parent)
    assert failed.returncode == 1
    assert "bad.xml: error: it is no feed" in failed.stderr
    assert "nowhere.xml: error: the file can not be read" in failed.stderr
    assert run("import", site, *AT).returncode == 1
    assert run("import", site, "--from", "ftp://a.example/", *AT).returncode == 1
    # As of a variable of the shell that is not set.
    assert "--from: error: an empty text names no feed" in run("import", site, "--from", "", *AT).stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sources: [{frm: a.xml}]", "did you mean `from`?"),
        ("sources: [{name: x}]", "lacks `from`"),
        ("sorces: []", "did you mean `sources`?"),
        ("sources: [a.xml, a.xml]", "twice"),
        ("sources: ['']", "names no feed"),
        ("sources: ['ftp://a.example/']", "no http or https address"),
        ("sources: ['https://me:secret@a.example/']", "a name or a password"),
        ("sources: [{from: a.xml, language: not a tag}]", "no language tag"),
        ("sources: [{from: a.xml, topics: ['']}]", "without a name"),
        ("sources: [{from: a.xml, name: ' '}]", "`import.sources.name` is empty"),
        ("sources: [{from: a.xml, days: 0}]", "days"),
    ],
)
def test_a_setting_that_says_nothing_usable_is_told_with_its_place(run, site, line, told):
    (site / "broadsheet.yaml").write_text(f"import:\n  {line}\n")
    done = run("import", site, *AT)

    assert done.returncode == 1
    assert f"{site.as_posix()}/broadsheet.yaml:2:" in done.stderr
    assert told in done.stderr


def test_without_its_library_the_command_says_what_to_install(run, site):
    hiding = site.parent / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'feedparser' else find(name, *more)\n"
    )
    done = run("import", site, "--from", "feed.xml", cwd=site.parent, PYTHONPATH=str(hiding))

    assert done.returncode == 1
    assert 'pip install "broadsheet[import]"' in done.stderr


def test_a_list_of_feeds_that_has_none_is_no_failure(run, site):
    (site.parent / "feeds.opml").write_bytes(opml())

    assert run("import", site, "--from", "feeds.opml", *AT, cwd=site.parent).returncode == 0


def test_it_is_told_what_was_left_out_for_its_age_and_for_the_number(run, site):
    ages = ("31 May 2024", "30 May 2024", "01 Jan 2024")
    items = [item(f"Report {at}", f"https://a.example/{at}", day) for at, day in enumerate(ages)]
    (site.parent / "feed.xml").write_bytes(rss(*items))
    done = run("import", site, "--from", "feed.xml", "--most", "1", *AT, cwd=site.parent)

    assert "feed.xml: 1 new of 3, 1 too old, 1 more than are taken\n" in done.stdout


def test_a_source_that_has_not_changed_is_told_as_such(run, paper, hosts):
    def answer(request):
        status(*((304, b"") if request.headers.get("If-None-Match") else (200, rss(item()))), ETag='"1"')(request)

    url = hosts.serve("127.0.0.1/feed", answer)
    paper.settings(url)
    assert f"{url}: 1 new of 1\n" in run("import", paper.root, *AT).stdout
    assert f"{url}: not changed\n" in run("import", paper.root, *AT).stdout
