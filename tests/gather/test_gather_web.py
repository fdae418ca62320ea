"""How hosts are asked: what is sent, what is followed, what is kept, and that nobody can make it wait or wander."""

import gzip
import json
import threading
import zlib
from datetime import timedelta
from hashlib import sha256

import pytest
from feed_texts import API, item, opml, rss
from imported_paper import NOW
from linked_hosts import Answer, Crowd, status

from broadsheet import __version__
from broadsheet.gather.parse import parse
from broadsheet.gather.round import done_at_once
from broadsheet.limits import FEED
from broadsheet.problems import Severity
from broadsheet.web import is_public

FEED_BYTES = rss(item())
# Of words that hardly pack: it comes in several pieces.
LONG = rss(*(item(f"Report {sha256(bytes([at % 256, at // 256])).hexdigest()}") for at in range(2000)))
PACKED = gzip.compress(LONG, mtime=0)
BOMB = gzip.compress(b" " * (FEED.most + 1), mtime=0)


@pytest.fixture
def one(paper, hosts):
    """A paper with one source, and its server."""
    paper.settings(hosts.serve("a.example/feed", status(200, FEED_BYTES)))
    return paper


def told(imported):
    return [problem.message for problem in imported.problems]


def test_a_feed_is_asked_for_by_name_and_comes_packed_or_not(paper, hosts):
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(rss(item("One", "https://a.example/1"))),
        "deflate": zlib.compress(rss(item("Two", "https://a.example/2"))),
        "Deflate": raw.compress(rss(item("Three", "https://a.example/3"))) + raw.flush(),
        "identity": rss(item("Four", "https://a.example/4")),
    }
    urls = [
        hosts.serve(f"{name.lower()}{at}.example/feed", status(200, body, Content_Encoding=name.lower()))
        for at, (name, body) in enumerate(packed.items())
    ]
    paper.settings(*urls)

    assert sorted(record.title for _, record in paper.imports().records) == ["Four", "One", "Three", "Two"]
    _, _, headers = hosts.requests[0]
    assert headers["User-Agent"] == f"broadsheet/{__version__} (imports feeds)"
    assert headers["Accept-Encoding"] == "gzip, deflate"


def test_what_stands_behind_the_end_of_a_packed_feed_is_passed_over(paper, hosts):
    url = hosts.serve("a.example/feed", status(200, PACKED + b"junk" * 40_000, Content_Encoding="gzip"))
    paper.settings(url)
    imported = paper.imports()

    assert (imported.sources[0].items, imported.problems) == (2000, ())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (status(200, b"\x1f\x8b junk", Content_Encoding="gzip"), "packed, and damaged"),
        (status(200, gzip.compress(FEED_BYTES, mtime=0)[:-20], Content_Encoding="gzip"), "broken off"),
        (status(200, b"x", Content_Encoding="br"), "not asked for"),
        (
            status(200, gzip.compress(b" " * (FEED.most + 1), mtime=0), Content_Encoding="gzip"),
            "more than 10,485,760 bytes",
        ),
        (status(200, b" " * (FEED.most + 1)), "more than 10,485,760 bytes"),
        (status(200, FEED_BYTES, Content_Length=str(len(FEED_BYTES) + 5)), "broken off"),
        (status(404), "status 404"),
        (status(500), "status 500"),
        (status(304), "status 304"),
        (status(302, Location="javascript:alert(1)"), "redirect to no web address"),
        (status(302, Location="https://[x"), "redirect to no web address"),
        (status(302, Location="/feed"), "more than 5 redirects"),
        (status(200, PACKED[:-8] + bytes(8), Content_Encoding="gzip"), "packed, and damaged"),
        (status(200, b"<html><body>Hello"), "a web page"),
    ],
)
def test_a_source_that_fails_is_told_and_stops_no_other(paper, hosts, answer, why):
    bad = hosts.serve("bad.example/feed", answer)
    paper.settings(bad, hosts.serve("a.example/feed", status(200, FEED_BYTES)))
    imported = paper.imports()

    assert (len(imported.records), imported.failed) == (1, 1)
    (problem,) = imported.problems
    assert problem.place.file == bad
    assert why in problem.message
    state = (paper.root / "_data/import.json").read_text()
    assert '"failing_since": "2024-06-01"' in state

    assert not paper.imports(now=NOW + timedelta(days=3)).has_changed
    hosts.serve("bad.example/feed", status(200, rss(item("Back", "https://bad.example/back"))))
    assert paper.imports(now=NOW + timedelta(days=4)).failed == 0
    assert "failing" not in (paper.root / "_data/import.json").read_text()


def test_what_has_not_changed_is_not_sent_again(paper, hosts):
    def answer(request):
        is_known = request.headers.get("If-None-Match") == '"1"' and request.headers.get("If-Modified-Since") == "then"
        status(*((304, b"") if is_known else (200, FEED_BYTES)), ETag='"1"', Last_Modified="then")(request)

    paper.settings(hosts.serve("a.example/feed", answer))
    assert len(paper.imports().records) == 1
    again = paper.imports()

    assert again.sources[0].is_unchanged
    assert (again.records, again.has_changed, again.problems) == ((), False, ())


@pytest.mark.parametrize("change", ["settings", "memory", "named"])
def test_who_wants_something_else_asks_for_all_of_it(paper, hosts, change):
    url = hosts.serve("a.example/feed", status(200, FEED_BYTES, ETag='"1"'))
    paper.settings(url)
    paper.imports()
    if change == "settings":
        paper.settings(f"{{from: '{url}', days: 90}}")
    elif change == "memory":
        (paper.root / "_data/import.json").unlink()
    paper.imports(*([url] if change == "named" else []))

    assert [headers.get("If-None-Match") for _, _, headers in hosts.requests] == [None, None]


def test_what_was_imported_and_then_put_back_by_version_control_comes_again(paper, hosts):
    def answer(request):
        status(*((304, b"") if request.headers.get("If-None-Match") else (200, FEED_BYTES)), ETag='"1"')(request)

    paper.settings(hosts.serve("a.example/feed", status(200, rss())))
    paper.imports()
    before = (paper.root / "_data/import.json").read_bytes()
    hosts.serve("a.example/feed", answer)
    ((path, _),) = paper.imports().records
    path.unlink()
    (paper.root / "_data/import.json").write_bytes(before)

    assert [again for again, _ in paper.imports().records] == [path]


def test_a_cache_that_is_damaged_only_has_hosts_send_all_of_it_again(one, hosts):
    hosts.serve("a.example/feed", status(200, FEED_BYTES, ETag='"1"'))
    one.imports()
    (one.root / ".broadsheet/imports").write_bytes(b"junk")
    again = one.imports()

    assert (again.records, again.has_changed, again.problems) == ((), False, ())
    one.imports()
    assert [headers.get("If-None-Match") for _, _, headers in hosts.requests] == [None, None, '"1"']


def test_where_the_cache_can_not_be_written_it_is_noted_and_all_is_imported(one, hosts):
    hosts.serve("a.example/feed", status(200, FEED_BYTES, ETag='"1"'))
    (one.root / ".broadsheet").write_text("no folder")
    imported = one.imports()

    assert len(imported.records) == 1
    (problem,) = imported.problems
    assert problem.severity is Severity.NOTE
    assert problem.message.startswith("it can not be kept how sources answered: ")


def test_a_host_that_wants_to_be_left_alone_is_not_asked_before(paper, hosts):
    paper.settings(hosts.serve("a.example/feed", status(429, Retry_After="7200")))
    assert told(paper.imports()) == ["status 429; it wants to be asked again after 2024-06-01 14:00 UTC"]
    assert told(paper.imports(now=NOW + timedelta(hours=1))) == [
        "it is not asked before 2024-06-01 14:00 UTC, as its host wants it"
    ]
    assert len(hosts.requests) == 1

    hosts.serve("a.example/feed", status(200, FEED_BYTES))
    assert len(paper.imports(now=NOW + timedelta(hours=2)).records) == 1


def test_what_else_there_is_at_such_a_host_is_not_asked_either(paper, hosts):
    hosts.serve("a.example/second", status(200, FEED_BYTES))
    other = hosts.serve("b.example/feed", status(200, rss()))
    paper.settings(
        hosts.serve("a.example/first", status(429, Retry_After="7200")), hosts.url("a.example/second"), other
    )
    later = "it is not asked before 2024-06-01 14:00 UTC, as its host wants it"
    assert told(paper.imports()) == ["status 429; it wants to be asked again after 2024-06-01 14:00 UTC", later]
    assert sorted(path for _, path, _ in hosts.requests) == ["a.example/first", "b.example/feed"]

    new = hosts.serve("a.example/new", status(200, rss()))
    paper.settings(hosts.serve("a.example/first", status(200, rss())), hosts.url("a.example/second"), other, new)
    assert told(paper.imports(now=NOW + timedelta(hours=1))) == [later] * 3
    assert told(paper.imports(new, now=NOW + timedelta(hours=1))) == []
    assert told(paper.imports(now=NOW + timedelta(hours=1))) == [later] * 3
    assert len(paper.imports(now=NOW + timedelta(hours=2)).records) == 1


def test_what_leads_to_such_a_host_is_not_followed_and_what_stands_beside_it_is_asked(paper, hosts):
    busy = hosts.serve("b.example/feed", status(429, Retry_After="7200"))
    hosts.serve("a.example/second", status(200, FEED_BYTES))
    ways = [hosts.serve(f"a.example/{name}", status(302, Location=busy)) for name in ("first", "other")]
    paper.settings(*ways, hosts.url("a.example/second"))
    assert len(paper.imports().records) == 1
    assert len(paper.imports(now=NOW + timedelta(hours=1)).problems) == 2
    assert [path for _, path, _ in hosts.requests].count("b.example/feed") == 1


def test_a_page_of_a_news_api_can_want_it_too(paper, hosts):
    hosts.serve("a.example/api/news/page/2/index.json", status(429, Retry_After="7200"))
    first = API.replace(b'"nextPage": null', b'"nextPage": 2')
    paper.settings(hosts.serve("a.example/api/news/index.json", status(200, first)))
    (page,) = told(paper.imports())
    assert page.startswith("page 2: status 429; it wants to be asked again after 2024-06-01 14:00 UTC; what is on it")
    assert told(paper.imports(now=NOW + timedelta(hours=1)))[0].startswith("it is not asked before")
    assert len(hosts.requests) == 2


@pytest.mark.parametrize("why", ["gone", "busy"])
def test_what_a_list_has_and_is_not_asked_is_not_forgotten(paper, hosts, why):
    bad = hosts.serve("a.example/bad", status(410) if why == "gone" else status(429, Retry_After="2592000"))
    beside = hosts.serve("a.example/beside", status(200, rss()))
    outlines = (f'<outline xmlUrl="{url}"/>' for url in (bad, beside))
    paper.settings(hosts.serve("c.example/opml", status(200, opml(*outlines))))
    paper.imports()
    before = paper.all()
    for days in (1, 2):
        paper.imports(now=NOW + timedelta(days=days))
        assert paper.all() == before
    assert [path for _, path, _ in hosts.requests].count("a.example/bad") == 1


def test_what_is_gone_is_not_asked_again_until_somebody_wants_it(paper, hosts):
    url = hosts.serve("a.example/feed", status(410))
    paper.settings(url)
    assert "gone for good" in told(paper.imports())[0]
    before = paper.all()
    again = paper.imports()

    assert (told(again), paper.all()) == (["it is gone for good, and is not asked again"], before)
    assert len(hosts.requests) == 1
    hosts.serve("a.example/feed", status(200, FEED_BYTES))
    assert len(paper.imports(url).records) == 1
    assert paper.imports().problems == ()


def test_where_a_feed_stands_for_good_is_told_and_remembered(paper, hosts):
    new = hosts.serve("b.example/feed", status(200, FEED_BYTES))
    hosts.serve("a.example/moved", status(301, Location=new))
    hosts.serve("a.example/for-now", status(302, Location=new))
    paper.settings(hosts.url("a.example/moved"))

    assert told(paper.imports()) == [f"it stands at {new} for good"]
    assert f'"moved_to": "{new}"' in (paper.root / "_data/import.json").read_text()
    paper.settings(hosts.url("a.example/for-now"))
    assert told(paper.imports()) == []


def test_what_came_from_a_feed_before_it_moved_does_not_come_again(paper, hosts):
    def feed(place):
        return rss(item(link=f"https://{place}/a", more='<guid isPermaLink="false">7</guid>'), link=f"https://{place}/")

    new = hosts.serve("b.example/feed", status(200, feed("old.example")))
    paper.settings(hosts.serve("a.example/moved", status(301, Location=new)))
    ((path, _),) = paper.imports().records
    path.unlink()
    hosts.serve("b.example/feed", status(200, feed("new.example")))
    paper.settings(new)

    assert paper.imports().records == ()
    assert paper.imports().records == ()
    assert list(json.loads((paper.root / "_data/import.json").read_bytes())["sources"]) == [new]


def test_of_where_a_feed_stands_for_good_no_key_is_remembered(paper, hosts):
    new = hosts.serve("b.example/feed?key=SECRET", status(200, FEED_BYTES)).replace("//", "//me:HUSH@")
    paper.settings(hosts.serve("a.example/moved", status(301, Location=new)))
    paper.imports()
    state = (paper.root / "_data/import.json").read_text()

    assert f'"moved_to": "{hosts.url("b.example/feed")}"' in state
    assert "SECRET" not in state
    assert "HUSH" not in state


def test_what_a_parser_stumbles_over_stops_no_other_source(paper, hosts, monkeypatch):
    def stumbles(data, url, content_type):
        if b"odd" in data:
            raise KeyError("odd")
        return parse(data, url, content_type)

    monkeypatch.setattr("broadsheet.gather.asking.parse", stumbles)
    page = API.replace(b'"nextPage": null', b'"nextPage": 2')
    paper.settings(
        hosts.serve("a.example/feed", status(200, FEED_BYTES)),
        hosts.serve("odd.example/feed", status(200, b"odd")),
        hosts.serve("p.example/api/news/index.json", status(200, page.replace(b"Night", b"Day").replace(b"/a", b"/p"))),
    )
    hosts.serve("p.example/api/news/page/2/index.json", status(200, b"odd"))
    imported = paper.imports()

    assert (len(imported.records), imported.failed) == (2, 1)
    assert told(imported) == [
        "it can not be read: KeyError 'odd'",
        "page 2: it can not be read: KeyError 'odd'; what is on it and behind it is left out",
    ]


def test_a_private_address_is_met_only_where_somebody_named_it(paper, hosts):
    inner = hosts.serve("a.example/feed", status(200, FEED_BYTES))
    other = hosts.serve("b.example/feed", status(200, rss(item("Secret", "https://a.example/s"))))
    leads = hosts.serve("a.example/leads", status(302, Location=other))
    lists = hosts.serve("a.example/opml", status(200, opml(f'<outline xmlUrl="{other}"/>')))
    paper.settings(inner, leads, lists)
    imported = paper.imports(permit=is_public)

    assert [record.title for _, record in imported.records] == ["Night trams"]
    assert told(imported) == ["an address that is not public"] * 2
    assert "b.example/feed" not in [where for _, where, _ in hosts.requests]


def test_each_host_is_asked_for_one_thing_at_a_time(paper, hosts):
    crowd = Crowd()

    def slowly(name: str) -> Answer:
        def answer(request):
            with crowd.of(name):
                threading.Event().wait(0.01)
            # Whoever has the answer may ask on before this one is through.
            status(200, rss())(request)

        return answer

    paper.settings(*(hosts.serve(f"{name}.example/{at}", slowly(name)) for name in "ab" for at in range(4)))
    paper.imports()

    assert (crowd.most["a"], crowd.most["b"]) == (1, 1)


def test_between_two_questions_to_a_host_there_is_a_pause(paper, hosts):
    paper.settings(*(hosts.serve(f"a.example/{at}", status(200, rss())) for at in range(4)))
    paper.imports()

    assert paper.clock.slept == [1, 1, 1]


def test_a_list_of_feeds_is_followed_and_a_list_in_it_is_not(paper, hosts):
    feed = hosts.serve("a.example/feed", status(200, FEED_BYTES))
    inner = hosts.serve("a.example/inner", status(200, opml(f'<outline xmlUrl="{feed}?2"/>')))
    own = hosts.serve("a.example/opml", status(200, b""))
    hosts.serve("a.example/opml", status(200, opml(*(f'<outline xmlUrl="{url}"/>' for url in (feed, inner, own)))))
    paper.settings(f"{{from: '{own}', topics: [Blogs]}}")
    imported = paper.imports()

    assert [record.topics for _, record in imported.records] == [("Blogs",)]
    assert told(imported) == ["it is a list of feeds within a list of feeds, which is not followed"]
    assert f'"via": "{own}"' in (paper.root / "_data/import.json").read_text()


def test_what_is_left_out_of_a_feed_or_a_list_is_told(paper, hosts, monkeypatch):
    monkeypatch.setattr("broadsheet.gather.opml.LISTED_FEEDS", type("Limit", (), {"most": 1}))
    feed = hosts.serve("a.example/feed", status(200, rss(item(), item("", ""), item("No address", ""))))
    outlines = (f'<outline type="rss" xmlUrl="{url}"/>' for url in (feed, "file:///etc/hosts", "https://b.example/"))
    paper.settings(hosts.serve("c.example/opml", status(200, opml(*outlines))))

    assert sorted(told(paper.imports())) == [
        "1 entry without a web address left out",
        "1 feed beyond the most that are taken left out",
        "2 items without a title, or without an address, left out",
    ]


def test_what_a_list_has_no_more_is_forgotten_but_not_because_the_list_fails(paper, hosts):
    feed = hosts.serve("a.example/feed", status(200, FEED_BYTES))
    own = hosts.serve("b.example/opml", status(200, opml(f'<outline xmlUrl="{feed}"/>')))
    paper.settings(own)
    state = paper.root / "_data/import.json"
    paper.imports()
    hosts.serve("b.example/opml", status(500))
    paper.imports()
    assert feed in state.read_text()

    hosts.serve("b.example/opml", status(200, opml()))
    paper.imports()
    assert feed not in state.read_text()


def test_pages_of_an_api_are_followed_only_where_they_belong_and_not_for_ever(paper, hosts, monkeypatch):
    monkeypatch.setattr("broadsheet.gather.asking.API_PAGES", type("Limit", (), {"most": 5}))

    def page(number: int, following: int) -> bytes:
        text = API.replace(b"/a", f"/{number}".encode()).replace(b"Night trams ", f"Page {number}".encode())
        text = text.replace(b"2024-05-30-", f"2024-05-30-{number}-".encode())
        return text.replace(b'"nextPage": null', f'"nextPage": {following}'.encode())

    endless = hosts.serve("a.example/api/news/index.json", status(200, page(1, 2)))
    for number in range(2, 9):
        hosts.serve(f"a.example/api/news/page/{number}/index.json", status(200, page(number, number + 1)))
    strange = hosts.serve("b.example/index.json", status(200, page(20, 1)))
    paper.settings(endless, strange)
    imported = paper.imports()

    assert len(imported.records) == 6
    assert told(imported) == [
        "it has more than 5 pages; the others are left out",
        "its next page is not where it should be; what is on the others is left out",
    ]


def test_the_pages_of_an_api_share_the_time_that_one_source_has(paper, hosts, monkeypatch):
    monkeypatch.setattr("broadsheet.gather.asking._PAGES_SECONDS", 0.5)
    asked = []

    def page(number: int) -> Answer:
        text = API.replace(b"/a", f"/{number}".encode()).replace(b"Night trams ", f"Page {number}".encode())
        text = text.replace(b"2024-05-30-", f"2024-05-30-{number}-".encode())

        def answer(request):
            asked.append(number)
            if number > 1:
                hosts.over.wait(0.1)
            status(200, text.replace(b'"nextPage": null', f'"nextPage": {number + 1}'.encode()))(request)

        return answer

    paper.seconds = 1
    paper.settings(hosts.serve("a.example/api/news/index.json", page(1)))
    for number in range(2, 40):
        hosts.serve(f"a.example/api/news/page/{number}/index.json", page(number))
    imported = paper.imports()

    # Half a second is five pages at most.
    assert 1 <= len(imported.records) <= len(asked) <= 7
    assert "left out" in told(imported)[0]


def test_who_sends_for_ever_is_given_up(paper, hosts, monkeypatch):
    def drip(request):
        request.send_response(200)
        request.end_headers()
        while not hosts.over.is_set():
            request.wfile.write(b" ")
            hosts.over.wait(0.01)

    paper.seconds = 0.3
    paper.settings(hosts.serve("slow.example/feed", drip), hosts.serve("a.example/feed", status(200, FEED_BYTES)))
    imported = paper.imports()

    assert (len(imported.records), told(imported)) == (1, ["it was not sent within 0.3 seconds"])


def test_a_fault_of_ours_comes_out_where_somebody_sees_it_and_is_no_failure_of_a_source():
    def work(job):
        if job == "bad":
            raise ZeroDivisionError
        return job.upper()

    done = done_at_once([["a", "bad", "never"]], work, 4)
    assert next(done) == ("a", "A")
    with pytest.raises(ZeroDivisionError):
        next(done)


def test_a_dry_run_writes_nothing(one):
    before = one.all()
    imported = one.imports(dry_run=True)

    assert (len(imported.records), one.all(), (one.root / ".broadsheet").exists()) == (1, before, False)


def test_what_is_named_is_no_source_of_the_settings(one, hosts):
    other = hosts.serve("b.example/feed", status(200, rss(item("Other", "https://b.example/x"))))
    assert [record.title for _, record in one.imports(other).records] == ["Other"]

    assert other not in (one.root / "_data/import.json").read_text()
    assert [record.title for _, record in one.imports().records] == ["Night trams"]
