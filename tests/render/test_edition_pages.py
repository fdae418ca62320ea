"""Issues as readers get them: the web page, the archive, the feed, and the email in all its forms."""

import email
import email.policy
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import urlsplit
from xml.etree import ElementTree

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import meta
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Editions, Settings
from broadsheet.model import Edition, EditionItem, EditionSection, Image, Record, Sources
from broadsheet.problems import SiteError
from broadsheet.read.editions import plain_text
from broadsheet.render.email import MOST_BYTES
from broadsheet.render.message import alternative, header
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme
from broadsheet.render.views import NAMES

END = datetime(2024, 5, 31, 7, tzinfo=UTC)
BASE = "https://example.org/news/"
RECORD = Record("bridge.md", "bridge", "Bridge", END - timedelta(days=1), topics=("Transport",))
FOLDER = "editions/2024-05-31/"
PHOTO = Image("https://img.example.org/bridge.jpg", 1104, 552, "A bridge at dawn")


def item(slug="bridge", **fields):
    values = {
        "title": "Bridge opened",
        "excerpt": "After three years of work.",
        "provider": "The Bridge Post",
        "url": f"https://post.example.org/{slug}",
        **fields,
    }
    return EditionItem(slug, **values)


def edition_of(*items, **fields):
    sections = (EditionSection("Transport", items),) if items else ()
    values = {"start": END - timedelta(days=7), "end": END, "sections": sections, "file": "editions/x.yaml", **fields}
    return Edition("2024-05-31", **values)


def files(*editions, records=None, assets=None, templates=None, now=END, **options):
    """Every output file of a site with these issues; all their items are shown but for those that `records` lack."""
    slugs = sorted({one.slug for edition in editions for one in edition.items}) if records is None else records
    made = tuple(
        Record(f"{slug}.md", slug, f"Record {number}", END - timedelta(days=1), topics=("Transport",))
        for number, slug in enumerate(slugs)
    )
    chosen = Settings(**{"title": "The Daily Tram", **options})
    site = arrange(Sources(made, editions=editions), chosen, now).site
    return {file.path: file.content for file in Renderer(site, chosen).files(Theme(templates), assets or {})}


def parsed(content):
    return email.message_from_bytes(content, policy=email.policy.default)


class Reader(HTMLParser):
    """The links and pictures of a page, and its text."""

    def __init__(self, content):
        super().__init__()
        self.links, self.images, self.words = [], [], []
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag == "img":
            self.images += [dict(attrs)] if ("class", "logo") not in attrs else []

    def handle_data(self, data):
        self.words += data.split()

    @property
    def text(self):
        return " ".join(self.words)


# The web.


def test_an_issue_shows_its_frozen_texts_and_links_to_its_stories_here_and_to_the_reports():
    found = files(edition_of(item(image=PHOTO)), base_url=BASE)
    page = Reader(found[FOLDER + "index.html"])
    for text in ("31 May 2024", "Transport", "Bridge opened", "After three years of work.", "The Bridge Post"):
        assert text in page.text
    assert {"/news/news/bridge/", "https://post.example.org/bridge", "/news/editions/"} <= set(page.links)
    assert page.images[0]["src"] == PHOTO.url
    assert "Record 0" not in page.text


def test_an_issue_says_wherever_it_is_read_that_an_item_goes_on_with_an_earlier_one():
    news, update = item("new", title="Opera roof"), item("on", title="Bridge opened", update=True)
    made = files(edition_of(news, update), base_url=BASE)
    page = html5lib.parse(made[f"{FOLDER}index.html"].decode(), treebuilder="etree", namespaceHTMLElements=False)
    assert ["".join(h3.itertext()) for h3 in page.iter("h3")] == ["Opera roof", "Update: Bridge opened"]
    mail = html5lib.parse(made[f"{FOLDER}email.html"].decode(), treebuilder="etree", namespaceHTMLElements=False)
    assert ["".join(h3.itertext()) for h3 in mail.iter("h3")] == ["Opera roof", "Update: Bridge opened"]
    lines = made[f"{FOLDER}email.txt"].decode().splitlines()
    assert "Update: Bridge opened" in lines
    assert "Opera roof" in lines
    message = parsed(made[f"{FOLDER}email.eml"])
    assert all("Update:" in part.get_content() for part in message.iter_parts())
    assert made["editions/feed.xml"].decode().count("Update: ") == 1


def test_the_word_before_an_update_is_in_the_sites_language_and_on_its_own_side():
    made = files(edition_of(item("on", title="Bridge opened", update=True)), base_url=BASE, language="fr")
    assert "Mise à jour\u00a0: Bridge opened" in made[f"{FOLDER}email.txt"].decode()
    page = html5lib.parse(made[f"{FOLDER}index.html"].decode(), treebuilder="etree", namespaceHTMLElements=False)
    (title,) = page.iter("h3")
    assert (title.get("dir"), title[0].tag) == ("auto", "bdi")


def test_the_archive_lists_issues_newest_first_and_every_page_leads_to_it():
    first, second = edition_of(item()), structs.replace(edition_of(item()), date="2024-06-07", end=END + timedelta(7))
    found = files(first, second, now=END + timedelta(days=8))
    links = Reader(found["editions/index.html"]).links
    assert [link for link in links if link.startswith("/editions/2")] == [
        "/editions/2024-06-07/",
        "/editions/2024-05-31/",
    ]
    for path in ("index.html", "news/bridge/index.html", "404.html"):
        assert "/editions/" in Reader(found[path]).links


def test_a_site_without_issues_has_no_trace_of_them():
    found = files(records=["bridge"], editions=Editions(period="daily"))
    assert not any(path.startswith("editions") for path in found)
    assert not any(b"/editions/" in content for content in found.values())


def test_what_was_withdrawn_is_counted_and_in_no_byte_of_the_output():
    secret = item(
        "kanarie", title="kanarie title", excerpt="kanarie", provider="kanarie", url="https://kanarie.example"
    )
    secret = structs.replace(secret, image=Image("https://kanarie.example/1.png", 10, 10, "kanarie"))
    for others, note in (([], "1 item withdrawn"), ([structs.replace(secret, slug="kanarie2")], "2 items withdrawn")):
        found = files(edition_of(item(), secret, *others, passed_over=("kanarie3",)), records=["bridge"], base_url=BASE)
        assert [path for path, content in found.items() if b"kanarie" in content.lower() or "kanarie" in path] == []
        for name in ("index.html", "email.html"):
            assert note in Reader(found[FOLDER + name]).text
        assert note in found[FOLDER + "email.txt"].decode()


def test_an_issue_of_which_all_is_withdrawn_is_still_a_page_and_an_email():
    found = files(edition_of(item("gone")), records=["bridge"], base_url=BASE)
    for name in ("index.html", "email.html"):
        assert "1 item withdrawn" in Reader(found[FOLDER + name]).text
    assert not parsed(found[FOLDER + "email.eml"]).defects


def test_the_feed_has_an_entry_for_every_issue_known_by_its_day():
    found = files(edition_of(item(title="A & B <c>")), base_url=BASE)
    atom = ElementTree.fromstring(found["editions/feed.xml"])
    name = "{http://www.w3.org/2005/Atom}"
    (entry,) = atom.findall(f"{name}entry")
    assert entry.findtext(f"{name}id").endswith("2024-05-31")
    assert entry.findtext(f"{name}updated") == "2024-05-31T07:00:00Z"
    assert [link.get("href") for link in entry.findall(f"{name}link")] == [BASE + FOLDER]
    (json_item,) = json.loads(found["editions/feed.json"])["items"]
    assert json_item["id"] == entry.findtext(f"{name}id")
    assert "A &amp; B &lt;c&gt;" in json_item["content_html"]


# The email.


def test_in_the_email_headlines_lead_to_the_story_here_and_providers_to_the_original_report():
    found = files(edition_of(item()), base_url=BASE)
    assert Reader(found[FOLDER + "email.html"]).links == [
        BASE + FOLDER,
        BASE + "news/bridge/",
        "https://post.example.org/bridge",
        BASE + FOLDER,
    ]


def test_without_a_base_url_an_email_links_to_the_original_reports_only():
    found = files(edition_of(item(), item("tram", url="")))
    assert set(Reader(found[FOLDER + "email.html"]).links) == {"https://post.example.org/bridge"}
    assert "http" not in found[FOLDER + "email.txt"].decode().replace("https://post.example.org/bridge", "")


def test_an_email_needs_nothing_from_outside_but_pictures_and_has_its_styles_inline():
    html = files(edition_of(item(image=PHOTO)), base_url=BASE)[FOLDER + "email.html"].decode()
    assert not re.search(r"<(?:script|link|iframe|form|video|svg)|@import|@font-face|url\(", html)
    assert re.search(r'<h3[^>]* style="[^"]*font-size: 28px', html)
    assert re.search(r"<style[^>]*>\s*:root.*prefers-color-scheme: dark", html, re.DOTALL)
    assert "<!--[if mso]>" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "max-width: 600px" in html
    assert html.index('<meta charset="utf-8">') < 1024


def test_a_preheader_tells_the_first_headlines_and_is_not_seen():
    html = files(edition_of(item(title="Bridge opened"), item("b", title="Tram sold")))[FOLDER + "email.html"].decode()
    hidden = re.search(r'<div class="hidden" style="display: none;[^>]*>([^<]*)', html)
    assert "Bridge opened · Tram sold" in hidden[1]


def test_pictures_have_text_and_size_and_are_no_wider_than_the_email():
    small = structs.replace(PHOTO, url="https://img.example.org/2.png", title=None)
    found = files(edition_of(item(image=PHOTO), item("b", image=small)))
    images = Reader(found[FOLDER + "email.html"]).images
    assert [(image["src"], image["width"], image["height"], image["alt"]) for image in images] == [
        (PHOTO.url, "552", "276", "A bridge at dawn"),
        (small.url, "112", "56", ""),
    ]


@pytest.mark.parametrize(
    ("image", "base", "shown"),
    [
        (Image("/bridge.png", 600, 300), BASE, [BASE + "bridge.png?v=1"]),
        (Image("/bridge.png", 600, 300), None, []),
        (Image("/missing.png", 600, 300), BASE, []),
        (Image("/bridge.svg", 600, 300), BASE, []),
        (Image("https://img.example.org/1.png", 0, 0), BASE, []),
        (Image("https://img.example.org/1.png", 10, 9000), BASE, []),
    ],
)
def test_an_email_shows_what_pictures_a_mail_program_can_fetch_and_show(image, base, shown):
    assets = {"bridge.png": "bridge.png?v=1", "bridge.svg": "bridge.svg?v=1"}
    found = files(edition_of(item(image=image)), assets=assets, base_url=base)
    assert [image["src"] for image in Reader(found[FOLDER + "email.html"]).images] == shown


def test_the_plain_text_says_the_same_and_is_wrapped():
    long = "A sentence that goes on and on. " * 8
    text = files(edition_of(item(excerpt=long.strip())), base_url=BASE)[FOLDER + "email.txt"].decode()
    for part in ("The Daily Tram", "31 May 2024", "Transport", "Bridge opened", BASE + "news/bridge/"):
        assert part in text
    assert " ".join(long.split()) in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 72


def test_the_message_has_both_parts_and_what_a_mail_program_asks_for():
    options = Editions(
        period="weekly", sender="Die Straßenbahn <news@example.org>", unsubscribe="https://example.org/unsubscribe?i=1"
    )
    found = files(edition_of(item()), base_url=BASE, editions=options, title="Zeitung für Straßenbahnen")
    content = found[FOLDER + "email.eml"]
    message = parsed(content)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert message["Subject"] == "Zeitung für Straßenbahnen, 31 May 2024"
    assert message["From"].addresses[0].display_name == "Die Straßenbahn"
    assert message["From"].addresses[0].addr_spec == "news@example.org"
    assert message["Date"].datetime == END
    assert re.fullmatch(r"<edition-2024-05-31\.[0-9a-f]{8}@example\.org>", message["Message-ID"])
    assert message["List-Unsubscribe"] == "<https://example.org/unsubscribe?i=1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.replace("\r\n", "\n").strip() == found[FOLDER + "email.txt"].decode().strip()
    assert html.replace("\r\n", "\n").strip() == found[FOLDER + "email.html"].decode().strip()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 98


@pytest.mark.parametrize("placeholder", ["{{unsubscribe_url}}", "*|UNSUB|*", "mailto:u@example.org?subject=u"])
def test_a_placeholder_to_unsubscribe_stays_as_it_is_in_header_and_foot(placeholder):
    found = files(edition_of(item()), editions=Editions(period="daily", unsubscribe=placeholder))
    message = parsed(found[FOLDER + "email.eml"])
    assert message["List-Unsubscribe"] == f"<{placeholder}>"
    assert message["List-Unsubscribe-Post"] is None
    assert placeholder in Reader(found[FOLDER + "email.html"]).links
    assert f"Unsubscribe: {placeholder}" in found[FOLDER + "email.txt"].decode()


def test_the_message_of_a_sender_unknown_is_from_the_site():
    message = parsed(files(edition_of(item()), base_url=BASE)[FOLDER + "email.eml"])
    assert (message["From"].addresses[0].display_name, message["From"].addresses[0].addr_spec) == (
        "The Daily Tram",
        "editions@example.org",
    )


def test_two_builds_at_different_times_differ_in_nothing_of_an_issue():
    early, late = (files(edition_of(item()), base_url=BASE, now=END + timedelta(days=days)) for days in (0, 900))
    issues = [path for path in early if path.startswith("editions/")]
    assert len(issues) == 7
    assert [path for path in issues if early[path] != late[path]] == []


def test_what_has_no_room_in_the_email_is_counted_and_on_the_web():
    items = [item(f"s{number}", title=f"Headline {number}", excerpt="word " * 60) for number in range(300)]
    found = files(edition_of(*items), base_url=BASE)
    html = found[FOLDER + "email.html"]
    assert 0.9 * MOST_BYTES < len(html) <= MOST_BYTES
    page = Reader(html)
    shown = len(set(re.findall(r"Headline \d+", page.text)))
    assert f"… and {300 - shown} more on the web" in page.text
    assert page.links.count(BASE + FOLDER) == 3
    assert len(set(re.findall(r"Headline \d+", Reader(found[FOLDER + "index.html"]).text))) == 300


def test_an_email_that_is_too_long_without_any_item_is_the_template_s_fault(tmp_path):
    (tmp_path / "email.html").write_text(f"<!doctype html><title>x</title><p>{'long ' * 30_000}")
    with pytest.raises(SiteError, match=r"email\.html.*150,"):
        files(edition_of(item()), templates=tmp_path)


hostile = st.text(max_size=60) | st.sampled_from(
    [
        "<script>x</script>",
        "\"'><img src=x>",
        "&amp;lt;",
        "{{ 7*7 }}",
        "--",
        "From me\n.\n",
        "\u202eabc",
        "=?utf-8?q?a?=",
    ]
)
huge = st.tuples(hostile, st.integers(1, 2_000)).map(lambda part: part[0] * part[1]).map(lambda text: text[:20_000])
texts = (hostile | huge).map(plain_text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(st.tuples(texts.filter(bool), texts, texts), min_size=1, max_size=4),
    texts,
    st.integers(1, 60),
    st.sampled_from([BASE, None]),
)
def test_whatever_the_texts_are_the_issue_is_well_formed_and_the_email_short(parts, topic, times, base):
    items = [
        item(f"s{number}-{turn}", title=title, excerpt=excerpt, provider=provider)
        for number, (title, excerpt, provider) in enumerate(parts)
        for turn in range(times)
    ]
    edition = structs.replace(edition_of(), sections=(EditionSection(topic, tuple(items)),))
    found = files(edition, base_url=base, title=parts[0][0], description=parts[0][1])
    assert len(found[FOLDER + "email.html"]) < 102_400
    assert len(found[FOLDER + "email.txt"]) < 102_400
    for name in ("index.html", "email.html"):
        html5lib.HTMLParser(strict=True).parse(found[FOLDER + name].decode())
    html5lib.HTMLParser(strict=True).parse(found["editions/index.html"].decode())
    ElementTree.fromstring(found["editions/feed.xml"])
    json.loads(found["editions/feed.json"])
    message = parsed(found[FOLDER + "email.eml"])
    assert [part.defects for part in message.walk()] == [[], [], []]
    assert all(not header.defects for header in message.values())
    assert {urlsplit(link).scheme for link in Reader(found[FOLDER + "email.html"]).links} <= {"https"}


def test_a_title_of_a_megabyte_leaves_the_email_short_and_the_page_whole():
    found = files(edition_of(item(title="&" * 2**20), item("b")), base_url=BASE, title="<" * 2**20)
    assert len(found[FOLDER + "email.html"]) < 20_000
    assert "Bridge opened" in Reader(found[FOLDER + "email.html"]).text


@given(st.text().map(plain_text))
def test_a_header_says_what_it_was_given_in_lines_that_every_server_takes(text):
    raw = header("Subject", text)
    assert all(len(line) <= 78 for line in raw.split("\r\n"))
    assert raw.isascii()
    assert not re.search(r"\r\n(?! )", raw)
    assert str(parsed(f"{raw}\r\n\r\n".encode())["Subject"]) == text


def test_the_template_of_the_email_is_given_exactly_the_names_that_the_manual_tells():
    class Watched(Theme):
        def render(self, name, context):
            if name == "email.html":
                given.append(set(context))
            return super().render(name, context)

    given = []
    site = arrange(Sources((RECORD,), editions=(edition_of(item()),)), Settings(title="x"), END).site
    assert list(Renderer(site, Settings(title="x")).files(Watched(), {}))
    assert given == [{"site", "page", *NAMES["email"]}]
    source = (resources.files("broadsheet.templates") / "email.html").read_text(encoding="utf-8")
    assert meta.find_undeclared_variables(Theme()._environment.parse(source)) <= given[0]


def test_each_part_of_a_message_is_sent_in_the_shorter_of_two_encodings():
    texts = {"plain": "\u65e5\u672c\n" * 5000, "html": "<p>Ferry caf\u00e9</p>\n"}
    message = alternative(["Subject: x"], "b", texts.items())
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    parts = {part.get_content_subtype(): part for part in parsed.iter_parts()}
    assert {kind: part["Content-Transfer-Encoding"] for kind, part in parts.items()} == {
        "plain": "base64",
        "html": "quoted-printable",
    }
    assert {kind: part.get_content().replace("\r\n", "\n") for kind, part in parts.items()} == texts
    assert all(len(line) <= 76 for line in message.decode("ascii").split("\r\n")[3:])
