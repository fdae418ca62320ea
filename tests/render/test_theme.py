"""Templates: a site's own in front of the default ones, and errors that say where they are."""

from urllib.parse import unquote, urlsplit

import pytest

from broadsheet.problems import SiteError
from broadsheet.render.theme import Theme, asset_url, theme_files
from broadsheet.render.views import ItemView, Link


@pytest.fixture
def own(tmp_path):
    """Write templates of a site's own, and return their folder."""

    def own(**templates):
        folder = tmp_path / "templates"
        folder.mkdir()
        for name, text in templates.items():
            path = folder / f"{name.replace('__', '/')}.html"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return own


def render(folder, **context):
    """Render `page.html` of a site's own as if it were /latest/."""
    theme = Theme(folder)
    with theme.rendering("latest/"):
        return str(theme.render("page.html", context))


def failure(render):
    with pytest.raises(SiteError) as caught:
        render()
    (problem,) = caught.value.problems
    return problem


def test_a_template_of_the_site_wins_over_the_default_one_of_that_name(own, make, pages):
    found = pages(make("a"), templates=own(archive="My own archive"))
    assert found["archive/index.html"].html == "My own archive"
    assert "The Daily Tram" in found["index.html"].html


def test_a_template_of_the_site_can_extend_the_default_one_of_the_same_name(own, make, pages):
    extended = '{% extends "default/story.html" %}{% block video %}<p class="mine">{{ story.title }}</p>{% endblock %}'
    record = make("a")
    page = pages(record, templates=own(story=extended))["news/a/index.html"]
    assert [p.text for p in page.classed("mine")] == [record.title]
    assert page.all("h1")[0].text == record.title


def test_a_base_of_the_site_carries_the_default_pages(own, make, pages):
    base = '{% extends "default/base.html" %}{% block footer %}<p class="mine">Mine</p>{% endblock %}'
    found = pages(make("a"), templates=own(base=base))
    assert all(page.classed("mine") for page in found.values())


@pytest.mark.parametrize(
    ("card", "shown"), [("Mine: {{ item.title }}", "Mine: Tram"), ('{% extends "default/_card.html" %}', "<article")]
)
def test_a_part_of_the_site_stands_in_the_default_pages(own, make, pages, card, shown):
    assert shown in pages(make("a"), templates=own(_card=card))["latest/index.html"].html


def test_a_template_of_the_site_can_go_through_what_it_is_given_rendered(own, make, link, pages):
    others = [
        make(name, title=title, quality=1) for name, title in (("a", "Tram drivers wanted"), ("b", "Tram depot sold"))
    ]
    lead = make("lead", quality=9, related=tuple(map(link, others)))
    mine = "{% for row in also_linked %}<li>{{ row }}</li>{% endfor %}"
    page = pages(lead, *others, templates=own(story=mine))["news/lead/index.html"]
    assert [len(li.findall("div[@class='row']")) for li in page.all("li")] == [1, 1]
    assert [a.text for a in page.all("li//p[@class='row-title']/a")] == [other.title for other in others]


def test_a_menu_and_a_footer_of_the_site_stand_on_every_page(own, make, pages):
    found = pages(
        make("a"), templates=own(_menu="<p class=mine>{{ current }}</p>", _footer="<p class=mine>{{ feed }}</p>")
    )
    assert [p.text for p in found["topics/transport/index.html"].classed("mine")] == [
        "/topics/transport/",
        "/topics/transport/feed.xml",
    ]
    assert all(len(page.classed("mine")) == 2 for page in found.values())


def test_what_templates_print_is_escaped_in_files_of_any_name(own):
    folder = own(page="{{ text }}{% include 'part.txt' %}")
    (folder / "part.txt").write_text("{{ text }}")
    assert render(folder, text="<b>") == "&lt;b&gt;&lt;b&gt;"


def test_a_site_without_templates_has_the_default_ones(tmp_path):
    assert Theme(tmp_path / "nowhere").render("_row.html", ROW)
    assert Theme(None).render("_row.html", ROW)


ITEM = ItemView("", "Tram", "", "", False, "", "", "", "", Link(""))
ROW = {"item": ITEM, "is_here": True}

BROKEN = {
    "a syntax error": "one\n{% if %}\n",
    "a block that is not closed": "one\n{% if true %}",
    "a name that is not given": "one\n{{ no_such_name }}",
    "an attribute that is not there": "one\n{{ site.no_such_name }}",
    "an attribute of what is not there": "one\n{{ no_such.name }}",
    "a division by zero": "one\n{{ 1 / 0 }}",
    "a wrong type": "one\n{{ 'a' + 1 }}",
    "a wrong type in a filter": "one\n{{ 'a'|round }}",
    "a filter that is not there": "one\n{{ 1|no_such_filter }}",
    "a call of what can not be called": "one\n{{ 'a'() }}",
    "a missing include": "one\n{% include 'missing.html' %}",
    "a missing base": "\n{% extends 'missing.html' %}",
    "a missing import": "one\n{% import 'missing.html' as m %}",
    "a missing item": "one\n{{ {}['x'] }}",
    "a loop over a number": "one\n{% for x in 3 %}{% endfor %}",
    "a test that is not there": "one\n{{ 1 is no_such_test }}",
    "too deep a recursion": "one\n{% include 'page.html' %}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=list(BROKEN))
def test_an_error_in_a_template_names_its_file_its_line_and_the_page(own, text):
    folder = own(page=text)
    problem = failure(lambda: render(folder, site=ITEM))
    assert problem.place.file.endswith("templates/page.html")
    assert problem.place.line == 2
    assert "/latest/" in problem.hint


def test_an_attribute_that_is_not_there_is_told_by_the_name_that_the_manual_has(own):
    folder = own(page="{{ item.nope }}")
    with pytest.raises(SiteError, match="template: ItemView has no attribute 'nope'"):
        Theme(folder).fill("page.html", ROW)


@pytest.mark.parametrize("ending", ["html", "txt", "jinja", "j2"])
def test_an_error_in_a_macro_names_the_line_of_the_macro(own, ending):
    folder = own(page=f"{{% import 'macros.{ending}' as m %}}\n\n\n{{{{ m.bad(1) }}}}")
    (folder / f"macros.{ending}").write_text("one\n{% macro bad(x) %}\n{{ x.y.z }}\n{% endmacro %}")
    problem = failure(lambda: render(folder))
    assert problem.place.file.endswith(f"macros.{ending}")
    assert problem.place.line == 3
    assert "/latest/" in problem.hint


@pytest.mark.parametrize("ending", ["html", "txt"])
@pytest.mark.parametrize("text", ["one\n{{ no_such_name }}", "one\n{% if %}", "one\n{{ 1 / 0 }}"])
def test_an_error_in_an_included_template_names_the_line_of_that_one(own, text, ending):
    folder = own(page=f"1\n2\n3\n{{% include 'part.{ending}' %}}")
    (folder / f"part.{ending}").write_text(text)
    problem = failure(lambda: render(folder))
    assert (problem.place.file.endswith(f"part.{ending}"), problem.place.line) == (True, 2)


@pytest.mark.parametrize("part", ["_card", "_row"])
def test_an_error_in_a_card_or_a_row_of_the_site_names_the_page_that_was_being_made(own, make, link, pages, part):
    lead = make("lead", quality=9)
    records = (lead, make("member", quality=1, related=(link(lead),)))
    templates = own(**{part: "one\n{{ no_such_name }}"})
    problem = failure(lambda: pages(*records, templates=templates))
    assert (problem.place.file.endswith(f"{part}.html"), problem.place.line) == (True, 2)
    assert "page /" in problem.hint


def test_a_template_that_extends_itself_is_an_error_that_says_where(own, make, pages):
    problem = failure(lambda: pages(make("a"), templates=own(story='{% extends "story.html" %}')))
    assert problem.place.file.endswith("story.html")
    assert "/news/a/" in problem.hint


def test_an_error_that_a_template_of_the_site_makes_in_a_default_one_names_the_line_of_that_one(own, make, pages):
    wrong = '{% set item = "no story" %}{% extends "default/_card.html" %}'
    problem = failure(lambda: pages(make("a"), templates=own(_card=wrong)))
    assert problem.place.file.endswith("_card.html")
    assert problem.place.line > 0
    assert "page /" in problem.hint


def test_a_template_that_is_not_text_is_an_error_that_names_it(own, make, pages):
    folder = own(archive="")
    (folder / "archive.html").write_bytes(b"\xff\xfe\x00broken")
    problem = failure(lambda: pages(make("a"), templates=folder))
    assert problem.place.file.endswith("archive.html")


def test_an_error_of_the_program_is_no_error_of_the_site(own):
    class Broken:
        @property
        def title(self):
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        render(own(page="{{ broken.title }}"), broken=Broken())


def test_static_files_of_the_theme_are_there_and_nothing_of_python_is():
    files = theme_files()
    assert {"theme/broadsheet.css", "theme/icon.svg"} <= set(files)
    assert all(files.values())
    assert list(files) == sorted(files)
    assert not [path for path in files if "__" in path or path.endswith((".py", ".pyc"))]


def test_the_address_of_a_static_file_changes_with_its_content_and_with_nothing_else():
    assert asset_url("a.css", "0123456789") == asset_url("a.css", "0123456789") != asset_url("a.css", "1123456789")
    assert asset_url("a.css", "0123456789").startswith("a.css?v=")


@pytest.mark.parametrize("path", ["a b.png", "50%.png", "%41.png", "what?.png", "no#1.png", "caf\u00e9.png"])
def test_the_address_of_a_static_file_is_percent_encoded(path):
    url = asset_url(path, "0123456789")
    assert url.isascii()
    assert " " not in url
    assert unquote(urlsplit(url).path) == path
