"""What is known of links from one round to the next."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from linked_hosts import status

from broadsheet.links.follow import follow
from broadsheet.links.kept import FILE
from broadsheet.links.verdict import Kind
from broadsheet.web import Outside

NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def go(tmp_path, clock):
    """Follow links at a time, with what was kept before."""
    outside = Outside(lambda address: address == "127.0.0.1", clock=clock, sleep=clock.sleep)

    def go(*links, at=NOON, tell=lambda *_: None):
        return follow(links, tmp_path / "c" / FILE, at, tell, outside)

    return go


def kinds(followed):
    return {link: verdict.kind for link, verdict in followed.verdicts.items()}


def test_a_second_round_asks_nothing(hosts, go):
    links = [
        hosts.serve("a.example/good", status(200)),
        hosts.serve("a.example/old/x", status(301, Location="/good")),
        hosts.serve("a.example/sent/home", status(301, Location="/")),
        hosts.serve("a.example/gone", status(404)),
        hosts.serve("a.example/", status(200)),
        "http://nowhere.example/",
    ]
    first = go(*links)
    assert list(kinds(first).values()).count(Kind.DEAD) == 2
    hosts.requests.clear()
    assert go(*links, at=NOON + DAY - SECOND) == first
    assert hosts.requests == []


def test_what_is_good_is_asked_again_after_a_week_and_what_is_dead_after_a_day(hosts, go):
    good, gone = hosts.serve("a.example/good", status(200)), hosts.serve("a.example/gone", status(404))
    go(good, gone)
    hosts.requests.clear()
    go(good, gone, at=NOON + DAY)
    assert hosts.asked() == ["HEAD a.example/gone", "GET a.example/gone"]
    hosts.requests.clear()
    go(good, at=NOON + 7 * DAY - SECOND)
    assert hosts.requests == []
    go(good, at=NOON + 7 * DAY)
    assert hosts.asked() == ["HEAD a.example/good"]


def test_what_nobody_knew_is_asked_again_at_once(hosts, go):
    link = hosts.serve("a.example/x", status(500))
    assert kinds(go(link)) == {link: Kind.UNKNOWN}
    hosts.serve("a.example/x", status(200))
    assert kinds(go(link)) == {link: Kind.GOOD}


def test_a_clock_that_went_back_does_not_keep_what_was_found_for_years(hosts, go):
    link = hosts.serve("a.example/x", status(404))
    go(link, at=NOON + 3650 * DAY)
    hosts.serve("a.example/x", status(200))
    assert kinds(go(link)) == {link: Kind.GOOD}


def test_only_what_was_gone_twice_with_a_day_between_is_surely_gone(hosts, go):
    link = hosts.serve("a.example/x", status(410))
    assert go(link).surely_gone == frozenset()
    assert go(link, at=NOON + DAY - SECOND).surely_gone == frozenset()
    assert go(link, at=NOON + DAY).surely_gone == {link}
    assert go(link, at=NOON + DAY + SECOND).surely_gone == {link}


def test_what_was_there_in_between_is_not_surely_gone(hosts, go):
    link = hosts.serve("a.example/x", status(404))
    go(link)
    hosts.serve("a.example/x", status(200))
    go(link, at=NOON + DAY)
    hosts.serve("a.example/x", status(404))
    assert go(link, at=NOON + 9 * DAY).surely_gone == frozenset()


def test_a_host_that_was_out_of_order_in_between_changes_nothing(hosts, go):
    link = hosts.serve("a.example/x", status(404))
    go(link)
    hosts.serve("a.example/x", status(503))
    assert go(link, at=NOON + DAY).surely_gone == frozenset()
    hosts.serve("a.example/x", status(404))
    assert go(link, at=NOON + 2 * DAY).surely_gone == {link}


def test_a_host_that_is_not_there_is_never_surely_gone(hosts, go):
    good, link = hosts.serve("a.example/x", status(200)), "http://nowhere.example/"
    go(good, link)
    found = go(good, link, at=NOON + 8 * DAY)
    assert kinds(found)[link] is Kind.DEAD
    assert found.surely_gone == frozenset()


def test_where_no_host_answers_none_is_dead(hosts, go):
    link = "http://nowhere.example/"
    found = go(link, "http://other.invalid/")
    assert {verdict.kind for verdict in found.verdicts.values()} == {Kind.UNKNOWN}
    assert found.verdicts[link].why == "no host answered: there may be no network"
    # That is not kept.
    good = hosts.serve("a.example/x", status(200))
    assert kinds(go(link, good))[link] is Kind.DEAD


def test_who_gets_tired_of_waiting_keeps_what_was_found(hosts, go):
    links = [hosts.serve(f"a.example/{number}", status(200)) for number in range(6)]

    def tired(step, done, total):
        if done == 3:
            raise KeyboardInterrupt

    assert list(go(*links, tell=tired).verdicts) == links[:3]
    hosts.requests.clear()
    assert len(go(*links).verdicts) == 6
    assert len(hosts.asked()) == 3


def test_progress_is_told_up_to_the_end(hosts, go):
    links = [hosts.serve(f"a.example/{number}", status(200)) for number in range(3)]
    told = []
    for _ in range(2):
        go(*links, tell=lambda step, done, total: told.append((step, done, total)))
    assert [step[1:] for step in told] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    go(tell=lambda *step: told.append(step))
    assert len(told) == 4


@pytest.mark.parametrize("at", [0, 5, 30, 60, -1])
def test_a_damaged_cache_is_as_good_as_none(hosts, go, tmp_path, at):
    link = hosts.serve("a.example/x", status(200))
    first = go(link)
    path = tmp_path / "c" / FILE
    data = bytearray(path.read_bytes())
    data[at] ^= 255
    path.write_bytes(data)
    hosts.requests.clear()
    assert go(link) == first
    assert hosts.asked() == ["HEAD a.example/x"]


def no_folder(folder, tmp_path):
    folder.write_text("in the way")


def link_to_elsewhere(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")


def read_only(folder, tmp_path):
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("nothing is forbidden to this user")


@pytest.mark.parametrize("obstacle", [no_folder, link_to_elsewhere, read_only])
def test_where_nothing_can_be_kept_links_are_checked_all_the_same(hosts, go, tmp_path, obstacle):
    obstacle(tmp_path / "c", tmp_path)
    link = hosts.serve("a.example/x", status(200))
    found = go(link)
    assert kinds(found) == {link: Kind.GOOD}
    assert found.remark
    assert list(tmp_path.rglob("elsewhere/*")) == []


def test_what_is_no_longer_a_link_is_forgotten_after_a_while(hosts, go, tmp_path):
    old, new = hosts.serve("a.example/old", status(200)), hosts.serve("a.example/new", status(200))
    path = tmp_path / "c" / FILE
    go(old)
    go(new, at=NOON + DAY)
    assert old.encode() in path.read_bytes()
    go(new, at=NOON + 91 * DAY)
    assert old.encode() not in path.read_bytes()
    assert new.encode() in path.read_bytes()
