"""What the answers on the way from a link come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.links.verdict import Answer, Kind, Step, Verdict, first_step, judged, origin_of
from broadsheet.web import MOST_REDIRECTS, Failure

LINK = "https://www.paper.example/2019/05/trams-at-night"


def walked(link: str, *answers: Answer) -> Verdict | Step:
    """Return what a link is by the answers to one request after the other."""
    outcome: Verdict | Step = first_step(link, 20)
    for answer in answers:
        assert isinstance(outcome, Step), "a verdict came before the last answer"
        outcome = judged(outcome, answer)
    return outcome


def to(target: str, status: int = 301) -> Answer:
    return Answer(status, target)


@pytest.mark.parametrize("status", [200, 202, 204, 206, 299])
def test_a_link_that_is_answered_well_is_good(status):
    assert walked(LINK, Answer(status)) == Verdict(Kind.GOOD)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 500, 501, 999])
def test_a_host_that_does_not_like_head_is_asked_with_get(status):
    step = walked(LINK, Answer(status))
    assert isinstance(step, Step)
    assert (step.method, step.url) == ("GET", LINK)
    assert judged(step, Answer(200)) == Verdict(Kind.GOOD)


@pytest.mark.parametrize("status", [404, 410])
def test_only_what_its_host_says_is_gone_is_gone(status):
    assert walked(LINK, Answer(status), Answer(status)) == Verdict(Kind.DEAD, f"status {status}", is_gone=True)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 407, 418, 451, 500, 502, 504, 520, 999, 304, 300, 102])
def test_whatever_else_a_host_says_nobody_knows(status):
    asked_twice = [Answer(status)] * (2 if status >= 400 else 1)
    assert walked(LINK, *asked_twice) == Verdict(Kind.UNKNOWN, f"status {status}")


def test_a_link_whose_way_leads_on_for_good_has_moved():
    target = "https://www.paper.example/archive/trams-at-night"
    assert walked(LINK, to("/archive/trams-at-night"), Answer(200)) == Verdict(Kind.MOVED, "for good", target)
    assert walked(LINK, to("/a"), to(target, 308), Answer(200)) == Verdict(Kind.MOVED, "for good", target)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_link_whose_way_leads_on_for_now_is_good(status):
    assert walked(LINK, to("/a/b", status), Answer(200)) == Verdict(Kind.GOOD)
    assert walked(LINK, to("/a"), to("/a/b", status), Answer(200)) == Verdict(Kind.GOOD)


@pytest.mark.parametrize(
    "target", ["http://paper.example/2019/05/trams-at-night/", f"{LINK}?utm_source=x", f"{LINK}#a"]
)
def test_another_spelling_of_the_same_page_is_no_move(target):
    assert walked(LINK, to(target), Answer(200)) == Verdict(Kind.GOOD)


@pytest.mark.parametrize(
    "home", ["/", "", "/index.html", "https://paper.example/en/", "https://paper.example/de-ch", "//b.example"]
)
@pytest.mark.parametrize("status", [301, 302])
def test_a_deep_link_that_leads_to_a_front_page_is_told(home, status):
    verdict = walked(LINK, to(home or "/", status), Answer(200))
    assert isinstance(verdict, Verdict)
    assert verdict.kind is Kind.HOME


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://paper.example/", "https://paper.example/en/"),
        ("https://paper.example/index.php", "https://paper.example/"),
        ("https://paper.example/blog/", "https://blog.paper.example/"),
        (LINK, "https://paper.example/?p=17"),
    ],
)
def test_a_link_that_was_to_a_front_page_may_lead_to_one(link, target):
    verdict = walked(link, to(target), Answer(200))
    assert isinstance(verdict, Verdict)
    assert verdict.kind in {Kind.GOOD, Kind.MOVED}


def test_an_old_number_of_a_page_that_leads_to_the_front_page_is_told():
    verdict = walked("https://paper.example/?p=17", to("/"), Answer(200))
    assert isinstance(verdict, Verdict)
    assert verdict.kind is Kind.HOME


def test_a_link_that_leads_to_what_is_gone_is_dead_and_says_where():
    verdict = walked(LINK, to("/moved"), Answer(404), Answer(404))
    assert verdict == Verdict(Kind.DEAD, "status 404", "https://www.paper.example/moved", is_gone=True)


def test_a_way_that_leads_on_and_on_comes_to_an_end():
    assert walked(LINK, *[to(LINK)] * (MOST_REDIRECTS + 1)) == Verdict(Kind.UNKNOWN, "more than 5 redirects")


@pytest.mark.parametrize(
    "target",
    ["ftp://a.example/", "javascript:alert(1)", "data:,x", "http://[", "mailto:a@b.example", "http://", "/" * 3000],
)
def test_a_way_that_leads_to_no_web_address_is_not_gone(target):
    assert walked(LINK, to(target)) == Verdict(Kind.UNKNOWN, "a redirect to no web address")


def test_a_redirect_that_leads_nowhere_is_an_answer_like_others():
    assert walked(LINK, Answer(301)) == Verdict(Kind.UNKNOWN, "status 301")


@pytest.mark.parametrize("failure", Failure)
def test_a_link_without_an_answer_is_dead_only_where_there_is_no_host(failure):
    outcome = walked(LINK, Answer(failure=failure))
    outcome = judged(outcome, Answer(failure=failure)) if isinstance(outcome, Step) else outcome
    assert isinstance(outcome, Verdict)
    assert (outcome.kind is Kind.DEAD, outcome.is_gone) == (failure is Failure.NO_HOST, False)
    assert outcome.why == failure.value


@given(st.lists(st.builds(Answer, st.integers(100, 999), st.text(max_size=40), st.text(max_size=5)), max_size=20))
def test_whatever_is_answered_the_way_stays_on_the_web_and_ends(answers):
    outcome: Verdict | Step = first_step(LINK, 20)
    steps = 0
    for answer in answers:
        if isinstance(outcome, Step):
            steps += 1
            assert outcome.url.startswith(("http://", "https://"))
            outcome = judged(outcome, answer)
    assert steps <= 2 * (MOST_REDIRECTS + 1)


def test_an_origin_has_no_names_and_passwords():
    assert origin_of("HTTPS://me:secret@Paper.example:8443/x?y") == "https://paper.example:8443"
