"""What pages show of a record, and of an item from outside: times, languages, paywalls, reports that are gone."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.site import arrange
from broadsheet.config import Pages, Settings
from broadsheet.model import Coverage, Organization, Provider, Sources
from broadsheet.render.cards import Cards

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
PAID = Organization("o.yaml", "paid.example", "The Ledger", paywall=True)


def at(*moment):
    return datetime(*moment, tzinfo=UTC)


def cards(*records, organizations=(), **settings):
    chosen = Settings(**settings)
    site = arrange(Sources(records, organizations=organizations), chosen, NOW).site
    return Cards(site, chosen, {}, lambda name, context: pytest.fail(f"{name} is rendered"))


def view(record, **settings):
    return cards(record, **settings).view(record)


# Times.


@pytest.mark.parametrize(
    ("zone", "day", "clock"),
    [
        ("UTC", "10 May 2024", "22:05"),
        ("Asia/Tokyo", "11 May 2024", "07:05"),
        ("America/New_York", "10 May 2024", "18:05"),
    ],
)
def test_day_and_time_of_day_are_those_of_the_zone_of_the_site_and_iso_is_utc(make, zone, day, clock):
    shown = view(make("a", published_at=at(2024, 5, 10, 22, 5)), time_zone=zone)
    assert (shown.date, shown.clock, shown.iso) == (day, clock, "2024-05-10T22:05:00Z")


def test_a_day_without_a_time_has_no_clock(make):
    assert view(make("a", published_at=at(2024, 5, 10))).clock == ""


def test_a_clock_has_no_seconds(make):
    assert view(make("a", published_at=at(2024, 5, 10, 9, 5, 59))).clock == "09:05"


def test_a_change_after_publication_is_told(make):
    shown = view(make("a", published_at=at(2024, 5, 10, 9), updated_at=at(2024, 5, 12, 8)))
    assert (shown.updated, shown.updated_iso) == ("12 May 2024", "2024-05-12T08:00:00Z")


@pytest.mark.parametrize("updated", [None, at(2024, 5, 10, 9), at(2024, 5, 1)])
def test_no_change_or_one_from_before_publication_is_not_told(make, updated):
    shown = view(make("a", published_at=at(2024, 5, 10, 9), updated_at=updated))
    assert (shown.updated, shown.updated_iso) == ("", "")


def test_an_item_of_unknown_date_has_neither_day_nor_time(make):
    item = Coverage("Seen from abroad", at(2024, 5, 10, 9), is_undated=True)
    shown = cards(make("a")).view(item)
    assert (shown.date, shown.iso, shown.clock) == ("", "", "")


# Languages.


@pytest.mark.parametrize(
    ("site", "locale", "language"),
    [
        ("en", "ar", "ar"),
        ("en", "pt_BR", "pt-BR"),
        ("en", "de-at", "de-at"),
        ("en", "en-US", ""),
        ("en-GB", "EN_us", ""),
        ("pt-BR", "pt", ""),
        ("de", "en-us", "en-us"),
        ("en", None, ""),
        ("en", "", ""),
        ("en", "not a language", ""),
        ("en", 'ar"><script>', ""),
    ],
)
def test_a_record_has_the_language_of_its_locale_where_that_is_not_the_one_of_the_site(make, site, locale, language):
    assert view(make("a", locale=locale), language=site).language == language


def test_typed_quotes_are_set_as_the_language_of_the_record_has_them(make):
    text = 'Er sagt "ja"'
    shown = view(make("a", title=text, excerpt=text, locale="de-de"))
    assert (shown.title, shown.excerpt) == ("Er sagt „ja“", "Er sagt „ja“")
    assert view(make("a", title=text)).title == "Er sagt “ja”"


# Paywalls, and reports that are gone.


def test_a_record_says_itself_that_its_report_has_to_be_paid_for(make):
    assert view(make("a", paywall=True)).has_paywall
    assert not view(make("a")).has_paywall


@pytest.mark.parametrize("settings", [{}, {"pages": Pages(sources=False)}])
def test_all_reports_of_an_organization_with_a_paywall_have_to_be_paid_for(make, settings):
    own = make("own", provider=Provider("The Ledger", "paid.example"))
    shown = cards(own, organizations=(PAID,), **settings)
    assert shown.view(own).has_paywall
    assert shown.view(Coverage("Seen by its host", NOW, web_url="https://www.paid.example/1")).has_paywall
    assert not shown.view(Coverage("Seen from abroad", NOW, web_url="https://free.example/1")).has_paywall


def test_an_organization_that_only_items_from_outside_name_has_its_paywall_too(make):
    shown = cards(make("a"), organizations=(PAID,))
    assert shown.view(Coverage("Seen by its host", NOW, web_url="https://paid.example/1")).has_paywall


def test_a_report_that_is_gone_leads_to_a_copy_of_its_day(make):
    shown = view(make("a", dead=True, published_at=at(2024, 5, 10, 9), web_url="https://gone.example/1?a=b"))
    assert shown.archived == "https://web.archive.org/web/20240510/https://gone.example/1?a=b"
    assert shown.link == "https://gone.example/1?a=b"


@pytest.mark.parametrize(
    "fields", [{"dead": False}, {"dead": True, "web_url": None}, {"dead": True, "web_url": "javascript:alert(1)"}]
)
def test_there_is_no_copy_of_what_is_there_or_never_was_anywhere(make, fields):
    assert view(make("a", **fields)).archived == ""


# On pages.


def times(page):
    return [element.get("datetime") for element in page.all("time")]


def test_a_record_in_another_language_has_it_on_its_title_and_excerpt_and_nowhere_else(pages, make):
    arabic = make("arabic", title="امتداد الترام", excerpt="بدأ العمل اليوم", locale="ar")
    site = pages(arabic, make("english", title="Opera roof leaks"), language="en")
    places = set()
    for path, page in site.items():
        assert page.root.get("lang") == "en", path
        for element in page.root.iter():
            if element is not page.root and element.get("lang"):
                assert element.get("lang") == "ar"
                assert "".join(element.itertext()).strip() in {"امتداد الترام", "بدأ العمل اليوم"}, path
                places.add(path)
    assert {"index.html", "news/arabic/index.html", "latest/index.html", "archive/2024/05/index.html"} <= places
    assert "news/english/index.html" not in places


def test_text_runs_in_the_direction_of_its_own_letters(pages, make):
    page = pages(make("arabic", title="امتداد الترام", locale="ar"))["news/arabic/index.html"]
    assert [h1.get("dir") for h1 in page.all("h1")] == ["auto"]


def test_a_story_page_tells_of_a_paywall_a_change_and_a_report_that_is_gone(pages, make):
    paid = make("paid", title="Paid", paywall=True, updated_at=at(2024, 5, 12))
    gone = make("gone", title="Gone", dead=True, paywall=True)
    site = pages(paid, gone)
    assert "The original has to be paid for." in site["news/paid/index.html"].text()
    assert "Updated 12 May 2024" in site["news/paid/index.html"].text()
    page = site["news/gone/index.html"]
    assert "The original has to be paid for." not in page.text()
    assert any(link.startswith("https://web.archive.org/web/20240510/") for link in page.links())


def test_an_item_of_unknown_date_says_so(pages, make):
    # Too far from the subject to be coverage: it has a row of its own.
    item = Coverage("Opera roof leaks", at(2024, 5, 10, 9), web_url="https://abroad.example/", is_undated=True)
    page = pages(make("a", related=(item,)))["news/a/index.html"]
    (row,) = page.classed("row")
    assert "Date unknown" in "".join(row.itertext())
    assert row.find(".//time") is None


moments = st.integers(0, int(NOW.timestamp()) - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def is_machine_readable(text):
    """Return whether HTML takes `text` for a date, a month or a time with its zone."""
    parse = date.fromisoformat if len(text) == 10 else datetime.fromisoformat
    try:
        moment = parse(text)
    except ValueError:
        return False
    return not isinstance(moment, datetime) or moment.tzinfo is not None


def test_every_time_on_every_page_can_be_read_by_machines_and_none_is_told_from_now(pages, make, link):
    lead = make("lead", quality=9, published_at=at(2024, 5, 10, 9, 30), updated_at=at(2024, 5, 12))
    bare = make("bare", title="Opera roof leaks", published_at=at(2023, 12, 31))
    member = make("member", quality=1, hours=40, related=(link(lead),))
    outside = Coverage("Tram extension: undated", NOW, web_url="https://abroad.example/", is_undated=True)
    late = make("late", title="Orchard frost", related=(outside,), published_at=at(2024, 6, 15, 11, 59, 59))
    site = pages(lead, bare, member, late, time_zone="Asia/Kathmandu")
    found = [moment for page in site.values() for moment in times(page)]
    assert len(found) > 20
    assert all(map(is_machine_readable, found))
    for path, page in site.items():
        words = page.text().casefold().split()
        assert not {"ago", "yesterday", "today", "tomorrow", "now"} & set(words), path


@given(moment=moments, zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]))
def test_what_machines_read_is_the_time_itself_in_every_zone(make, moment, zone):
    shown = view(make("a", published_at=moment, updated_at=NOW), time_zone=zone)
    assert datetime.fromisoformat(shown.iso) == moment
    assert shown.iso.endswith("Z")
    assert datetime.fromisoformat(shown.updated_iso) == NOW


def test_a_paywall_that_comes_up_later_is_told_by_every_page_of_the_next_build(tmp_path, record, run):
    item = {"title": "Harbour bridge", "publishedDateTime": "2024-05-01T09:00:00Z", "webUrl": "https://paid.example/1"}
    record(tmp_path / "_news", related=[item])
    assert run("build", tmp_path).returncode == 0
    organizations = tmp_path / "_data" / "organizations"
    organizations.mkdir(parents=True)
    (organizations / "ledger.md").write_text("---\ndomain: paid.example\nname: The Ledger\npaywall: true\n---\n")
    result = run("build", "--verify", tmp_path)
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "public" / "news" / "2024-05-01-a-story" / "index.html").read_text(encoding="utf-8")
    assert "Paywall" in page
