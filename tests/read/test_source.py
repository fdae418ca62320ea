"""Which files a site has: the layouts, what is left out with a word, and what never counts."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from broadsheet.config import Settings
from broadsheet.files import content_digest
from broadsheet.problems import Severity, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import Folders, find_folders, read_settings
from broadsheet.read.source import ReadResult, read_site, read_static

WriteRecord = Callable[..., Path]


def read(root: Path, settings: Settings | None = None, output: Path | None = None) -> ReadResult:
    settings = settings or read_settings(root)
    return read_site(find_folders(root, settings, output), lambda *_: None)


def files(result: ReadResult) -> list[str]:
    return [record.file for record in result.sources.records]


def errors(error: pytest.ExceptionInfo[SiteError]) -> str:
    return "\n".join(map(str, error.value.problems))


@pytest.mark.parametrize("folder", ["_news", "records", "news", "."])
def test_records_are_found_in_every_layout(tmp_path: Path, record: WriteRecord, folder: str) -> None:
    if folder in {"records", "news"}:
        (tmp_path / "broadsheet.yaml").write_text("title: x\n")
    record(tmp_path / folder, "2024-05-02-b.md")
    record(tmp_path / folder, "2024-05-01-a.md")
    record(tmp_path / folder / "2023", "2023-05-01-c.md")
    result = read(tmp_path)
    assert files(result) == ["2023/2023-05-01-c.md", "2024-05-01-a.md", "2024-05-02-b.md"]
    assert (result.files, result.problems) == (3, ())


@pytest.mark.parametrize("folder", ["_data", "data"])
def test_topics_and_organizations_are_found_in_file_name_order(
    tmp_path: Path, record: WriteRecord, folder: str
) -> None:
    record(tmp_path / "_news")
    for path, text in {
        "topics/20-b.yaml": "name: B",
        "topics/10-a.yml": "name: A",
        "organizations/x.org.md": "---\ndomain: x.org\n---\n",
        "organizations/a.org.md": "---\ndomain: a.org\n---\n",
    }.items():
        file = tmp_path / folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    result = read(tmp_path)
    assert [topic.name for topic in result.sources.topics] == ["A", "B"]
    assert [organization.domain for organization in result.sources.organizations] == ["a.org", "x.org"]
    assert result.problems == ()


def test_the_settings_name_other_folders(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news", "2024-05-01-not-me.md")
    record(tmp_path / "items", "2024-05-01-me.md")
    assert files(read(tmp_path, Settings(records="items"))) == ["2024-05-01-me.md"]


@pytest.mark.parametrize("setting", ["records", "data"])
def test_a_named_folder_that_is_missing_is_an_error_where_it_is_named(tmp_path: Path, setting: str) -> None:
    settings = tmp_path / "broadsheet.yaml"
    settings.write_text(f"title: x\n{setting}: nowhere\n")
    with pytest.raises(SiteError) as raised:
        read(tmp_path)
    assert errors(raised).startswith(f"{settings}:2:{len(setting) + 3}: error: ")
    assert "nowhere" in errors(raised)


def test_a_bare_folder_takes_its_other_files_for_no_records(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path)
    (tmp_path / "README.md").write_text("# About\n")
    (tmp_path / "LICENSE.md").write_text("Free\n")
    (tmp_path / "notes.txt").write_text("---\ntitle: x\n---\n")
    for folder in ("node_modules", ".hidden", ".broadsheet", "__pycache__"):
        record(tmp_path / folder, "2024-05-01-no-source.md")
    record(tmp_path, ".2024-05-01-hidden.md")
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md"]
    assert (result.files, result.problems) == (1, ())


@pytest.mark.parametrize("folder", ["public", "templates", "static", "_data", "pages"])
def test_a_record_in_a_folder_for_something_else_is_not_read_and_not_passed_by_in_silence(
    tmp_path: Path, record: WriteRecord, folder: str
) -> None:
    record(tmp_path)
    other = record(tmp_path / folder, "2024-05-01-other.md")
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md"]
    assert [problem.place.file for problem in result.problems] == [str(other)]


@pytest.mark.parametrize("folder", ["news", "records", "data", "sport"])
def test_a_bare_folder_has_records_in_folders_of_any_other_name(
    tmp_path: Path, record: WriteRecord, folder: str
) -> None:
    record(tmp_path)
    record(tmp_path / folder, "2024-05-01-other.md")
    assert files(read(tmp_path)) == ["2024-05-01-a-story.md", f"{folder}/2024-05-01-other.md"]


def test_an_output_folder_of_another_build_is_no_source(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path)
    record(tmp_path / "earlier", "2024-05-01-copied.md")
    (tmp_path / "earlier/.broadsheet-manifest.json").write_text("{}")
    assert files(read(tmp_path)) == ["2024-05-01-a-story.md"]


def test_a_readme_with_front_matter_is_a_record(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path, "README.md")
    assert files(read(tmp_path)) == ["README.md"]


def test_a_text_among_the_records_that_is_no_record_is_an_error(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path)
    (tmp_path / "about.md").write_text("# About\n")
    (problem,) = read(tmp_path).problems
    assert str(problem) == f"{tmp_path}/about.md:1:1: error: there is no front matter"


def test_other_collections_of_a_checkout_are_one_note(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    for name in ("_posts", "_people", "_data", "_includes", "_layouts", "_site"):
        record(tmp_path / name, "x.md")
    (problem,) = read(tmp_path).problems
    assert problem.severity is Severity.NOTE
    assert "_people, _posts" in problem.message
    assert "_data" not in problem.message


def test_problems_name_the_file_as_the_user_would(
    tmp_path: Path, record: WriteRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "site" / "_news", title=["x"])
    record(tmp_path / "site" / "_news", "2024-05-02-good.md")
    monkeypatch.chdir(tmp_path)
    (problem,) = read(Path("site")).problems
    assert str(problem).startswith("site/_news/2024-05-01-a-story.md:3:1: error: `title` must be text")


@pytest.mark.parametrize("name", ["2024-05-02-b.md", "2024-05-02-b.MD"])
def test_a_link_within_the_folder_is_read(tmp_path: Path, record: WriteRecord, name: str) -> None:
    (tmp_path / "_news").mkdir()
    (tmp_path / "_news" / name).symlink_to(record(tmp_path / "_news"))
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md", name]
    assert result.problems == ()


def links(news: Path, outside: Path) -> dict[str, Path]:
    return {
        "out-to-a-file.md": outside / "2024-05-01-secret.md",
        "out-to-a-folder": outside,
        "up": news.parent,
        "here": news,
        "itself.md": news / "itself.md",
        "there.md": news / "back.md",
        "back.md": news / "there.md",
        "nowhere.md": news / "missing.md",
        "folder.md": news,
        "device.md": Path("/dev/zero"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "out-to-a-file.md",
        "out-to-a-folder",
        "up",
        "here",
        "itself.md",
        "there.md",
        "nowhere.md",
        "folder.md",
        "device.md",
    ],
)
def test_a_link_that_leads_out_or_round_in_circles_is_left_out_with_an_error(
    tmp_path: Path, record: WriteRecord, name: str
) -> None:
    news, outside = tmp_path / "site/_news", tmp_path / "outside"
    record(outside, "2024-05-01-secret.md")
    record(news)
    target = links(news, outside)
    for link in {name, "back.md"} if name == "there.md" else {name}:
        (news / link).symlink_to(target[link])
    result = read(tmp_path / "site")
    assert files(result) == ["2024-05-01-a-story.md"]
    assert {problem.place.file for problem in result.problems} >= {f"{news}/{name}"}
    assert all(problem.severity is Severity.ERROR for problem in result.problems)


def test_a_file_of_more_than_ten_megabytes_is_left_out_unread(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    big = record(tmp_path / "_news", "2024-05-02-big.md")
    os.truncate(big, 50 * 2**20)
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md"]
    assert [str(problem) for problem in result.problems] == [
        f"{big}: error: the file has 52,428,800 bytes; it may have 10,485,760 at the most"
    ]
    assert result.files == 2


def test_a_pipe_is_no_record(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    os.mkfifo(tmp_path / "_news/2024-05-02-pipe.md")
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md"]
    assert "no regular file" in result.problems[0].message


def test_a_folder_named_like_a_record_is_a_folder(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news/2024.md")
    assert files(read(tmp_path)) == ["2024.md/2024-05-01-a-story.md"]


def test_folders_nested_deeper_than_a_path_can_name_lose_no_good_record(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    at = os.getcwd()
    try:
        os.chdir(tmp_path / "_news")
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(at)
    result = read(tmp_path)
    assert files(result) == ["2024-05-01-a-story.md"]
    assert all(problem.severity is Severity.ERROR for problem in result.problems)


def test_the_order_of_the_folder_does_not_show(tmp_path: Path, record: WriteRecord) -> None:
    names = ["2024-05-01-b.md", "2024-05-01-B.md", "2024-05-01-ä.md", "2024-05-01-a.md", "2024/2024-01-01-z.md"]
    for root, order in (("one", names), ("two", names[::-1])):
        for name in order:
            record(tmp_path / root / "_news", name)
    assert files(read(tmp_path / "one")) == files(read(tmp_path / "two")) == sorted(names)


def folders(root: Path, output: str) -> Folders:
    return find_folders(root, Settings(), root / output)


@pytest.mark.parametrize(
    "output",
    ["", "..", "../..", "_news", "_news/x", "_data", "_data/x", "static", "static/x", "templates", "assets", "link"],
)
def test_an_output_folder_that_holds_or_is_a_source_is_refused(
    tmp_path: Path, record: WriteRecord, output: str
) -> None:
    root = tmp_path / "a/site"
    record(root / "_news")
    for name in ("_data", "static", "templates", "assets"):
        (root / name).mkdir()
    (root / "link").symlink_to(root)
    with pytest.raises(SiteError) as raised:
        folders(root, output)
    assert "the output folder" in errors(raised)


@pytest.mark.parametrize("output", ["public", "dist/site", "../elsewhere"])
def test_any_other_output_folder_is_taken(tmp_path: Path, record: WriteRecord, output: str) -> None:
    root = tmp_path / "a/site"
    record(root / "_news")
    assert folders(root, output).output == root / output


def test_static_files_are_found_and_links_that_lead_out_are_not(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "site/_news")
    for path in ("static/a.txt", "static/sub/b.txt", "static/.well-known/x", "assets/c.txt"):
        file = tmp_path / "site" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "site/static/secret.txt").symlink_to(tmp_path / "secret.txt")
    disk = Disk()
    found = read_static(find_folders(tmp_path / "site", Settings()), disk)
    assert list(found) == [".well-known/x", "a.txt", "assets/c.txt", "sub/b.txt"]
    assert {file.source.read_text() for file in found.values()} == {"x"}
    assert {file.digest for file in found.values()} == {content_digest(b"x")}
    assert [problem.place.file for problem in disk.problems] == [f"{tmp_path}/site/static/secret.txt"]


def test_the_settings_come_from_the_file_that_is_named_else_from_ours_else_from_jekylls(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()
    (tmp_path / "_config.yml").write_text("title: Jekyll's\nplugins: []\n")
    assert read_settings(tmp_path).title == "Jekyll's"
    (tmp_path / "broadsheet.yaml").write_bytes(b"\xef\xbb\xbftitle: Ours\r\n")
    assert read_settings(tmp_path).title == "Ours"
    (tmp_path / "other.yaml").write_text("title: Named\n")
    assert read_settings(tmp_path, tmp_path / "other.yaml").title == "Named"


def test_settings_that_are_no_utf_8_are_an_error_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "broadsheet.yaml").write_bytes(b"language: en\ntitle: caf\xe9\n")
    with pytest.raises(SiteError) as raised:
        read_settings(tmp_path)
    assert errors(raised).startswith(f"{tmp_path}/broadsheet.yaml:2:11: error: ")


@pytest.mark.parametrize(("site", "count"), [("powerapps", 674), ("azure-2020h1", 1471)])
def test_the_real_sites_are_read_whole_without_a_problem(corpus: Path, tmp_path: Path, site: str, count: int) -> None:
    result = read_site(find_folders(corpus / site, Settings(), tmp_path), lambda *_: None)
    assert len(result.sources.records) == result.files == count
    assert [problem for problem in result.problems if problem.severity is not Severity.NOTE] == []
