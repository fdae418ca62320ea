"""Whatever strangers write into records, every output holds none of it but as text, says somebody else's parser.

Every folder beside this file is an attack: `hostile_sites.py` says how it is written down. A new one is tested as it
is. `tests/outside/test_hostile_pages.py` opens the same sites in a browser.
"""

import email.policy
import json
import re
import stat
import unicodedata
from collections.abc import Iterator
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import html5lib
import pytest
from hostile_sites import OUTPUTS, SECRET, Hostile, built, canaries, names, statement

from broadsheet.cli.printing import safe
from broadsheet.render.security import EARLY_SCRIPT

HTML, ATOM = "http://www.w3.org/1999/xhtml", "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# All that the pages are made of. Of what is not here, nothing can be meant.
ELEMENTS = set(
    "html head meta title link script body a header p h1 h2 h3 h4 h5 h6 img div span form label input main nav ol ul "
    "li article section footer time bdi details summary figure button select option template table caption thead tbody "
    "tr th td dl dt dd noscript abbr b blockquote br cite code del em figcaption hr i ins kbd mark pre q s small "
    "strong sub sup".split()
)
ATTRIBUTES = set(
    "action alt aria-current aria-hidden aria-label aria-labelledby autocomplete charset class colspan content "
    "data-bundle data-failed data-found data-loading data-name data-none data-root data-source data-topic data-topics "
    "data-video datetime decoding defer dir enterkeyhint fetchpriority for height hidden href http-equiv id lang "
    "loading maxlength name placeholder property referrerpolicy rel role rowspan scope src start tabindex title type "
    "value width".split()
)
IDS = re.compile(r"content|told|by-month|on-[0-9-]+|masthead-search|search-words|item-[^\s\"'<>]+").fullmatch
NAMED = {
    "meta": {"viewport", "referrer", "color-scheme", "description", "twitter:card", "robots"},
    "input": {"q"},
    "select": {"topic", "source", "year", "sort"},
}
RELATIONS = {"canonical", "stylesheet", "alternate", "icon", "noopener"}
WEB = re.compile(r"https?://[\w.%:@\[\]-]+(?:[/?#][\w!#$%&'()*+,./:;=?@\[\]~-]*)?", re.ASCII).fullmatch
MAIL = re.compile(r"mailto:[\w!#$%&'()*+,./:;=?@\[\]~-]*", re.ASCII).fullmatch
ANCHOR = re.compile(r"#[\w!#$%&'()*+,./:;=?@\[\]~-]*", re.ASCII).fullmatch
EMAIL_HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
# In the feeds' HTML.
FEED_ELEMENTS = {"p", "a", "ul", "li", "h2", "br"}
ATOM_ELEMENTS = set(
    "feed id title updated link generator entry published author name uri category summary content".split()
)
THINGS = {
    "BreadcrumbList",
    "CollectionPage",
    "CreativeWork",
    "ItemList",
    "ListItem",
    "Organization",
    "VideoObject",
    "WebPage",
}
# Names that some system keeps for itself.
DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE).fullmatch
NO_NAME = re.compile('[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069<>:"\\\\|?*\ufdd0-\ufdef\ufffe\uffff]|[. ]$').search
# What turns the direction of all that follows, and what nobody sees.
NO_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
).search


@pytest.fixture(scope="module", params=names())
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """An attack that was made and built; what lies outside of the output is as it was, whatever it tried."""
    return built(request.param, tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def output(hostile: Hostile) -> Path:
    """The output of an attack by a stranger."""
    if hostile.attack.refused or hostile.attack.trusted:
        pytest.skip("there is no output of what is refused, and anything in that of what is trusted")
    return hostile.output


@cache
def parsed(path: Path) -> tuple[Element, list[str]]:
    """The document of a page, and the errors in it: a text that ends what it stands in leaves one."""
    parser = html5lib.HTMLParser()
    return parser.parse(path.read_text(encoding="utf-8")), [str(error) for error in parser.errors]


def files(output: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in output.rglob(pattern) if path.is_file())


# What is tried.


def test_every_output_is_attacked_and_every_attack_says_what_it_tries():
    statements = [statement(name) for name in names()]
    assert all(len(attack.attack.split()) > 10 for attack in statements)
    assert {output for attack in statements for output in attack.outputs} == OUTPUTS


def test_no_record_keeps_a_site_from_being_built_and_no_wrong_setting_lets_one(hostile):
    assert hostile.status == (1 if hostile.attack.refused else 0), hostile.told
    assert hostile.output.exists() != hostile.attack.refused
    if not hostile.attack.refused:
        assert (hostile.output / "index.html").is_file()


# Where it may show.


def test_nothing_outside_of_the_output_changes(hostile):
    assert hostile.changed == []


def test_nothing_outside_of_the_site_is_read(hostile):
    assert SECRET not in hostile.told
    for path in files(hostile.served, "*"):
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert b"root:x:0" not in content, path


def test_every_path_of_the_output_is_one_that_every_system_takes_for_the_same(output):
    seen: dict[str, Path] = {}
    for path in sorted(output.rglob("*")):
        name = path.name
        assert stat.S_ISREG(path.lstat().st_mode) or stat.S_ISDIR(path.lstat().st_mode), path
        assert not NO_NAME(name), path
        assert not DEVICES(name), path
        assert len(name.encode()) <= 255
        assert unicodedata.is_normalized("NFC", name)
        assert seen.setdefault(path.as_posix().casefold(), path) == path


def test_nothing_is_lost_in_silence(hostile):
    """Each word that stands for an attack is shown as text, or the file that it stands in is named in a problem."""
    told, shown = hostile.told, set()
    if not hostile.attack.refused:
        for path in files(hostile.output, "*.html"):
            shown |= canaries(" ".join(texts(parsed(path)[0])))
        for path in files(hostile.output, "*.json"):
            shown |= canaries(path.read_text(encoding="utf-8"))
    lost = {}
    for path in files(hostile.site, "*.md", "*.yaml", "*.yml"):
        wanted = canaries(path.read_bytes().decode("utf-8", "replace").replace("\0", ""))
        name = re.escape(safe(path.as_posix()))
        left_out = rf"^{name}(?::\d+:\d+)?: (?:error: |warning: .*(?:not read|its page .*left out))"
        missing = wanted - shown - canaries(told)
        if missing and not re.search(left_out, told, re.MULTILINE):
            lost[path.name] = sorted(missing)
    assert lost == {}


def texts(document: Element) -> Iterator[str]:
    """Yield what readers of a document are shown, and what is read out to them."""
    for element in document.iter():
        if element.tag not in {f"{{{HTML}}}script", f"{{{HTML}}}style"} and element.text:
            yield element.text
        yield element.tail or ""
        yield from (element.attrib[name] for name in ("alt", "title", "aria-label") if name in element.attrib)


# Pages.


def test_pages_hold_nothing_but_what_the_theme_is_made_of(hostile, output):
    pages = [path for path in files(output, "*.html") if path.name != "email.html"]
    assert pages
    wrong = {}
    for path in pages:
        document, errors = parsed(path)
        if found := [*errors, *wrong_in_page(document, hostile.attack.root)]:
            wrong[path.relative_to(output).as_posix()] = found
    assert wrong == {}


def wrong_in_page(document: Element, root: str) -> Iterator[str]:
    head = document.find(f"{{{HTML}}}head")
    assert head is not None
    is_redirect = any(element.get("http-equiv") == "refresh" for element in head)
    guards = [element for element in head if element.get("http-equiv") == "Content-Security-Policy"]
    if not is_redirect and len(guards) != 1:
        yield "a page has one policy"
    before = list(head)[: list(head).index(guards[0])] if guards else []
    if any(element.tag.endswith(("script", "link", "style", "base")) for element in before):
        yield "something comes before the policy"
    for element in document.iter():
        if not isinstance(element.tag, str):
            yield f"a comment: {element.text}"
        elif not element.tag.startswith(f"{{{HTML}}}"):
            yield f"an element of another vocabulary: {element.tag}"
        else:
            yield from wrong_in_element(element.tag.removeprefix(f"{{{HTML}}}"), element, root)


def wrong_in_element(tag: str, element: Element, root: str) -> Iterator[str]:
    """Yield what no stranger's text may come to be."""
    if tag not in ELEMENTS:
        yield f"<{tag}>"
    for name, value in element.attrib.items():
        if name not in ATTRIBUTES or NO_TEXT(value) or not is_usual(tag, name, value, root):
            yield f"<{tag} {name}={value!r}>"
    if tag == "script":
        yield from wrong_in_script(element, root)
    elif NO_TEXT(f"{element.text or ''}{element.tail or ''}"):
        yield f"<{tag}>{element.text!r}{element.tail!r}"
    if element.get("rel") in {"stylesheet", "icon"} and not element.attrib["href"].startswith(f"{root}theme/"):
        yield f"another look: {element.attrib['href']}"
    if "http-equiv" in element.attrib:
        kind, content = element.attrib["http-equiv"], element.attrib["content"]
        target = content.removeprefix("0; url=")
        is_policy = kind == "Content-Security-Policy" and content.startswith("default-src 'none'; script-src 'self'")
        if not is_policy and not (kind == "refresh" and target != content and is_own(target, root)):
            yield f"{kind}: {content}"


def is_usual(tag: str, name: str, value: str, root: str) -> bool:
    """Return whether an attribute that leads somewhere, or that scripts and browsers go by, is one of the theme's."""
    match name:
        case "href" | "src" | "action":
            return is_address(value, root, tag)
        case "id":
            return IDS(value) is not None
        case "name":
            return value in NAMED.get(tag, ())
        case "rel":
            return value in RELATIONS
    return True


def is_own(url: str, root: str) -> bool:
    """Return whether an address is below the root, whoever resolves it."""
    steps = [step.replace("%2e", ".").replace("%2E", ".") for step in url.removeprefix(root).split("/")]
    return url.startswith(root) and not re.search(r"[\s\\\"'<>`]", url) and not {".", ".."} & set(steps)


def is_address(url: str, root: str, tag: str) -> bool:
    if tag in {"script", "img", "form"}:
        return is_own(url, root)
    return bool(is_own(url, root) or WEB(url) or (tag == "a" and (MAIL(url) or ANCHOR(url))))


def wrong_in_script(element: Element, root: str) -> Iterator[str]:
    text, source = element.text or "", element.get("src", "")
    if element.get("type") == "application/ld+json":
        yield from wrong_in_things(json.loads(text, parse_constant=pytest.fail), root)
    elif source:
        if text or not re.fullmatch(rf"{re.escape(root)}theme/(?:broadsheet|search)\.js\?v=[0-9a-f]{{8}}", source):
            yield f"<script src={source!r}>"
    elif text != EARLY_SCRIPT:
        yield f"<script>{text}"


def wrong_in_things(value: Any, root: str, key: str = "") -> Iterator[str]:
    """Yield what a description for machines may not say."""
    for name, part in members(value, key):
        if name == "@type" and part not in THINGS:
            yield f"@type: {part}"
        if name == "@id" or (name in {"url", "item", "image", "isBasedOn"} and not is_address(part, root, "link")):
            yield f"{name}: {part}"


def members(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a JSON value with the name that it stands under."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from members(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from members(part, key)
    elif isinstance(value, str):
        yield key, value


# Emails.


def test_an_email_has_no_header_and_no_part_but_its_own(hostile, output):
    for path in files(output, "*.eml"):
        data = path.read_bytes()
        assert data.isascii()
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        message = BytesParser(policy=email.policy.default).parsebytes(data)
        assert [name for name in message if not name.startswith("List-Unsubscribe")] == EMAIL_HEADERS
        assert all(not part.defects for part in message.walk())
        assert not any(re.search(r"[\r\n\x00]", value) for value in message.values())
        text, html = message.iter_parts()
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert html.get_content().replace("\r\n", "\n") == path.with_suffix(".html").read_text(encoding="utf-8")
        assert text.get_content().replace("\r\n", "\n") == path.with_suffix(".txt").read_text(encoding="utf-8")
        assert not NO_TEXT(text.get_content().replace("\r\n", "\n"))
        assert not NO_TEXT(message["Subject"])


def test_the_html_of_an_email_holds_no_more_than_its_template(output):
    allowed = {"class", "style", "href", "src", "width", "height", "alt", "dir", "lang", "role", "charset", "name"}
    styles = set()
    for path in files(output, "email.html"):
        document, errors = parsed(path)
        assert errors == []
        for element in document.iter():
            if not isinstance(element.tag, str):
                # For one mail program that knows no style sheets; ours hold no text.
                assert re.fullmatch(r"\[if mso\].*<!\[endif\]", element.text or "", re.DOTALL)
                assert not canaries(element.text or "")
                continue
            tag = element.tag.removeprefix(f"{{{HTML}}}")
            assert tag in {*ELEMENTS, "style"} - {"script", "form", "input", "link", "template"}, path
            assert element.attrib.keys() <= allowed | {"content", "data-css-inline"}, element.attrib
            styles.add(element.get("style", ""))
            if tag == "style":
                styles.add(element.text or "")
            for name in {"href", "src"} & element.attrib.keys():
                url = element.attrib[name]
                assert WEB(url) or (tag == "a" and re.fullmatch(r"\{\{\w+\}\}", url)), url
                assert tag != "img" or url.startswith("https://paper.example.org/")
            assert not NO_TEXT(f"{element.text or ''}{element.tail or ''}") or tag == "style"
    foreign = re.compile(r"url\(|@import|expression|behavior|canary|pwned|position")
    assert not [style for style in styles if foreign.search(style)]


# Feeds, the sitemap, data.


def parsed_xml(path: Path) -> Element:
    """Parse a file that is XML and no more: no document type, so no entities, and nothing that its reader is to do."""
    data = path.read_bytes()
    assert data.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n')
    assert data.count(b"<?") == 1, path
    assert b"<!" not in data, path
    return fromstring(data)


def test_feeds_are_well_formed_and_hold_no_element_but_their_own(hostile, output):
    found = files(output, "feed.xml")
    assert found
    for path in found:
        for element in parsed_xml(path).iter():
            tag = element.tag.removeprefix(f"{{{ATOM}}}")
            assert tag in ATOM_ELEMENTS, (path, element.tag)
            assert not NO_TEXT((element.text or "") + "".join(element.attrib.values())), path
            for url in filter(None, (element.get("href"), element.text if tag == "uri" else None)):
                assert is_address(url, hostile.attack.root, "link"), (path, url)
            if tag == "content":
                assert element.attrib == {"type": "html"}
                assert list(wrong_in_feed_html(element.text or "", hostile.attack.root)) == []


def wrong_in_feed_html(text: str, root: str) -> Iterator[str]:
    parser = html5lib.HTMLParser()
    for element in parser.parseFragment(text).iter():
        tag = str(element.tag).removeprefix(f"{{{HTML}}}")
        if tag not in {*FEED_ELEMENTS, "DOCUMENT_FRAGMENT"} or element.attrib.keys() - {"href"}:
            yield f"<{tag} {element.attrib}>"
        if not is_address(element.get("href", root), root, "link"):
            yield f"href={element.get('href')!r}"
    yield from map(str, parser.errors)


def test_sitemap_and_lists_of_feeds_name_pages_of_the_site_alone(hostile, output):
    root = hostile.attack.root
    for path in files(output, "sitemap*.xml"):
        for element in parsed_xml(path).iter():
            assert element.tag in {f"{{{SITEMAP}}}{tag}" for tag in ("urlset", "url", "loc", "lastmod")}
            if element.tag.endswith("loc"):
                assert is_own((element.text or "").removeprefix("https://paper.example.org"), root), element.text
    for path in files(output, "*.opml"):
        for element in parsed_xml(path).iter():
            assert element.tag in {"opml", "head", "title", "body", "outline"}
            for name in {"xmlUrl", "htmlUrl"} & element.attrib.keys():
                assert is_own(element.attrib[name].removeprefix("https://paper.example.org"), root)


def test_every_file_of_data_is_json_whose_addresses_are_links(hostile, output):
    found = files(output, "*.json")
    assert found
    for path in found:
        value = json.loads(path.read_bytes().decode("utf-8"), parse_constant=pytest.fail)
        for name, text in members(value):
            assert not re.search("[\ud800-\udfff]", text), path
            if name == "content_html":
                assert list(wrong_in_feed_html(text, hostile.attack.root)) == [], path
            elif name.lower().endswith("url") and path.name != "schema.json":
                # Raw where records wrote them, as the API promises: a program that reads it cleans what it shows.
                assert re.match(r"\s*https?:|/", text, re.IGNORECASE) or not text, (path, name, text)


# What is not hostile.


def test_own_templates_are_trusted_to_run_code_here_and_scripts_in_browsers(tmp_path):
    site = built("own-templates", tmp_path)
    assert site.attack.trusted
    page = (site.output / "index.html").read_text(encoding="utf-8")
    assert '<script src="/daily/own.js">' in page
    assert '<meta name="separator" content="0a">' in page or '<meta name="separator" content="0d0a">' in page
    assert "window.pwned" in (site.output / "own.js").read_text(encoding="utf-8")
