"""A round over links, at a real server: what is asked, how politely, and that nobody can make it wait or wander."""

import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime
from itertools import cycle, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked_hosts import Clock, Crowd, by_method, status

import broadsheet.web
from broadsheet import __version__
from broadsheet.links.round import Round
from broadsheet.links.verdict import Answer, Kind, Verdict
from broadsheet.web import Failure, Outside

NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)


def permit(address):
    return address == "127.0.0.1"


def patient(clock, **options):
    """Return an outside whose pauses take no time."""
    return Outside(permit, clock=clock, sleep=clock.sleep, **options)


def look(outside, *links, tell=None):
    """Return what links are found to be."""
    found = {}
    asking = Round(outside, NOON, tell or found.__setitem__)
    asking.add(links)
    asking.run()
    return found


@pytest.fixture
def see(clock):
    """Say what one link is found to be."""

    def see(link, **options):
        return look(patient(clock, **options), link)[link]

    return see


def told(verdict):
    return verdict.kind.value, verdict.why


# What is asked.


def test_a_good_link_is_asked_for_once_and_nothing_of_it_is_read(hosts, see):
    link = hosts.serve("a.example/x?b=c&d", status(200))
    assert see(link) == Verdict(Kind.GOOD)
    assert hosts.asked() == ["HEAD a.example/x?b=c&d"]


def test_a_request_says_who_asks_and_nothing_else(hosts, see):
    hosts.serve("a.example/x", status(301, Location=hosts.url("b.example/y"), Set_Cookie="id=1"))
    hosts.serve("b.example/y", by_method(status(405, Set_Cookie="id=1"), status(200)))
    see(hosts.url("a.example/x"))
    assert len(hosts.requests) == 5
    for _, where, headers in hosts.requests:
        assert headers == {
            "Host": f"{where.partition('/')[0]}:{hosts.port}",
            "Accept-Encoding": "identity",
            "User-Agent": f"broadsheet/{__version__} (checks links)",
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Connection": "close",
        }


@pytest.mark.parametrize("refused", [403, 404, 405, 500, 501])
def test_where_head_is_refused_get_decides(hosts, see, refused):
    link = hosts.serve("a.example/x", by_method(status(refused), status(200)))
    assert see(link) == Verdict(Kind.GOOD)
    assert hosts.asked() == ["HEAD a.example/x", "GET a.example/x"]


def test_where_head_gets_no_answer_get_decides(hosts, see):
    link = hosts.serve("a.example/x", by_method(lambda request: request.connection.close(), status(200)))
    assert see(link) == Verdict(Kind.GOOD)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(404, "dead"), (410, "dead"), (401, "unknown"), (403, "unknown"), (500, "unknown"), (503, "unknown")],
)
def test_only_what_is_gone_is_dead(hosts, see, number, kind):
    assert told(see(hosts.serve("a.example/x", status(number)))) == (kind, f"status {number}")


def test_what_has_moved_is_told_with_its_new_address(hosts, see):
    new = hosts.serve("b.example/new", status(200))
    link = hosts.serve("a.example/old", status(301, Location=new))
    assert see(link) == Verdict(Kind.MOVED, "for good", new)


def test_a_redirect_in_a_circle_comes_to_an_end(hosts, see):
    link = hosts.serve("a.example/x", status(302, Location="/x"))
    assert told(see(link)) == ("unknown", "more than 5 redirects")
    assert len(hosts.asked()) == 6


def test_a_link_with_a_name_and_a_password_is_asked_for_without_them(hosts, see):
    hosts.serve("a.example/x", status(200))
    link = f"http://me:secret@a.example:{hosts.port}/x"
    assert see(link) == Verdict(Kind.GOOD)
    assert "secret" not in str(hosts.requests)
    assert all("Authorization" not in headers for _, _, headers in hosts.requests)


def test_what_stands_behind_a_hash_is_not_sent(hosts, see):
    hosts.serve("a.example/x", status(200))
    assert see(hosts.url("a.example/x#part")) == Verdict(Kind.GOOD)
    assert hosts.asked() == ["HEAD a.example/x"]


# Where nobody may be led to, or can be.


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "0x7f.1", "inner.example"])
def test_a_redirect_to_an_address_that_is_not_public_is_never_connected_to(hosts, see, host):
    link = hosts.serve("a.example/x", status(301, Location=f"http://{host}:{hosts.port}/y"))
    verdict = see(link)
    assert verdict.kind is Kind.UNKNOWN
    assert verdict.why in {"an address that is not public", "the connection refused or broken off"}
    assert [where for _, where, _ in hosts.requests] == ["a.example/robots.txt", "a.example/x"]


def test_loopback_is_not_connected_to_unless_it_is_allowed(hosts):
    link = hosts.serve("a.example/x", status(200))
    assert told(look(Outside(), link)[link]) == ("unknown", "an address that is not public")
    assert hosts.requests == []


def test_a_host_that_there_is_not_is_looked_up_once_for_all_of_its_links(hosts, clock, monkeypatch):
    lookups = []
    known = socket.getaddrinfo

    def counting(host, *arguments, **options):
        lookups.append(host)
        return known(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", counting)
    links = [f"https://nowhere.example/{number}" for number in range(9)]
    found = look(patient(clock), *links)
    assert {told(verdict) for verdict in found.values()} == {("dead", "no such host")}
    assert list(found) == links
    assert lookups == ["nowhere.example"]


def test_a_host_that_nobody_can_look_up_just_now_is_not_dead(hosts, see):
    assert told(see("https://later.invalid/x")) == ("unknown", "the host could not be looked up")


def test_a_host_without_a_certificate_that_is_trusted_is_not_dead(hosts, see, certificate, monkeypatch):
    hosts.secure(certificate)
    link = f"https://127.0.0.1:{hosts.port}/x"
    hosts.serve("127.0.0.1/x", status(200))
    assert told(see(link)) == ("unknown", "no secure connection")
    assert hosts.requests == []
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(broadsheet.web, "secure_context", lambda: trusting)
    assert see(link) == Verdict(Kind.GOOD)


# Who keeps others waiting, or sends nonsense.


def test_who_takes_the_connection_and_says_nothing_is_not_waited_for(clock):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        link = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        assert told(look(patient(clock, seconds=0.1), link)[link]) == ("unknown", "not sent in time")


def test_who_never_answers_to_head_has_the_other_half_of_the_time_for_get(hosts, see):
    link = hosts.serve("a.example/x", by_method(lambda request: hosts.over.wait(30), status(200)))
    assert see(link, seconds=2) == Verdict(Kind.GOOD)


def test_who_sends_a_byte_now_and_then_is_not_waited_for(hosts, see):
    def drip(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not hosts.over.wait(0.02):
            request.wfile.write(b"x")

    assert told(see(hosts.serve("a.example/x", drip), seconds=0.4)) == ("unknown", "not sent in time")


def test_of_what_never_ends_nothing_is_read(hosts, see):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while not hosts.over.is_set():
            request.wfile.write(bytes(50_000))

    link = hosts.serve("a.example/x", by_method(status(405), endless))
    assert see(link) == Verdict(Kind.GOOD)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: \xff\xfe\x00\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://\xff\xfe\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://10.0.0.1\\@a.example/\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: javascript:alert(1)\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 429 x\r\nRetry-After: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 503 x\r\nRetry-After: Fri, 99 Foo 99999 25:61:61 +9999\r\n\r\n",
    ],
)
def test_nonsense_does_not_end_the_round_nor_lead_astray(hosts, clock, sent):
    def answer(request):
        request.wfile.write(sent)
        request.close_connection = True

    hosts.serve("b.example/y", status(200))
    link, other = hosts.serve("a.example/x", answer), hosts.url("b.example/y")
    found = look(patient(clock), link, other)
    assert found.keys() == {link, other}
    assert found[link].kind in {Kind.UNKNOWN, Kind.GOOD} or found[link].why == "status 404"
    assert found[other] == Verdict(Kind.GOOD)


def test_a_host_that_does_not_answer_again_and_again_is_left_alone(hosts, clock):
    links = [hosts.serve(f"a.example/{number}", lambda request: request.connection.close()) for number in range(9)]
    found = look(patient(clock), *links)
    assert {told(found[link]) for link in links} == {("unknown", "the connection refused or broken off")}
    assert len(hosts.asked()) == 3


def test_a_fault_of_ours_is_not_swallowed(hosts, clock, monkeypatch):
    def broken(*arguments):
        raise AssertionError("ours")

    monkeypatch.setattr("broadsheet.links.round.ask", broken)
    with pytest.raises(AssertionError, match="ours"):
        look(patient(clock), hosts.url("a.example/x"))


# Politely.


def test_a_host_is_asked_for_one_thing_at_a_time_and_several_hosts_at_once(hosts, clock):
    together, crowd = threading.Barrier(4), Crowd()

    def answer(request):
        # Passed when all four hosts are asked at the same time.
        with crowd.of(request.headers["Host"]):
            together.wait(30)
        status(200)(request)

    links = [hosts.serve(f"{host}.example/{number}", answer) for number in range(3) for host in "abcd"]
    found = look(patient(clock), *links)
    assert all(verdict == Verdict(Kind.GOOD) for verdict in found.values())
    assert list(crowd.most.values()) == [1] * 4


def test_a_host_with_www_and_without_is_one(hosts, clock):
    links = [hosts.serve(f"{www}a.example/{number}", status(200)) for number in range(3) for www in ("", "www.")]
    look(patient(clock), *links)
    # After each request, and there are two `robots.txt`, but for the last one.
    assert sum(clock.slept) == 7


def test_no_more_hosts_are_asked_at_once_than_said(hosts, clock):
    together, crowd = threading.Barrier(2), Crowd()

    def answer(request):
        with crowd.of("anybody"):
            together.wait(30)
        status(200)(request)

    links = [hosts.serve(f"h{number}.example/x", answer) for number in range(8)]
    look(patient(clock, at_once=2, pause=0), *links)
    assert crowd.most == {"anybody": 2}


def test_between_two_requests_to_a_host_there_is_a_pause(hosts, clock):
    times = []

    def answer(request):
        times.append(clock.now)
        status(200)(request)

    hosts.serve("a.example/robots.txt", answer)
    links = [hosts.serve(f"a.example/{number}", answer) for number in range(4)]
    look(patient(clock), *links)
    assert [later - earlier for earlier, later in pairwise(times)] == [1, 1, 1, 1]


def test_the_pauses_that_a_host_wants_are_made_and_too_long_ones_are_not(hosts, clock):
    for host, wanted in {"a.example": 7, "b.example": 86400}.items():
        hosts.serve(f"{host}/robots.txt", status(200, f"User-agent: *\nCrawl-delay: {wanted}\n".encode()))
        hosts.serve(f"{host}/x", status(200))
    look(patient(clock), hosts.url("a.example/x"))
    assert sum(clock.slept) == 7
    look(patient(clock), hosts.url("b.example/x"))
    assert sum(clock.slept) == 37


@pytest.mark.parametrize("again", ["20", "Sat, 15 Jun 2024 12:00:20 GMT"])
@pytest.mark.parametrize("number", [429, 503])
def test_a_host_that_wants_to_be_asked_later_is(hosts, clock, number, again):
    turns = iter([status(number, Retry_After=again), status(200)])
    link = hosts.serve("a.example/x", lambda request: next(turns)(request))  # noqa: PLW0108
    assert look(patient(clock), link)[link] == Verdict(Kind.GOOD)
    assert sum(clock.slept) == 21
    assert hosts.asked() == ["HEAD a.example/x"] * 2


def test_a_host_that_goes_on_to_want_it_is_asked_once_more_only(hosts, clock):
    link = hosts.serve("a.example/x", status(429))
    assert told(look(patient(clock), link)[link]) == ("unknown", "status 429")
    assert hosts.asked() == ["HEAD a.example/x"] * 2


def test_a_host_that_wants_to_be_left_alone_for_long_is(hosts, clock):
    links = [hosts.serve(f"a.example/{number}", status(429, Retry_After="3600")) for number in range(5)]
    found = look(patient(clock), *links)
    assert [found[link].why for link in links] == ["status 429", *["the host wants to be left alone"] * 4]
    assert len(hosts.asked()) == 1


def test_rules_that_are_asked_for_too_often_keep_all_of_their_links(hosts, clock):
    hosts.serve("a.example/robots.txt", status(429, Retry_After="3600"))
    links = [hosts.url("a.example/x"), hosts.url("a.example/y")]
    found = look(patient(clock), *links)
    assert {verdict.kind for verdict in found.values()} == {Kind.UNKNOWN}
    assert hosts.asked() == []


# Rules for programs.

RULES = b"""
User-agent: other
Disallow: /

User-agent: *
Disallow: /private
Allow: /private/but
Disallow: /*.pdf$
"""


def test_what_a_host_does_not_allow_is_not_asked_for(hosts, clock):
    hosts.serve("a.example/robots.txt", status(200, RULES))
    paths = ["private/x", "private/but/this", "a/b.pdf", "a/b.pdf?c", "a"]
    links = [hosts.serve(f"a.example/{path}", status(200)) for path in paths]
    found = look(patient(clock), *links)
    assert [found[link].kind for link in links] == [Kind.UNKNOWN, Kind.GOOD, Kind.UNKNOWN, Kind.GOOD, Kind.GOOD]
    assert told(found[links[0]]) == ("unknown", "robots.txt does not allow it")
    assert set(hosts.asked()) == {f"HEAD a.example/{path}" for path in ("private/but/this", "a/b.pdf?c", "a")}
    assert [where for _, where, _ in hosts.requests].count("a.example/robots.txt") == 1


@pytest.mark.parametrize("agent", ["broadsheet", "Broadsheet/2.0", "BROADSHEET"])
def test_rules_for_this_program_stand_above_those_for_all(hosts, see, agent):
    text = f"User-agent: *\nDisallow: /\n\nUser-agent: {agent}\nUser-agent: x\nDisallow: /y\n"
    hosts.serve("a.example/robots.txt", status(200, text.encode()))
    assert see(hosts.serve("a.example/x", status(200))) == Verdict(Kind.GOOD)
    assert see(hosts.serve("a.example/y", status(200))).kind is Kind.UNKNOWN


def test_a_redirect_is_not_followed_to_where_it_is_not_allowed(hosts, see):
    hosts.serve("b.example/robots.txt", status(200, b"User-agent: *\nDisallow: /"))
    link = hosts.serve("a.example/x", status(301, Location=hosts.url("b.example/y")))
    assert told(see(link)) == ("unknown", "robots.txt does not allow it")
    assert hosts.asked() == ["HEAD a.example/x"]


@pytest.mark.parametrize(
    ("number", "allows"), [(200, True), (401, True), (404, True), (410, True), (500, False), (503, False)]
)
def test_who_has_no_rules_allows_all_and_who_can_not_say_allows_nothing(hosts, see, number, allows):
    hosts.serve("a.example/robots.txt", status(number))
    verdict = see(hosts.serve("a.example/x", status(200)))
    assert verdict == (Verdict(Kind.GOOD) if allows else Verdict(Kind.UNKNOWN, f"robots.txt has status {number}"))


def test_rules_are_followed_to_where_they_are(hosts, see):
    hosts.serve("a.example/robots.txt", status(301, Location=hosts.url("b.example/rules")))
    hosts.serve("b.example/rules", status(200, b"User-agent: *\nDisallow: /x"))
    assert see(hosts.serve("a.example/x", status(200))).why == "robots.txt does not allow it"
    assert see(hosts.serve("a.example/y", status(200))) == Verdict(Kind.GOOD)


def test_rules_that_lead_on_for_ever_are_none(hosts, see):
    hosts.serve("a.example/robots.txt", status(301, Location="/robots.txt"))
    assert see(hosts.serve("a.example/x", status(200))) == Verdict(Kind.GOOD)


@pytest.mark.parametrize("host", ["nowhere.example", "10.0.0.1"])
def test_rules_that_lead_to_where_nobody_is_do_not_make_a_link_dead(hosts, see, host):
    hosts.serve("a.example/robots.txt", status(301, Location=f"http://{host}/robots.txt"))
    assert told(see(hosts.serve("a.example/x", status(200)))) == ("unknown", "robots.txt can not be had")


def test_rules_that_lead_to_who_wants_to_be_left_alone_let_nobody_wait_for_ever(hosts, clock):
    alone = hosts.serve("b.example/x", status(429, Retry_After="3600"))
    hosts.serve("a.example/robots.txt", status(301, Location=hosts.url("b.example/rules")))
    links = [alone, hosts.serve("a.example/x", status(200))]
    found = look(patient(clock, at_once=1, pause=0), *links)
    assert [found[link].why for link in links] == ["status 429", "robots.txt can not be had"]
    assert "GET b.example/rules" not in hosts.asked()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x00\x01" * 999,
        b"<html>" * 9999,
        "".join(f"User-agent: agent-{number}\n" for number in range(15_000)).encode() + b"Disallow: /y\n" * 15_000,
        b"User-agent: *\n" + b"Disallow: /" + b"*x" * 200_000,
        b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: 1e999\nCrawl-delay: -5\n",
        b"User-agent: *\nDisallow: /x\n" + b"#" * 600_000 + b"\nDisallow: /",
    ],
    ids=["bytes", "a page", "many agents", "many stars", "no numbers", "too long"],
)
def test_rules_that_mean_harm_do_none(hosts, clock, text):
    hosts.serve("a.example/robots.txt", status(200, text))
    link = hosts.serve("a.example/page", status(200))
    assert look(patient(clock), link)[link] == Verdict(Kind.GOOD)
    assert sum(clock.slept) == 1


# Given up.


def test_who_is_interrupted_has_what_was_told(hosts, clock):
    found = {}

    def tired(link, verdict):
        found[link] = verdict
        if len(found) == 2:
            raise KeyboardInterrupt

    links = [hosts.serve(f"a.example/{number}", status(200)) for number in range(5)]
    with pytest.raises(KeyboardInterrupt):
        look(patient(clock), *links, tell=tired)
    assert list(found) == links[:2]


# Whatever happens.

PLACES = [f"http://{host}.example/{path}" for host in ("a", "www.a", "b", "c") for path in ("x", "y/z", "robots.txt")]
ANSWERS = st.one_of(
    st.builds(Answer, st.sampled_from([200, 404, 403, 500]), content=st.sampled_from([b"", RULES])),
    st.builds(Answer, st.sampled_from([301, 302]), st.sampled_from(PLACES)),
    st.builds(Answer, st.sampled_from([429, 503]), retry_after=st.sampled_from(["", "5", "3600"])),
    st.builds(Answer, failure=st.sampled_from(Failure)),
)


@given(
    st.lists(st.sampled_from(PLACES), unique=True),
    st.dictionaries(st.sampled_from(PLACES), st.lists(ANSWERS, min_size=1, max_size=4)),
    st.sampled_from([0, 1]),
    st.integers(1, 3),
)
def test_every_link_gets_one_verdict_whatever_is_answered(links, answers, pause, at_once):
    clock, told = Clock(), []
    turns = {where: cycle(given) for where, given in answers.items()}

    def ask(step, permit):
        return next(turns[step.url]) if step.url in turns else Answer(404), step.seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("broadsheet.links.round.ask", ask)
        look(patient(clock, pause=pause, at_once=at_once), *links, tell=lambda link, _: told.append(link))
    assert sorted(told) == sorted(links)
