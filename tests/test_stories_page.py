"""The figures of the manual's page on stories are those that decide, and those that were measured."""

import re
from datetime import timedelta
from math import exp
from pathlib import Path

import pytest

from broadsheet.arrange import aboutness, detect, neighbours, stories
from broadsheet.config import Stories

ROOT = Path(__file__).parents[1]


def text(path: str) -> str:
    """Return a page as one line, without marks of emphasis."""
    return " ".join((ROOT / path).read_text(encoding="utf-8").replace("**", "").split())


PAGE = text("docs/stories.md")
EARLIEST, LATEST = stories.EARLIER_BY


@pytest.mark.parametrize(
    "sentence",
    [
        f"Names (what is mostly written with a capital within a text) count {aboutness._NAME} times, numbers "
        f"{aboutness._NUMBER} times, words of up to {aboutness._SHORT_LETTERS} letters {aboutness._SHORT} times",
        f"next to nothing ({aboutness._COMMON})",
        f"What the titles have in common is {aboutness._OF_THE_TITLES} of it",
        f"Two of its reports are {aboutness._ONE_OUTLET} times as near.",
        f"| a report | at least {aboutness.SAME_EVENT} near to the lead |",
        f"| a follow-up | at least {stories.FOLLOW_UP} near, and more than "
        f"{stories.FOLLOWS_AFTER // timedelta(hours=1)} hours later",
        f"and each has {aboutness._COPIED_WORDS} or more",
        f"the same words, {aboutness._COPIED_TITLE} at least",
        f"at most {Stories().max_related} (`stories.max_related`), and none that is less than {aboutness.RELATED} near",
        f"and in more than {aboutness._EVERYWHERE_AT_LEAST}, is what the site is about",
        f"compared with the {neighbours._CANDIDATES} that share the most of its {neighbours._TERMS} most telling "
        f"words, of those that have one the {neighbours._AROUND} before it and the {neighbours._AROUND} after it",
        f"told {EARLIEST // timedelta(hours=1)} hours to {LATEST.days} days before it, at least {stories.EARLIER} near",
        f"up to {stories._MOST_EARLIER} steps back",
        f"the first {detect._MOST_TOLD} stories of several records",
        f"those that are {detect.FOUND} near to it",
        f"Reports. From {aboutness.SAME_EVENT} on",
        f"Related stories. From {aboutness.RELATED} on",
        f"`below {aboutness.SAME_EVENT}` is too little for one event",
    ],
)
def test_the_page_has_the_numbers_that_decide(sentence):
    assert sentence in PAGE


def test_what_the_page_tells_in_words_is_what_the_numbers_come_to():
    # “A quarter off for each doubling”, “a half after 2 days, in the end a fifth”, “what is old is a half as near”.
    after_two_days = aboutness._EVER + (1 - aboutness._EVER) * exp(-2 / aboutness._DAYS)
    assert (round(4 * aboutness._LOSS_PER_DOUBLING), round(after_two_days, 1)) == (3, 0.5)
    assert aboutness._EVER == 1 / 5
    now = aboutness._KIN_EVER + aboutness._KIN_MONTH + aboutness._KIN_NOW
    assert aboutness._KIN_EVER / now == pytest.approx(1 / 2)
    assert (aboutness._KIN_UNSPECIFIC, aboutness._KIN_WORDS) == (1 / 2, 2)
    assert aboutness._COPIED_SHARE == 3 / 4
    assert aboutness._EVERYWHERE_SHARE == 1 / 10


def test_the_figures_of_the_page_are_those_of_the_benchmarks_page():
    figures = set(re.findall(r"\b0\.\d{3}\b", PAGE))
    assert len(figures) >= 10
    assert sorted(figures - set(re.findall(r"\b\d\.\d{3}\b", text("benchmarks/stories/README.md")))) == []
