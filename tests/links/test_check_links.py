"""`broadsheet check --links`: which links are checked, and what is told of them."""

import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from linked_hosts import status

from broadsheet.check.checker import Order, check
from broadsheet.check.finding import Mend
from broadsheet.check.links import RULES
from broadsheet.web import Outside
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = (Path(__file__).parents[2] / "docs/check.md").read_text(encoding="utf-8")


@pytest.fixture
def found(tmp_path, clock):
    """Say what is found in the site, at a time."""
    outside = Outside(lambda address: address == "127.0.0.1", clock=clock, sleep=clock.sleep)

    def found(at=NOW, only=frozenset(RULES)):
        return check(Order(tmp_path / "site", at, only=frozenset(only), outside=outside), Workers()).findings

    return found


@pytest.fixture
def write(tmp_path, record):
    """Write a record of the site whose report is somewhere."""

    def write(number, url=None, **fields):
        day = f"2024-06-0{number}"
        title = f"Event {number} of its own kind: {'abcdefghij'[number] * 9}"
        fields = {"title": title, "publishedDateTime": f"{day}T08:00:00Z", "webUrl": url, **fields}
        return record(tmp_path / "site/_news", f"{day}-r{number}.md", **fields)

    return write


def told(findings):
    return [(finding.rule, finding.problem.message) for finding in findings]


def lines(findings, tmp_path):
    return [str(finding.problem.place).removeprefix(f"{tmp_path}/site/") for finding in findings]


def test_the_links_that_readers_see_are_checked_and_no_others(hosts, found, write, tmp_path):
    item = {
        "title": "Another view of it",
        "publishedDateTime": "2024-06-01T09:00:00Z",
        "webUrl": hosts.url("a.example/item"),
    }
    write(1, hosts.url("a.example/report"), related=[item], originalUrl=hosts.url("a.example/original"))
    write(2, None, originalUrl=hosts.url("a.example/original-2"), ampWebUrl=hosts.url("a.example/amp"))
    write(3, None, body=f"See [it]({hosts.url('a.example/body?a=b&c')}), [that](/own/), [mail](mailto:a@b.example).\n")
    write(4, hosts.url("a.example/hidden"), removed=True)
    write(5, hosts.url("a.example/draft"), draft=True)
    write(6, hosts.url("a.example/marked"), dead=True)
    write(7, "javascript:alert(1)")
    write(8, "https://tram.example/site/news/2024-06-01-r1/")
    (tmp_path / "site/pages").mkdir()
    (tmp_path / "site/pages/about.md").write_text(f"# About\n\n<{hosts.url('a.example/about')}>\n")
    (tmp_path / "site/broadsheet.yaml").write_text("base_url: https://tram.example/site/\n")
    found()
    paths = ("report", "original-2", "item", "body?a=b&c", "about")
    assert {line for line in hosts.asked() if line.startswith("HEAD")} == {f"HEAD a.example/{path}" for path in paths}


def test_a_dead_link_is_told_once_where_it_stands_first(hosts, found, write, tmp_path):
    gone = hosts.url("a.example/gone")
    write(2, None, body=f"See [it]({gone}).\n")
    write(1, gone)
    findings = found()
    assert told(findings) == [("dead-link", f"the link `{gone}` is dead: status 404; it stands in 2 files")]
    assert lines(findings, tmp_path) == ["_news/2024-06-01-r1.md:4:9"]
    assert findings[0].problem.severity.value == "warning"
    assert "dead: true" in findings[0].problem.hint


def test_a_host_that_there_is_not_makes_a_dead_link(hosts, found, write):
    write(1, "https://nowhere.example/x")
    write(2, hosts.serve("a.example/x", status(200)))
    assert told(found()) == [("dead-link", "the link `https://nowhere.example/x` is dead: no such host")]


def test_a_link_that_leads_to_a_front_page_is_told(hosts, found, write):
    hosts.serve("a.example/", status(200))
    link = hosts.serve("a.example/2019/x", status(302, Location="/"))
    write(1, link)
    message = f"the link `{link}` leads to a front page only, `{hosts.url('a.example/')}`"
    assert told(found()) == [("dead-link", message)]


def test_a_link_that_has_moved_is_told_with_its_new_address(hosts, found, write):
    new = hosts.serve("b.example/new/x", status(200))
    link = hosts.serve("a.example/old/x", status(301, Location=new))
    write(1, link)
    findings = found()
    assert told(findings) == [("moved-link", f"the link `{link}` leads on for good")]
    assert findings[0].problem.hint == f"write `{new}`"
    assert findings[0].problem.severity.value == "note"


def test_a_very_long_address_is_cut_in_messages(hosts, found, write):
    new = hosts.serve(f"b.example/{'n' * 1500}", status(200))
    write(1, hosts.serve("a.example/old/x", status(301, Location=new)))
    assert all(len(finding.problem.hint) < 250 for finding in found())


def test_links_that_could_not_be_checked_are_one_note_for_a_host_and_a_reason(hosts, found, write):
    hosts.serve("a.example/robots.txt", status(200, b"User-agent: *\nDisallow: /x\n"))
    for number in range(1, 4):
        write(number, hosts.url(f"a.example/x/{number}"))
    write(4, hosts.serve("a.example/y", status(403)))
    write(5, hosts.serve("b.example/y", status(403)))
    first = hosts.url("a.example/x/3")
    assert told(found()) == [
        (
            "unchecked-link",
            f"3 links to `a.example` could not be checked: robots.txt does not allow it; the first is `{first}`",
        ),
        ("unchecked-link", f"the link `{hosts.url('a.example/y')}` could not be checked: status 403"),
        ("unchecked-link", f"the link `{hosts.url('b.example/y')}` could not be checked: status 403"),
    ]


def test_only_a_report_that_was_gone_twice_is_to_be_marked(hosts, found, write, tmp_path):
    gone, listed = hosts.url("a.example/gone"), hosts.url("a.example/listed")
    write(1, gone.replace("/gone", "/gone/"))
    file = write(2, gone)
    other = write(3, f"{gone}#part")
    write(4, None, body=f"See [it]({gone}) and [that]({listed}).\n")
    write(5, "https://nowhere.example/x")
    assert [finding.mends for finding in found()] == [(), (), ()]
    mends = [finding.mends for finding in found(at=NOW + DAY)]
    other_mend, mend = (Mend(path.as_posix(), ("dead",), "true", "yaml") for path in (other, file))
    assert sorted(mends) == [(), (), (other_mend, mend)]
    text = file.read_text().replace("\n---\n", "\ndead: true\n---\n")
    file.write_text(text)
    assert mend not in [mend for finding in found(at=NOW + DAY) for mend in finding.mends]


def test_nothing_is_asked_without_the_option_nor_when_other_rules_are_looked_for(hosts, found, write, tmp_path):
    write(1, hosts.url("a.example/gone"))
    check(Order(tmp_path / "site", NOW), Workers())
    found(only={"missing-title"})
    assert hosts.requests == []
    assert not (tmp_path / "site/.broadsheet").exists()


def test_a_check_that_is_interrupted_tells_what_it_found(hosts, write, tmp_path, clock):
    for number in range(1, 6):
        write(number, hosts.url(f"a.example/{number}"))

    def tired(step, done, total):
        if (step, done) == ("checking links", 2):
            raise KeyboardInterrupt

    outside = Outside(lambda address: address == "127.0.0.1", clock=clock, sleep=clock.sleep)
    order = Order(tmp_path / "site", NOW, only=frozenset(RULES), outside=outside)
    findings = check(order, Workers(), tired).findings
    assert [finding.rule for finding in findings].count("dead-link") == 2
    message = "3 links to elsewhere not checked: it was stopped before"
    assert ("unchecked-link", message) in told(findings)


def test_where_nothing_can_be_kept_one_note_says_so(hosts, found, write, tmp_path):
    write(1, hosts.serve("a.example/x", status(200)))
    (tmp_path / "site/.broadsheet").write_text("in the way")
    findings = found()
    assert [finding.rule for finding in findings] == ["unchecked-link"]
    assert "can not be kept" in findings[0].problem.message


@pytest.mark.parametrize("rule", RULES)
def test_the_example_in_the_manual_is_found_by_its_rule(hosts, found, write, rule):
    hosts.serve("www.example.org/archive/trams-at-night", status(200))
    hosts.serve("www.example.org/moved/trams-at-night", status(301, Location="/archive/trams-at-night"))
    hosts.serve("www.example.org/closed/trams-at-night", status(403))
    example = re.search(rf"^#### `{rule}`.*?^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    write(1, **yaml.safe_load(example[1]))
    assert [finding.rule for finding in found()] == [rule]


def test_the_command_asks_no_address_that_is_not_public(run, record, tmp_path):
    record(tmp_path / "_news", webUrl="http://127.0.0.1:9/x")
    result = run("check", tmp_path, "--links", "--only", "unchecked-link", "--now", "2024-06-01")
    message = "the link `http://127.0.0.1:9/x` could not be checked: an address that is not public"
    assert f"_news/2024-05-01-a-story.md:4:9: note: {message}" in result.stdout
    assert result.returncode == 0


def test_a_rule_that_needs_the_network_is_refused_without_the_option(run, tmp_path):
    result = run("check", tmp_path, "--only", "dead-link")
    assert (result.returncode, result.stdout) == (2, "")
    assert "'dead-link' is only found with --links" in result.stderr


def test_ctrl_c_ends_the_command_and_nothing_is_left_to_wait_for(record, tmp_path):
    """A name that is looked up for ever stands for whatever can not be cut short."""
    record(tmp_path / "_news", webUrl="http://a.example/x")
    code = (
        "import signal, socket, sys, threading\n"
        # A run in the background may have been told to leave Ctrl-C alone.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def never(*arguments, **options):\n"
        "    print('looking', flush=True)\n"
        "    threading.Event().wait()\n"
        "socket.getaddrinfo = never\n"
        f"sys.argv = ['broadsheet', 'check', {str(tmp_path)!r}, '--links', '--only', 'unchecked-link']\n"
        "from broadsheet.cli import run\n"
        "run()\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "looking\n"
        process.send_signal(signal.SIGINT)
        try:
            told, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "1 link to elsewhere not checked: it was stopped before" in told
    assert "Traceback" not in errors
    assert process.returncode == 0
