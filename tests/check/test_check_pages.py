"""Built pages, checked: each fault once, at the place where it can be mended."""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadsheet.check.faults import MOST_BYTES, Fault
from broadsheet.check.finding import in_order
from broadsheet.check.origins import Origins
from broadsheet.check.pages import RULES, page_findings
from broadsheet.config import Settings
from broadsheet.model import Page
from broadsheet.pipeline import assemble
from broadsheet.planning import Aids
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.record_files import silent
from broadsheet.read.source import read_site
from broadsheet.stopwatch import Stopwatch
from broadsheet.workers import Workers

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 6, 15, tzinfo=UTC)
CASES = ["a-checkout", "broken-files", "one-page-per-record", "one-record"]
EDITION = """date: 2024-05-02
start: 2024-05-01T00:00:00Z
end: 2024-05-02T00:00:00Z
sections:
- topic: Transport
  items:
  - slug: 2024-05-01-a
    title: "Harbour bridge opens"
"""


def found(site: Path, *only: str, workers: Workers | None = None) -> list[Problem]:
    settings = read_settings(site)
    folders = find_folders(site, settings)
    aids = Aids(None, silent, None, Stopwatch())
    assembled = assemble(read_site(folders), folders, settings, NOW, aids)
    rules = frozenset(only) or RULES
    findings = page_findings(assembled, folders, settings, workers or Workers(), silent, rules)
    return [finding.problem for finding in in_order(findings) if finding.rule in rules]


def told(site: Path, *only: str) -> list[str]:
    """Return what is told, with places as they are below the site."""
    return [str(problem).removeprefix(f"{site}/") for problem in found(site, *only)]


@pytest.fixture
def site(tmp_path, record) -> Path:
    folder = tmp_path / "site"
    record(folder / "_news", "2024-05-01-a.md")
    record(folder / "_news", "2024-05-02-b.md", title="A ferry for cyclists", topics=["Boats"], webUrl=None)
    return folder


@pytest.fixture
def write(site):
    def write(name: str, text: str) -> Path:
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def settings(write, **values: str) -> None:
    write("broadsheet.yaml", "".join(f"{name}: {value}\n" for name, value in values.items()))


@pytest.mark.parametrize("base", [None, "https://example.org/", "https://example.org/a/paper/"])
def test_of_the_default_theme_nothing_is_wrong(tmp_path, base):
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=shutil.ignore_patterns("public", ".broadsheet"))
    if base:
        with (tmp_path / "site/broadsheet.yaml").open("a") as file:
            file.write(f"\nbase_url: {base}\napi: {{source_url: self, missing_web_url: page}}\n")
    assert found(tmp_path / "site") == []


@pytest.mark.parametrize("case", CASES)
def test_of_a_small_site_nothing_is_wrong_with_its_pages(tmp_path, case):
    shutil.copytree(ROOT / "tests/sites" / case / "site", tmp_path / case)
    assert found(tmp_path / case) == []


def test_a_report_that_is_said_to_be_of_the_site_itself_and_is_not_is_a_broken_link(tmp_path):
    shutil.copytree(ROOT / "tests/sites/right-to-left/site", tmp_path / "site")
    (problem,) = told(tmp_path / "site")
    address = "https://example.org/%D7%A0%D7%9E%D7%9C%20%D7%97%D7%93%D7%A9"
    assert problem.startswith(f"records/2024-05-31-נמל.md:5:9: error: the link `{address}` leads to no page")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["powerapps", "azure-2020h1"])
def test_of_a_real_site_nothing_is_wrong_with_its_pages(corpus, name):
    assert found(corpus / name, workers=Workers(2)) == []


def test_a_fault_of_very_many_pages_is_one_even_where_nothing_is_written_of_it(tmp_path):
    settings = Settings()
    (tmp_path / "_news").mkdir()
    origins = Origins(find_folders(tmp_path, settings), [])
    fault = Fault("missing-alt", Severity.ERROR, "", "", ("x.png",))
    pages = [Page("story", f"news/{n}/", f"news/{n}/index.html", origin=f"_news/{n}.md") for n in range(1200)]
    assert origins.of(fault, pages) == {Place(tmp_path.as_posix()): pages}
    assert origins.of(fault, pages[7:8]) == {Place(f"{tmp_path}/public/news/7/index.html"): pages[7:8]}
    origins = Origins(find_folders(tmp_path, settings), ["_card.html"])
    assert origins.of(fault, pages) == {Place(f"{tmp_path}/templates"): pages}


def test_nothing_is_written(site):
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    assert found(site) == []
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_a_link_that_is_broken_in_the_layout_is_told_once_where_it_is_written(site, write):
    write("templates/_footer.html", '<p>Ours.\n  <a href="{{ site.root }}no-such/">x</a></p>')
    (problem,) = found(site)
    assert str(problem).removeprefix(f"{site}/") == (
        "templates/_footer.html:2:27: error: the link `/no-such/` leads to no page and no file of the site"
    )
    assert re.fullmatch(r"correct it, or take it out; it is on 1\d pages, the first is /", problem.hint)


def test_a_link_that_is_broken_in_the_words_of_the_owner_is_told_with_its_line(site, write):
    write("pages/about.md", "# About us\n\nWe are [here](/no-such/) & [there](/no-such/?a=1&b=grö#x).\n")
    assert told(site) == [
        "pages/about.md:3:15: error: the link `/no-such/` leads to no page and no file of the site",
        "pages/about.md:3:36: error: the link `/no-such/?a=1&b=gr%C3%B6#x` leads to no page and no file of the site",
    ]


def test_a_link_that_is_broken_in_two_sources_is_told_of_both(site, write, record):
    settings(write, base_url="https://example.org/paper/")
    write("pages/about.md", "[here](/no-such/)\n")
    record(site / "_news", "2024-05-03-c.md", title="Third", body="Look\nat [that](/no-such/).\n")
    problems = told(site)
    assert [problem.partition(":")[0] for problem in problems] == ["_news/2024-05-03-c.md", "pages/about.md"]
    assert (
        problems[1].endswith(
            "the link `/paper/no-such/` leads to no page and no file of the site; on the page /paper/about/"
        )
        is False
    )
    assert all("`/paper/no-such/`" in problem for problem in problems)


def test_a_link_of_the_settings_is_told_of_the_settings(site, write):
    write("broadsheet.yaml", "title: Paper\ntheme:\n  footer:\n  - {name: Imprint, url: /imprint/}\n")
    (problem,) = told(site)
    assert problem.startswith("broadsheet.yaml:4:26: error: the link `/imprint/` leads to no page")


def test_what_may_be_meant_is_said(site, write):
    settings(write, base_url="https://example.org/paper/")
    write("pages/about.md", "[a](/Topics/Boats/) [b](/topics)")
    write("templates/_footer.html", '<a href="/about/">About</a>')
    problems = {problem.message: problem for problem in found(site)}
    case = problems["the link `/paper/Topics/Boats/` leads nowhere: what is there is `/paper/topics/boats/`"]
    assert (case.severity, case.hint) == (
        Severity.ERROR,
        "write `/topics/boats/`, in a template `{{ site.root }}topics/boats/`; it is on the page /about/",
    )
    slash = problems["the link `/paper/topics` lacks a slash at its end: most hosts lead on, some do not"]
    assert (slash.severity, slash.hint) == (
        Severity.NOTE,
        "write `/topics/`, in a template `{{ site.root }}topics/`; it is on the page /about/",
    )
    outside = problems["the link `/about/` leads out of the site, which is published below `/paper/`"]
    assert outside.severity is Severity.WARNING
    assert outside.hint.startswith("write `/paper/about/`, in a template `{{ site.root }}about/`; it is on 1")
    assert len(problems) == 3


def test_links_of_feeds_and_emails_are_followed_too(site, write):
    settings(write, base_url="https://example.org/")
    write("editions/2024-05-02.yaml", EDITION)
    write(
        "templates/email.html", (ROOT / "templates/email.html").read_text().replace("{{ web_url }}", "{{ web_url }}x/")
    )
    write("static/old/index.html", "<p>old</p>")
    body = "---\ntitle: Third\npublishedDateTime: 2024-05-03T08:00:00Z\n---\n[x](https://example.org/no/) [y](/old/)\n"
    write("_news/2024-05-03-c.md", body)
    problems = told(site, "broken-link")
    assert len(problems) == 2
    assert problems[0].startswith(
        "_news/2024-05-03-c.md:5:5: error: the link `https://example.org/no/` leads to no page"
    )
    assert problems[1].startswith("templates/email.html: error: the link `https://example.org/editions/2024-05-02/x/`")


def test_an_old_name_of_a_record_leads_on_and_is_no_broken_link(site, write, record):
    record(site / "_news", "2024-05-03-c.md", title="Third", aliases=["old-name"])
    write("pages/about.md", "[here](/news/old-name/)\n")
    assert told(site) == []


def test_with_a_search_its_files_are_not_missing(site, write):
    settings(write, search="true")
    write("pages/about.md", "[here](/pagefind/pagefind.js) [there](/search/)\n")
    assert told(site) == []


def test_a_link_to_a_place_that_a_page_lacks_is_broken(site, write):
    write("static/rules.html", "<!doctype html><h1 id=one>One</h1><a name=two></a>")
    write("static/paper.pdf", "%PDF")
    write(
        "pages/about.md",
        "## Team\n[a](#team) [b](/topics/#content) [c](/topics/#no) [d](#content) [e](/rules.html#one)\n"
        "[f](/rules.html#two) [g](/rules.html#three) [h](/paper.pdf#page=2) [i](#top) [j](#) [k](/topics/#:~:text=x)\n",
    )
    problems = told(site)
    assert [problem.partition("` leads")[0] for problem in problems] == [
        "pages/about.md:2:5: warning: the link `#team",
        "pages/about.md:2:38: warning: the link `/topics/#no",
        "pages/about.md:3:26: warning: the link `/rules.html#three",
    ]


def test_links_of_style_sheets_are_followed(site, write):
    write(
        "static/look/own.css",
        "p { background: url(paper.png) }\nq { background: url('../pic.svg') } a { src: url(//x.example/) }",
    )
    write("static/pic.svg", "<svg/>")
    assert told(site) == [
        "static/look/own.css:1:21: error: the link `paper.png` leads to no page and no file of the site"
    ]


def test_images_without_an_alternative_ids_that_repeat_and_links_without_a_text_are_found(site, write):
    write("static/pic.svg", "<svg/>")
    write(
        "templates/_footer.html",
        '<img src="{{ site.root }}pic.svg">\n<p id="content">x</p>\n<a href="{{ site.root }}topics/"><i></i></a>',
    )
    write("pages/about.md", "Look at [the topics](/topics/) and /pic.svg.\n")
    places = [(problem.rule, str(problem.place).removeprefix(f"{site}/"), problem.severity) for problem in found(site)]
    assert places == [
        ("missing-alt", "templates/_footer.html:1:26", Severity.ERROR),
        ("duplicate-id", "templates/_footer.html:2:4", Severity.ERROR),
        ("empty-link", "templates/_footer.html:3:25", Severity.WARNING),
    ]


def test_an_image_that_a_template_fills_in_is_told_once_at_the_template(site, write, record):
    for day in (4, 5):
        images = [{"url": f"https://x.example/{day}.jpg"}]
        record(site / "_news", f"2024-05-0{day}-c.md", title=f"Number {day}", images=images)
    write(
        "templates/_card.html",
        '<img\n src="/a.png" alt="">{{ item.title }}\n<img class=x src="/p.png?{{ item.title|length }}">',
    )
    write("static/a.png", "")
    write("static/p.png", "")
    (problem,) = found(site)
    assert str(problem).startswith(f"{site}/templates/_card.html:3:1: error: an image has no `alt`")
    assert problem.hint.endswith(" (`/p.png?46`)")


def test_headings_that_skip_a_level_are_told_once_for_the_layout(site, write):
    write("templates/_footer.html", "<p>\n<h6>About us</h6>")
    (problem,) = found(site)
    assert str(problem).startswith(f"{site}/templates/_footer.html:2:1: warning: an `h6` follows an `h")
    assert problem.hint.endswith(" pages, the first is / (“About us”)")


def test_a_page_without_a_first_heading_title_and_language_is_told_at_its_template(site, write):
    write("templates/topic.html", "<html><head></head><body><h2>{{ page.title }}</h2>")
    write("templates/latest.html", "<html lang=en><head><title>x</title></head><body><p>Nothing")
    problems = [problem.partition(": it is")[0].partition(": tabs")[0] for problem in told(site)]
    assert problems == [
        "templates/latest.html: warning: the page has no heading",
        "templates/topic.html: warning: the page has no language",
        "templates/topic.html: warning: the page has no title",
        "templates/topic.html:1:26: warning: the page's first heading is an `h2`",
    ]


def test_a_page_is_large_from_a_size_on(site, write):
    write("pages/about.md", "word " * (MOST_BYTES // 5))
    write("pages/team.md", "word " * (MOST_BYTES // 10))
    (problem,) = found(site)
    told_of = "warning: the page has more than 500,000 bytes of HTML: on a phone it takes seconds to show"
    assert str(problem) == f"{site}/pages/about.md: {told_of}"
    assert re.search(r"it is on the page /about/ \(50\d,\d{3} bytes\)$", problem.hint)


def test_an_email_that_mail_programs_would_cut_is_an_error(site, write):
    write("editions/2024-05-02.yaml", EDITION)
    write("templates/email.html", "<p>{{ 'x' * 200000 }}</p>")
    (problem,) = found(site)
    assert (problem.rule, problem.severity) == ("large-page", Severity.ERROR)
    assert "it may have 100,000" in problem.message


def test_a_template_that_fails_is_told_once_and_hides_no_other_page(site, write):
    write("templates/story.html", "<p>\n{{ 1 / 0 }}")
    write("pages/about.md", "[x](/no-such/)\n")
    problems = told(site)
    assert problems == [
        "pages/about.md:1:5: error: the link `/no-such/` leads to no page and no file of the site",
        "templates/story.html:2:1: error: template: division by zero",
    ]
    assert found(site, "template")[0].hint == "while rendering the page /news/2024-05-01-a/"


def test_a_template_that_can_not_be_read_at_all_is_told_once(site, write):
    write("templates/base.html", "{% block %}")
    (problem,) = told(site, "template")
    assert problem.startswith("templates/base.html:1:1: error: template: ")


def test_what_the_policy_of_a_page_forbids_is_told_where_it_is_written(site, write):
    (site / "broadsheet.yaml").write_text("base_url: https://example.org/paper/\n")
    write(
        "templates/_footer.html",
        "<p onclick='x()'\n style='color: red'>x</p>\n<script src=https://x.example/x.js></script>",
    )
    write("templates/_head.html", '<script src="https://example.org/paper/theme/broadsheet.js"></script>')
    why = "the page's policy wants styles and scripts in files of the site"
    assert told(site, "page-policy") == [
        f"templates/_footer.html:1:4: warning: `onclick` never runs: {why}",
        f"templates/_footer.html:2:2: warning: a `style` attribute changes nothing: {why}",
        f"templates/_footer.html:3:13: warning: `https://x.example/x.js` is not loaded: {why}",
    ]


def test_several_workers_find_the_same(tmp_path, record, monkeypatch):
    site = tmp_path / "site"
    for number in range(110):
        body = f"[x](/no-{number}/)"
        record(site / "_news", f"2024-02-01-{number}.md", title=f"Number {number}", body=body, topics=None, webUrl=None)
    (site / "templates").mkdir()
    (site / "templates/_footer.html").write_text('<b id=x></b><b id="x"></b><a href="#y">y</a><h6>z</h6>')
    (site / "templates/_row.html").write_text('<img src="{{ item.title }}">')
    (site / "templates/month.html").write_text("{{ nothing }}")
    alone = found(site)
    assert len(alone) > 110
    monkeypatch.setattr("broadsheet.check.pages.PAGES_WORTH_A_WORKER", 30)
    assert found(site, workers=Workers(3)) == alone

    def threads(jobs, initializer, arguments):
        return ThreadPoolExecutor(jobs, initializer=initializer, initargs=arguments)

    monkeypatch.setattr("broadsheet.check.pages.PAGES_WORTH_A_WORKER", 1)
    assert found(site, workers=Workers(3, threads)) == alone


def test_only_what_is_asked_for_is_told(site, write, run):
    write("templates/_footer.html", '<img src="/no.png"><b id=content></b>')
    done = run("check", site, "--only", "duplicate-id")
    assert done.returncode == 1
    assert done.stdout.count(": error: ") == 1
    assert ": error: the id `content` stands on several elements" in done.stdout


def test_nothing_else_of_a_check_needs_the_parser():
    program = "import sys, broadsheet.check.checker; sys.exit('selectolax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_a_base_element_moves_where_addresses_start(site, write):
    write("templates/_head.html", '<base href="/topics/">')
    write("templates/_footer.html", '<a href="boats/">x</a><a href="ships/">y</a><a href="#content">z</a>')
    (problem,) = told(site)
    assert "the link `ships/` leads to no page" in problem


def test_links_and_images_of_markdown_that_pages_leave_out_are_told(site, write):
    write(
        "pages/about.md",
        "# About\n\n[a](../topics/) ![b](pic.png) [c](ftp://x.example/) [d](//x.example/) [e](javascript:x)\n"
        "[f](/topics/) [g](#top) [h](mailto:a@b.example) <https://x.example/> [i](https://x.org/ä)\n\n![](b) [j][k]\n"
        "\n[k]: boats/größe\n",
    )
    problems = told(site)
    assert [problem.partition(" is left")[0] for problem in problems] == [
        "pages/about.md:3:5: error: the link `../topics/`",
        "pages/about.md:3:22: error: the image `pic.png`",
        "pages/about.md:3:35: error: the link `ftp://x.example/`",
        "pages/about.md:3:57: error: the link `//x.example/`",
        "pages/about.md:6:5: error: the image `b`",
        "pages/about.md:8:6: error: the link `boats/gr%C3%B6%C3%9Fe`",
    ]
