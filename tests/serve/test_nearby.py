"""Which pages are offered to somebody who asked for one that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.serve.nearby import nearby

PAGES = [
    "index.html",
    "404.html",
    "about.html",
    "search/index.html",
    "topics/index.html",
    "topics/security/index.html",
    "topics/security/2024-05/index.html",
    "topics/security/feed.xml",
    "topics/storage/index.html",
    "archive/2024/05/index.html",
    "news/2024-05-01-ransomware-gang-hits-hospital/index.html",
    "news/2024-05-01-ransomware-gang-hits-hospital.json",
    "news/2024-05-02-new-chip-plant-opens-in-dresden/index.html",
    "news/2023-11-30-senate-votes-on-budget/index.html",
    "news/2023-12-01-straßenbahn-fährt-nach-zürich/index.html",
    "news/2023-12-02-日本の経済成長率/index.html",
]
HOSPITAL = "news/2024-05-01-ransomware-gang-hits-hospital/index.html"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("news/2024-05-01-ransomwrae-gang-hits-hospital/", HOSPITAL),
        ("news/2024-05-01-ransomwrae-gagn-hist-hopsital/", HOSPITAL),
        ("news/2022-01-31-ransomware-gang-hits-hospital/", HOSPITAL),
        ("stories/2024-05-01-ransomware-gang-hits-hospital/", HOSPITAL),
        ("2024-05-01-ransomware-gang-hits-hospital", HOSPITAL),
        ("ransomware-gang-hits-hospital", HOSPITAL),
        ("news/2024-05-01-ransomware-hits-hospital/", HOSPITAL),
        ("news/2024-05-01-hospital-hit-by-ransomware-gang/", HOSPITAL),
        ("news/2024-05-01-ransomware-gang-hits-large-hospital-again/", HOSPITAL),
        ("news/2024-05-01-ransomware-gang-hits-hospital.html", HOSPITAL),
        ("NEWS/2024-05-01-Ransomware-Gang-Hits-Hospital/", HOSPITAL),
        ("news/2024_05_01_ransomware_gang_hits_hospital/", HOSPITAL),
        ("news/2024-05-01-ransomware gang hits hospital/", HOSPITAL),
        ("/news//2024-05-01-ransomware-gang-hits-hospital/index.htm", HOSPITAL),
        ("topic/security/", "topics/security/index.html"),
        ("security", "topics/security/index.html"),
        ("topics/secruity/", "topics/security/index.html"),
        ("topics/security/2024-06/", "topics/security/2024-05/index.html"),
        ("topcis/", "topics/index.html"),
        ("serach", "search/index.html"),
        ("abuot/", "about.html"),
        ("archive/2024/06/", "archive/2024/05/index.html"),
        ("news/2023-12-01-strassenbahn-fahrt-nach-zurich/", PAGES[-2]),
        ("news/2023-12-01-STRASSENBAHN-FÄHRT-NACH-ZÜRICH/", PAGES[-2]),
        ("news/2023-12-01-straßenbahn-fährt-nach-zürich/", PAGES[-2]),
        ("news/2023-12-02-日本の経済成長/", PAGES[-1]),
    ],
)
def test_the_page_that_was_meant_comes_first(asked: str, meant: str):
    assert nearby(asked, PAGES)[:1] == [meant]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "/",
        "wp-login.php",
        ".env",
        "zzzzzzzz/qqqqq",
        "news/",
        "news/2024-05-01-bees/",
        "\x00",
        "%",
        "\ud800",
        "\n\n\n",
        "💥",
    ],
)
def test_nothing_is_offered_where_nothing_is_near(asked: str):
    assert nearby(asked, PAGES) == []


def test_only_pages_are_offered_and_not_that_one_for_missing_ones():
    assert nearby("topics/security/feed.html", ["topics/security/feed.xml"]) == []
    assert nearby("405.html", PAGES) == []


def test_no_more_are_offered_than_wanted():
    pages = [f"news/2024-05-{day:02}-the-same-story/index.html" for day in range(1, 32)]
    assert nearby("news/2024-05-07-the-same-stroy/", pages, most=3)[0] == "news/2024-05-07-the-same-story/index.html"
    assert len(nearby("news/2024-05-07-the-same-stroy/", pages, most=3)) == 3
    assert len(nearby("news/2024-05-07-the-same-stroy/", pages)) == 5


def test_a_page_is_found_where_thousands_share_its_words():
    pages = [f"news/2024-05-01-microsoft-security-update-{number}/index.html" for number in range(20_000)]
    assert nearby("news/2024-05-01-microsoft-security-updaet-777/", pages)[:1] == [pages[777]]
    assert nearby("topcis/", [*pages, "topics/index.html"]) == ["topics/index.html"]


@pytest.mark.parametrize("asked", ["x" * 100_000, "a-" * 50_000, "a/" * 50_000, "aaaa-" * 20_000, "é" * 100_000])
def test_a_path_of_any_length_has_an_answer(asked: str):
    pages = [f"{'a' * 200}-{number}/index.html" for number in range(500)]
    assert len(nearby(asked, pages)) <= 5


@given(st.lists(st.sampled_from(PAGES), unique=True), st.sampled_from(PAGES), st.data())
def test_the_order_of_the_output_does_not_matter(pages: list[str], asked: str, data: st.DataObject):
    shuffled = data.draw(st.permutations(pages))
    assert nearby(asked[1:], pages) == nearby(asked[1:], shuffled)


NAME = st.text(alphabet="abcdeéÄ日-/.", min_size=1, max_size=20)


@given(NAME, st.lists(NAME.map(lambda name: f"{name}/index.html"), unique=True, max_size=30))
def test_what_is_offered_is_of_the_output_and_once(asked: str, pages: list[str]):
    found = nearby(asked, pages)
    assert len(set(found)) == len(found) <= 5
    assert set(found) <= set(pages)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", min_size=12, max_size=40), st.data())
def test_a_page_is_found_by_a_path_with_one_letter_too_few(name: str, data: st.DataObject):
    gap = data.draw(st.integers(0, len(name) - 1))
    page = f"news/2024-05-01-{name}/index.html"
    assert nearby(f"news/2024-05-01-{name[:gap]}{name[gap + 1 :]}/", [*PAGES, page])[:1] == [page]
