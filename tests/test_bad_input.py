"""Whatever lies in a site's folder: a clear problem with its place, and the good records are built all the same.

Every test runs the real command. `build` looks, each time, that there is no traceback and no hang, and that nothing
but the output folder has changed.
"""

import json
import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

import pytest

GOOD = "2024-05-01-good"
HEAD = 'title: "A second title"\npublishedDateTime: 2024-05-02T08:00:00Z\n'
Run = Callable[..., CompletedProcess[str]]
Build = Callable[..., CompletedProcess[str]]
WriteRecord = Callable[..., Path]


def snapshot(folder: Path, without: Path) -> dict[str, str]:
    """What lies below `folder`, but for `without`: links by their target, files by their size and first bytes."""
    found = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(root, name) != without]
        for name in [*folders, *files]:
            path = Path(root, name)
            facts = path.lstat()
            is_read = path.is_file() and not path.is_symlink() and facts.st_size < 20 * 2**20
            content = sha256(path.read_bytes()).hexdigest() if is_read else ""
            target = str(path.readlink()) if path.is_symlink() else ""
            found[str(path)] = f"{facts.st_mode} {facts.st_size if is_read else ''} {target} {content}"
    return found


@pytest.fixture
def site(tmp_path: Path, record: WriteRecord) -> Path:
    """A site with one good record, two folders deep, so that there is something to climb out to."""
    site = tmp_path / "outer" / "site"
    record(site / "_news", f"{GOOD}.md", title="The harbour bridge opens")
    return site


@pytest.fixture
def build(site: Path, tmp_path: Path, run: Run) -> Build:
    def build(*options: str | Path, status: int = 0, output: Path | None = None) -> CompletedProcess[str]:
        output = output or site / "public"
        before = snapshot(tmp_path, output)
        result = run("build", site, "--now", "2024-06-01", "--base-url", "https://example.org/", *options)
        assert "Traceback" not in result.stderr
        assert result.returncode == status, result.stderr
        changed = {
            path
            for path, facts in (snapshot(tmp_path, output).items() ^ before.items())
            if f"{site}/.broadsheet" not in path and path != str(output)
        }
        assert not changed
        if status == 0:
            assert "The harbour bridge opens" in (output / "news" / GOOD / "index.html").read_text()
        return result

    return build


def add(site: Path, content: str | bytes, name: str = "2024-05-02-bad.md") -> Path:
    path = site / "_news" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def with_head(fields: str, body: str = "") -> str:
    return f"---\n{HEAD}{fields}\n---\n{body}"


def first_problem(result: CompletedProcess[str]) -> str:
    return next(line for line in result.stderr.splitlines() if re.search(r": (error|warning|note): ", line))


def html(site: Path) -> str:
    return "\n".join(path.read_text() for path in sorted((site / "public").rglob("*.html")) if path.is_file())


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BROKEN: dict[str, tuple[str | bytes, str]] = {
    "empty file": (b"", "1:1: error: the file is empty"),
    "only blanks": (b"\n \t\r\n", "1:1: error: the file is empty"),
    "no front matter": ("Only text\n", "1:1: error: there is no front matter"),
    "unclosed front matter": ('---\ntitle: "x"\n', "1:1: error: the front matter is not closed"),
    "empty front matter": ("---\n---\nText\n", "1:1: error: the front matter is empty"),
    "blank front matter": ("---\n\n\n---\nText\n", "1:1: error: the front matter is empty"),
    "a list for front matter": ("---\n- a\n---\n", "2:1: error: `the document` must be a mapping"),
    "a word for front matter": ("---\nword\n---\n", "2:1: error: `the document` must be a mapping"),
    "a colon in plain text": ("---\ntitle: Port: it opens\n---\n", "2:12: error: invalid YAML"),
    "an open quote": ('---\ntitle: "x\n---\n', "3:1: error: invalid YAML"),
    "an open bracket": ("---\ntitle: x\ntopics: [a\n---\n", "4:1: error: invalid YAML"),
    "a tab for blanks": ("---\ntitle: x\nprovider:\n\tname: a\n---\n", "4:1: error: invalid YAML"),
    "an at sign": ("---\ntitle: @x\n---\n", "2:8: error: invalid YAML"),
    "missing title": ("---\npublishedDateTime: 2024-05-02T08:00:00Z\n---\n", "2:1: error: the record has no `title`"),
    "title of the wrong type": ("---\ntitle: [x]\n---\n", "2:8: error: `title` must be text, not a list"),
    "quality of the wrong type": (with_head("quality: high"), "4:10: error: `quality` must be a whole number"),
    "topics of the wrong type": (with_head("topics: Port"), "4:9: error: `topics` must be a list, not text"),
    "published of the wrong type": (
        with_head("published: maybe"),
        "4:12: error: `published` must be `true` or `false`",
    ),
    "bytes that are no UTF-8": (b"---\ntitle: caf\xe9\n---\n", "2:11: error: the byte 0xE9 is not UTF-8"),
    "a body that is no UTF-8": (b"---\ntitle: x\n---\nText\n\xff\n", "5:1: error: the byte 0xFF is not UTF-8"),
    "UTF-16": ("---\ntitle: x\n---\n".encode("utf-16"), "1:1: error: there is no front matter"),
    "a NUL": (b"---\ntitle: a\x00b\n---\n", "2:9: error: the character U+0000 is not allowed"),
    "an escape of the terminal": ("---\ntitle: a\x1b[31mred\n---\n", "2:9: error: the character U+001B is not allowed"),
    "a backspace": ("---\ntitle: 'é\x08'\n---\n", "2:10: error: the character U+0008 is not allowed"),
    "a Python object": (
        "---\ntitle: !!python/object/apply:os.system ['touch /tmp/x']\n---\n",
        "2:8: error: the YAML tag",
    ),
    "a Python name": ("---\ntitle: !!python/name:os.system\n---\n", "2:8: error: the YAML tag"),
    "a Python module": ("---\n!!python/module:os\n---\n", "2:1: error: the YAML tag"),
    "a tag of somebody's": ("---\ntitle: !mine x\n---\n", "2:8: error: the YAML tag `!mine`"),
    "an alias of nothing": ("---\ntitle: *x\n---\n", "2:8: error: the alias `*x` stands for nothing"),
    "an alias of itself": ("---\ntopics: &x [*x]\n---\n", "2:13: error: the alias `*x` stands for nothing"),
    "a billion laughs": (f"---\n{LAUGHS}---\n", "error: more than 200,000 values"),
    "a quadratic blow-up": (
        f"---\na: &a [{'x, ' * 5000}x]\nb: [{'*a, ' * 5000}x]\n---\n",
        "error: more than 200,000 values",
    ),
    "a hundred thousand equal keys": ("---\n" + "a: 1\n" * 100_001 + "---\n", "error: more than 200,000 values"),
    "deep lists": (f"---\na: {'[' * 100_000}\n---\n", "2:64: error: nested deeper than 60 levels"),
    "deep closed lists": (
        f"---\na: {'[' * 100_000}{']' * 100_000}\n---\n",
        "2:64: error: nested deeper than 60 levels",
    ),
    "deep mappings": (f"---\na: {'{b: ' * 100_000}\n---\n", "error: nested deeper than 60 levels"),
    "deep blocks": (f"---\n{'- ' * 100_000}\n---\n", "error: nested deeper than 60 levels"),
    "a second document": ("---\ntitle: x\n...\n--- y\n---\n", "4:1: error: a second YAML document"),
    "a mapping for a key": ("---\n? {a: b}\n: c\n---\n", "2:3: error: a key must be plain text"),
}


@pytest.mark.parametrize(("content", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_left_out_with_its_place(
    site: Path, build: Build, content: str | bytes, expected: str
) -> None:
    path = add(site, content)
    result = build()
    problem = first_problem(result)
    assert problem.startswith(f"{path}:")
    assert expected in problem
    assert not (site / "public/news/2024-05-02-bad").exists()
    assert build("--strict", status=1).stderr.count(problem) == 1


ODD_BUT_BUILT = {
    "an entity of absurd length": with_head(
        f'excerpt: "&#{"1" * 5000};"\nwebUrl: "https://example.org/&#{"1" * 5000};"'
    ),
    "a sum of sixties with a fraction": with_head(f"quality: {'1:' * 400}1.5"),
    "a sum of sixties": with_head(f"quality: 1{':1' * 500_000}"),
    "a number of absurd length": with_head(f"heat: {'9' * 100_000}"),
    "a hexadecimal number of absurd length": with_head(f"heat: 0x{'F' * 100_000}"),
    "an image of absurd size": with_head(
        "images:\n  - url: https://example.org/a.png\n    width: 1.0e+400\n    height: .nan"
    ),
    "a megabyte of digits and letters": with_head(f"excerpt: 1{'g' * 1_000_000}#"),
    "a megabyte of open comments": with_head(f'excerpt: "{"<!--" * 250_000}"'),
    "a megabyte of open tags": with_head(f'excerpt: "{"<a " * 300_000}"'),
    "a megabyte of blanks in a time": f'---\ntitle: x\npublishedDateTime: "2024{" " * 1_000_000}x"\n---\n',
    "a megabyte of blanks in a name": with_head(f"provider:\n  name: a: {' ' * 1_000_000}x"),
    "a megabyte of colons in a name": with_head(f"provider:\n  name: a{': a' * 300_000}"),
    "a megabyte of open frames": with_head(f"type: video\nfeaturedContent: '{'<iframe ' * 120_000}'"),
    "a megabyte of one word": with_head(f"excerpt: {'w' * 1_000_000}"),
    "fifty thousand topics": with_head("topics:\n" + "".join(f"  - Same{n % 5}\n" for n in range(50_000))),
    "fifty thousand aliases": with_head("aliases:\n" + "  - same\n" * 50_000),
    "nine megabytes of text": with_head('excerpt: "' + "word " * 1_800_000 + '"'),
    "fifty thousand equal keys": with_head("a: 1\n" * 50_000),
    "a body of open brackets": with_head("", "[" * 100_000),
    "a body of images that never end": with_head("", "![a](" * 50_000),
    "a body of bold that never ends": with_head("", "<b>" * 100_000),
    "a body of stars": with_head("", "**a " * 100_000),
    "a body of backticks": with_head("", "`" * 100_000),
    "a body of quotes in quotes": with_head("", "> " * 5000 + "x\n"),
    "a body of lists in lists": with_head("", "".join("  " * depth + "- a\n" for depth in range(600))),
    "a body of comments that never end": with_head("", "<!--" * 50_000),
    "a body of entities of absurd length": with_head("", f"&#{'1' * 5000};"),
    "a body with Markdown's own marks": with_head("", "\x02wzxhzdk:0\x03 \x02amp\x03 klzzwxh:0000"),
    "a body with addresses that are none": with_head("", "[a](http://[)\n\n<http://[>\n\n![b](http://a:b:c)\n"),
    "a body with footers of tables": with_head("", "|" * 50_000 + "\n" + "|-" * 50_000),
}


@pytest.mark.parametrize("content", ODD_BUT_BUILT.values(), ids=ODD_BUT_BUILT)
def test_an_absurd_record_costs_neither_the_build_nor_the_good_records(site: Path, build: Build, content: str) -> None:
    add(site, content)
    result = build()
    assert all(len(line) < 1000 for line in result.stderr.splitlines())


def test_all_broken_records_are_reported_at_once(site: Path, build: Build) -> None:
    for number, (content, _) in enumerate(BROKEN.values()):
        add(site, content, f"2024-05-02-bad-{number:02}.md")
    result = build()
    assert all(f"bad-{number:02}.md" in result.stderr for number in range(len(BROKEN)))
    assert f"left out  {len(BROKEN)}" in result.stdout


# Files that are none


def test_a_file_of_fifty_megabytes_is_left_out(site: Path, build: Build) -> None:
    path = add(site, f"---\n{HEAD}---\n")
    os.truncate(path, 50 * 2**20)
    assert first_problem(build()).startswith(f"{path}: error: the file has 52,428,800 bytes")


@pytest.mark.parametrize(
    "name", ["broadsheet.yaml", "_data/topics/a.yaml", "_data/organizations/a.md", "static/big.bin"]
)
def test_a_file_of_fifty_megabytes_elsewhere_is_no_crash(site: Path, run: Run, name: str) -> None:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, 50 * 2**20)
    result = run("build", site, timeout=120)
    assert "Traceback" not in result.stderr
    if name == "broadsheet.yaml":
        assert result.returncode == 1
        assert f"{path}" in first_problem(result)
    else:
        assert (site / "public/news" / GOOD / "index.html").is_file()


@pytest.mark.parametrize("kind", ["loop", "file out", "folder out", "folder loop", "pipe", "device", "unreadable"])
def test_what_is_no_readable_file_of_the_folder_is_left_out_with_an_error(
    site: Path, build: Build, record: WriteRecord, kind: str
) -> None:
    path = site / "_news" / "2024-05-02-odd.md"
    outside = site.parent / "outside"
    record(outside, "2024-05-03-secret.md", title="Nobody may read this")
    match kind:
        case "loop":
            path.symlink_to(path)
        case "file out":
            path.symlink_to(outside / "2024-05-03-secret.md")
        case "folder out":
            path.symlink_to(outside)
        case "folder loop":
            path.symlink_to(site)
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            add(site, f"---\n{HEAD}---\n", path.name)
            path.chmod(0)
            if os.access(path, os.R_OK):  # root may read it; a folder nobody can list stands in.
                path.unlink()
                path.symlink_to("/proc/1/nothing-to-read")
    assert first_problem(build()).startswith(f"{path}: error: ")
    assert "Nobody may read this" not in html(site)
    path.chmod(0o600) if kind == "unreadable" and not path.is_symlink() else None


def test_a_folder_named_like_a_record_loses_nothing(site: Path, build: Build, record: WriteRecord) -> None:
    record(site / "_news/2024-05-02.md", "2024-05-02-inside.md", title="Inside")
    build()
    assert (site / "public/news/2024-05-02-inside/index.html").is_file()


@pytest.mark.parametrize("folder", ["static", "assets", "templates", "pages", "_data/topics", "_data/organizations"])
@pytest.mark.parametrize("name", ["a.yaml", "a.md", "home.html", "x.css"])
def test_a_pipe_anywhere_is_no_hang(site: Path, build: Build, folder: str, name: str) -> None:
    (site / folder).mkdir(parents=True)
    os.mkfifo(site / folder / name)
    build()


@pytest.mark.parametrize("folder", ["_news", "static"])
def test_a_file_name_that_is_no_utf_8_is_no_crash(site: Path, build: Build, folder: str) -> None:
    (site / folder).mkdir(exist_ok=True)
    Path(os.fsdecode(os.fsencode(site / folder) + b"/2024-05-02-\xff.md")).write_text(f"---\n{HEAD}---\n")
    build()


@pytest.mark.parametrize(
    "name", [".broadsheet-manifest.json", ".broadsheet-staging/0", "index.html", "news/2024-05-01-good/index.html"]
)
def test_a_static_file_never_takes_the_place_of_what_is_ours(site: Path, build: Build, name: str) -> None:
    path = site / "static" / name
    path.parent.mkdir(parents=True)
    path.write_text("Not a page at all")
    build()
    build()
    assert "Not a page at all" not in html(site)
    assert "index.html" in json.loads((site / "public/.broadsheet-manifest.json").read_text())["files"]


@pytest.mark.parametrize(
    "content", [b"name: \xff", b"name: [", b"!!python/object:os.system x", b"name: " + b"[" * 100_000, b""]
)
def test_a_broken_topic_file_is_a_problem_and_no_more(site: Path, build: Build, content: bytes) -> None:
    (site / "_data/topics").mkdir(parents=True)
    (site / "_data/topics/a.yaml").write_bytes(content)
    assert first_problem(build()).startswith(f"{site}/_data/topics/a.yaml:")


# Names that want out


@pytest.mark.parametrize(
    "name",
    [
        "...md",
        "..md",
        "con.md",
        "CON.md",
        "nul.x.md",
        "-.md",
        "a b.md",
        "a\\..\\b.md",
        "%2e%2e.md",
        "<script>.md",
        "a\nb.md",
        "~.md",
        "\u202e.md",
        "index.html.md",
    ],
)
def test_a_record_of_any_name_stays_within_the_output(site: Path, build: Build, name: str) -> None:
    add(site, f"---\n{HEAD}---\n", name)
    result = build()
    news = [path.name for path in (site / "public/news").iterdir()]
    if not name.startswith("."):
        assert len(news) == 2
        assert "A second title" in html(site)
    assert not {"con", "nul", "nul.x"} & {path.lower() for path in news}
    assert all(re.fullmatch(r"[^<>\\ %\n\u202e]+", path) for path in news)
    assert "\x1b" not in result.stderr


HOSTILE = [
    "../../x",
    "/etc/x",
    "..",
    ".",
    "<script>alert(1)</script>",
    "con",
    "a/b",
    "a\\b",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "\u202e",
    "x" * 500,
    "javascript:alert(1)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_topic_a_domain_and_an_alias_of_any_name_stay_within_the_output(
    site: Path, build: Build, record: WriteRecord, name: str
) -> None:
    record(
        site / "_news",
        "2024-05-02-hostile.md",
        title=f"Second {name}",
        excerpt=name,
        topics=[name],
        aliases=[name],
        provider={"name": name, "domain": name},
        locale=name,
        category=name,
        tags=[name],
        images=[{"url": "https://example.org/a.png", "title": name, "attribution": name}],
        related=[
            {
                "title": f"Third {name}",
                "publishedDateTime": "2024-05-02T09:00:00Z",
                "webUrl": "https://example.org/3",
                "excerpt": name,
                "provider": {"name": name, "domain": name},
            }
        ],
    )
    (site / "_data/topics").mkdir(parents=True)
    (site / "_data/topics/a.yaml").write_text(
        json.dumps({"_id": name, "name": f"Described {name}", "parent": name, "description": name, "keywords": [name]})
    )
    build()
    assert (site / "public/news/2024-05-02-hostile/index.html").is_file()
    pages = html(site)
    assert "<script>alert" not in pages
    assert "<img src=x" not in pages
    assert "onerror=alert(1)>" not in pages
    assert not re.search(r'(?:href|src)="[^"]*javascript:', pages)


SCRIPT_URLS = [
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/x",
    'https://example.org/"onmouseover="alert(1)',
]


@pytest.mark.parametrize("url", SCRIPT_URLS)
def test_an_address_that_runs_something_is_never_a_link(
    site: Path, build: Build, record: WriteRecord, url: str
) -> None:
    image = {"url": url, "width": 10, "height": 10}
    item = {"title": "Third", "publishedDateTime": "2024-05-02T09:00:00Z", "webUrl": url, "images": [image]}
    path = record(
        site / "_news",
        "2024-05-02-second.md",
        title="Second",
        webUrl=url,
        originalUrl=url,
        ampWebUrl=url,
        images=[image],
        provider={"name": "x", "domain": "example.org", "images": [image]},
        related=[item],
        featuredContent=f'<iframe src="{url}"></iframe>',
    )
    result = build()
    pages = html(site)
    assert not re.search(r"""(?:href|src)\s*=\s*["']?\s*(?:java|vb|data:|//)""", pages, re.IGNORECASE)
    assert 'onmouseover="' not in pages
    if not url.startswith("https:"):
        problems = [line for line in result.stderr.splitlines() if line.startswith(f"{path}:")]
        assert len(problems) >= 5
        assert all(re.match(r":\d+:\d+: warning: ", line.removeprefix(str(path))) for line in problems)


def test_a_body_that_runs_something_is_made_harmless(site: Path, build: Build) -> None:
    body = """\
<script>alert('one')</script>
<img src="x" onerror="alert('two')">
[three](javascript:alert('three')) and ![four](javascript:alert('four'))
<a href="JAVASCRIPT:alert('five')" onclick="alert('six')" style="position:fixed">five</a>
<iframe src="https://evil.example/seven"></iframe>
<style>body { display: none }</style>
<svg onload="alert('eight')"><script>alert('nine')</script></svg>
<form action="https://evil.example/ten"><input></form>
<object data="https://evil.example/eleven"></object><base href="https://evil.example/twelve">
<meta http-equiv="refresh" content="0;url=https://evil.example/13"><link rel="stylesheet" href="//evil.example/14">
[fifteen](//evil.example/15) <div id="main" class="site">kept words</div>
{{ 7 * 7 }} {% raw %} {{ settings }}
"""
    add(site, with_head("", body))
    build()
    page = (site / "public/news/2024-05-02-bad/index.html").read_text()
    assert "kept words" in page
    assert "{{ 7 * 7 }}" in page
    assert not re.search(
        r"""(?:onerror|onclick|onload|style)\s*=|<(?:object|form|svg|base|style)\b|(?:href|src)=.?javascript:""",
        page,
        re.IGNORECASE,
    )
    assert "evil.example" not in re.sub(r">[^<]*<", "><", page)
    assert not re.search(r"alert\('(?:one|nine)'\)", page)


# The output folder


@pytest.mark.parametrize(
    "output", [".", "..", "_news", "_news/out", "_data", "static", "templates", "assets", "pages", "../.."]
)
def test_an_output_folder_that_is_or_holds_a_source_is_refused_untouched(
    site: Path, run: Run, tmp_path: Path, output: str
) -> None:
    for folder in ("_data", "static", "templates", "assets", "pages"):
        (site / folder).mkdir()
    before = snapshot(tmp_path, tmp_path / "none")
    result = run("build", site, "--output", site / output)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "the output folder" in first_problem(result)
    assert snapshot(tmp_path, tmp_path / "none") == before


def test_the_current_folder_as_site_and_as_output_is_refused(site: Path, run: Run) -> None:
    result = run("build", "--output", ".", cwd=site)
    assert result.returncode == 1
    assert not (site / "index.html").exists()


@pytest.mark.parametrize("path", ["index.html", f"news/{GOOD}/index.html", "404.html", "theme/broadsheet.css"])
def test_an_output_folder_with_somebody_elses_page_is_refused_untouched(site: Path, build: Build, path: str) -> None:
    foreign = site / "public" / path
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    before = snapshot(site, site / "none")
    result = build(status=1)
    assert "would be overwritten" in first_problem(result)
    assert path in first_problem(result)
    assert snapshot(site, site / "none") == before


def test_other_files_in_the_output_folder_stay(site: Path, build: Build) -> None:
    files = ["CNAME", ".git/HEAD", "news/mine.txt", f"news/{GOOD}/notes.txt", "own/index.html"]
    for path in files:
        (site / "public" / path).parent.mkdir(parents=True, exist_ok=True)
        (site / "public" / path).write_text("mine")
    build()
    build()
    assert all((site / "public" / path).read_text() == "mine" for path in files)


def test_a_link_within_the_output_that_leads_out_is_refused(site: Path, build: Build) -> None:
    outside = site.parent / "outside"
    outside.mkdir()
    (site / "public").mkdir()
    (site / "public/news").symlink_to(outside)
    assert f"{site}/public/news: error: " in build(status=1).stderr
    assert list(outside.iterdir()) == []


def test_the_page_of_a_record_that_was_deleted_goes(site: Path, build: Build) -> None:
    path = add(site, f"---\n{HEAD}---\n")
    build()
    assert (site / "public/news/2024-05-02-bad/index.html").is_file()
    path.unlink()
    build()
    assert not (site / "public/news/2024-05-02-bad").exists()
    assert "A second title" not in html(site)


@pytest.mark.parametrize(
    "template",
    ["{{ nothing.here }}", "{% for %}", "{% extends 'missing.html' %}", "{{ 1 / 0 }}", "{{ page.title | nope }}"],
)
def test_a_build_that_fails_leaves_the_last_good_site_as_it_was(site: Path, build: Build, template: str) -> None:
    build()
    before = snapshot(site / "public", site / "none")
    (site / "templates").mkdir()
    (site / "templates/story.html").write_text(f"<p>\n{template}\n")
    add(site, f"---\n{HEAD}---\n")
    problem = first_problem(build(status=1))
    assert problem.startswith(f"{site}/templates/story.html:2:")
    assert snapshot(site / "public", site / "none") == before


def test_a_first_build_that_fails_leaves_nothing_behind(site: Path, build: Build) -> None:
    (site / "templates").mkdir()
    (site / "templates/not_found.html").write_text("{{ nothing.here }}")
    build(status=1)
    assert not (site / "public").exists()


@pytest.mark.parametrize(
    "output", ["/dev/null/x", "/proc/x", "{site}/broadsheet.yaml", "{site}/broadsheet.yaml/x", "/dev/null"]
)
def test_an_output_folder_that_can_not_be_made_is_an_error(site: Path, build: Build, output: str) -> None:
    (site / "broadsheet.yaml").write_text("title: x\n")
    path = output.format(site=site)
    assert path in first_problem(build("--output", path, status=1))


# Exit statuses


def test_a_site_without_a_problem_builds_under_strict(build: Build) -> None:
    assert ": error: " not in build("--strict").stderr


@pytest.mark.parametrize("content", ["---\ntitle: [x]\n---\n", with_head("type: podcast"), with_head("a: 1\na: 2")])
def test_an_error_or_a_warning_is_status_one_under_strict_only(site: Path, build: Build, content: str) -> None:
    add(site, content)
    build()
    build("--quiet")
    build("--strict", status=1)


def test_nothing_buildable_is_status_one_and_touches_nothing(tmp_path: Path, run: Run) -> None:
    empty, broken = tmp_path / "empty", tmp_path / "broken"
    empty.mkdir()
    broken.mkdir()
    (broken / "2024-05-01-x.md").write_text("---\ntitle: [x]\n---\n")
    for folder, words in ((empty, "there are no records here"), (broken, "none of the 1 record file can be used")):
        before = snapshot(folder, folder / "none")
        result = run("build", folder)
        assert result.returncode == 1
        assert words in result.stderr
        assert snapshot(folder, folder / "none") == before
    assert "2024-05-01-x.md:2:8: error: `title` must be text" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--now", "yesterday"],
        ["--now", ""],
        ["--now", "2024-13-01"],
        ["--base-url", "example.org"],
        ["--base-url", "javascript:alert(1)"],
        ["--base-url", ""],
        ["--base-url", "https://["],
        ["--base-url", "https://example.org/?a"],
        ["--config", "missing.yaml"],
        ["--config", "."],
        ["--output"],
        ["extra", "arguments"],
    ],
)
def test_wrong_usage_is_status_two_and_builds_nothing(site: Path, run: Run, arguments: list[str]) -> None:
    result = run("build", site, *arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "Error: " in result.stderr
    assert not (site / "public").exists()


@pytest.mark.parametrize("arguments", [["build", "missing"], ["nonsense"], ["build", "{file}"]])
def test_a_wrong_command_or_folder_is_status_two(site: Path, run: Run, arguments: list[str]) -> None:
    file = site / "_news" / f"{GOOD}.md"
    result = run(*[argument.format(file=file) for argument in arguments], cwd=site)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("epoch", ["abc", "1.5", "9" * 30, "-" + "9" * 30, "1" * 5000])
def test_a_source_date_epoch_that_is_none_is_status_two(site: Path, run: Run, epoch: str) -> None:
    result = run("build", site, SOURCE_DATE_EPOCH=epoch)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


# Settings


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("titel: x\n", "1:1: error: unknown setting `titel`", "did you mean `title`?"),
        ("title: x\nhome:\n  odrer: newest\n", "3:3: error: unknown setting `home.odrer`", "did you mean `order`?"),
        ("zzzz: 1\n", "1:1: error: unknown setting `zzzz`", "known here: "),
        ("pages:\n  size: many\n", "2:9: error: `pages.size` must be a whole number", ""),
        ("title: x: y\n", "1:9: error: invalid YAML", ""),
        ('base_url: "https://["\n', "1:11: error: `base_url`", ""),
        ('output: "a\\0b"\n', "1:9: error: ", ""),
        ("!!python/object:os.system x\n", "1:1: error: the YAML tag", ""),
        (LAUGHS, "error: more than 200,000 values", ""),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_wrong_settings_are_an_error_with_place_and_suggestion(
    site: Path, build: Build, text: str, expected: str, hint: str, named: bool
) -> None:
    path = site / ("other.yaml" if named else "broadsheet.yaml")
    path.write_text(text)
    result = build(*(["--config", path] if named else []), status=1)
    assert first_problem(result).startswith(f"{path}:")
    assert expected in first_problem(result)
    assert hint in result.stderr
    assert not (site / "public").exists()


def test_a_strangers_configuration_file_may_hold_anything(site: Path, build: Build) -> None:
    (site / "_config.yml").write_text("title: x\nplugins: [a]\ntheme: y\ndefaults: [{scope: {path: ''}}]\n")
    build("--strict")


@pytest.mark.parametrize("text", ["title: [\n", 'url: "https://["\n', "title: \x01\n"])
def test_a_broken_configuration_file_of_jekyll_is_an_error_with_its_place(site: Path, build: Build, text: str) -> None:
    (site / "_config.yml").write_text(text)
    assert re.match(rf"{re.escape(str(site))}/_config\.yml:\d+:\d+: error: ", first_problem(build(status=1)))


def test_a_logo_that_is_no_file_of_the_site_is_named_and_the_themes_own_stands_for_it(site: Path, build: Build) -> None:
    (site / "broadsheet.yaml").write_text("title: x\ntheme: {logo: /sign.svg}\n")
    assert "warning: `theme.logo` is no file of the site: /sign.svg" in first_problem(build())
    page = (site / "public/index.html").read_text()
    assert re.search(r'<img class="logo" src="/theme/icon\.svg\?v=\w+"', page)
    (site / "static").mkdir()
    (site / "static/sign.svg").write_text("<svg/>")
    assert "warning" not in build().stderr
    page = (site / "public/index.html").read_text()
    assert re.search(r'<img class="logo" src="/sign\.svg\?v=\w+"', page)


def test_nothing_in_a_file_drives_the_terminal(site: Path, build: Build) -> None:
    add(site, f'---\n{HEAD}type: "\\e]0;gone\\a\\u202e"\n---\n', "2024-05-02-\x1b[31m.md")
    result = build()
    assert not set(result.stdout + result.stderr) & set("\x1b\x07\u202e")
