"""The judged pairs of `benchmarks/stories`: names and labels, halves by time, and the agreement that its page tells."""

import csv
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks/stories"
JUDGED = runpy.run_path(str(FOLDER / "judgements.py"))
PAIRS = JUDGED["judged"]()
RECORD = r"\d{4}-\d\d-\d\d-[^/\s]+\.md"


def listed() -> list[dict[str, str]]:
    """Return the related stories that were judged: the two records' files, and what both judges said."""
    with (FOLDER / "lists.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def page() -> str:
    return " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())


def test_the_set_holds_names_and_labels_and_nothing_else():
    assert len(PAIRS) >= 400
    assert len({pair.id for pair in PAIRS}) == len(PAIRS)
    for pair in PAIRS:
        assert all(re.fullmatch(rf"{RECORD}(?:#\d+)?", name) for name in (pair.a, pair.b))
        assert {pair.first, pair.second} <= set(JUDGED["LABELS"])


def test_every_site_is_cut_into_halves():
    for site in {pair.site for pair in PAIRS}:
        halves = Counter(pair.half for pair in PAIRS if pair.site == site)
        assert set(halves) == {"1", "2"}
        assert abs(halves["1"] - halves["2"]) <= 1


def test_the_page_tells_how_far_the_judges_agree():
    first, second = [pair.first for pair in PAIRS], [pair.second for pair in PAIRS]
    observed, kappa = JUDGED["agreement"](first, second)
    agreed = sum(pair.first == pair.second for pair in PAIRS)
    assert f"on {agreed} of {len(PAIRS)} pairs ({observed:.3f}, Cohen's kappa {kappa:.3f})" in page()


def test_the_judged_lists_hold_names_and_labels_and_nothing_else():
    rows = listed()
    assert len({(row["site"], row["story"], row["other"]) for row in rows}) == len(rows) >= 100
    for row in rows:
        assert row.keys() == {"site", "story", "other", "first", "second"}
        assert row["site"] in {pair.site for pair in PAIRS}
        assert all(re.fullmatch(RECORD, row[name]) for name in ("story", "other"))
        assert {row["first"], row["second"]} <= set(JUDGED["LABELS"])


def test_the_page_tells_how_far_the_judges_of_the_lists_agree():
    first, second = [row["first"] for row in listed()], [row["second"] for row in listed()]
    observed, kappa = JUDGED["agreement"](first, second)
    agreed = sum(one == other for one, other in zip(first, second, strict=True))
    assert f"they agree on {agreed} of {len(first)} ({observed:.3f}, Cohen's kappa {kappa:.3f})" in page()


def test_two_judges_who_always_agree_have_a_kappa_of_one_and_by_chance_none():
    assert JUDGED["agreement"](["same", "related"], ["same", "related"]) == (1, 1)
    by_chance = ["same", "same", "related", "related"], ["same", "related", "same", "related"]
    assert JUDGED["agreement"](*by_chance) == (0.5, 0)


def test_a_score_is_judged_by_how_it_orders_the_pairs(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    found = runpy.run_path(str(FOLDER / "evaluate.py"))["found"]
    wanted = [True, True, False, True, False]
    assert found([5, 4, 3, 2, 1], wanted) == pytest.approx(((1 + 1 + 3 / 4) / 3, 6 / 7, 3 / 4, 1, 2 / 3))
    # One score for all of them finds no more than chance.
    assert found([1] * 5, wanted) == pytest.approx((3 / 5, 3 / 4, 3 / 5, 1, 0))
    assert found([1, 2, 3, 4, 5], [False, False, False, False, True]) == pytest.approx((1, 1, 1, 1, 1))
