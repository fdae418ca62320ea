"""What `theme:` may say: wrong values are told with their place, and none gets out of its place on a page."""

import re
from pathlib import Path

import html5lib
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.config import Fonts, FooterLink, Settings, Theme
from broadsheet.problems import SiteError
from broadsheet.read.settings import parse_settings
from broadsheet.render.assets import style
from broadsheet.render.text import site_link

FILE = "broadsheet.yaml"


def theme_of(text):
    return parse_settings(text, FILE).theme


def problems(text):
    with pytest.raises(SiteError) as raised:
        parse_settings(text, FILE)
    return raised.value.problems


def test_everything_of_the_theme_can_be_said():
    text = """\
theme:
  accent: "#9a2f1f"
  fonts: {text: 'Charter, "Iowan Old Style", serif', headings: Georgia, labels: system-ui}
  logo: /logo.svg
  masthead: All that floats
  footer:
    - {name: About us, url: /about/}
"""
    assert theme_of(text) == Theme(
        "#9a2f1f",
        Fonts('Charter, "Iowan Old Style", serif', "Georgia", "system-ui"),
        "/logo.svg",
        "All that floats",
        (FooterLink("About us", "/about/"),),
    )


@pytest.mark.parametrize("text", ["", "theme: {}", "theme: {fonts: {}, footer: []}"])
def test_a_theme_that_says_nothing_is_the_default(text):
    assert parse_settings(f"title: x\n{text}", FILE) == Settings(title="x")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("accent: 5", "2:11: error: `theme.accent` must be text, not a whole number", "put it in quotes"),
        ("accent: red", "2:11: error: `theme.accent` is no colour: red", 'write it as "#9a2f1f"'),
        ("accent: '#12345'", "2:11: error: `theme.accent` is no colour: #12345", 'write it as "#9a2f1f"'),
        ("accent: '#fff }'", "2:11: error: `theme.accent` is no colour: #fff }", 'write it as "#9a2f1f"'),
        ("accent: #9a2f1f", "2:10: error: `theme.accent` is empty: after a blank, `#` starts", 'write it as "#9a2f1f"'),
        ("akzent: '#fff'", "2:3: error: unknown setting `theme.akzent`", "did you mean `accent`?"),
        ("fonts: {txt: Arial}", "2:11: error: unknown setting `theme.fonts.txt`", "did you mean `text`?"),
        ("fonts: {text: 'a; b'}", "2:17: error: `theme.fonts.text` is no list of typefaces: a; b", "names as in CSS"),
        ("fonts: {headings: ''}", "2:21: error: `theme.fonts.headings` is no list of typefaces: ", "names as in CSS"),
        ("fonts: {labels: '\"a'}", '2:19: error: `theme.fonts.labels` is no list of typefaces: "a', "names as in CSS"),
        ("logo: logo.svg", "2:9: error: `theme.logo` is no file of the site: logo.svg", "put it into static/"),
        ("logo: https://x.example/a.svg", "2:9: error: `theme.logo` is no file of the site", "put it into static/"),
        ("logo: //x.example/a.svg", "2:9: error: `theme.logo` is no file of the site", "put it into static/"),
        ("logo: /../secret.svg", "2:9: error: `theme.logo` is no file of the site", "put it into static/"),
        ("footer: About", "2:11: error: `theme.footer` must be a list, not text", "write it as a list"),
        (
            "footer: [{name: a, url: about}]",
            "2:27: error: the link `a` leads nowhere: about",
            "a page of the site starts",
        ),
        ("footer: [{name: a, url: //b.example}]", "2:27: error: the link `a` leads nowhere: //b", "a page of the site"),
        ("footer: [{name: a, url: 'javascript:b()'}]", "2:27: error: the link `a` leads nowhere", "a page of the site"),
        ("footer: [{name: a, url: /, at: 1}]", "2:30: error: unknown setting `theme.footer[0].at`", "known here: name"),
        ("footer: [{name: '', url: /a/}]", "2:19: error: the link to /a/ has no name", "give it one"),
        ("footer: [{name: ' <br> ', url: /a/}]", "2:19: error: the link to /a/ has no name", "give it one"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_what_would_mend_it(text, message, hint):
    (problem,) = problems(f"theme:\n  {text}\n")
    assert str(problem).startswith(f"{FILE}:{message}")
    assert problem.hint.startswith(hint)


def test_all_wrong_values_are_told_at_once():
    text = "theme:\n  accent: red\n  logo: a.svg\n  fonts: {text: '{', labels: '}'}\n  footer: [{name: a, url: b}]\n"
    assert [problem.place.line for problem in problems(text)] == [2, 4, 4, 3, 5]


# Nothing gets out of its place.

names = st.sampled_from(
    ["Charter", '"Iowan Old Style"', "'PT Serif'", "serif", "Grotesk Ü", "'Über Sans'", "system-ui", "-apple-system"]
)
families = st.tuples(st.sampled_from([", ", ",", " , "]), st.lists(names, min_size=1, max_size=4)).map(
    lambda parts: parts[0].join(parts[1])
)
signs = st.text(st.sampled_from("aZ09-_ ,;:{}()<>/*\\@!#'\"\n\t\u2028é")) | st.text()


def said(path, value):
    values = value
    for name in reversed(path):
        values = {name: values}
    return yaml.safe_dump({"theme": values}, allow_unicode=True)


@given(family=families, name=st.sampled_from(["text", "headings", "labels"]))
def test_lists_of_names_as_css_has_them_are_typefaces(family, name):
    assert getattr(theme_of(said(("fonts", name), family)).fonts, name) == family


@pytest.mark.parametrize("family", ["Source Sans 3, sans-serif", "serif, 3D Sans", "-", "a -1"])
def test_a_name_that_css_takes_only_in_quotes_is_no_typeface_without_them(family):
    (problem,) = problems(f"theme:\n  fonts: {{text: '{family}'}}\n")
    assert str(problem) == f"{FILE}:2:17: error: `theme.fonts.text` is no list of typefaces: {family}"
    assert '"Source Sans 3"' in problem.hint


@given(family=signs, name=st.sampled_from(["text", "headings", "labels"]))
@example("serif; } body { display: none", "text")
@example('"a"; @import url(https://x.example/a.css); "', "labels")
@example("a\\", "text")
@example("serif\n", "text")
@example("a /* b", "headings")
def test_no_typeface_gets_out_of_its_line_of_the_style_sheet(family, name):
    try:
        theme = theme_of(said(("fonts", name), family))
    except SiteError:
        return
    added = style(b"", theme).decode()
    value = re.fullmatch(r"\n/\* The site's own \*/\n\n:root \{\n  --[a-z]+-font: (.*);\n\}\n", added)
    assert value is not None
    assert value[1] == family
    assert not set(family) & set(";{}()<>/*\\@!\n")
    outside_quotes = re.sub(r'"[^"]*"|\'[^\']*\'', "", family)
    assert not set(outside_quotes) & set("\"'")


@given(colour=signs | st.from_regex("#[0-9a-fA-F]{1,8}", fullmatch=True))
@example("#fff;}")
@example("#fff\n")
@example("#٣٣٣")
def test_no_colour_gets_out_of_its_line_of_the_style_sheet(colour):
    try:
        theme = theme_of(said(("accent",), colour))
    except SiteError:
        return
    assert re.fullmatch("#([0-9a-fA-F]{3}){1,2}", colour)
    added = style(b"", theme).decode()
    assert re.search(r":root \{\n  --accent: light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\);\n\}\n$", added)


@given(url=signs.map("/".__add__) | signs.map("https://x.example/".__add__) | signs.map("mailto:".__add__) | signs)
@example("javascript:alert(1)")
@example(" JavaScript:alert(1)")
@example("/\t/evil.example")
@example("/\\evil.example")
def test_a_link_at_the_foot_leads_into_the_site_to_the_web_or_to_a_mailbox(url):
    try:
        (link,) = theme_of(said(("footer",), [{"name": "a", "url": url}])).footer
    except SiteError:
        return
    href = site_link(link.url, "/news/") or ""
    assert re.fullmatch(r"(/news/(?![/\\])|https?://|mailto:)[!-~]*", href)


# On pages.


@pytest.fixture
def built(tmp_path, record, run):
    """Build a site with a `theme:`, and return the front page and what the build said."""

    def built(theme, *files, base_url="https://example.org/news/"):
        record(tmp_path / "_news")
        settings = {"base_url": base_url, "theme": theme}
        (tmp_path / "broadsheet.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        for name in files:
            file = tmp_path / "static" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
        result = run("build", tmp_path)
        assert result.returncode == 0, result.stderr
        html = (tmp_path / "public" / "index.html").read_text(encoding="utf-8")
        return html5lib.parse(html, namespaceHTMLElements=False), result.stdout + result.stderr

    return built


def logo(page):
    return page.find(".//img[@class='logo']").get("src")


def test_the_logo_is_a_file_of_the_site(built):
    page, said = built({"logo": "/marks/logo.svg"}, "marks/logo.svg")
    assert logo(page).startswith("/news/marks/logo.svg?v=")
    assert "warning" not in said


def test_without_a_logo_the_page_has_the_one_of_the_theme(built):
    page, said = built({})
    assert logo(page).startswith("/news/theme/icon.svg?v=")
    assert "warning" not in said


@pytest.mark.parametrize("name", ["/logo.svg", "/marks", "/"])
def test_a_logo_that_is_not_there_is_told_and_the_one_of_the_theme_stands_for_it(built, tmp_path, name):
    page, said = built({"logo": name}, "marks/other.svg")
    assert logo(page).startswith("/news/theme/icon.svg?v=")
    assert f"{Path('static') / name.strip('/')}: warning: `theme.logo` is no file of the site: {name}" in said
    assert (tmp_path / "public" / logo(page).removeprefix("/news/").partition("?")[0]).is_file()


def test_a_logo_that_comes_later_is_taken_by_the_next_build(built):
    built({"logo": "/logo.svg"})
    page, said = built({"logo": "/logo.svg"}, "logo.svg")
    assert logo(page).startswith("/news/logo.svg?v=")
    assert "warning" not in said


def test_links_of_the_settings_stand_at_the_foot_in_their_order_below_the_path_of_the_site(built):
    page, _ = built(
        {
            "footer": [
                {"name": "About & more", "url": "/about us/"},
                {"name": "Write", "url": "mailto:news@example.org"},
                {"name": "Café", "url": "https://example.net/café"},
            ]
        }
    )
    links = [(a.text, a.get("href")) for a in page.findall(".//footer//a")]
    assert links[-3:] == [
        ("About & more", "/news/about%20us/"),
        ("Write", "mailto:news@example.org"),
        ("Café", "https://example.net/caf%C3%A9"),
    ]


def test_what_stands_below_the_name_is_plain_text_fit_to_show(built):
    page, _ = built({"masthead": "All that\x07 floats &amp; <b>more</b>"})
    assert "All that floats & more" in " ".join("".join(page.find(".//header").itertext()).split())
